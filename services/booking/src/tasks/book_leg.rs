//! Buys one leg. Undone by `undo_leg`.
//!
//! A process that dies here may have bought: the intent is on record before the call, a repeated task looks its key
//! up before it asks again, and the key is the same, so that the supplier sees one order however often we come.

use events_schema::booking::{LegBooked, LegBookingFailed, LegOutcomeUnknown};
use events_schema::evidence::Evidence;
use events_schema::ids::OptionId;
use events_schema::problem::ErrorCode;
use events_schema::rows::PassengerRow;
use events_schema::state::BookingState::{
    self, BudgetReserved, LegBooked as Booked, LegBookingFailed as BookingFailed,
};
use events_schema::trip::{BookedLeg, Offer};
use lambda_host::{Due, HandlerError, Next};
use serde_json::{Value, json};
use suppliers::{BookRequest, Order, Supplier, SupplierError};

use super::{Decided, Step, said, superseded, supplier_failed};
use crate::tables::{Intent, LegRow, LegState, Refusal};

/// Where a leg may be bought: the money is set aside, and the legs before it are bought.
const LEGAL: [BookingState; 2] = [BudgetReserved, Booked];

/// `leg` counts from 0. Answers `booked`, `failed`, `cancelled`, or `unknown`: then [`reconcile_leg`] finds out.
pub(super) async fn book_leg(
    step: &Step<'_>,
    option: &OptionId,
    leg: u32,
    quote: u32,
) -> Result<Value, HandlerError> {
    let (offer, remaining) = offer_of(step, option, leg).await?;
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
        refund: None,
        refusal: None,
        last_answer: None,
    };
    let while_held = step
        .deps
        .transitions
        .while_held(&step.key, &step.execution, &LEGAL)?;
    let row = match step.deps.legs.intend(&step.live, intent, while_held).await? {
        Intent::First(row) => buy(step, &offer, row, true).await?,
        Intent::Again(row) if row.state == LegState::Intended => buy(step, &offer, row, false).await?,
        Intent::Again(row) => row,
        Intent::NotHeld if step.held().await?.cancel_requested => {
            return Ok(json!({"outcome": "cancelled"}));
        }
        Intent::NotHeld => return Err(superseded("the booking is past buying")),
    };
    announce(step, &offer, row, remaining).await
}

/// After an answer was lost: looks the order up by its key. `last` says that nobody will look again before the booking
/// is given up: what is not known then goes to a person.
pub(super) async fn reconcile_leg(
    step: &Step<'_>,
    option: &OptionId,
    leg: u32,
    last: bool,
) -> Result<Value, HandlerError> {
    step.held().await?;
    let (offer, remaining) = offer_of(step, option, leg).await?;
    let rows = step.deps.legs.all(step.booking()).await?;
    let mut row = rows
        .into_iter()
        .find(|row| row.leg == leg)
        .ok_or_else(|| HandlerError::named("NoSuchLeg", format!("leg {leg} was never intended")))?;
    if row.state == LegState::Unconfirmed {
        let supplier = step.deps.suppliers.get(&step.live, &row.supplier)?;
        let request = BookRequest {
            offer: &offer,
            idempotency_key: &row.idempotency_key,
            passengers: &[],
        };
        match find_order(supplier.as_ref(), request).await {
            Ok(order) => {
                settle(&mut row, order);
                step.deps.legs.note(&step.live, &row).await?;
            }
            // Whoever undoes the trip looks once more.
            Err(_) if last => return fail(step, row).await,
            Err(_) => return Ok(json!({"outcome": "unknown"})),
        }
    }
    announce(step, &offer, row, remaining).await
}

/// The leg's offer, and how many legs come after it.
async fn offer_of(step: &Step<'_>, option: &OptionId, leg: u32) -> Result<(Offer, usize), HandlerError> {
    let mut legs = step.option(option).await?.option.legs;
    let place = leg as usize;
    if place >= legs.len() {
        return Err(HandlerError::named(
            "NoSuchLeg",
            format!("the option has no leg {leg}"),
        ));
    }
    let remaining = legs.len() - 1 - place;
    Ok((legs.swap_remove(place), remaining))
}

/// The leg's row with the outcome, on record. `first`: it is sure that nobody asked before.
async fn buy(step: &Step<'_>, offer: &Offer, mut row: LegRow, first: bool) -> Result<LegRow, HandlerError> {
    let supplier = step.deps.suppliers.get(&step.live, &offer.supplier)?;
    let supplier = supplier.as_ref();
    let passengers = travellers(step).await?;
    let request = BookRequest {
        offer,
        idempotency_key: &row.idempotency_key,
        passengers: &passengers,
    };
    // Somebody who wrote the intent and died may have bought: a supplier that knows the key has booked already.
    let known = match first {
        true => None,
        false => supplier
            .look_up_purchase(request)
            .await
            .map_err(supplier_failed)?,
    };
    let outcome = match known.filter(|order| !order.cancelled) {
        Some(order) => Ok(order),
        None => supplier.book(request).await,
    };
    let settled = match outcome {
        Err(SupplierError::OutcomeUnknown { .. }) => find_order(supplier, request).await,
        other => other,
    };
    match settled {
        Ok(order) => settle(&mut row, order),
        Err(error @ SupplierError::OutcomeUnknown { .. }) => {
            row.state = LegState::Unconfirmed;
            row.last_answer = Some(said(&error));
        }
        // Nothing was reached, so nothing was booked: the task may come again. Of an earlier try that died we do not
        // know that much, so its intent stays.
        Err(error @ SupplierError::Unavailable { .. }) => {
            if first {
                step.deps.legs.take_back(&step.live, &row).await?;
            }
            return Err(supplier_failed(error));
        }
        Err(error) => {
            tracing::info!(booking = %row.booking_id, leg = row.leg, %error, "supplier refused");
            row.state = LegState::Refused;
            row.last_answer = Some(said(&error));
            row.refusal = Some(match error {
                SupplierError::PriceChanged => Refusal::PriceChanged,
                SupplierError::Gone { .. } => Refusal::Gone,
                _ => Refusal::Declined,
            });
        }
    }
    step.deps.legs.note(&step.live, &row).await?;
    Ok(row)
}

