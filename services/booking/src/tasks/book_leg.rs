//! Buys one leg. Undone by `undo_leg`.
//!
//! A process that dies here may have bought: the intent is on record before the call, a repeated task looks its key
//! up before it asks again, and the key is the same, so that the supplier sees one order however often we come.

use events_schema::booking::{LegBooked, LegBookingFailed};
use events_schema::ids::OptionId;
use events_schema::problem::ErrorCode;
use events_schema::state::BookingState::{
    self, BudgetReserved, LegBooked as Booked, LegBookingFailed as BookingFailed,
};
use events_schema::trip::{BookedLeg, Offer};
use lambda_host::{Due, HandlerError, Next};
use serde_json::{Value, json};
use suppliers::{BookRequest, Order, Supplier, SupplierError};

use super::{Decided, Step, supplier_failed};
use crate::tables::{LegRow, LegState};

/// `leg` counts from 0.
pub(super) async fn book_leg(
    step: &Step<'_>,
    option: &OptionId,
    leg: u32,
    quote: u32,
) -> Result<Value, HandlerError> {
    let legs = step.option(option).await?.option.legs;
    let offer = legs
        .get(leg as usize)
        .ok_or_else(|| HandlerError::named("NoSuchLeg", format!("the option has no leg {leg}")))?;
    if step.held().await?.cancel_requested {
        return Ok(json!({"outcome": "cancelled"}));
    }
    let intent = LegRow {
        booking_id: step.booking(),
        leg,
        supplier: offer.supplier.clone(),
        offer: offer.id.clone(),
        idempotency_key: format!("{}#{leg}#{quote}", step.booking()),
        state: LegState::Intended,
        reference: None,
        total: offer.total,
    };
    let supplier = step.deps.suppliers.get(&step.live, &offer.supplier)?;
    let row = buy(step, supplier.as_ref(), offer, intent).await?;
    let remaining = legs.len() - 1 - leg as usize;
    announce(step, offer, row, remaining).await
}

/// The leg's row with the outcome, on record.
async fn buy(
    step: &Step<'_>,
    supplier: &dyn Supplier,
    offer: &Offer,
    intent: LegRow,
) -> Result<LegRow, HandlerError> {
    let (mut row, first) = step.deps.legs.intend(intent).await?;
    if row.state != LegState::Intended {
        return Ok(row);
    }
    let passengers = step
        .deps
        .passengers
        .of(step.booking(), &step.key.employee_id)
        .await?;
    let request = BookRequest {
        offer,
        idempotency_key: &row.idempotency_key,
        passengers: &passengers,
    };
    // Somebody who wrote the intent and died may have bought: a supplier that knows the key has booked already.
    let known = match first {
        true => None,
        false => supplier
            .look_up(request.idempotency_key)
            .await
            .map_err(supplier_failed)?,
    };
    let outcome = match known.filter(|order| !order.cancelled) {
        Some(order) => Ok(order),
        None => supplier.book(request).await,
    };
    let settled = match outcome {
        Err(SupplierError::OutcomeUnknown { .. }) => look_up_once_more(supplier, &row.idempotency_key).await,
        other => other,
    };
    match settled {
        Ok(Order { reference, total, .. }) => {
            row.state = LegState::Booked;
            row.reference = Some(reference);
            row.total = total;
        }
        Err(SupplierError::OutcomeUnknown { .. }) => row.state = LegState::Unknown,
        // Nothing was reached, so nothing was booked: the task may come again. Of an earlier try that died we do not
        // know that much, so its intent stays.
        Err(error @ SupplierError::Unavailable { .. }) => {
            if first {
                step.deps.legs.take_back(&row).await?;
            }
            return Err(supplier_failed(error));
        }
        Err(error) => {
            tracing::info!(booking = %row.booking_id, leg = row.leg, %error, "supplier refused");
            row.state = LegState::Refused;
        }
    }
    step.deps.legs.note(&row).await?;
    Ok(row)
}

/// The answer to booking was lost; the order may be there all the same.
async fn look_up_once_more(supplier: &dyn Supplier, key: &str) -> Result<Order, SupplierError> {
    match supplier.look_up(key).await {
        Ok(Some(order)) if !order.cancelled => Ok(order),
        // Not there now is no proof that it will not be: the supplier may still be working on it.
        Ok(_) => Err(SupplierError::unknown("it does not know the order yet")),
        Err(error) => Err(SupplierError::unknown(error)),
    }
}

async fn announce(
    step: &Step<'_>,
    offer: &Offer,
    row: LegRow,
    remaining: usize,
) -> Result<Value, HandlerError> {
    let due = Due::In(step.deps.deadlines.book_legs);
    let legal = [BudgetReserved, Booked];
    step.carry_out(format!("book#{}", row.leg), &legal, |_head| {
        let row = row.clone();
        async move {
            let record = step.deps.legs.record(&row)?;
            Ok(Decided::Go(match (row.state, row.reference.clone()) {
                (LegState::Booked, Some(reference)) => {
                    let leg = BookedLeg {
                        leg: row.leg,
                        supplier: row.supplier,
                        reference,
                        content: offer.content.clone(),
                        total: row.total,
                    };
                    Next::to(BookingState::LegBooked, due, &LegBooked { leg })?
                        .with(record)
                        .result(json!({"outcome": "booked", "remaining": remaining}))
                }
                (state, _) => {
                    let unknown = state != LegState::Refused;
                    let (code, reason) = explain(unknown);
                    let event = LegBookingFailed {
                        leg: row.leg,
                        supplier: row.supplier,
                        reason: reason.into(),
                        outcome_unknown: unknown,
                    };
                    Next::to(BookingFailed, due, &event)?
                        .with(record)
                        .result(json!({"outcome": "failed", "code": code, "reason": reason}))
                }
            }))
        }
    })
    .await
}

fn explain(unknown: bool) -> (ErrorCode, &'static str) {
    if unknown {
        let reason = "The supplier did not say whether it booked. A travel manager is finding out.";
        (ErrorCode::SupplierUnavailable, reason)
    } else {
        let reason =
            "The supplier would not book this offer as it was quoted. Nothing was charged; please ask again.";
        (ErrorCode::OfferExpired, reason)
    }
}
