//! What the company knows of people, without their names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::CostCentre;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Traveller,
    Approver,
    TravelManager,
    Administrator,
}

/// Levels of the career ladder that policies refer to, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum EmployeeLevel {
    L1,
    L2,
    L3,
    L4,
    L5,
}

/// The traveller as the policy sees them, fixed when the booking was requested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TravellerProfile {
    pub level: EmployeeLevel,
    pub cost_centre: CostCentre,
    /// IANA time zone: "tomorrow" is tomorrow there.
    pub zone: String,
    /// BCP 47: `en-GB`.
    pub locale: String,
}
