//! Undoes the last leg still booked: the undo of `book_leg`, called again until none is left.

use events_schema::booking::LegCancelled;
use events_schema::state::BookingState;
use lambda_host::{Due, HandlerError, Next};
use serde_json::{Value, json};
use suppliers::SupplierError;

use super::{Decided, Step};
use crate::tables::{LegRow, LegState};

pub(super) async fn undo_leg(step: &Step<'_>) -> Result<Value, HandlerError> {
    let legs = step.deps.legs.all(step.booking()).await?;
    let Some(mut row) = legs.into_iter().rev().find(|leg| leg.state == LegState::Booked) else {
        return Ok(json!({"outcome": "none"}));
    };
    let reference = row.reference.clone().unwrap_or_default();
    let supplier = step.deps.suppliers.get(&step.live, &row.supplier)?;
    // Cancelling twice is harmless: a supplier that cancelled already says so with the same refund.
    match supplier.cancel(&reference).await {
        Ok(cancellation) => {
            row.state = LegState::Cancelled;
            let event = LegCancelled {
                leg: row.leg,
                supplier: row.supplier.clone(),
                reference,
                refund: cancellation.refund,
            };
            announce(step, row, event).await
        }
        Err(error @ (SupplierError::Unavailable { .. } | SupplierError::OutcomeUnknown { .. })) => {
            Err(error.into())
        }
        Err(error) => {
            tracing::error!(booking = %row.booking_id, leg = row.leg, %error, "a leg cannot be undone");
            row.state = LegState::NotCancellable;
            step.deps.legs.note(&row).await?;
            Ok(json!({"outcome": "failed", "leg": row.leg}))
        }
    }
}

async fn announce(step: &Step<'_>, row: LegRow, event: LegCancelled) -> Result<Value, HandlerError> {
    let legal: Vec<_> = BookingState::ALL.into_iter().filter(|state| !state.is_terminal()).collect();
    step.carry_out(format!("undo#{}", row.leg), &legal, |_head| {
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
