use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::BookingId;
use crate::samples;
use crate::state::BookingState;

/// A cancellation was called off before anything was cancelled: the confirmed trip stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingKept {
    /// The booking that stays confirmed.
    pub previous_booking: BookingId,
    /// The state the cancellation was in.
    pub during: BookingState,
}

impl Event for BookingKept {
    const NAME: &'static str = "BookingKept";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Terminal;

    fn example() -> Self {
        Self {
            previous_booking: samples::previous_booking(),
            during: BookingState::CancellationDeclined,
        }
    }
}
