//! What a client receives. Frames about a booking are ordered and sent at least once: a client drops what it has
//! and resumes on a hole.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::explorer::{HistoryEvent, ReceivedEvent, ReplayEntry};
use super::office::{
    AttentionItem, AttentionLeg, Budget, BudgetChange, BudgetEntry, LineProblem, PersonDifference,
    PersonEntry, PolicyClause, PolicyEntry,
};
use crate::approval::{ApprovalReason, PolicyException, Silence};
use crate::booking::CancellationTerms;
use crate::ids::{ActionId, BookingId, ClauseId, CostCentre, DecisionId, EmployeeId, PolicyVersion};
use crate::insights::Summary;
use crate::money::Money;
use crate::option::TripOption;
use crate::person::Role;
use crate::planner::Question;
use crate::problem::ErrorCode;
use crate::search::Alternative;
use crate::state::BookingState;
use crate::trip::BookedLeg;

/// One message to one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Frame {
    #[serde(flatten)]
    pub body: FrameBody,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booking_id: Option<BookingId>,
    /// Where the frame stands among those of its booking; absent for answers to a single command.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cursor {
    /// The event's sequence within its booking.
    pub sequence: u64,
    /// The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it
    /// sends `resume`.
    pub previous: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum FrameBody {
    /// The command was taken; what follows comes as further frames.
    Accepted {
        action_id: ActionId,
        action: String,
    },
    /// A step of the flow is done.
    Progress {
        step: String,
        message: String,
        at: Timestamp,
    },
    Clarification {
        questions: Vec<Question>,
        round: u32,
    },
    Options {
        decision_id: DecisionId,
        nonce: String,
        options: Vec<TripOption>,
        deadline_at: Timestamp,
    },
    ApprovalRequested {
        decision_id: DecisionId,
        nonce: String,
        quote_hash: String,
        option: TripOption,
        /// Whose booking it is.
        employee_id: EmployeeId,
        /// Who is asked; a frame to the traveller says whom they wait for.
        approver: EmployeeId,
        step: u32,
        steps: u32,
        reasons: Vec<ApprovalReason>,
        total: Money,
        deadline_at: Timestamp,
        silence: Silence,
    },
    ApprovalDecided {
        decision_id: DecisionId,
        granted: bool,
        /// Who decided; with `bySilence`, who was asked and did not answer.
        by: EmployeeId,
        /// The approver in whose place a delegate decided.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_behalf_of: Option<EmployeeId>,
        /// The deadline passed, and the policy lets silence approve.
        #[serde(default)]
        by_silence: bool,
    },
    /// What was approved got dearer or is gone: the approvals count for nothing, the traveller chooses again.
    ApprovalVoided {
        message: String,
        approvers: Vec<EmployeeId>,
        before: Money,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Money>,
    },
    PurchaseConfirmationRequested {
        decision_id: DecisionId,
        nonce: String,
        quote_hash: String,
        option: TripOption,
        total: Money,
        deadline_at: Timestamp,
    },
    /// What cancelling a confirmed booking gives back and costs; about the cancellation's own lifecycle.
    CancellationConfirmationRequested {
        decision_id: DecisionId,
        nonce: String,
        quote_hash: String,
        previous_booking: BookingId,
        legs: Vec<CancellationTerms>,
        paid: Money,
        refund: Money,
        fee: Money,
        deadline_at: Timestamp,
    },
    Confirmed {
        legs: Vec<BookedLeg>,
        total: Money,
        taxes: Money,
        exceptions: Vec<PolicyException>,
    },
    Failed {
        code: ErrorCode,
        message: String,
        alternatives: Vec<Alternative>,
    },
    Cancelled {
        message: String,
        legs_undone: u32,
        /// The confirmed booking that is cancelled by this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        previous_booking: Option<BookingId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refund: Option<Money>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fee: Option<Money>,
    },
    /// A cancellation was called off: the confirmed booking stands.
    Kept {
        message: String,
        previous_booking: BookingId,
    },
    Expired {
        message: String,
    },
    NeedsAttention {
        message: String,
    },
    /// To a question about the policy.
    Answer {
        text: String,
        clauses: Vec<QuotedClause>,
        /// None of the clauses seems to say what was asked: they are only the nearest.
        silent: bool,
    },
    /// The caller's bookings, newest first.
    Bookings {
        items: Vec<BookingSummary>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cursor: Option<String>,
    },
    /// A page of the directory.
    People {
        items: Vec<PersonEntry>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cursor: Option<String>,
    },
    Person {
        person: PersonEntry,
    },
    /// Their details and words cannot be read any more.
    PersonErased {
        employee_id: EmployeeId,
        erased_at: Timestamp,
    },
    /// What an import did, or (`applied` false) would do: with problems, nothing.
    PeopleImport {
        applied: bool,
        added: Vec<EmployeeId>,
        changed: Vec<PersonDifference>,
        unchanged: u32,
        problems: Vec<LineProblem>,
    },
    /// A page of the directory as CSV; the header is on the first page only.
    PeopleCsv {
        csv: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cursor: Option<String>,
    },
    Budgets {
        items: Vec<Budget>,
    },
    /// One budget with what its bookings did to it, newest first, and how its limit was set, newest first.
    Budget {
        budget: Budget,
        entries: Vec<BudgetEntry>,
        history: Vec<BudgetChange>,
    },
    /// What waits for a travel manager, the longest waiting first.
    Attention {
        items: Vec<AttentionItem>,
    },
    /// One such booking with its evidence.
    AttentionDetail {
        item: AttentionItem,
        legs: Vec<AttentionLeg>,
    },
    /// All versions, newest first.
    Policies {
        items: Vec<PolicyEntry>,
    },
    /// One version, clause by clause.
    PolicyDetail {
        policy: PolicyEntry,
        clauses: Vec<PolicyClause>,
        /// What was drafted and not taken, each with the reason.
        refused: Vec<String>,
        /// Where the next page begins, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cursor: Option<String>,
    },
    /// Where to put the document: one `PUT` with these headers and the file as its body.
    PolicyUpload {
        action_id: ActionId,
        version: PolicyVersion,
        url: String,
        headers: BTreeMap<String, String>,
        expires_at: Timestamp,
    },
    Error {
        code: ErrorCode,
        message: String,
        retryable: bool,
        /// The command it answers, where that could be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        action_id: Option<ActionId>,
    },
    Heartbeat {
        at: Timestamp,
    },
    Pong {},
    YouAre {
        employee_id: EmployeeId,
        /// As in the directory; absent for somebody the travel managers have not added yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        roles: Vec<Role>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cost_centre: Option<CostCentre>,
    },
    /// Those of the people asked about who are in the directory.
    PeopleNamed {
        people: Vec<NamedPerson>,
    },
    Approvals {
        items: Vec<ApprovalSummary>,
    },
    Insights {
        summary: Summary,
        /// The names of those in `summary.whereabouts`.
        people: Vec<NamedPerson>,
    },
    Itinerary {
        /// For saving: `berlin-lisbon-2026-12-03.ics`.
        file_name: String,
        /// iCalendar (RFC 5545), `text/calendar`.
        calendar: String,
    },
    /// For developers: a booking's events in order.
    History {
        events: Vec<HistoryEvent>,
    },
    EventShown {
        /// Its place in its history; `sequence` is the frame's own.
        event_sequence: u64,
        /// The event as published, JSON; cut where it is longer than a message may be.
        event: String,
    },
    /// What the bus received, oldest first. The same event may be told again.
    Tail {
        events: Vec<ReceivedEvent>,
        /// Where to go on.
        reached: Timestamp,
    },
    /// The newest first.
    Replays {
        replays: Vec<ReplayEntry>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamedPerson {
    pub employee_id: EmployeeId,
    pub name: String,
}

/// One approval that is or was asked of somebody. What is needed to decide it comes with `resume` of the booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalSummary {
    pub booking_id: BookingId,
    pub decision_id: DecisionId,
    /// Whose trip it is.
    pub employee_id: EmployeeId,
    /// Who is asked.
    pub approver: EmployeeId,
    pub total: Option<Money>,
    pub reasons: Vec<ApprovalReason>,
    pub deadline_at: Timestamp,
    pub silence: Silence,
    /// Whether it still can be decided.
    pub open: bool,
    /// How it was decided; absent while it is open or where nobody decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted: Option<bool>,
}

/// A clause as the pinned policy version has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuotedClause {
    pub clause: ClauseId,
    pub section: String,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingSummary {
    pub booking_id: BookingId,
    pub state: BookingState,
    pub sequence: u64,
    /// Of a cancellation: the confirmed booking it cancels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_booking: Option<BookingId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// The request in the traveller's words; absent once erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

impl FrameBody {
    /// Whether nothing follows: the booking's lifecycle has ended.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Confirmed { .. }
                | Self::Failed { .. }
                | Self::Cancelled { .. }
                | Self::Kept { .. }
                | Self::Expired { .. }
                | Self::NeedsAttention { .. }
                | Self::Answer { .. }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_flat_on_the_wire_and_reads_back() {
        let frame = Frame {
            body: FrameBody::Cancelled {
                message: "Cancelled.".into(),
                legs_undone: 0,
                previous_booking: None,
                refund: None,
                fee: None,
            },
            booking_id: Some(crate::samples::booking()),
            cursor: Some(Cursor {
                sequence: 9,
                previous: 7,
            }),
        };
        let json = serde_json::to_value(&frame).unwrap();
        assert_eq!(json["type"], "cancelled");
        assert_eq!(json["sequence"], 9);
        assert_eq!(serde_json::from_value::<Frame>(json).unwrap(), frame);
        let pong = Frame {
            body: FrameBody::Pong {},
            booking_id: None,
            cursor: None,
        };
        let json = serde_json::to_value(&pong).unwrap();
        assert_eq!(json, serde_json::json!({"type": "pong"}));
        assert_eq!(serde_json::from_value::<Frame>(json).unwrap(), pong);
    }
}
