use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::samples;
use crate::state::BookingState;

/// Somebody did not answer in time; nothing is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingExpired {
    /// The state whose deadline passed.
    pub waiting_in: BookingState,
    pub deadline_at: Timestamp,
}

impl Event for BookingExpired {
    const NAME: &'static str = "BookingExpired";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Terminal;

    fn example() -> Self {
        Self {
            waiting_in: BookingState::ConfirmationPending,
            deadline_at: samples::later(),
        }
    }
}
