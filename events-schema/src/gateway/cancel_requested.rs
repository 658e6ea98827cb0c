use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::state::BookingState;

/// The traveller wants the trip cancelled; what is under way stops at the next safe point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CancelRequested {
    /// Where the booking stood.
    pub during: BookingState,
}

impl Event for CancelRequested {
    const NAME: &'static str = "CancelRequested";
    const PRODUCER: Producer = Producer::Gateway;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            during: BookingState::OptionsPresented,
        }
    }
}
