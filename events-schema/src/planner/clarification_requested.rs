use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};

/// Something was not understood, and is asked rather than guessed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClarificationRequested {
    pub questions: Vec<Question>,
    /// From 1.
    pub round: u32,
}

impl Event for ClarificationRequested {
    const NAME: &'static str = "ClarificationRequested";
    const PRODUCER: Producer = Producer::Planner;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            questions: vec![Question::example()],
            round: 1,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// The field of the plan in question: `destination`.
    pub field: String,
    pub problem: Problem,
    /// A sentence for the traveller, without words of theirs.
    pub question: String,
    /// Choices, where there are a few: `["Portland, Oregon (PDX)", "Portland, Maine (PWM)"]`.
    pub choices: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    Missing,
    Ambiguous,
    Unknown,
    InThePast,
    TooFarAhead,
    OutOfOrder,
    SamePlace,
    OutOfRange,
}

impl Question {
    pub fn example() -> Self {
        Self {
            field: "destination".into(),
            problem: Problem::Ambiguous,
            question: "Which Portland do you mean?".into(),
            choices: vec!["Portland, Oregon (PDX)".into(), "Portland, Maine (PWM)".into()],
        }
    }
}
