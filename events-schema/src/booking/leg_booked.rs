use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::samples;
use crate::trip::BookedLeg;

/// A supplier confirmed one leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LegBooked {
    pub leg: BookedLeg,
}

impl Event for LegBooked {
    const NAME: &'static str = "LegBooked";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Recorded;

    fn example() -> Self {
        Self {
            leg: samples::booked_leg(),
        }
    }
}
