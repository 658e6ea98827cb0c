use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::samples;
use crate::state::BookingState;

/// A booking passed its due time and publishing its last event again did not help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingOverdue {
    /// Where it is stuck.
    pub during: BookingState,
    pub due_at: Timestamp,
    /// What Step Functions says of its execution, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_status: Option<String>,
}

impl Event for BookingOverdue {
    const NAME: &'static str = "BookingOverdue";
    const PRODUCER: Producer = Producer::Sweeper;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            during: BookingState::PlanAccepted,
            due_at: samples::later(),
            execution_status: None,
        }
    }
}
