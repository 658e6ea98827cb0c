//! What the traveller chooses from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::approval::Verdict;
use crate::ids::OptionId;
use crate::money::Money;
use crate::trip::Offer;

/// One way to make the trip: a flight, a stay or both, priced and judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TripOption {
    pub id: OptionId,
    /// In the order they are booked: the flight first.
    pub legs: Vec<Offer>,
    /// For all travellers, taxes included, in the policy's currency.
    pub total: Money,
    pub taxes: Money,
    pub verdict: Verdict,
    /// One sentence: "Cheapest within policy" or "38.00 EUR over the Lisbon hotel cap: needs your manager".
    pub reason: String,
}
