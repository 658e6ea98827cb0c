use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::{ClauseId, PolicyVersion, TextRef};
use crate::samples;

/// The request was a question about the policy; here is the answer, with its clauses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyAnswered {
    pub policy: PolicyVersion,
    /// The clauses the answer quotes, most relevant first.
    pub clauses: Vec<ClauseId>,
    /// None of them seems to say what was asked: they are only the nearest.
    pub silent: bool,
    /// The answer, by reference.
    pub answer: TextRef,
}

impl Event for PolicyAnswered {
    const NAME: &'static str = "PolicyAnswered";
    const PRODUCER: Producer = Producer::Planner;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            policy: samples::policy_version(),
            clauses: vec![ClauseId::new("5.1")],
            silent: false,
            answer: samples::text(),
        }
    }
}
