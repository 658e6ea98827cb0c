use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use iso_currency::Currency;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::approval::{ApprovalLevel, Silence};
use crate::ids::{ClauseId, EmployeeId, PolicyVersion, RuleId};
use crate::money::Money;
use crate::person::EmployeeLevel;
use crate::trip::Cabin;

/// One ingested document. Table Policies, key version; owned by `policy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyRow {
    pub version: PolicyVersion,
    pub state: PolicyState,
    /// Where the document lies: its object key.
    pub document: String,
    /// SHA-256 of the document, hex; empty until it was read.
    #[serde(default)]
    pub document_hash: String,
    /// JSON of [`PolicyRules`]; present from `ready` on, where the document has typed rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
    /// How the rules came about, where nobody wrote them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<RuleDraft>,
    /// How many clauses PolicyClauses holds of it.
    #[serde(default)]
    pub clauses: u32,
    /// The model whose vectors the clauses have; absent where they are found by their words alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedded_by: Option<String>,
    /// Why it failed, for the person who uploaded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub uploaded_at: Timestamp,
    /// Of the version's newest event; 0 before the first.
    #[serde(default)]
    pub sequence: u64,
}

/// Rules read from a document's words: for a travel manager to compare with the clauses before activating them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleDraft {
    pub by: Drafter,
    /// What was drafted and not taken, each with the reason.
    #[serde(default)]
    pub refused: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drafter {
    Model,
    /// Patterns of how policies are worded.
    Rules,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyState {
    /// Announced, and not uploaded yet.
    Pending,
    Processing,
    /// Clauses and rules are complete: it can be asked, and activated if it has rules.
    Ready,
    Active,
    Retired,
    Failed,
}

impl PolicyState {
    /// As stored in the row's `state` attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Ready => "ready",
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Failed => "failed",
        }
    }
}

/// Which version new bookings follow: the item of Policies whose version is `active`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivePolicyRow {
    pub version: String,
    pub active_version: PolicyVersion,
    pub activated_at: Timestamp,
    pub by: EmployeeId,
}

impl ActivePolicyRow {
    pub const KEY: &'static str = "active";
}

/// The typed rules of one policy version, each citing the clause it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyRules {
    pub version: PolicyVersion,
    /// All amounts are compared in it.
    pub currency: Currency,
    /// Units of `currency` for one unit of the key's.
    pub rates: BTreeMap<String, Decimal>,
    pub strict: StrictDefaults,
    pub rules: Vec<Rule>,
}

/// What holds where the policy is silent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StrictDefaults {
    pub clause: ClauseId,
    pub highest_cabin: Cabin,
    /// Who must allow any trip.
    pub approvals: Vec<ApprovalLevel>,
    pub sla_hours: u32,
    pub silence: Silence,
}

impl StrictDefaults {
    /// The words [`PolicyRules::none`] cites: there is no document to quote.
    pub const BUILT_IN: &'static str = "No travel policy is active. Until one is, only economy may be flown, and \
         every trip needs the approval of the traveller's manager within 24 hours; silence declines.";
}

impl PolicyRules {
    /// The version of bookings that were requested while no policy was active.
    pub const NO_POLICY: &'static str = "none";

