use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::SupplierId;
use crate::money::Money;
use crate::samples;

/// A booked leg was undone with its supplier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LegCancelled {
    pub leg: u32,
    pub supplier: SupplierId,
    pub reference: String,
    /// What the supplier gives back.
    pub refund: Money,
}

impl Event for LegCancelled {
    const NAME: &'static str = "LegCancelled";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Recorded;

    fn example() -> Self {
        Self {
            leg: 0,
            supplier: SupplierId::new("sample-api"),
            reference: "SMPL-7Q2KXD".into(),
            refund: samples::total(),
        }
    }
}
