use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::{ClauseId, PolicyVersion, TextRef};
use crate::samples;

/// The request was a question, and it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyQuestionAnswered {
    pub policy: PolicyVersion,
    pub clauses: Vec<ClauseId>,
    pub silent: bool,
    pub answer: TextRef,
}

impl Event for PolicyQuestionAnswered {
    const NAME: &'static str = "PolicyQuestionAnswered";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Terminal;

    fn example() -> Self {
        Self {
            policy: samples::policy_version(),
            clauses: vec![ClauseId::new("5.1")],
            silent: false,
            answer: samples::text(),
        }
    }
}
