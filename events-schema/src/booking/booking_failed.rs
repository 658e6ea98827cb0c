use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::problem::ErrorCode;
use crate::search::Alternative;
use crate::state::BookingState;

/// It came to nothing; nothing is held, owed or booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingFailed {
    pub code: ErrorCode,
    /// For the traveller, with what to do next.
    pub reason: String,
    /// The state it was in.
    pub during: BookingState,
    /// Plans that would have had offers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
}

impl Event for BookingFailed {
    const NAME: &'static str = "BookingFailed";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Terminal;

    fn example() -> Self {
        Self {
            code: ErrorCode::NoOffers,
            reason: "no supplier has a flight on 3 December".into(),
            during: BookingState::NoOffersFound,
            alternatives: vec![],
        }
    }
}
