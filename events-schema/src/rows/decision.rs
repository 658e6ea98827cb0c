use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::approval::{ApprovalReason, Silence};
use crate::ids::{BookingId, DecisionId, EmployeeId, OptionId};
use crate::money::Money;

/// One wait for one person: the only arbiter of who decided what. Table Decisions, key (bookingId, decision),
/// index `byApprover` (approver, deadlineAt). Opened by `booking`, taken by `gateway`, closed by either.
/// The task token is a further attribute that only `booking` reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionRow {
    pub booking_id: BookingId,
    pub decision: DecisionId,
    pub kind: DecisionKind,
    pub state: DecisionState,
    /// Whose booking it is.
    pub employee_id: EmployeeId,
    /// Who is asked: the traveller to choose and confirm, an approver to approve.
    pub approver: EmployeeId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegate: Option<EmployeeId>,
    /// Of an approval: everybody who is asked about this quote, in order. Resolved once, with the first question.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<EmployeeId>,
    /// Epoch seconds.
    pub deadline_at: i64,
    /// Echoed by the client: an answer to this very question.
    pub nonce: String,
    /// Hash of the offers and prices asked about; empty for a choice.
    pub quote_hash: String,
    /// What may be chosen, or the one option asked about.
    pub options: Vec<OptionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    #[serde(default)]
    pub reasons: Vec<ApprovalReason>,
    pub silence: Silence,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<DecisionAnswer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<EmployeeId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionKind {
    Choose,
    Approve,
    Confirm,
    /// Cancel a confirmed booking at the conditions shown.
    Cancel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionState {
    Open,
    Taken,
    TimedOut,
    /// The booking was cancelled while it was open.
    Cancelled,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DecisionAnswer {
    Option(OptionId),
    Yes,
    No,
}
