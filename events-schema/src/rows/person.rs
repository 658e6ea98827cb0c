use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{CostCentre, EmployeeId};
use crate::person::{EmployeeLevel, Role, TravellerProfile};
use crate::ticket::TicketDetails;

/// What the company knows of an employee. Table People, key employeeId; maintained by travel managers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonRow {
    pub employee_id: EmployeeId,
    pub name: String,
    pub roles: Vec<Role>,
    pub level: EmployeeLevel,
    /// Who is asked for L1, then L2 approval.
    pub approver_chain: Vec<EmployeeId>,
    /// Who is asked for Finance approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finance_approver: Option<EmployeeId>,
    /// Decides in this person's place while they are away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegate: Option<EmployeeId>,
    /// When the delegate begins to decide; absent: as soon as they are named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away_from: Option<Timestamp>,
    /// When the person is back; absent: until the delegate is withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away_until: Option<Timestamp>,
    pub cost_centre: CostCentre,
    pub zone: String,
    pub locale: String,
}

impl PersonRow {
    /// Who decides for this person at `now`, if they are away.
    pub fn delegate_at(&self, now: Timestamp) -> Option<&EmployeeId> {
        let begun = self.away_from.is_none_or(|from| from <= now);
        let over = self.away_until.is_some_and(|until| until <= now);
        self.delegate.as_ref().filter(|_| begun && !over)
    }

    pub fn profile(&self) -> TravellerProfile {
        TravellerProfile {
            level: self.level,
            cost_centre: self.cost_centre.clone(),
            zone: self.zone.clone(),
            locale: self.locale.clone(),
        }
    }
}

/// What a ticket needs to know of a passenger. Table Passengers, key (owner, passenger): the owner is an employee
/// (their own details, `self`) or a booking (`0` to `8`, as set for it). Personal data: sealed in the table, never in an
/// event or a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PassengerRow {
    /// As in the passport.
    #[schemars(length(min = 1, max = 60))]
    pub given_name: String,
    #[schemars(length(min = 1, max = 60))]
    pub family_name: String,
    pub born_on: Date,
    #[schemars(length(min = 3, max = 254))]
    pub email: String,
    /// E.164: `+4930000000`.
    #[schemars(regex(pattern = r"^\+[1-9]\d{6,14}$"))]
    pub phone: String,
    /// What only some suppliers ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<TicketDetails>,
}
