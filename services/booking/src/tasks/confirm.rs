//! The terminal event of a trip that came true.

use events_schema::approval::PolicyException;
use events_schema::booking::{BookingConfirmed, OptionsPresented};
use events_schema::compliance::{OptionsRanked, PlanAccepted};
use events_schema::event::Event;
use events_schema::gateway::{ApprovalGranted, BookingRequested};
use events_schema::ids::{EmployeeId, OptionId};
use events_schema::option::TripOption;
use events_schema::rows::JournalRow;
use events_schema::state::BookingState::{BudgetCaptured, Confirmed};
use events_schema::trip::BookedLeg;
use lambda_host::history::newest;
use lambda_host::{HandlerError, Next};
use serde_json::{Value, json};

use super::{Decided, Step};
use crate::tables::{LegRow, LegState};

pub(super) async fn confirm(step: &Step<'_>, option: &OptionId) -> Result<Value, HandlerError> {
    let option = step.option(option).await?.option;
    let history = step
        .deps
        .transitions
        .history()
        .all(&step.booking().into())
        .await?;
    let legs = step.deps.legs.all(step.booking()).await?;
    step.carry_out("confirmed".into(), &[BudgetCaptured], |head| {
        let event = confirmed(&option, &legs, &history, head.cost_centre);
        async move {
            let next = Next::terminal(Confirmed, &event?)?.result(json!({"outcome": "confirmed"}));
            Ok(Decided::Go(next))
        }
    })
    .await
}

fn confirmed(
    option: &TripOption,
    legs: &[LegRow],
    history: &[JournalRow],
    cost_centre: events_schema::ids::CostCentre,
) -> Result<BookingConfirmed, HandlerError> {
    let missing = |name: &str| HandlerError::named("HistoryIncomplete", format!("the history has no {name}"));
    let request = newest::<BookingRequested>(history)?.ok_or_else(|| missing(BookingRequested::NAME))?;
    let plan = newest::<PlanAccepted>(history)?.ok_or_else(|| missing(PlanAccepted::NAME))?;
    let ranked = newest::<OptionsRanked>(history)?.ok_or_else(|| missing(OptionsRanked::NAME))?;
    let approver = approver(history)?;
    let exceptions = option.verdict.reasons.iter().map(|reason| PolicyException {
        rule: reason.rule.clone(),
        clause: reason.clause.clone(),
        reason: reason.reason.clone(),
        approved_by: approver.clone(),
    });
    Ok(BookingConfirmed {
        option: option.id.clone(),
        legs: booked(option, legs),
        total: option.total,
        taxes: option.taxes,
        travellers: plan.data.plan.travellers,
        cost_centre,
        policy: ranked.data.policy,
        exceptions: exceptions.collect(),
        previous_booking: request.data.previous_booking,
    })
}

/// Who approved last since options were last presented; an approval before that is void.
fn approver(history: &[JournalRow]) -> Result<Option<EmployeeId>, HandlerError> {
    let presented = newest::<OptionsPresented>(history)?.map_or(0, |event| event.meta.sequence);
    let granted = newest::<ApprovalGranted>(history)?;
    Ok(granted
        .filter(|event| event.meta.sequence > presented)
        .map(|event| event.data.approver))
}

fn booked(option: &TripOption, legs: &[LegRow]) -> Vec<BookedLeg> {
    let rows = legs.iter().filter(|row| row.state == LegState::Booked);
    rows.filter_map(|row| {
        let offer = option.legs.get(row.leg as usize)?;
        Some(BookedLeg {
            leg: row.leg,
            supplier: row.supplier.clone(),
            reference: row.reference.clone()?,
            content: offer.content.clone(),
            total: row.total,
        })
    })
    .collect()
}
