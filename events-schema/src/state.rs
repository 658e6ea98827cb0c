//! Where a booking stands.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The state after the newest event. Named for what just happened, in the order of the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BookingState {
    Requested,
    PolicyRetrieved,
    ClarificationPending,
    Clarified,
    PlanProposed,
    PlanRejected,
    PlanAccepted,
    OffersFound,
    OptionsRanked,
    // The automated part came to an end; `booking/close` turns these into a terminal state.
    PlanningFailed,
    PolicyAnswered,
    NoOffersFound,
    SearchFailed,
    // The human segment, driven by the state machine.
    OptionsPresented,
    OptionSelected,
    Requoted,
    ApprovalPending,
    ApprovalGranted,
    ApprovalDeclined,
    ConfirmationPending,
    PurchaseConfirmed,
    PurchaseDeclined,
    BudgetReserved,
    LegBooked,
    LegBookingFailed,
    LegCancelled,
    BudgetCaptured,
    BudgetReleased,
    // The cancellation of a confirmed booking: a lifecycle of its own.
    CancellationRequested,
    CancellationPending,
    CancellationConfirmed,
    CancellationDeclined,
    BudgetRefunded,
    // Terminal.
    Confirmed,
    Failed,
    Cancelled,
    Expired,
    NeedsAttention,
    Answered,
    /// A cancellation that came to nothing: the confirmed booking stands.
    Kept,
    // Terminal in the second place: a person settled what was open.
    AttentionResolved,
}

impl BookingState {
    pub const ALL: [Self; 41] = [
        Self::Requested,
        Self::PolicyRetrieved,
        Self::ClarificationPending,
        Self::Clarified,
        Self::PlanProposed,
        Self::PlanRejected,
        Self::PlanAccepted,
        Self::OffersFound,
        Self::OptionsRanked,
        Self::PlanningFailed,
        Self::PolicyAnswered,
        Self::NoOffersFound,
        Self::SearchFailed,
        Self::OptionsPresented,
        Self::OptionSelected,
        Self::Requoted,
        Self::ApprovalPending,
        Self::ApprovalGranted,
        Self::ApprovalDeclined,
        Self::ConfirmationPending,
        Self::PurchaseConfirmed,
        Self::PurchaseDeclined,
        Self::BudgetReserved,
        Self::LegBooked,
        Self::LegBookingFailed,
        Self::LegCancelled,
        Self::BudgetCaptured,
        Self::BudgetReleased,
        Self::CancellationRequested,
        Self::CancellationPending,
        Self::CancellationConfirmed,
        Self::CancellationDeclined,
        Self::BudgetRefunded,
        Self::Confirmed,
        Self::Failed,
        Self::Cancelled,
        Self::Expired,
        Self::NeedsAttention,
        Self::Answered,
        Self::Kept,
        Self::AttentionResolved,
    ];

    pub fn is_terminal(self) -> bool {
        self >= Self::Confirmed
    }

    /// As stored in the head's `state` attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::PolicyRetrieved => "policy_retrieved",
            Self::ClarificationPending => "clarification_pending",
            Self::Clarified => "clarified",
            Self::PlanProposed => "plan_proposed",
            Self::PlanRejected => "plan_rejected",
            Self::PlanAccepted => "plan_accepted",
            Self::OffersFound => "offers_found",
            Self::OptionsRanked => "options_ranked",
            Self::PlanningFailed => "planning_failed",
            Self::PolicyAnswered => "policy_answered",
            Self::NoOffersFound => "no_offers_found",
            Self::SearchFailed => "search_failed",
            Self::OptionsPresented => "options_presented",
            Self::OptionSelected => "option_selected",
            Self::Requoted => "requoted",
            Self::ApprovalPending => "approval_pending",
            Self::ApprovalGranted => "approval_granted",
            Self::ApprovalDeclined => "approval_declined",
            Self::ConfirmationPending => "confirmation_pending",
            Self::PurchaseConfirmed => "purchase_confirmed",
            Self::PurchaseDeclined => "purchase_declined",
            Self::BudgetReserved => "budget_reserved",
            Self::LegBooked => "leg_booked",
            Self::LegBookingFailed => "leg_booking_failed",
            Self::LegCancelled => "leg_cancelled",
            Self::BudgetCaptured => "budget_captured",
            Self::BudgetReleased => "budget_released",
            Self::CancellationRequested => "cancellation_requested",
            Self::CancellationPending => "cancellation_pending",
            Self::CancellationConfirmed => "cancellation_confirmed",
            Self::CancellationDeclined => "cancellation_declined",
            Self::BudgetRefunded => "budget_refunded",
            Self::Confirmed => "confirmed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::NeedsAttention => "needs_attention",
            Self::Answered => "answered",
            Self::Kept => "kept",
            Self::AttentionResolved => "attention_resolved",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_name_is_the_serialized_one() {
        for state in BookingState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
    }

    #[test]
    fn eight_states_are_terminal() {
        let terminal = BookingState::ALL
            .iter()
            .filter(|state| state.is_terminal())
            .count();
        assert_eq!(terminal, 8);
    }
}
