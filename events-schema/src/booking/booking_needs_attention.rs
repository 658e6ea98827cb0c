use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::BookingId;
use crate::money::Money;
use crate::person::Role;
use crate::samples;

/// Something could not be settled by itself; a person owns it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingNeedsAttention {
    /// What is open, in a sentence.
    pub reason: String,
    /// The role that owns it.
    pub owner: Role,
    /// The legs whose outcome or undo is open.
    pub legs: Vec<u32>,
    /// The money still set aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved: Option<Money>,
    /// Of a cancellation: the confirmed booking it was to cancel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_booking: Option<BookingId>,
    /// Of a cancellation: what suppliers have given back so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<Money>,
}

impl Event for BookingNeedsAttention {
    const NAME: &'static str = "BookingNeedsAttention";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Terminal;

    fn example() -> Self {
        Self {
            reason: "the supplier did not say whether it booked the hotel".into(),
            owner: Role::TravelManager,
            legs: vec![1],
            reserved: Some(samples::total()),
            previous_booking: None,
            refund: None,
        }
    }
}
