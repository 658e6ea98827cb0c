use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::{ClauseId, PolicyVersion, TextRef};
use crate::samples;
use crate::trip::TripPlan;

/// The request as it was understood: a proposal, which rules will judge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanProposed {
    pub plan: TripPlan,
    /// 0 for the first plan, then one more for each rejection.
    pub revision: u32,
    pub policy: PolicyVersion,
    pub planning: PlanningRecord,
}

impl Event for PlanProposed {
    const NAME: &'static str = "PlanProposed";
    const PRODUCER: Producer = Producer::Planner;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            plan: samples::plan(),
            revision: 0,
            policy: samples::policy_version(),
            planning: PlanningRecord::example(),
        }
    }
}

/// How the plan came about, so that it can be explained and run again without a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanningRecord {
    pub planned_by: PlannedBy,
    /// The model's id, where one was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// SHA-256 of the prompt, hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_hash: Option<String>,
    /// The clauses that were in the prompt.
    pub clauses: Vec<ClauseId>,
    pub attempts: u32,
    pub input_tokens: u32,
    pub output_tokens: u32,
    pub latency_ms: u64,
    /// The model's answer, kept as long as the archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<TextRef>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlannedBy {
    Model,
    /// No model answered: the deterministic planner read the request.
    Rules,
}

impl PlanningRecord {
    pub fn example() -> Self {
        Self {
            planned_by: PlannedBy::Model,
            model: Some("us.amazon.nova-2-lite-v1:0".into()),
            prompt_hash: Some(samples::hash()),
            clauses: vec![ClauseId::new("4.2")],
            attempts: 1,
            input_tokens: 1_840,
            output_tokens: 212,
            latency_ms: 900,
            answer: Some(TextRef::new("answer-1")),
        }
    }
}
