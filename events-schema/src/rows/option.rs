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
    /// Epoch seconds after which DynamoDB may drop the row.
    pub ttl: i64,
}
