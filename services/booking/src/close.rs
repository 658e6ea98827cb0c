//! Ends bookings that never reached the state machine, and those the sweeper found stuck.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::TransactWriteItem;
use events_schema::booking::{
    ApprovalRequested, BookingCancelled, BookingExpired, BookingFailed, BookingNeedsAttention, LegBooked,
    LegBookingFailed, OptionsPresented, PolicyQuestionAnswered, PurchaseConfirmationRequested,
};
use events_schema::catalogue::AnyEvent;
use events_schema::event::Event;
use events_schema::gateway::{CancelRequested, PurchaseDeclined};
use events_schema::person::Role;
use events_schema::problem::ErrorCode;
use events_schema::rows::{BookingRow, JournalRow};
use events_schema::state::BookingState;
use jiff::Timestamp;
use lambda_host::delivery::live_event;
use lambda_host::history::newest;
use lambda_host::{ConfigError, Function, HandlerError, Invocation, Next, Outcome, Runtime, Transitions};
use serde_json::Value;

use crate::decide::{Ending, EndingKind, ending};
use crate::tables::{Budgets, Decisions, LegRow, LegState, Legs, Reservation, ReservationState};

/// Settings: those of the transition protocol, `DECISIONS_TABLE`, `LEGS_TABLE`, `BUDGETS_TABLE`.
pub fn close(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    let dynamo = Client::new(&runtime.aws);
    Ok(Arc::new(Close {
        transitions: Transitions::from_runtime(runtime)?,
        decisions: Decisions::new(dynamo.clone(), runtime.setting("DECISIONS_TABLE")?.into()),
        legs: Legs::new(dynamo.clone(), runtime.setting("LEGS_TABLE")?.into()),
        budgets: Budgets::new(dynamo, runtime.setting("BUDGETS_TABLE")?.into()),
    }))
}

struct Close {
    transitions: Transitions,
    decisions: Decisions,
    legs: Legs,
    budgets: Budgets,
}

#[async_trait]
impl Function for Close {
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        let Some((recorded, live)) = live_event(payload)? else {
            return Ok(Value::Null);
        };
        let event = AnyEvent::read(&recorded)?;
        let open: Vec<_> = BookingState::ALL
            .into_iter()
            .filter(|state| !state.is_terminal())
            .collect();
        let outcome = self
            .transitions
            .react(&live, "booking-close", &recorded.detail.meta, &open, |head| {
                self.decide(head, &event)
            })
            .await?;
        if let Outcome::Done { event, .. } = outcome {
            tracing::info!(booking = %event.detail.meta.aggregate_id, event = event.detail_type, "closed");
        }
        Ok(Value::Null)
    }
}

impl Close {
    async fn decide(&self, head: BookingRow, event: &AnyEvent) -> Result<Option<Next>, HandlerError> {
        let failed = |code, reason: &str| Ending {
            kind: EndingKind::Failed,
            code,
            reason: reason.into(),
        };
        let wished = match event {
            AnyEvent::PolicyAnswered(answer) => {
                let event = PolicyQuestionAnswered {
                    policy: answer.policy.clone(),
                    clauses: answer.clauses.clone(),
                    silent: answer.silent,
                    answer: answer.answer.clone(),
                };
                return Ok(Some(Next::terminal(BookingState::Answered, &event)?));
            }
            AnyEvent::NoOffersFound(found) => {
                let event = BookingFailed {
                    code: ErrorCode::NoOffers,
                    reason: "No supplier has anything for this trip as asked.".into(),
                    during: head.state,
                    alternatives: found.alternatives.clone(),
                };
                return Ok(Some(Next::terminal(BookingState::Failed, &event)?));
            }
            AnyEvent::PlanningFailed(failure) => failed(ErrorCode::PlanningFailed, &failure.reason),
            AnyEvent::SearchFailed(failure) => failed(ErrorCode::SupplierUnavailable, &failure.reason),
            // A booking that the state machine has is cancelled there, at the next safe point.
            AnyEvent::CancelRequested(_) if head.execution_id.is_some() => return Ok(None),
            AnyEvent::CancelRequested(_) => Ending {
                kind: EndingKind::Cancelled,
                code: ErrorCode::Conflict,
                reason: "Cancelled at the traveller's wish.".into(),
            },
            AnyEvent::BookingOverdue(_) => overdue(&head),
            _ => return Ok(None),
        };
        let booking = head.booking_id;
        let legs = self.legs.all(booking).await?;
        let reservation = self.budgets.of_booking(&head.cost_centre, booking).await?;
        let history = self.transitions.history().all(&booking.into()).await?;
        let mut next = terminal(&wished, &head, &legs, reservation.as_ref(), &history)?;
        next.with.extend(self.decisions.close_open(booking).await?);
        next.with
            .extend(freed(&self.budgets, next.state, reservation.as_ref()).await?);
        Ok(Some(next))
    }
}

