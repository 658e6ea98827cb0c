//! The form in which rules are drafted: flat, every field optional, nothing trusted. A model fills it as well as the
//! patterns in `by_rules` do; either way each rule is read against the clause it cites.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use events_schema::approval::{ApprovalLevel, Silence};
use events_schema::ids::{ClauseId, RuleId};
use events_schema::money::Money;
use events_schema::person::EmployeeLevel;
use events_schema::rows::{
    AdvanceBand, ExceptionKind, FlightTime, LegKind, MonthDay, OverageBand, Reach, Rule, RuleKind, Season,
};
use events_schema::trip::Cabin;
use iso_currency::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Everything a drafter answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Proposal {
    /// The one most amounts are in.
    pub currency: String,
    /// The clause that says what holds where the document says nothing.
    #[serde(default)]
    pub silent_clause: Option<String>,
    pub rules: Vec<ProposedRule>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ProposedRule {
    pub kind: String,
    /// The clause it comes from, by number.
    pub clause: String,
    /// Words of that clause that say it.
    pub quote: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// `06-15`, both or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub season_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub season_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reach: Option<Reach>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_hours: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below_hours: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<EmployeeLevel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cabin: Option<Cabin>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suppliers: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legs: Option<LegKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_minutes: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<ApprovalLevel>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bands: Vec<ProposedBand>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silence: Option<Silence>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub codes: BTreeMap<ExceptionKind, String>,
}

/// Of advance purchase: `minDays`; of overage: `upToPercent`, absent for all above.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ProposedBand {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up_to_percent: Option<u32>,
    pub approvals: Vec<ApprovalLevel>,
}

impl ProposedRule {
    pub fn new(kind: &str, clause: &ClauseId, quote: &str) -> Self {
        Self {
            kind: kind.into(),
            clause: clause.to_string(),
            quote: quote.into(),
            ..Self::default()
        }
    }

    /// The typed rule, or what is missing or impossible about it.
    pub fn rule(&self, id: RuleId) -> Result<Rule, String> {
        Ok(Rule {
            id,
            clause: ClauseId::new(self.clause.as_str()),
            kind: self.rule_kind()?,
        })
    }

    fn rule_kind(&self) -> Result<RuleKind, String> {
        let approvals = self.approvals.clone();
        Ok(match self.kind.as_str() {
            "hotel_cap" => RuleKind::HotelCap {
                city: self.city.clone(),
                country: self.country.clone(),
                season: self.season()?,
                per_night: self.money()?,
            },
            "fare_cap" => RuleKind::FareCap {
                reach: self.reach,
                flight_time: self.flight_time(),
                levels: self.levels.clone(),
                per_traveller: self.money()?,
            },
            "cabin_limit" => RuleKind::CabinLimit {
                flight_time: self.flight_time(),
                levels: self.levels.clone(),
                highest: self.cabin.ok_or("no cabin is named")?,
                approvals,
            },
            "advance_purchase" => RuleKind::AdvancePurchase {
                bands: self.advance_bands()?,
            },
            "preferred_suppliers" => RuleKind::PreferredSuppliers {
                suppliers: self.suppliers.clone(),
                legs: self.legs.unwrap_or(LegKind::Flight),
                within_percent: self.percent.ok_or("no percentage is named")?,
                approvals,
            },
            "excluded_suppliers" => RuleKind::ExcludedSuppliers {
                suppliers: self.suppliers.clone(),
            },
            "lowest_logical_fare" => RuleKind::LowestLogicalFare {
                window_minutes: self.window_minutes.ok_or("no window is named")?,
                tolerance_percent: self.percent.unwrap_or(0),
                approvals,
            },
            "refundability" => RuleKind::Refundability {
                legs: self.legs.ok_or("neither flights nor stays are named")?,
                above: self.money()?,
                approvals,
            },
            "approval_by_overage" => RuleKind::ApprovalByOverage {
                bands: self.overage_bands(),
            },
            "approver_sla" => RuleKind::ApproverSla {
                hours: self.hours.ok_or("no hours are named")?,
                silence: self.silence.ok_or("what silence means is not named")?,
            },
            "reason_codes" => RuleKind::ReasonCodes {
                codes: self.codes.clone(),
            },
            other => return Err(format!("there is no kind of rule called {other:?}")),
        })
    }

