use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::{BookingId, TextRef};
use crate::person::TravellerProfile;
use crate::samples;
use crate::trip::TripFields;

/// An employee asked for a trip, in words that stay in PrivateText.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingRequested {
    /// The words, by reference.
    pub text: TextRef,
    /// SHA-256 of the words, hex: evidence that they were not changed.
    pub text_hash: String,
    /// Structured wishes that win over the words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<TripFields>,
    /// What the company knew of the traveller at that moment; later steps judge by this.
    pub traveller: TravellerProfile,
    /// The confirmed booking that this one cancels or changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_booking: Option<BookingId>,
}

impl Event for BookingRequested {
    const NAME: &'static str = "BookingRequested";
    const PRODUCER: Producer = Producer::Gateway;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            text: samples::text(),
            text_hash: samples::hash(),
            fields: None,
            traveller: samples::traveller(),
            previous_booking: None,
        }
    }
}
