//! What an airline may want to know of a passenger beside name, birth date and how to reach them. Personal data: sealed
//! wherever it is kept, never in an event or a log.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Suppliers differ in what they ask for; one that needs what is not here says so before it sells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TicketDetails {
    pub title: Title,
    /// As in the passport.
    pub gender: Gender,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passport: Option<Passport>,
    /// At most one for each airline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub loyalty: Vec<LoyaltyAccount>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Title {
    Mr,
    Ms,
    Mrs,
    Miss,
    Dr,
}

/// The two that airlines' systems know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    Female,
    Male,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Passport {
    #[schemars(length(min = 1, max = 20))]
    pub number: String,
    /// ISO 3166-1 alpha-2.
    #[schemars(regex(pattern = r"^[A-Z]{2}$"))]
    pub country: String,
    pub expires_on: Date,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoyaltyAccount {
    /// The airline's designator: `BA`.
    #[schemars(regex(pattern = r"^[A-Z0-9]{2}$"))]
    pub airline: String,
    #[schemars(length(min = 1, max = 30))]
    pub number: String,
}
