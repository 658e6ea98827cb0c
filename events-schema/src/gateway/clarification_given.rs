use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::TextRef;
use crate::samples;

/// The traveller answered the planner's questions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClarificationGiven {
    /// The answer, by reference.
    pub text: TextRef,
    /// SHA-256 of the answer, hex.
    pub text_hash: String,
    /// Which round of questions this answers, from 1.
    pub round: u32,
}

impl Event for ClarificationGiven {
    const NAME: &'static str = "ClarificationGiven";
    const PRODUCER: Producer = Producer::Gateway;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            text: samples::text(),
            text_hash: samples::hash(),
            round: 1,
        }
    }
}
