//! Ends bookings that never reached the state machine, and those the sweeper found stuck.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::TransactWriteItem;
use events_schema::booking::{
    ApprovalRequested, BookingCancelled, BookingExpired, BookingFailed, BookingKept, BookingNeedsAttention,
    CancellationConfirmationRequested, LegBooked, LegBookingFailed, OptionsPresented, PolicyQuestionAnswered,
    PurchaseConfirmationRequested,
};
use events_schema::catalogue::AnyEvent;
use events_schema::event::Event;
use events_schema::gateway::{
    CancelRequested, CancellationConfirmed, CancellationDeclined, PurchaseDeclined,
};
use events_schema::ids::ExecutionId;
use events_schema::money::Money;
use events_schema::person::Role;
use events_schema::problem::ErrorCode;
use events_schema::rows::{BookingRow, JournalRow};
use events_schema::state::BookingState;
use events_schema::sweeper::BookingOverdue;
use jiff::Timestamp;
use lambda_host::delivery::live_event;
use lambda_host::head::BookingKey;
use lambda_host::history::newest;
use lambda_host::{
    ConfigError, Deadlines, Due, Function, HandlerError, Invocation, Live, Next, Runtime, Transitions,
};
use serde_json::Value;

use crate::decide::{Ending, EndingKind, ending, kept_by_suppliers, refunded};
use crate::tables::{Budgets, Decisions, LegRow, LegState, Legs, Reservation, ReservationState};
use crate::tasks::budget::refund_due;

/// Settings: those of the transition protocol, `DECISIONS_TABLE`, `LEGS_TABLE`, `BUDGETS_TABLE`.
pub fn close(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    let dynamo = Client::new(&runtime.aws);
    Ok(Arc::new(Close {
        transitions: Transitions::from_runtime(runtime)?,
        decisions: Decisions::new(dynamo.clone(), runtime.setting("DECISIONS_TABLE")?.into()),
        legs: Legs::new(dynamo.clone(), runtime.setting("LEGS_TABLE")?.into()),
        budgets: Budgets::new(dynamo, runtime.setting("BUDGETS_TABLE")?.into()),
        deadlines: Deadlines::from_settings(runtime)?,
    }))
}

struct Close {
    transitions: Transitions,
    decisions: Decisions,
    legs: Legs,
    budgets: Budgets,
    deadlines: Deadlines,
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
        self.transitions
            .react(&live, "booking-close", &recorded.detail.meta, &open, |head| {
                self.decide(&live, head, &event)
            })
            .await?;
        Ok(Value::Null)
    }
}

impl Close {
    async fn decide(
        &self,
        live: &Live,
        head: BookingRow,
        event: &AnyEvent,
    ) -> Result<Option<Next>, HandlerError> {
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
            // The state machine takes over what an execution had, and undoes it there.
            AnyEvent::BookingOverdue(_)
                if head.execution_id.is_some() && !self.overdue_before(&head).await? =>
            {
                return Ok(None);
            }
            AnyEvent::BookingOverdue(_) => overdue(&head),
            _ => return Ok(None),
        };
        let booking = head.booking_id;
        // Nothing may be bought between looking at the legs and ending the booking: a task that is about to finds
        // that it does not have it any more.
        if let Some(holder) = &head.execution_id {
            let fence = ExecutionId::new(format!("booking-close#{}", head.sequence));
            let key = BookingKey::new(head.employee_id.clone(), booking);
            let transitions = &self.transitions;
            if *holder != fence
                && transitions
                    .take_over(live, &key, holder, &fence, head.sequence)
                    .await?
            {
                // The head was read with its former holder: the transition fails on that, and is decided anew.
                tracing::warn!(%booking, %holder, "taken from its execution, to be closed");
            }
        }
        let legs = self.legs.all(booking).await?;
        let reservation = self.budgets.of_booking(&head.cost_centre, booking).await?;
        let history = self.transitions.history().all(&booking.into()).await?;
        let mut next = terminal(&wished, &head, &legs, reservation.as_ref(), &history)?;
        next.due = due(next.state, &self.deadlines);
        next.with.extend(self.decisions.close_open(booking).await?);
        if let Some((_, refund)) = refund_due(&self.budgets, &head, &legs).await? {
            next.with.extend(refund);
        }
        next.with
            .extend(freed(&self.budgets, next.state, reservation.as_ref()).await?);
        Ok(Some(next))
    }
}

