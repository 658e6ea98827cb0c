use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::BookingId;
use crate::money::Money;
use crate::state::BookingState;

/// Cancelled at the traveller's wish; what was booked is undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingCancelled {
    /// The state it was in.
    pub during: BookingState,
    /// Legs that had been booked and were undone.
    pub legs_undone: u32,
    /// The confirmed booking that is cancelled by this; absent where nothing had been confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_booking: Option<BookingId>,
    /// What suppliers gave back of a confirmed booking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<Money>,
    /// What they kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Money>,
}

impl Event for BookingCancelled {
    const NAME: &'static str = "BookingCancelled";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Terminal;

    fn example() -> Self {
        Self {
            during: BookingState::OptionsPresented,
            legs_undone: 0,
            previous_booking: None,
            refund: None,
            fee: None,
        }
    }
}
