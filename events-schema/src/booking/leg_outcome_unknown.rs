use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::SupplierId;

/// A supplier's answer to an order was lost, and it does not know the order (yet): it is looked up again before
/// anything is concluded from that. `LegBooked` or `LegBookingFailed` follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LegOutcomeUnknown {
    /// From 0, in the order of booking.
    pub leg: u32,
    pub supplier: SupplierId,
    /// What the supplier can be asked for.
    pub idempotency_key: String,
}

impl Event for LegOutcomeUnknown {
    const NAME: &'static str = "LegOutcomeUnknown";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Recorded;

    fn example() -> Self {
        Self {
            leg: 1,
            supplier: SupplierId::new("sample-api"),
            idempotency_key: format!("{}#1#2", crate::samples::booking()),
        }
    }
}
