//! Money: set aside, then spent or freed. The step and its undo.

use aws_sdk_dynamodb::types::TransactWriteItem;
use events_schema::booking::{BudgetCaptured, BudgetRefunded, BudgetReleased, BudgetReserved};
use events_schema::ids::{BookingId, CostCentre, OptionId};
use events_schema::money::Money;
use events_schema::policy::PolicyRetrieved;
use events_schema::problem::ErrorCode;
use events_schema::rates::Rates;
use events_schema::rows::BookingRow;
use events_schema::state::BookingState::{self, BudgetReserved as Reserved, LegBooked, PurchaseConfirmed};
use iso_currency::Currency;
use lambda_host::history::newest;
use lambda_host::{Due, HandlerError, Next};
use serde_json::{Value, json};

use super::{Decided, Step, cancelled, open_states};
use crate::decide::refunded;
use crate::tables::{Budgets, LegRow, ReservationState};

/// Undone by [`release`].
pub(super) async fn reserve(step: &Step<'_>, option: &OptionId) -> Result<Value, HandlerError> {
    let total = step.option(option).await?.option.total;
    step.carry_out("reserve".into(), &[PurchaseConfirmed], |head| async move {
        if head.cancel_requested {
            return Ok(cancelled());
        }
        let centre = head.cost_centre;
        // The total is in the policy's currency; the budget may be kept in another.
        let kept = step.deps.budgets.currency(&centre).await?.unwrap_or(total.currency);
        let Some(amount) = in_currency(step, total, kept).await? else {
            return Ok(Decided::Stay(no_rate(&centre, kept, total)));
        };
        let price = (amount.currency != total.currency).then_some(total);
        let available = step.deps.budgets.available(&centre).await?;
        if available.is_some_and(|available| available < amount.amount) {
            let converted = price.map(|_| format!(" ({amount})")).unwrap_or_default();
            let reason = format!(
                "The budget of {centre} does not cover {total}{converted}. Nothing was bought. Any travel manager can \
                 raise it; once that is done, send the request again."
            );
            let code = ErrorCode::BudgetExceeded;
            return Ok(Decided::Stay(json!({"outcome": "exceeded", "code": code, "reason": reason})));
        }
        let event = BudgetReserved { cost_centre: centre.clone(), amount, price };
        let mut next = Next::to(Reserved, Due::In(step.deps.deadlines.book_legs), &event)?
            .result(json!({"outcome": "reserved"}));
        next.with = step.deps.budgets.reserve(&centre, step.booking(), amount, price, available.is_some())?;
        Ok(Decided::Go(next))
    })
    .await
}

/// At the rates pinned when the booking's policy version was; `None` without one for this currency.
async fn in_currency(step: &Step<'_>, total: Money, kept: Currency) -> Result<Option<Money>, HandlerError> {
    if kept == total.currency {
        return Ok(Some(total));
    }
    let history = step
        .deps
        .transitions
        .history()
        .all(&step.booking().into())
        .await?;
    let Some(policy) = newest::<PolicyRetrieved>(&history)? else {
        return Ok(None);
    };
    let rates = Rates {
        base: policy.data.currency,
        rates: policy.data.rates,
    };
    Ok(rates
        .to_base(total)
        .and_then(|total| rates.from_base(total, kept)))
}

fn no_rate(centre: &CostCentre, kept: Currency, total: Money) -> Value {
    let (kept, policy) = (kept.code(), total.currency.code());
    let reason = format!(
        "The budget of {centre} is counted in {kept}, trips under this policy in {policy}, and the policy has no rate \
between them. A travel manager can set the budget in {policy}, or add the rate to the policy; then ask again."
    );
    json!({"outcome": "exceeded", "code": ErrorCode::BudgetExceeded, "reason": reason})
}

