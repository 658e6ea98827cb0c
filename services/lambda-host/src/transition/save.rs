//! The one transaction, and the conditions that make it safe.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use events_schema::envelope::{Envelope, Meta, Recorded};
use events_schema::ids::{AggregateId, CostCentre, EventId, ExecutionId};
use events_schema::rows::{BookingRow, JournalRow, LastEvent};
use events_schema::state::BookingState;
use jiff::Timestamp;

use super::cause::Cause;
use super::next::{Due, Next};
use crate::condition::held;
use crate::head::BookingKey;
use crate::publish::{PublishError, check_size};
use crate::trace::TraceContext;

#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Somebody else changed the head, or one of the writes beside it met a change: decide again.
    #[error("the booking changed meanwhile")]
    Conflict,
    #[error("saving the transition failed")]
    Write(#[source] Box<aws_sdk_dynamodb::Error>),
    #[error("a row could not be written as an item")]
    Row(#[from] serde_dynamo::Error),
    #[error("the event could not be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Event(#[from] PublishError),
    #[error("the transaction is malformed")]
    Build(#[from] aws_sdk_dynamodb::error::BuildError),
}

/// A transition ready to be saved.
pub(super) struct Transition {
    pub head: BookingRow,
    pub row: JournalRow,
    pub event: Recorded,
    with: Vec<TransactWriteItem>,
    before: Option<BookingRow>,
}

impl Transition {
    pub fn prepare(head: &BookingRow, cause: &Cause, next: Next, now: Timestamp) -> Result<Self, SaveError> {
        let mut after = head.clone();
        after.sequence = head.sequence + 1;
        after.round = next.round.unwrap_or(head.round);
        after.cancel_requested = next.cancel_requested.unwrap_or(head.cancel_requested);
        after.state = next.state;
        after.due_at = due_at(next.due, head.due_at, now);
        Self::assemble(Some(head.clone()), after, cause, next, now)
    }

    pub fn first(
        key: &BookingKey,
        cause: &Cause,
        cost_centre: CostCentre,
        next: Next,
        now: Timestamp,
    ) -> Result<Self, SaveError> {
        let correlation_id = EventId::of(&key.booking_id.into(), 1);
        let head = BookingRow {
            employee_id: key.employee_id.clone(),
            booking_id: key.booking_id,
            state: next.state,
            sequence: 1,
            round: 0,
            execution_id: None,
            cancel_requested: false,
            previous_booking: next.previous_booking,
            due_at: due_at(next.due, None, now),
            due_partition: None,
            sweeps: 0,
            last_event: LastEvent {
                event_id: correlation_id,
                name: String::new(),
            },
            cost_centre,
            correlation_id,
            created_at: now,
            updated_at: now,
        };
        Self::assemble(None, head, cause, next, now)
    }

    fn assemble(
        before: Option<BookingRow>,
        mut head: BookingRow,
        cause: &Cause,
        next: Next,
        now: Timestamp,
    ) -> Result<Self, SaveError> {
        let aggregate_id = AggregateId::from(head.booking_id);
        let event_id = EventId::of(&aggregate_id, head.sequence);
        head.due_partition = head.due_at.map(|_| BookingRow::OPEN.into());
        head.sweeps = 0;
        head.updated_at = now;
        head.last_event = LastEvent {
            event_id,
            name: next.event.name.into(),
        };
        let meta = Meta {
            event_id,
            aggregate_type: next.event.aggregate_type,
            aggregate_id: aggregate_id.clone(),
            sequence: head.sequence,
            employee_id: Some(head.employee_id.clone()),
            causation_id: cause.causation(before.as_ref()).unwrap_or(event_id),
            correlation_id: head.correlation_id,
            occurred_at: now,
            schema_version: next.event.version,
            traceparent: Some(TraceContext::of_event(head.correlation_id, event_id).to_string()),
        };
        let event = Recorded {
            source: next.event.source,
            detail_type: next.event.name.into(),
            detail: Envelope {
                meta,
                data: next.event.data,
            },
        };
        let text = serde_json::to_string(&event)?;
        check_size(&event, text.len())?;
        let row = JournalRow {
            aggregate_id,
            sequence: head.sequence,
            cause_key: cause.key(),
            result: next.result,
            event: text,
            event_type: event.detail_type.clone(),
            correlation_id: head.correlation_id,
            occurred_at: now,
        };
        Ok(Self {
            head,
            row,
            event,
            with: next.with,
            before,
        })
    }
}

fn due_at(due: Due, before: Option<i64>, now: Timestamp) -> Option<i64> {
    match due {
        Due::In(span) => Some(now.as_second() + span.as_secs()),
        Due::At(at) => Some(at.as_second()),
        Due::Unchanged => before,
        Due::Never => None,
    }
}

pub(super) async fn save(
    dynamo: &Client,
    bookings: &str,
    journal: &str,
    transition: &Transition,
) -> Result<(), SaveError> {
    let head = put_head(bookings, transition)?;
    let row = Put::builder()
        .table_name(journal)
        .set_item(Some(serde_dynamo::to_item(&transition.row)?))
        .condition_expression("attribute_not_exists(aggregateId)")
        .build()?;
    let mut items = vec![
        TransactWriteItem::builder().put(head).build(),
        TransactWriteItem::builder().put(row).build(),
    ];
    items.extend(transition.with.iter().cloned());
    let outcome = dynamo
        .transact_write_items()
        .set_transact_items(Some(items))
        .send()
        .await;
    match outcome.map_err(|error| error.into_service_error()) {
        Ok(_) => Ok(()),
        // A condition that failed or a transaction that collided: both mean that somebody else was faster.
        Err(TransactWriteItemsError::TransactionCanceledException(canceled)) if is_conflict(&canceled) => {
            Err(SaveError::Conflict)
        }
        Err(error) => Err(SaveError::Write(Box::new(error.into()))),
    }
}

/// The whole head is written, so the condition covers all that may change without a new sequence: the claim.
fn put_head(bookings: &str, transition: &Transition) -> Result<Put, SaveError> {
    let put = Put::builder()
        .table_name(bookings)
        .set_item(Some(serde_dynamo::to_item(&transition.head)?));
    let Some(before) = &transition.before else {
        return Ok(put
            .condition_expression("attribute_not_exists(bookingId)")
            .build()?);
    };
    let put = put
        .expression_attribute_names("#sequence", "sequence")
        .expression_attribute_values(":sequence", AttributeValue::N(before.sequence.to_string()));
    Ok(match &before.execution_id {
        Some(execution) => put
            .condition_expression("#sequence = :sequence AND executionId = :execution")
            .expression_attribute_values(":execution", AttributeValue::S(execution.to_string()))
            .build()?,
        None => put
            .condition_expression("#sequence = :sequence AND attribute_not_exists(executionId)")
            .build()?,
    })
}

fn is_conflict(canceled: &aws_sdk_dynamodb::types::error::TransactionCanceledException) -> bool {
    canceled.cancellation_reasons().iter().any(|reason| {
        matches!(
            reason.code(),
            Some("ConditionalCheckFailed" | "TransactionConflict")
        )
    })
}

pub(super) async fn claim(
    dynamo: &Client,
    bookings: &str,
    key: &BookingKey,
    execution: &ExecutionId,
    state: BookingState,
) -> Result<bool, SaveError> {
    let outcome = dynamo
        .update_item()
        .table_name(bookings)
        .set_key(Some(key.attributes()))
        .update_expression("SET executionId = :me")
        .condition_expression("(attribute_not_exists(executionId) OR executionId = :me) AND #state = :state")
        .expression_attribute_names("#state", "state")
        .expression_attribute_values(":me", AttributeValue::S(execution.to_string()))
        .expression_attribute_values(":state", AttributeValue::S(state.as_str().into()))
        .send()
        .await;
    held(outcome).map_err(|error| SaveError::Write(Box::new(error.into())))
}

pub(super) async fn row_at(
    dynamo: &Client,
    journal: &str,
    aggregate: &AggregateId,
    sequence: u64,
) -> Result<Option<JournalRow>, SaveError> {
    let answer = dynamo
        .get_item()
        .table_name(journal)
        .key("aggregateId", AttributeValue::S(aggregate.to_string()))
        .key("sequence", AttributeValue::N(sequence.to_string()))
        .consistent_read(true)
        .send()
        .await
        .map_err(|error| SaveError::Write(Box::new(error.into())))?;
    Ok(answer.item.map(serde_dynamo::from_item).transpose()?)
}
