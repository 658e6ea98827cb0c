//! What is open, since when, and on which evidence.

use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::booking::{AttentionResolved, BookingNeedsAttention};
use events_schema::event::Event;
use events_schema::ids::BookingId;
use events_schema::money::Money;
use events_schema::person::Role;
use events_schema::rows::{BookingRow, JournalRow};
use events_schema::socket::{AttentionItem, AttentionLeg, Frame, FrameBody, Resolution};
use events_schema::state::BookingState;
use events_schema::sweeper::AttentionOverdue;
use jiff::Timestamp;
use lambda_host::HandlerError;
use lambda_host::door::{CommandError, answer};
use lambda_host::history::newest;

use super::Attention;
use crate::tables::{LegRow, Reservation, ReservationState};

impl Attention {
    /// The longest waiting first.
    pub(super) async fn items(&self) -> Result<Vec<AttentionItem>, CommandError> {
        let found = self
            .dynamo
            .query()
            .table_name(&self.bookings)
            .index_name("byState")
            .key_condition_expression("#state = :state")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(
                ":state",
                AttributeValue::S(BookingState::NeedsAttention.as_str().into()),
            )
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await?;
        let heads: Vec<BookingRow> = serde_dynamo::from_items(found)?;
        let mut items = Vec::with_capacity(heads.len());
        for head in heads {
            let history = self.transitions.history().all(&head.booking_id.into()).await?;
            items.push(self.item(&head, &history).await?);
        }
        items.sort_by_key(|item| (item.since, item.booking_id));
        Ok(items)
    }

    pub(super) async fn show(&self, booking: BookingId) -> Result<Vec<Frame>, CommandError> {
        let (head, history) = self.find(booking).await?;
        let item = self.item(&head, &history).await?;
        let legs = self.legs.all(booking).await?;
        let open = head.state == BookingState::NeedsAttention;
        let legs = legs.into_iter().map(|row| evidence(row, open)).collect();
        Ok(vec![answer::alone(FrameBody::AttentionDetail { item, legs })])
    }

    async fn item(&self, head: &BookingRow, history: &[JournalRow]) -> Result<AttentionItem, HandlerError> {
        let reservation = self
            .budgets
            .of_booking(&head.cost_centre, head.booking_id)
            .await?;
        item(head, history, reservation.as_ref(), self.clock.now())
    }
}

fn item(
    head: &BookingRow,
    history: &[JournalRow],
    reservation: Option<&Reservation>,
    now: Timestamp,
) -> Result<AttentionItem, HandlerError> {
    let asked = newest::<BookingNeedsAttention>(history)?;
    let (reason, owner, since) = match asked {
        Some(event) => (event.data.reason, event.data.owner, event.meta.occurred_at),
        None => (String::new(), Role::TravelManager, head.updated_at),
    };
    let resolved = resolution(head, history)?;
    let until = resolved.as_ref().map_or(now, |resolved| resolved.at);
    let reminders = history
        .iter()
        .filter(|row| row.event_type == AttentionOverdue::NAME);
    let held = |state| {
        reservation
            .filter(|entry| entry.state == state)
            .map(|entry| entry.amount)
    };
    let money: (Option<Money>, Option<Money>) =
        (held(ReservationState::Reserved), held(ReservationState::Captured));
    Ok(AttentionItem {
        booking_id: head.booking_id,
        employee_id: head.employee_id.clone(),
        owner,
        reason,
        since,
        age_minutes: u64::try_from(until.duration_since(since).as_mins()).unwrap_or(0),
        resolved,
        due_at: head
            .due_at
            .and_then(|at| Timestamp::from_second(at).ok())
            .unwrap_or(since),
        reminders: u32::try_from(reminders.count()).unwrap_or(u32::MAX),
        cost_centre: head.cost_centre.clone(),
        reserved: money.0,
        captured: money.1,
    })
}

/// A history may need attention again after it had been resolved once.
fn resolution(head: &BookingRow, history: &[JournalRow]) -> Result<Option<Resolution>, HandlerError> {
    if head.state == BookingState::NeedsAttention {
        return Ok(None);
    }
    let resolved = newest::<AttentionResolved>(history)?;
    Ok(resolved.map(|event| Resolution {
        at: event.meta.occurred_at,
        by: event.data.by,
    }))
}

fn evidence(row: LegRow, open: bool) -> AttentionLeg {
    AttentionLeg {
        leg: row.leg,
        supplier: row.supplier,
        idempotency_key: row.idempotency_key,
        state: row.state.as_str().into(),
        open: open && row.state.is_open(),
        reference: row.reference,
        total: row.total,
        last_answer: row.last_answer,
    }
}