    /// The strict defaults alone, citing the built-in clause `0`.
    pub fn none() -> Self {
        Self {
            version: PolicyVersion::new(Self::NO_POLICY),
            currency: Currency::EUR,
            rates: BTreeMap::new(),
            strict: StrictDefaults {
                clause: ClauseId::new("0"),
                highest_cabin: Cabin::Economy,
                approvals: vec![ApprovalLevel::L1],
                sla_hours: 24,
                silence: Silence::Declines,
            },
            rules: Vec::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    pub id: RuleId,
    pub clause: ClauseId,
    #[serde(flatten)]
    pub kind: RuleKind,
}

/// The kinds of rules there are. Lists of levels are empty where a rule holds for all; `approvals` names who may allow
/// an exception, and is empty where nobody may. Amounts include taxes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum RuleKind {
    /// Who must allow a flight booked so many days before departure; the band with the most days not above them holds.
    AdvancePurchase { bands: Vec<AdvanceBand> },
    /// The most one traveller's flight may cost, there and back.
    FareCap {
        #[serde(default)]
        reach: Option<Reach>,
        #[serde(default)]
        flight_time: FlightTime,
        #[serde(default)]
        levels: Vec<EmployeeLevel>,
        per_traveller: Money,
    },
    /// The most a room may cost a night. City and season beat city beats country beats neither; of equals the lower holds.
    HotelCap {
        /// English name, as the airports' cities are called.
        #[serde(default)]
        city: Option<String>,
        /// ISO 3166-1 alpha-2.
        #[serde(default)]
        country: Option<String>,
        #[serde(default)]
        season: Option<Season>,
        per_night: Money,
    },
    /// The highest cabin on flights of this length.
    CabinLimit {
        #[serde(default)]
        flight_time: FlightTime,
        #[serde(default)]
        levels: Vec<EmployeeLevel>,
        highest: Cabin,
        approvals: Vec<ApprovalLevel>,
    },
    /// To be taken where they cost no more than so much above the lowest.
    PreferredSuppliers {
        /// Suppliers' ids, carriers' names, or what hotels' names begin with.
        suppliers: Vec<String>,
        legs: LegKind,
        within_percent: u32,
        approvals: Vec<ApprovalLevel>,
    },
    /// Never to be taken.
    ExcludedSuppliers { suppliers: Vec<String> },
    /// The lowest fare among flights that leave within the window holds; so much above it is still fine.
    LowestLogicalFare {
        window_minutes: u32,
        tolerance_percent: u32,
        approvals: Vec<ApprovalLevel>,
    },
    /// What costs more than this must be refundable: a traveller's flight, or a whole stay.
    Refundability {
        legs: LegKind,
        above: Money,
        approvals: Vec<ApprovalLevel>,
    },
    /// Who must allow an amount above a cap, by how far above it is.
    ApprovalByOverage { bands: Vec<OverageBand> },
    /// How long an approver has, and what silence then means.
    ApproverSla { hours: u32, silence: Silence },
    /// How exceptions are coded in the accounts.
    ReasonCodes { codes: BTreeMap<ExceptionKind, String> },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AdvanceBand {
    /// Days between the request and the departure.
    pub min_days: u32,
    pub approvals: Vec<ApprovalLevel>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OverageBand {
    /// In percent of the cap, inclusive; absent for all above.
    #[serde(default)]
    pub up_to_percent: Option<u32>,
    pub approvals: Vec<ApprovalLevel>,
}

/// Time in the air one way, the longer of both; lower end inclusive, upper end not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FlightTime {
    pub from_minutes: Option<u32>,
    pub below_minutes: Option<u32>,
}

impl FlightTime {
    pub fn holds(&self, minutes: u32) -> bool {
        self.from_minutes.is_none_or(|from| minutes >= from)
            && self.below_minutes.is_none_or(|below| minutes < below)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    Domestic,
    /// Another country of the same part of the world.
    Continental,
    Intercontinental,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegKind {
    Flight,
    Stay,
}

/// What an exception is an exception from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    AdvancePurchase,
    FareCap,
    HotelCap,
    Cabin,
    PreferredSuppliers,
    LowestLogicalFare,
    Refundability,
}

/// Days of any year, both ends included; `11-01` to `03-31` spans the new year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Season {
    pub from: MonthDay,
    pub to: MonthDay,
}

impl Season {
    pub fn holds(&self, date: Date) -> bool {
        let day = MonthDay {
            month: date.month(),
            day: date.day(),
        };
        if self.from <= self.to {
            self.from <= day && day <= self.to
        } else {
            self.from <= day || day <= self.to
        }
    }
}

/// A day of any year: `06-15`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MonthDay {
    month: i8,
    day: i8,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a day of the year: month and day as in 06-15")]
pub struct NotAMonthDay(String);

impl FromStr for MonthDay {
    type Err = NotAMonthDay;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A leap year, so that 02-29 is a day.
        let date: Date = format!("2000-{text}")
            .parse()
            .map_err(|_| NotAMonthDay(text.into()))?;
        Ok(Self {
            month: date.month(),
            day: date.day(),
        })
    }
}

impl TryFrom<String> for MonthDay {
    type Error = NotAMonthDay;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<MonthDay> for String {
    fn from(day: MonthDay) -> Self {
        day.to_string()
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn season(from: &str, to: &str) -> Season {
        Season {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
        }
    }

    #[test]
    fn a_season_may_span_the_new_year() {
        let winter = season("11-01", "03-31");
        assert!(winter.holds(date(2026, 12, 3)) && winter.holds(date(2027, 3, 31)));
        assert!(!winter.holds(date(2026, 10, 31)) && !winter.holds(date(2027, 4, 1)));
        let summer = season("06-01", "09-30");
        assert!(summer.holds(date(2026, 6, 1)) && !summer.holds(date(2026, 12, 3)));
        assert!("13-01".parse::<MonthDay>().is_err());
    }

    #[test]
    fn a_rule_reads_flat() {
        let rule: Rule = serde_json::from_value(serde_json::json!({
            "id": "hotel-cap-lisbon", "clause": "4.2", "kind": "hotel_cap", "city": "Lisbon",
            "perNight": {"amount": "140.00", "currency": "EUR"}
        }))
        .unwrap();
        assert!(
            matches!(rule.kind, RuleKind::HotelCap { city: Some(ref city), season: None, .. } if city == "Lisbon")
        );
        let json = serde_json::to_value(&rule).unwrap();
        assert_eq!(json["perNight"]["amount"], "140.00");
        assert_eq!(serde_json::from_value::<Rule>(json).unwrap(), rule);
    }
}
