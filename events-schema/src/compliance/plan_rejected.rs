use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::{ClauseId, PolicyVersion, RuleId};
use crate::samples;
use crate::trip::TripPlan;

/// The plan breaks rules; the planner may revise it twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanRejected {
    pub plan: TripPlan,
    pub policy: PolicyVersion,
    pub violations: Vec<Violation>,
    pub revision: u32,
}

impl Event for PlanRejected {
    const NAME: &'static str = "PlanRejected";
    const PRODUCER: Producer = Producer::Compliance;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            plan: samples::plan(),
            policy: samples::policy_version(),
            violations: vec![Violation::example()],
            revision: 0,
        }
    }
}

/// A rule the plan breaks, with what would satisfy it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Violation {
    pub rule: RuleId,
    pub clause: ClauseId,
    /// The field of the plan: `cabin`.
    pub field: String,
    pub observed: String,
    pub limit: String,
}

impl Violation {
    /// Stands for rule and clause where it is the traveller's own wish that no offer keeps: no policy is quoted then.
    pub const ASKED_FOR: &'static str = "asked-for";

    pub fn example() -> Self {
        Self {
            rule: RuleId::new("cabin-short-haul"),
            clause: ClauseId::new("3.4"),
            field: "cabin".into(),
            observed: "business".into(),
            limit: "economy".into(),
        }
    }
}
