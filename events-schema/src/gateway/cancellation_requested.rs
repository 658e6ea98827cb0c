use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::BookingId;
use crate::samples;

/// The traveller wants a confirmed trip cancelled: the first event of a lifecycle of its own, linked to the one that
/// was confirmed, which stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CancellationRequested {
    /// The confirmed booking.
    pub previous_booking: BookingId,
}

impl Event for CancellationRequested {
    const NAME: &'static str = "CancellationRequested";
    const PRODUCER: Producer = Producer::Gateway;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            previous_booking: samples::previous_booking(),
        }
    }
}