/// Only with every leg booked, and unless a cancellation came in during the last one.
pub(super) async fn capture(step: &Step<'_>) -> Result<Value, HandlerError> {
    step.carry_out("capture".into(), &[LegBooked], |head| async move {
        if head.cancel_requested {
            return Ok(cancelled());
        }
        let reservation = step
            .deps
            .budgets
            .of_booking(&head.cost_centre, step.booking())
            .await?
            .ok_or_else(|| HandlerError::named("NothingReserved", "the booking has no reservation"))?;
        let event = BudgetCaptured {
            cost_centre: head.cost_centre,
            amount: reservation.amount,
        };
        let mut next = Next::to(
            BookingState::BudgetCaptured,
            Due::In(step.deps.deadlines.automated_step),
            &event,
        )?
        .result(json!({"outcome": "captured"}));
        next.with = step.deps.budgets.capture(&reservation)?;
        Ok(Decided::Go(next))
    })
    .await
}

/// The undo of [`reserve`]. Money for a leg that may be booked stays set aside until a person has looked.
pub(super) async fn release(step: &Step<'_>) -> Result<Value, HandlerError> {
    let legs = step.deps.legs.all(step.booking()).await?;
    if step.held().await?.previous_booking.is_some() {
        return refund(step, &legs).await;
    }
    let still_open = legs.iter().any(|leg| leg.state.is_open());
    step.carry_out("release".into(), &open_states(), |head| async move {
        let reservation = step
            .deps
            .budgets
            .of_booking(&head.cost_centre, step.booking())
            .await?;
        let reserved = reservation.filter(|entry| entry.state == ReservationState::Reserved);
        let (Some(reservation), false) = (reserved, still_open) else {
            return Ok(Decided::Stay(json!({"outcome": "nothing"})));
        };
        let limited = step.deps.budgets.available(&head.cost_centre).await?.is_some();
        let event = BudgetReleased {
            cost_centre: head.cost_centre,
            amount: reservation.amount,
        };
        let mut next = Next::to(
            BookingState::BudgetReleased,
            Due::In(step.deps.deadlines.automated_step),
            &event,
        )?
        .result(json!({"outcome": "released"}));
        next.with = step.deps.budgets.release(&reservation, limited)?;
        Ok(Decided::Go(next))
    })
    .await
}

/// What suppliers gave back for a cancelled trip is free to be spent again. What they did not cancel stays spent.
async fn refund(step: &Step<'_>, legs: &[LegRow]) -> Result<Value, HandlerError> {
    step.carry_out("refund".into(), &open_states(), |head| async move {
        let Some((amount, writes)) = refund_due(&step.deps.budgets, &head, legs).await? else {
            return Ok(Decided::Stay(json!({"outcome": "nothing"})));
        };
        let event = BudgetRefunded {
            cost_centre: head.cost_centre,
            amount,
        };
        let due = Due::In(step.deps.deadlines.automated_step);
        let mut next =
            Next::to(BookingState::BudgetRefunded, due, &event)?.result(json!({"outcome": "refunded"}));
        next.with = writes;
        Ok(Decided::Go(next))
    })
    .await
}

/// What a cancellation still has to give back to the budget, and the writes that do it.
pub(crate) async fn refund_due(
    budgets: &Budgets,
    head: &BookingRow,
    legs: &[LegRow],
) -> Result<Option<(Money, Vec<TransactWriteItem>)>, HandlerError> {
    let entry = budgets.of_booking(&head.cost_centre, head.booking_id).await?;
    let (Some(previous), None, Some(refund)) = (head.previous_booking, entry, refunded(legs)?) else {
        return Ok(None);
    };
    let amount = as_captured(budgets, head, previous, refund).await?;
    let limited = budgets.available(&head.cost_centre).await?.is_some();
    let writes = budgets.refund(&head.cost_centre, head.booking_id, amount, limited)?;
    Ok(Some((amount, writes)))
}

/// Money that came back for a confirmed booking, in its budget's currency, at the rate it was captured at.
pub(crate) async fn as_captured(
    budgets: &Budgets,
    head: &BookingRow,
    confirmed: BookingId,
    refund: Money,
) -> Result<Money, HandlerError> {
    let Some(paid) = budgets.of_booking(&head.cost_centre, confirmed).await? else {
        return Ok(refund);
    };
    paid.converted(refund).ok_or_else(|| {
        HandlerError::named(
            "NoRate",
            format!("{refund} came back for what was captured as {}", paid.amount),
        )
    })
}
