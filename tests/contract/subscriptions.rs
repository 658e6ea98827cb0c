//! Who subscribes to what: the list that `rules/` and `template.yaml` are held to, a test for each line.

use super::rules::check;

/// One file in `rules/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subscription {
    pub consumer: &'static str,
    pub event: &'static str,
    /// The logical id of the function or state machine it invokes, or of the queue it fills.
    pub target: &'static str,
    /// Whether a replayed event is welcome: only where it rebuilds a read model and does nothing else.
    pub replayed: bool,
}

macro_rules! subscriptions {
    ($($name:ident: $consumer:literal on $event:ident starts $target:ident, replayed: $replayed:literal;)+) => {
        pub const SUBSCRIPTIONS: &[Subscription] = &[$(Subscription {
            consumer: $consumer,
            event: stringify!($event),
            target: stringify!($target),
            replayed: $replayed,
        }),+];

        $(#[test]
        fn $name() {
            check(Subscription {
                consumer: $consumer,
                event: stringify!($event),
                target: stringify!($target),
                replayed: $replayed,
            });
        })+
    };
}

subscriptions! {
    policy_on_booking_requested: "policy" on BookingRequested starts PolicyRetrieveFunction, replayed: false;
    planner_on_policy_retrieved: "planner" on PolicyRetrieved starts PlannerFunction, replayed: false;
    planner_on_clarification_given: "planner" on ClarificationGiven starts PlannerFunction, replayed: false;
    planner_on_plan_rejected: "planner" on PlanRejected starts PlannerFunction, replayed: false;
    compliance_on_plan_proposed: "compliance" on PlanProposed starts ComplianceFunction, replayed: false;
    compliance_on_offers_found: "compliance" on OffersFound starts ComplianceFunction, replayed: false;
    search_on_plan_accepted: "search" on PlanAccepted starts SearchFunction, replayed: false;
    booking_machine_on_options_ranked: "booking-machine" on OptionsRanked starts BookingMachine, replayed: false;
    booking_machine_on_booking_overdue: "booking-machine" on BookingOverdue starts BookingMachine, replayed: false;
    booking_machine_on_cancellation_requested: "booking-machine" on CancellationRequested starts BookingMachine, replayed: false;
    booking_wake_on_option_selected: "booking-wake" on OptionSelected starts BookingWakeFunction, replayed: false;
    booking_wake_on_approval_granted: "booking-wake" on ApprovalGranted starts BookingWakeFunction, replayed: false;
    booking_wake_on_approval_declined: "booking-wake" on ApprovalDeclined starts BookingWakeFunction, replayed: false;
    booking_wake_on_purchase_confirmed: "booking-wake" on PurchaseConfirmed starts BookingWakeFunction, replayed: false;
    booking_wake_on_purchase_declined: "booking-wake" on PurchaseDeclined starts BookingWakeFunction, replayed: false;
    booking_wake_on_cancel_requested: "booking-wake" on CancelRequested starts BookingWakeFunction, replayed: false;
    booking_wake_on_cancellation_confirmed: "booking-wake" on CancellationConfirmed starts BookingWakeFunction, replayed: false;
    booking_wake_on_cancellation_declined: "booking-wake" on CancellationDeclined starts BookingWakeFunction, replayed: false;
    booking_close_on_planning_failed: "booking-close" on PlanningFailed starts BookingCloseFunction, replayed: false;
    booking_close_on_policy_answered: "booking-close" on PolicyAnswered starts BookingCloseFunction, replayed: false;
    booking_close_on_no_offers_found: "booking-close" on NoOffersFound starts BookingCloseFunction, replayed: false;
    booking_close_on_search_failed: "booking-close" on SearchFailed starts BookingCloseFunction, replayed: false;
    booking_close_on_cancel_requested: "booking-close" on CancelRequested starts BookingCloseFunction, replayed: false;
    booking_close_on_booking_overdue: "booking-close" on BookingOverdue starts BookingCloseFunction, replayed: false;
    audit_on_access_refused: "audit" on AccessRefused starts AuditFactsFunction, replayed: false;
    audit_on_people_changed: "audit" on PeopleChanged starts AuditFactsFunction, replayed: false;
    audit_on_person_erased: "audit" on PersonErased starts AuditFactsFunction, replayed: false;
    audit_on_budget_set: "audit" on BudgetSet starts AuditFactsFunction, replayed: false;
    insights_on_options_ranked: "insights" on OptionsRanked starts InsightsFunction, replayed: true;
    insights_on_booking_confirmed: "insights" on BookingConfirmed starts InsightsFunction, replayed: true;
    insights_on_booking_failed: "insights" on BookingFailed starts InsightsFunction, replayed: true;
    insights_on_booking_cancelled: "insights" on BookingCancelled starts InsightsFunction, replayed: true;
    insights_on_booking_kept: "insights" on BookingKept starts InsightsFunction, replayed: true;
    insights_on_booking_expired: "insights" on BookingExpired starts InsightsFunction, replayed: true;
    insights_on_booking_needs_attention: "insights" on BookingNeedsAttention starts InsightsFunction, replayed: true;
    insights_on_attention_resolved: "insights" on AttentionResolved starts InsightsFunction, replayed: true;
    webhooks_on_booking_confirmed: "webhooks" on BookingConfirmed starts WebhooksQueue, replayed: false;
    webhooks_on_booking_cancelled: "webhooks" on BookingCancelled starts WebhooksQueue, replayed: false;
    webhooks_on_booking_failed: "webhooks" on BookingFailed starts WebhooksQueue, replayed: false;
    webhooks_on_booking_expired: "webhooks" on BookingExpired starts WebhooksQueue, replayed: false;
    insights_on_policy_question_answered: "insights" on PolicyQuestionAnswered starts InsightsFunction, replayed: true;
    notices_on_clarification_requested: "notices" on ClarificationRequested starts NoticesFunction, replayed: false;
    notices_on_options_presented: "notices" on OptionsPresented starts NoticesFunction, replayed: false;
    notices_on_approval_requested: "notices" on ApprovalRequested starts NoticesFunction, replayed: false;
    notices_on_purchase_confirmation_requested: "notices" on PurchaseConfirmationRequested starts NoticesFunction, replayed: false;
    notices_on_cancellation_confirmation_requested: "notices" on CancellationConfirmationRequested starts NoticesFunction, replayed: false;
    notices_on_booking_confirmed: "notices" on BookingConfirmed starts NoticesFunction, replayed: false;
    notices_on_booking_failed: "notices" on BookingFailed starts NoticesFunction, replayed: false;
    notices_on_booking_cancelled: "notices" on BookingCancelled starts NoticesFunction, replayed: false;
    notices_on_booking_kept: "notices" on BookingKept starts NoticesFunction, replayed: false;
    notices_on_booking_expired: "notices" on BookingExpired starts NoticesFunction, replayed: false;
    notices_on_booking_needs_attention: "notices" on BookingNeedsAttention starts NoticesFunction, replayed: false;
    notices_on_policy_question_answered: "notices" on PolicyQuestionAnswered starts NoticesFunction, replayed: false;
}

impl Subscription {
    /// `planner.on-plan-rejected.json`
    pub fn file(self) -> String {
        let mut event = String::new();
        for letter in self.event.chars() {
            if letter.is_ascii_uppercase() && !event.is_empty() {
                event.push('-');
            }
            event.push(letter.to_ascii_lowercase());
        }
        format!("{}.on-{event}.json", self.consumer)
    }
}
