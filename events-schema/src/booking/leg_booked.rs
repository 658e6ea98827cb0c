use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::evidence::Evidence;
use crate::samples;
use crate::trip::BookedLeg;

/// A supplier confirmed one leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LegBooked {
    pub leg: BookedLeg,
    /// Of a leg that was booked on a supplier's pages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

impl Event for LegBooked {
    const NAME: &'static str = "LegBooked";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Recorded;

    fn example() -> Self {
        Self {
            leg: samples::booked_leg(),
            evidence: vec![Evidence::example()],
        }
    }
}
