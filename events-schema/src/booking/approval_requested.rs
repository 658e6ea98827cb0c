use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::approval::{ApprovalReason, Silence};
use crate::event::{Event, Fate, Producer};
use crate::ids::{DecisionId, EmployeeId, OptionId};
use crate::money::Money;
use crate::samples;

/// Somebody must say yes before this is bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalRequested {
    pub decision: DecisionId,
    pub option: OptionId,
    /// Everybody who is asked, in order: fixed with the first question, whatever becomes of People meanwhile.
    #[serde(default)]
    pub approvers: Vec<EmployeeId>,
    /// Whose turn it is.
    pub approver: EmployeeId,
    /// May answer in the approver's place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delegate: Option<EmployeeId>,
    /// From 1; approvers are asked in order.
    pub step: u32,
    pub steps: u32,
    /// Why, each with its clause.
    pub reasons: Vec<ApprovalReason>,
    pub total: Money,
    pub quote_hash: String,
    pub deadline_at: Timestamp,
    /// What silence means once the deadline has passed.
    pub silence: Silence,
}

impl Event for ApprovalRequested {
    const NAME: &'static str = "ApprovalRequested";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            decision: samples::decision("approve#1.1"),
            option: samples::option(),
            approvers: vec![samples::approver()],
            approver: samples::approver(),
            delegate: None,
            step: 1,
            steps: 1,
            reasons: vec![ApprovalReason::example()],
            total: samples::total(),
            quote_hash: samples::hash(),
            deadline_at: samples::later(),
            silence: Silence::Declines,
        }
    }
}