/// A booking that ends without needing a person leaves no money set aside: what is still reserved is released in the
/// very transaction that ends it.
pub(crate) async fn freed(
    budgets: &Budgets,
    end: BookingState,
    reservation: Option<&Reservation>,
) -> Result<Vec<TransactWriteItem>, HandlerError> {
    let reserved = reservation.filter(|entry| entry.state == ReservationState::Reserved);
    let (Some(reservation), true) = (reserved, end != BookingState::NeedsAttention) else {
        return Ok(Vec::new());
    };
    let limited = budgets.available(&reservation.cost_centre).await?.is_some();
    Ok(budgets.release(reservation, limited)?)
}

/// What a stuck booking is to end as, if nothing is loose.
fn overdue(head: &BookingRow) -> Ending {
    use BookingState::{ApprovalPending, ClarificationPending, ConfirmationPending, OptionsPresented};
    let (kind, code, reason) = match head.state {
        _ if head.cancel_requested => (
            EndingKind::Cancelled,
            ErrorCode::Conflict,
            "Cancelled at the traveller's wish.",
        ),
        ClarificationPending | OptionsPresented | ApprovalPending | ConfirmationPending => (
            EndingKind::Expired,
            ErrorCode::TooLate,
            "Nobody answered in time.",
        ),
        _ => (
            EndingKind::Failed,
            ErrorCode::Internal,
            "A step did not finish in time. Please send the request again.",
        ),
    };
    Ending {
        kind,
        code,
        reason: reason.into(),
    }
}

/// The terminal transition for `wished`, or BookingNeedsAttention where something is loose.
pub(crate) fn terminal(
    wished: &Ending,
    head: &BookingRow,
    legs: &[LegRow],
    reservation: Option<&Reservation>,
    history: &[JournalRow],
) -> Result<Next, HandlerError> {
    let kind = match ending(wished, legs, reservation) {
        Ok(kind) => kind,
        Err(loose) => {
            let event = BookingNeedsAttention {
                reason: loose.reason,
                owner: Role::TravelManager,
                legs: loose.legs,
                reserved: loose.reservation.map(|entry| entry.amount),
            };
            return Ok(Next::terminal(BookingState::NeedsAttention, &event)?);
        }
    };
    Ok(match kind {
        EndingKind::Cancelled => {
            let undone = legs.iter().filter(|leg| leg.state == LegState::Cancelled).count();
            let event = BookingCancelled {
                during: cancelled_during(history)?.unwrap_or(head.state),
                legs_undone: u32::try_from(undone).unwrap_or(u32::MAX),
            };
            Next::terminal(BookingState::Cancelled, &event)?
        }
        EndingKind::Expired => {
            let due = head.due_at.and_then(|at| Timestamp::from_second(at).ok());
            let deadline = asked_until(history)?.or(due).unwrap_or(head.updated_at);
            let event = BookingExpired {
                waiting_in: head.state,
                deadline_at: deadline,
            };
            Next::terminal(BookingState::Expired, &event)?
        }
        EndingKind::Failed | EndingKind::NeedsAttention => {
            let event = BookingFailed {
                code: wished.code,
                reason: wished.reason.clone(),
                during: failed_during(head.state, history),
                alternatives: Vec::new(),
            };
            Next::terminal(BookingState::Failed, &event)?
        }
    })
}

/// The deadline that was told to whoever was asked last. The head's own due time is a little later: it is the
/// sweeper's, and the sweeper lets the machine go first.
fn asked_until(history: &[JournalRow]) -> Result<Option<Timestamp>, HandlerError> {
    let choice = newest::<OptionsPresented>(history)?.map(|e| (e.meta.sequence, e.data.deadline_at));
    let approval = newest::<ApprovalRequested>(history)?.map(|e| (e.meta.sequence, e.data.deadline_at));
    let purchase =
        newest::<PurchaseConfirmationRequested>(history)?.map(|e| (e.meta.sequence, e.data.deadline_at));
    let last = [choice, approval, purchase].into_iter().flatten().max();
    Ok(last.map(|(_, deadline)| deadline))
}

/// Where the booking stood when it failed: undoing what was done has moved it on since.
fn failed_during(now: BookingState, history: &[JournalRow]) -> BookingState {
    let happened = |name| history.iter().any(|row| row.event_type == name);
    match now {
        BookingState::LegCancelled | BookingState::BudgetReleased if happened(LegBookingFailed::NAME) => {
            BookingState::LegBookingFailed
        }
        BookingState::LegCancelled | BookingState::BudgetReleased if happened(LegBooked::NAME) => {
            BookingState::LegBooked
        }
        BookingState::LegCancelled | BookingState::BudgetReleased => BookingState::BudgetReserved,
        other => other,
    }
}

/// Where the booking stood when the traveller called it off.
fn cancelled_during(history: &[JournalRow]) -> Result<Option<BookingState>, HandlerError> {
    if let Some(request) = newest::<CancelRequested>(history)? {
        return Ok(Some(request.data.during));
    }
    let declined = history.iter().any(|row| row.event_type == PurchaseDeclined::NAME);
    Ok(declined.then_some(BookingState::PurchaseDeclined))
}

#[cfg(test)]
mod tests {
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
}
