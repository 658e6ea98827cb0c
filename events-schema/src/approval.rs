//! What a policy says of an option, and whom it asks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{ClauseId, EmployeeId, RuleId};
use crate::money::Money;

/// Who must say yes. Which person that is, People says: L1 and L2 are the traveller's approver chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum ApprovalLevel {
    L1,
    L2,
    Finance,
}

/// What silence means once the deadline has passed: a soft deadline approves, a hard one declines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    Approves,
    Declines,
}

/// Why somebody is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalReason {
    pub rule: RuleId,
    pub clause: ClauseId,
    pub level: ApprovalLevel,
    /// One sentence: "38.00 EUR over the hotel cap of 140.00 EUR a night".
    pub reason: String,
}

/// One rule applied to one option: the same inputs always give the same trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RuleTrace {
    pub rule: RuleId,
    pub clause: ClauseId,
    /// The clause's own words, from the pinned version.
    pub quote: String,
    pub observed: String,
    pub limit: String,
    pub verdict: RuleVerdict,
    /// By how much the limit is exceeded, where it is an amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over: Option<Money>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleVerdict {
    /// The rule does not speak about this option.
    NotApplicable,
    Within,
    /// Allowed with approval.
    Exceeded,
    /// Not allowed, whoever approves.
    Forbidden,
}

/// What the whole policy says of one option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// No rule exceeded: needs nobody's approval.
    pub compliant: bool,
    pub traces: Vec<RuleTrace>,
    /// In the order they are asked; each level once.
    pub approvals: Vec<ApprovalLevel>,
    pub reasons: Vec<ApprovalReason>,
    /// Hours an approver has.
    pub approval_sla_hours: u32,
    pub silence: Silence,
}

/// A rule that was exceeded in a confirmed booking, and who allowed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyException {
    pub rule: RuleId,
    pub clause: ClauseId,
    pub reason: String,
    /// Absent where silence approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<EmployeeId>,
    /// For whom a delegate approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<EmployeeId>,
}

impl ApprovalReason {
    pub fn example() -> Self {
        Self {
            rule: RuleId::new("hotel-cap-lisbon"),
            clause: ClauseId::new("4.2"),
            level: ApprovalLevel::L1,
            reason: "38.00 EUR over the Lisbon hotel cap of 140.00 EUR a night".into(),
        }
    }
}

impl PolicyException {
    pub fn example() -> Self {
        let ApprovalReason {
            rule, clause, reason, ..
        } = ApprovalReason::example();
        Self {
            rule,
            clause,
            reason,
            approved_by: Some(crate::samples::approver()),
            on_behalf_of: None,
        }
    }
}