impl Close {
    /// Whether the state machine had its chance: an execution that took over is overdue itself now.
    async fn overdue_before(&self, head: &BookingRow) -> Result<bool, HandlerError> {
        let history = self.transitions.history().all(&head.booking_id.into()).await?;
        let times = history
            .iter()
            .filter(|row| row.event_type == BookingOverdue::NAME)
            .count();
        Ok(times > 1)
    }
}

/// An ended booking waits for nothing, but for a person: whoever owns it is reminded when that takes too long.
pub(crate) fn due(end: BookingState, deadlines: &Deadlines) -> Due {
    match end {
        BookingState::NeedsAttention => Due::In(deadlines.attention),
        _ => Due::Never,
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
pub(crate) fn overdue(head: &BookingRow) -> Ending {
    use BookingState::{
        ApprovalPending, BudgetRefunded, CancellationDeclined, CancellationPending, ClarificationPending,
        ConfirmationPending, LegCancelled, OptionsPresented,
    };
    let cancellation = head.previous_booking.is_some();
    let (kind, code, reason) = match head.state {
        _ if cancellation && head.cancel_requested => (EndingKind::Kept, ErrorCode::Conflict, "Called off."),
        CancellationDeclined => (EndingKind::Kept, ErrorCode::Conflict, "Called off."),
        // What was begun with the traveller's consent is brought to its end.
        LegCancelled | BudgetRefunded if cancellation => (
            EndingKind::Cancelled,
            ErrorCode::Conflict,
            "Cancelled at the traveller's wish.",
        ),
        _ if head.cancel_requested => (
            EndingKind::Cancelled,
            ErrorCode::Conflict,
            "Cancelled at the traveller's wish.",
        ),
        ClarificationPending | OptionsPresented | ApprovalPending | ConfirmationPending
        | CancellationPending => (
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
                previous_booking: head.previous_booking,
                refund: match head.previous_booking {
                    Some(_) => refunded(legs)?,
                    None => None,
                },
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
                previous_booking: head.previous_booking,
                refund: match head.previous_booking {
                    Some(_) => refunded(legs)?.or_else(|| nothing_back(legs)),
                    None => None,
                },
                fee: match head.previous_booking {
                    Some(_) => kept_by_suppliers(legs)?,
                    None => None,
                },
            };
            Next::terminal(BookingState::Cancelled, &event)?
        }
        EndingKind::Kept => {
            let previous_booking = head
                .previous_booking
                .ok_or_else(|| HandlerError::named("NoCancellation", "the booking cancels no other"))?;
            let event = BookingKept {
                previous_booking,
                during: cancelled_during(history)?.unwrap_or(head.state),
            };
            Next::terminal(BookingState::Kept, &event)?
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
                reason: failure_reason(wished, head),
                during: failed_during(head.state, history),
                alternatives: Vec::new(),
            };
            Next::terminal(BookingState::Failed, &event)?
        }
    })
}

fn nothing_back(legs: &[LegRow]) -> Option<Money> {
    legs.first().map(|leg| Money::zero(leg.total.currency))
}

/// A cancellation that failed before anything was cancelled leaves a trip behind, which the reason must say.
fn failure_reason(wished: &Ending, head: &BookingRow) -> String {
    match (head.previous_booking, wished.code) {
        (Some(_), ErrorCode::SupplierUnavailable | ErrorCode::Internal) => {
            "The trip could not be cancelled now. It stands as it was booked; please try again later.".into()
        }
        _ => wished.reason.clone(),
    }
}

/// The deadline that was told to whoever was asked last. The head's own due time is a little later: it is the
/// sweeper's, and the sweeper lets the machine go first.
fn asked_until(history: &[JournalRow]) -> Result<Option<Timestamp>, HandlerError> {
    let choice = newest::<OptionsPresented>(history)?.map(|e| (e.meta.sequence, e.data.deadline_at));
    let approval = newest::<ApprovalRequested>(history)?.map(|e| (e.meta.sequence, e.data.deadline_at));
    let purchase =
        newest::<PurchaseConfirmationRequested>(history)?.map(|e| (e.meta.sequence, e.data.deadline_at));
    let cancellation =
        newest::<CancellationConfirmationRequested>(history)?.map(|e| (e.meta.sequence, e.data.deadline_at));
    let last = [choice, approval, purchase, cancellation]
        .into_iter()
        .flatten()
        .max();
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
    let happened = |name| history.iter().any(|row| row.event_type == name);
    Ok(if happened(PurchaseDeclined::NAME) {
        Some(BookingState::PurchaseDeclined)
    } else if happened(CancellationDeclined::NAME) {
        Some(BookingState::CancellationDeclined)
    } else if happened(CancellationConfirmed::NAME) {
        Some(BookingState::CancellationConfirmed)
    } else {
        None
    })
}
