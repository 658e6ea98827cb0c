//! Asks suppliers what cancelling a confirmed trip gives back, and the traveller whether to go on at that.

use events_schema::booking::{BookingConfirmed, CancellationConfirmationRequested, CancellationTerms};
use events_schema::ids::{BookingId, DecisionId, OfferId};
use events_schema::money::Money;
use events_schema::problem::ErrorCode;
use events_schema::rows::{BookingRow, DecisionKind};
use events_schema::state::BookingState::{CancellationConfirmed, CancellationPending, CancellationRequested};
use events_schema::trip::BookedLeg;
use lambda_host::history::newest;
use lambda_host::{Due, HandlerError, Next};
use serde_json::{Value, json};
use suppliers::SupplierError;

use super::{Decided, Step, cancelled, supplier_failed};
use crate::decide::Conditions;
use crate::tables::{LegRow, LegState};

/// Answers `open` (asked), `stands` (the traveller said yes to conditions that still hold: the legs are on record and
/// may be cancelled), `not_possible` or `cancelled`.
pub(super) async fn quote_cancellation(step: &Step<'_>, round: u32) -> Result<Value, HandlerError> {
    let head = step.held().await?;
    if head.cancel_requested {
        return Ok(json!({"outcome": "cancelled"}));
    }
    let previous = head
        .previous_booking
        .ok_or_else(|| HandlerError::named("NoCancellation", "the booking cancels no other"))?;
    let history = step.deps.transitions.history().all(&previous.into()).await?;
    let trip = newest::<BookingConfirmed>(&history)?
        .ok_or_else(|| HandlerError::named("NeverConfirmed", "what is to be cancelled was never confirmed"))?
        .data;
    let Some(terms) = terms(step, &trip.legs).await? else {
        return Ok(not_possible());
    };
    let Ok(conditions) = Conditions::of(terms, trip.total) else {
        return Ok(not_possible());
    };
    // A later try of a round that asked already: its question stands, and its answer is waited for.
    if head.state == CancellationConfirmed && still_as_agreed(step, &conditions).await? {
        record_legs(step, previous, &conditions).await?;
        return Ok(json!({"outcome": "stands"}));
    }
    ask(step, round, previous, conditions).await
}

/// What each supplier says; `None` if one says that its leg cannot be cancelled any more.
async fn terms(step: &Step<'_>, legs: &[BookedLeg]) -> Result<Option<Vec<CancellationTerms>>, HandlerError> {
    let mut terms = Vec::new();
    for leg in legs {
        let supplier = step.deps.suppliers.get(&step.live, &leg.supplier)?;
        let refund = match supplier.cancellation_terms(&leg.reference).await {
            Ok(terms) => terms.refund,
            Err(SupplierError::Rejected { .. } | SupplierError::Gone { .. }) => return Ok(None),
            Err(error) => return Err(supplier_failed(error)),
        };
        let Ok(fee) = leg.total.checked_add(Money::new(-refund.amount, refund.currency)) else {
            return Ok(None);
        };
        terms.push(CancellationTerms {
            leg: leg.leg,
            supplier: leg.supplier.clone(),
            reference: leg.reference.clone(),
            content: leg.content.clone(),
            paid: leg.total,
            refund,
            fee,
        });
    }
    Ok(Some(terms))
}

/// More back than agreed is taken; less is asked about again.
async fn still_as_agreed(step: &Step<'_>, conditions: &Conditions) -> Result<bool, HandlerError> {
    let history = step
        .deps
        .transitions
        .history()
        .all(&step.booking().into())
        .await?;
    let agreed = newest::<CancellationConfirmationRequested>(&history)?;
    Ok(agreed.is_some_and(|agreed| conditions.refund.amount >= agreed.data.refund.amount))
}

/// From here on the legs are this lifecycle's to undo, one by one. Those of the confirmed booking stay as they are.
async fn record_legs(
    step: &Step<'_>,
    previous: BookingId,
    conditions: &Conditions,
) -> Result<(), HandlerError> {
    for leg in &conditions.legs {
        let row = LegRow {
            booking_id: step.booking(),
            leg: leg.leg,
            supplier: leg.supplier.clone(),
            // What is bought is known by its reference.
            offer: OfferId::new(leg.reference.as_str()),
            idempotency_key: format!("{previous}#{}", leg.leg),
            state: LegState::Booked,
            reference: Some(leg.reference.clone()),
            total: leg.paid,
            refund: None,
            refusal: None,
            last_answer: None,
        };
        step.deps.legs.note(&step.live, &row).await?;
    }
    Ok(())
}

async fn ask(
    step: &Step<'_>,
    round: u32,
    previous: BookingId,
    conditions: Conditions,
) -> Result<Value, HandlerError> {
    let legal = [CancellationRequested, CancellationConfirmed];
    step.carry_out(
        format!("quote-cancellation#{round}"),
        &legal,
        |head: BookingRow| {
            let conditions = conditions.clone();
            async move {
                if head.cancel_requested {
                    return Ok(cancelled());
                }
                let deadline = step.deadline(step.deps.deadlines.confirm);
                let decision = DecisionId::new(format!("cancel#{round}"));
                let hash = conditions.hash();
                let mut row = step.question(DecisionKind::Cancel, decision.clone(), deadline, &hash);
                row.total = Some(conditions.refund);
                let event = CancellationConfirmationRequested {
                    decision: decision.clone(),
                    previous_booking: previous,
                    paid: conditions.paid,
                    refund: conditions.refund,
                    fee: conditions.fee,
                    legs: conditions.legs,
                    quote_hash: hash,
                    deadline_at: deadline,
                };
                let answer =
                    json!({"outcome": "open", "decision": decision, "deadlineAt": deadline.as_second()});
                let next = Next::to(CancellationPending, Due::At(step.overdue(deadline)), &event)?
                    .with(step.deps.decisions.open(&row)?)
                    .result(answer);
                Ok(Decided::Go(next))
            }
        },
    )
    .await
}

fn not_possible() -> Value {
    let reason = "A supplier no longer lets this trip be cancelled here. It stands as it was booked; your travel \
manager can talk to the supplier.";
    json!({"outcome": "not_possible", "code": ErrorCode::TooLate, "reason": reason})
}
