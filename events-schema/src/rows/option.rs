use serde::{Deserialize, Serialize};

use crate::ids::{BookingId, OptionId};
use crate::option::TripOption;

/// An option as it was judged. Table Options, key (bookingId, optionId); owned by `compliance`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OptionRow {
    pub booking_id: BookingId,
    pub option_id: OptionId,
    /// From 0, best first.
    pub rank: u32,
    pub option: TripOption,
    /// Legs whose offers a supplier keeps for us: given back unless they are bought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<u32>,
    /// Epoch seconds after which DynamoDB may drop the row.
    pub ttl: i64,
}
