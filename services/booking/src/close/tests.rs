//! What a booking ends with, from its head, legs, money and past. What `close` reads and writes around that is in
//! `tests/tasks`.

use super::*;
use crate::past::{Past, head};
use events_schema::ids::{OfferId, SupplierId};
use events_schema::money::Money;
use events_schema::samples;
use jiff::SignedDuration;
use serde_json::json;

fn wish(kind: EndingKind) -> Ending {
    Ending {
        kind,
        code: ErrorCode::TooLate,
        reason: "as wished".into(),
    }
}

fn leg(leg: u32, state: LegState) -> LegRow {
    LegRow {
        booking_id: samples::booking(),
        leg,
        supplier: SupplierId::new("sample-api"),
        offer: OfferId::new("f1"),
        idempotency_key: format!("key#{leg}"),
        state,
        reference: Some("SMPL-1".into()),
        total: Money::euros(100),
        refund: None,
        refusal: None,
        last_answer: None,
    }
}

#[test]
fn what_is_overdue_ends_as_what_it_waited_for() {
    use BookingState as At;
    use EndingKind::{Cancelled, Expired, Failed};
    let cases = [
        (At::Requested, false, Failed, ErrorCode::Internal),
        (At::OptionsRanked, false, Failed, ErrorCode::Internal),
        (At::ClarificationPending, false, Expired, ErrorCode::TooLate),
        (At::OptionsPresented, false, Expired, ErrorCode::TooLate),
        (At::ApprovalPending, false, Expired, ErrorCode::TooLate),
        (At::ConfirmationPending, false, Expired, ErrorCode::TooLate),
        (At::LegBooked, false, Failed, ErrorCode::Internal),
        // Somebody called it off before it got stuck.
        (At::OptionsPresented, true, Cancelled, ErrorCode::Conflict),
        (At::PlanAccepted, true, Cancelled, ErrorCode::Conflict),
    ];
    for (state, cancel_requested, kind, code) in cases {
        let ending = overdue(&BookingRow {
            cancel_requested,
            ..head(state)
        });
        assert_eq!(
            (ending.kind, ending.code),
            (kind, code),
            "{state:?} {cancel_requested}"
        );
    }
}

#[test]
fn the_deadline_named_is_the_one_that_was_told() {
    let at = |minutes| samples::now() + SignedDuration::from_mins(minutes);
    let choice = OptionsPresented {
        deadline_at: at(10),
        ..OptionsPresented::example()
    };
    let approval = ApprovalRequested {
        deadline_at: at(20),
        ..ApprovalRequested::example()
    };
    let purchase = PurchaseConfirmationRequested {
        deadline_at: at(5),
        ..Event::example()
    };
    let asked = || Past::default().then(choice.clone());
    let cases = [
        (asked(), at(10)),
        (asked().then(approval.clone()), at(20)),
        // The last question counts, not the latest deadline.
        (asked().then(approval).then(purchase), at(5)),
        // Nobody was asked by the machine: the head's due time.
        (Past::default(), samples::later()),
    ];
    for (past, deadline) in cases {
        let next = terminal(
            &wish(EndingKind::Expired),
            &head(BookingState::ApprovalPending),
            &[],
            None,
            &past.0,
        )
        .unwrap();
        assert_eq!(next.state, BookingState::Expired);
        let data = json!({"waitingIn": "approval_pending", "deadlineAt": deadline});
        assert_eq!(next.event.data, data);
    }
}

#[test]
fn a_failure_is_named_after_where_it_happened_not_after_its_undoing() {
    use BookingState as At;
    let booked = || Past::default().then(LegBooked::example());
    let cases = [
        (At::SearchFailed, Past::default(), At::SearchFailed),
        (At::PurchaseConfirmed, Past::default(), At::PurchaseConfirmed),
        (At::BudgetReleased, Past::default(), At::BudgetReserved),
        (At::BudgetReleased, booked(), At::LegBooked),
        (
            At::LegCancelled,
            booked().then(LegBookingFailed::example()),
            At::LegBookingFailed,
        ),
    ];
    for (state, past, during) in cases {
        let next = terminal(&wish(EndingKind::Failed), &head(state), &[], None, &past.0).unwrap();
        assert_eq!(next.event.data["during"], during.as_str(), "{state:?}");
        assert_eq!((next.state, next.due), (At::Failed, lambda_host::Due::Never));
    }
}

#[test]
fn a_cancellation_says_when_it_came_and_what_was_undone() {
    use BookingState as At;
    let requested = CancelRequested {
        during: At::LegBooked,
    };
    let cases = [
        (Past::default().then(requested), At::LegBooked),
        (
            Past::default().then(PurchaseDeclined::example()),
            At::PurchaseDeclined,
        ),
        (Past::default(), At::BudgetReleased),
    ];
    let legs = [leg(0, LegState::Cancelled), leg(1, LegState::Refused)];
    for (past, during) in cases {
        let next = terminal(
            &wish(EndingKind::Cancelled),
            &head(At::BudgetReleased),
            &legs,
            None,
            &past.0,
        )
        .unwrap();
        assert_eq!(
            next.event.data,
            json!({"during": during.as_str(), "legsUndone": 1})
        );
    }
}

#[test]
fn what_is_loose_goes_to_a_person_whatever_was_wished() {
    let reservation = Reservation {
        cost_centre: samples::cost_centre(),
        entry: samples::booking().to_string(),
        state: ReservationState::Reserved,
        amount: Money::euros(200),
        price: None,
    };
    let legs = [leg(0, LegState::Cancelled), leg(1, LegState::NotCancellable)];
    for kind in [EndingKind::Cancelled, EndingKind::Expired, EndingKind::Failed] {
        let head = head(BookingState::LegCancelled);
        let next = terminal(&wish(kind), &head, &legs, Some(&reservation), &[]).unwrap();
        assert_eq!(next.state, BookingState::NeedsAttention);
        let data = json!({
            "reason": "SMPL-1 at sample-api could not be cancelled", "owner": "travel_manager", "legs": [1],
            "reserved": {"amount": "200", "currency": "EUR"},
        });
        assert_eq!(next.event.data, data);
    }
}
