use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::evidence::Evidence;
use crate::ids::SupplierId;

/// A supplier did not book one leg; legs booked before it are undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LegBookingFailed {
    /// From 0, in the order of booking.
    pub leg: u32,
    pub supplier: SupplierId,
    pub reason: String,
    /// The supplier's answer was lost: whether it booked is not known yet.
    pub outcome_unknown: bool,
    /// Of a supplier's pages, where those were driven.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

impl Event for LegBookingFailed {
    const NAME: &'static str = "LegBookingFailed";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Recorded;

    fn example() -> Self {
        Self {
            leg: 1,
            supplier: SupplierId::new("sample-api"),
            reason: "sold out".into(),
            outcome_unknown: false,
            evidence: Vec::new(),
        }
    }
}