    pub fn money(&self) -> Result<Money, String> {
        let amount = self
            .amount
            .as_deref()
            .and_then(|text| text.parse::<Decimal>().ok());
        let currency = self.currency.as_deref().and_then(Currency::from_code);
        match (amount, currency) {
            (Some(amount), Some(currency)) => Ok(Money::new(amount, currency)),
            _ => Err("its amount is no amount of money".into()),
        }
    }

    fn flight_time(&self) -> FlightTime {
        let minutes = |hours: Option<u32>| hours.map(|hours| hours.saturating_mul(60));
        FlightTime {
            from_minutes: minutes(self.from_hours),
            below_minutes: minutes(self.below_hours),
        }
    }

    fn season(&self) -> Result<Option<Season>, String> {
        let day = |text: &String| text.parse::<MonthDay>().map_err(|error| error.to_string());
        match (&self.season_from, &self.season_to) {
            (None, None) => Ok(None),
            (Some(from), Some(to)) => Ok(Some(Season {
                from: day(from)?,
                to: day(to)?,
            })),
            _ => Err("its season has one end".into()),
        }
    }

    fn advance_bands(&self) -> Result<Vec<AdvanceBand>, String> {
        let band = |band: &ProposedBand| {
            Ok(AdvanceBand {
                min_days: band.min_days.ok_or("a band names no days")?,
                approvals: band.approvals.clone(),
            })
        };
        self.bands.iter().map(band).collect()
    }

    fn overage_bands(&self) -> Vec<OverageBand> {
        let band = |band: &ProposedBand| OverageBand {
            up_to_percent: band.up_to_percent,
            approvals: band.approvals.clone(),
        };
        self.bands.iter().map(band).collect()
    }
}

/// The JSON schema that models are bound to: what a kind does not need is left out of a rule.
pub fn schema() -> &'static Value {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
        let text = || json!({"type": "string"});
        let whole = || json!({"type": "integer"});
        let approvals =
            json!({"type": "array", "items": {"type": "string", "enum": ["L1", "L2", "Finance"]}});
        let band = object(
            json!({"minDays": whole(), "upToPercent": whole(), "approvals": approvals}),
            &["approvals"],
        );
        let rule = object(
            json!({
                "kind": {"type": "string", "enum": ["hotel_cap", "fare_cap", "cabin_limit", "advance_purchase",
                    "preferred_suppliers", "excluded_suppliers", "lowest_logical_fare", "refundability",
                    "approval_by_overage", "approver_sla", "reason_codes"]},
                "clause": text(), "quote": text(), "amount": text(), "currency": text(), "city": text(),
                "country": text(),
                "seasonFrom": text(), "seasonTo": text(),
                "reach": {"type": "string", "enum": ["domestic", "continental", "intercontinental"]},
                "fromHours": whole(), "belowHours": whole(),
                "levels": {"type": "array", "items": {"type": "string", "enum": ["L1", "L2", "L3", "L4", "L5"]}},
                "cabin": {"type": "string", "enum": ["economy", "premium_economy", "business", "first"]},
                "suppliers": {"type": "array", "items": text()},
                "legs": {"type": "string", "enum": ["flight", "stay"]},
                "percent": whole(), "windowMinutes": whole(), "approvals": approvals,
                "bands": {"type": "array", "items": band}, "hours": whole(),
                "silence": {"type": "string", "enum": ["approves", "declines"]},
                "codes": object(json!({
                    "advance_purchase": text(), "fare_cap": text(), "hotel_cap": text(), "cabin": text(),
                    "preferred_suppliers": text(), "lowest_logical_fare": text(), "refundability": text(),
                }), &[]),
            }),
            &["kind", "clause", "quote"],
        );
        object(
            json!({"currency": text(), "silentClause": text(), "rules": {"type": "array", "items": rule}}),
            &["currency", "rules"],
        )
    });
    &SCHEMA
}

fn object(properties: Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}
