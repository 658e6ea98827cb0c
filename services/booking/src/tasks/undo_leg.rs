//! Undoes the last leg that is or may be booked: the undo of `book_leg`, called again until none is left.

use events_schema::booking::LegCancelled;
use events_schema::state::BookingState;
use lambda_host::{Due, HandlerError, Next};
use serde_json::{Value, json};
use suppliers::SupplierError;

use super::{Decided, Step, open_states, said, supplier_failed};
use crate::tables::{LegRow, LegState};

/// Answers `undone`, `left` (a person has to look at it) or `none`.
pub(super) async fn undo_leg(step: &Step<'_>) -> Result<Value, HandlerError> {
    let Some(mut row) = last_open(step).await? else {
        return Ok(json!({"outcome": "none"}));
    };
    let supplier = step.deps.suppliers.get(&step.live, &row.supplier)?;
    if row.state != LegState::Booked {
        // Whoever was to book it died, or got no answer, and may have booked: only the supplier can tell.
        match supplier
            .look_up(&row.idempotency_key)
            .await
            .map_err(supplier_failed)?
        {
            Some(order) if !order.cancelled => {
                row.reference = Some(order.reference);
                row.total = order.total;
                row.state = LegState::Booked;
                step.deps.legs.note(&step.live, &row).await?;
            }
            // Not there now is no proof that it will not be.
            _ => return leave(step, row).await,
        }
    }
    let reference = row.reference.clone().unwrap_or_default();
    // Cancelling twice is harmless: a supplier that cancelled already says so with the same refund.
    match supplier.cancel(&reference).await {
        Ok(cancellation) => {
            row.state = LegState::Cancelled;
            row.refund = Some(cancellation.refund);
            let event = LegCancelled {
                leg: row.leg,
                supplier: row.supplier.clone(),
                reference,
                refund: cancellation.refund,
            };
            announce(step, row, event).await
        }
        Err(error @ (SupplierError::Unavailable { .. } | SupplierError::OutcomeUnknown { .. })) => {
            Err(supplier_failed(error))
        }
        Err(error) => {
            tracing::error!(booking = %row.booking_id, leg = row.leg, %error, "a leg cannot be undone");
            row.last_answer = Some(said(&error));
            leave(step, row).await
        }
    }
}

/// When undoing the last open leg failed again and again: the legs before it must still be undone.
pub(super) async fn give_up_leg(step: &Step<'_>) -> Result<Value, HandlerError> {
    match last_open(step).await? {
        Some(row) => leave(step, row).await,
        None => Ok(json!({"outcome": "none"})),
    }
}

/// The last leg that is or may be booked and that nobody gave up yet.
async fn last_open(step: &Step<'_>) -> Result<Option<LegRow>, HandlerError> {
    step.held().await?;
    let legs = step.deps.legs.all(step.booking()).await?;
    Ok(legs.into_iter().rev().find(|leg| {
        matches!(
            leg.state,
            LegState::Booked | LegState::Intended | LegState::Unconfirmed
        )
    }))
}

async fn leave(step: &Step<'_>, mut row: LegRow) -> Result<Value, HandlerError> {
    row.state = match row.state {
        LegState::Booked => LegState::NotCancellable,
        _ => LegState::Unknown,
    };
    step.deps.legs.note(&step.live, &row).await?;
    Ok(json!({"outcome": "left", "leg": row.leg}))
}

async fn announce(step: &Step<'_>, row: LegRow, event: LegCancelled) -> Result<Value, HandlerError> {
    step.carry_out(format!("undo#{}", row.leg), &open_states(), |_head| {
        let (row, event) = (row.clone(), event.clone());
        async move {
            let due = Due::In(step.deps.deadlines.book_legs);
            let next = Next::to(BookingState::LegCancelled, due, &event)?
                .with(step.deps.legs.record(&row)?)
                .result(json!({"outcome": "undone", "leg": row.leg}));
            Ok(Decided::Go(next))
        }
    })
    .await
}
