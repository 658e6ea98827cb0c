//! One fact about one booking.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{BookingId, CostCentre, EmployeeId};
use crate::money::Money;
use crate::problem::ErrorCode;

/// Table Insights, key (fact, sort).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FactRow {
    /// The booking.
    pub fact: String,
    /// The event's sequence, zero-padded so that text sorts like numbers.
    pub sort: String,
    pub occurred_at: Timestamp,
    pub says: Fact,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Fact {
    /// What there was to choose from.
    Ranked {
        options: u32,
        compliant: u32,
        lowest_total: Money,
    },
    /// What a person settled it at, after it ended needing attention.
    Settled {
        cost_centre: CostCentre,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spent: Option<Money>,
        /// Of a cancellation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        returned: Option<Returned>,
    },
    /// How the lifecycle ended, with what was bought if anything was.
    Ended {
        outcome: Outcome,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        purchase: Option<Purchase>,
        /// Of a cancellation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        returned: Option<Returned>,
    },
}

/// What a cancellation gave back of a confirmed booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Returned {
    pub booking: BookingId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<Money>,
    /// Whether nothing of the trip is left.
    pub whole: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Purchase {
    pub cost_centre: CostCentre,
    pub total: Money,
    /// Part of the total.
    pub taxes: Money,
    pub travellers: u32,
    /// Rules exceeded with approval: none means within policy.
    pub exceptions: u32,
    /// Where the trip takes the traveller; empty in facts older than this field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub whereabouts: Vec<Whereabouts>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Confirmed,
    Failed(ErrorCode),
    Cancelled,
    Expired,
    NeedsAttention,
    Answered,
    /// A cancellation that came to nothing.
    Kept,
}

/// Where somebody is and for how long, by local dates. The order of the fields is the order of the list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Whereabouts {
    /// The day of arrival.
    pub from: Date,
    /// The day of leaving; the day of arrival where the trip goes one way.
    pub until: Date,
    pub employee_id: EmployeeId,
    pub city: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    pub booking_id: BookingId,
}