fn settle(row: &mut LegRow, order: Order) {
    row.state = LegState::Booked;
    row.reference = Some(order.reference);
    row.total = order.total;
}

/// The answer to booking was lost; the order may be there all the same.
async fn find_order(supplier: &dyn Supplier, request: BookRequest<'_>) -> Result<Order, SupplierError> {
    match supplier.look_up_purchase(request).await {
        Ok(Some(order)) if !order.cancelled => Ok(order),
        // Not there now is no proof that it will not be: the supplier may still be working on it.
        Ok(_) => Err(SupplierError::unknown("it does not know the order yet")),
        Err(error) => Err(SupplierError::unknown(error)),
    }
}

/// Who travels: those set for the booking, in order; without any, the traveller with their own details.
pub(super) async fn travellers(step: &Step<'_>) -> Result<Vec<PassengerRow>, HandlerError> {
    let passengers = &step.deps.passengers;
    let mut kept = passengers.of(&step.booking().to_string()).await?;
    if kept.is_empty() {
        kept = passengers.of(step.key.employee_id.as_str()).await?;
    }
    Ok(kept.into_iter().map(|kept| kept.details).collect())
}

async fn announce(
    step: &Step<'_>,
    offer: &Offer,
    row: LegRow,
    remaining: usize,
) -> Result<Value, HandlerError> {
    match (row.state, row.reference.clone()) {
        (LegState::Booked, Some(reference)) => {
            let leg = BookedLeg {
                leg: row.leg,
                supplier: row.supplier.clone(),
                reference,
                content: offer.content.clone(),
                total: row.total,
            };
            let name = format!("book#{}", row.leg);
            let answer = json!({"outcome": "booked", "remaining": remaining});
            let evidence = evidence(step, &row).await;
            say(
                step,
                name,
                row,
                Some(Booked),
                &LegBooked { leg, evidence },
                answer,
            )
            .await
        }
        (LegState::Unconfirmed, _) => {
            let event = LegOutcomeUnknown {
                leg: row.leg,
                supplier: row.supplier.clone(),
                idempotency_key: row.idempotency_key.clone(),
            };
            let name = format!("unknown#{}", row.leg);
            say(step, name, row, None, &event, json!({"outcome": "unknown"})).await
        }
        _ => fail(step, row).await,
    }
}

async fn fail(step: &Step<'_>, row: LegRow) -> Result<Value, HandlerError> {
    let (code, reason) = explain(&row);
    let event = LegBookingFailed {
        leg: row.leg,
        supplier: row.supplier.clone(),
        reason: reason.into(),
        outcome_unknown: row.state != LegState::Refused,
        evidence: evidence(step, &row).await,
    };
    let name = format!("book#{}", row.leg);
    let answer = json!({"outcome": "failed", "code": code, "reason": reason});
    say(step, name, row, Some(BookingFailed), &event, answer).await
}

/// What the supplier's adapter kept to show how this came about. A leg is not lost for want of a picture.
async fn evidence(step: &Step<'_>, row: &LegRow) -> Vec<Evidence> {
    let Ok(supplier) = step.deps.suppliers.get(&step.live, &row.supplier) else {
        return Vec::new();
    };
    supplier
        .evidence(&row.idempotency_key)
        .await
        .unwrap_or_else(|error| {
            tracing::warn!(booking = %row.booking_id, leg = row.leg, error = said(&error), "evidence could not be listed");
            Vec::new()
        })
}

/// The transition that says what became of the leg; without a state, the booking stays where it is.
async fn say<E: events_schema::event::Event>(
    step: &Step<'_>,
    name: String,
    row: LegRow,
    state: Option<BookingState>,
    event: &E,
    answer: Value,
) -> Result<Value, HandlerError> {
    let due = Due::In(step.deps.deadlines.book_legs);
    step.carry_out(name, &LEGAL, |head| {
        let (row, answer) = (row.clone(), answer.clone());
        async move {
            let next = Next::to(state.unwrap_or(head.state), due, event)?
                .with(step.deps.legs.record(&row)?)
                .result(answer);
            Ok(Decided::Go(next))
        }
    })
    .await
}

fn explain(row: &LegRow) -> (ErrorCode, &'static str) {
    match (row.state, row.refusal) {
        (LegState::Refused, Some(Refusal::PriceChanged)) => (
            ErrorCode::PriceChanged,
            "The price changed while this was being booked. Nothing was charged; please ask again to see today's price.",
        ),
        (LegState::Refused, _) => (
            ErrorCode::OfferExpired,
            "The supplier would not book this offer as it was quoted. Nothing was charged; please ask again.",
        ),
        _ => (
            ErrorCode::SupplierUnavailable,
            "The supplier did not say whether it booked. A travel manager is finding out.",
        ),
    }
}
