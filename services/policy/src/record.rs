//! A policy version's own history: its row, the Journal row and the event are saved in one transaction and published
//! after, as bookings' are. A version changes a few times in its life, and only here, so it needs no more protocol
//! than a condition.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use events_schema::envelope::{Envelope, Meta, Recorded};
use events_schema::event::Event;
use events_schema::ids::{AggregateId, EventId, PolicyVersion};
use events_schema::rows::JournalRow;
use lambda_host::history::{History, HistoryError};
use lambda_host::publish::{PublishError, Publisher, check_size};
use lambda_host::{Clock, ConfigError, Live, Runtime};
use serde_json::Value;

#[derive(Clone)]
pub struct Record {
    dynamo: Client,
    journal: String,
    history: History,
    publisher: Publisher,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Somebody else changed the version meanwhile: read it again.
    #[error("the policy version changed meanwhile")]
    Conflict,
    #[error("saving a policy version's event failed")]
    Write(#[source] Box<aws_sdk_dynamodb::Error>),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error("an event could not be written or read as JSON")]
    Json(#[from] serde_json::Error),
    #[error("a Journal row could not be written as an item")]
    Row(#[from] serde_dynamo::Error),
    #[error("the transaction is malformed")]
    Build(#[from] BuildError),
}

impl Record {
    /// Settings: `JOURNAL_TABLE`, `BUS_NAME`.
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        let dynamo = Client::new(&runtime.aws);
        let journal = runtime.setting("JOURNAL_TABLE")?;
        Ok(Self {
            history: History::new(dynamo.clone(), journal),
            journal: journal.into(),
            publisher: Publisher::new(
                aws_sdk_eventbridge::Client::new(&runtime.aws),
                runtime.setting("BUS_NAME")?,
            ),
            clock: runtime.clock.clone(),
            dynamo,
        })
    }

    /// Saves `event` as the version's `sequence`th, together with `writes`, and publishes it.
    pub async fn save<E: Event>(
        &self,
        live: &Live,
        version: &PolicyVersion,
        sequence: u64,
        cause: String,
        event: &E,
        writes: Vec<TransactWriteItem>,
    ) -> Result<(), RecordError> {
        let (row, recorded) = self.row(version, sequence, cause, event)?;
        let put = Put::builder()
            .table_name(&self.journal)
            .set_item(Some(serde_dynamo::to_item(&row)?))
            .condition_expression("attribute_not_exists(aggregateId)")
            .build()?;
        let mut items = vec![TransactWriteItem::builder().put(put).build()];
        items.extend(writes);
        let outcome = self
            .dynamo
            .transact_write_items()
            .set_transact_items(Some(items))
            .send()
            .await;
        match outcome.map_err(|error| error.into_service_error()) {
            Ok(_) => Ok(self.publisher.publish(live, &[recorded]).await?),
            Err(TransactWriteItemsError::TransactionCanceledException(canceled))
                if canceled.cancellation_reasons().iter().any(|reason| {
                    matches!(
                        reason.code(),
                        Some("ConditionalCheckFailed" | "TransactionConflict")
                    )
                }) =>
            {
                Err(RecordError::Conflict)
            }
            Err(error) => Err(RecordError::Write(Box::new(error.into()))),
        }
    }

    /// Publishes the version's newest event once more: whoever saved it may have died before publishing it.
    pub async fn publish_again(&self, live: &Live, version: &PolicyVersion) -> Result<(), RecordError> {
        let rows = self.history.all(&AggregateId::new(version.as_str())).await?;
        let Some(newest) = rows.last() else { return Ok(()) };
        Ok(self.publisher.publish(live, &[newest.recorded()?]).await?)
    }

    fn row<E: Event>(
        &self,
        version: &PolicyVersion,
        sequence: u64,
        cause: String,
        event: &E,
    ) -> Result<(JournalRow, Recorded), RecordError> {
        let aggregate_id = AggregateId::new(version.as_str());
        let (first, this) = (
            EventId::of(&aggregate_id, 1),
            EventId::of(&aggregate_id, sequence),
        );
        let now = self.clock.now();
        let recorded = Recorded {
            source: E::PRODUCER.source(),
            detail_type: E::NAME.into(),
            detail: Envelope {
                meta: Meta {
                    event_id: this,
                    aggregate_type: E::AGGREGATE,
                    aggregate_id: aggregate_id.clone(),
                    sequence,
                    employee_id: None,
                    causation_id: EventId::of(&aggregate_id, sequence.saturating_sub(1).max(1)),
                    correlation_id: first,
                    occurred_at: now,
                    schema_version: E::VERSION,
                    traceparent: None,
                },
                data: serde_json::to_value(event)?,
            },
        };
        let text = serde_json::to_string(&recorded)?;
        check_size(&recorded, text.len())?;
        let row = JournalRow {
            aggregate_id,
            sequence,
            cause_key: cause,
            result: Value::Null,
            event: text,
            event_type: E::NAME.into(),
            correlation_id: first,
            occurred_at: now,
        };
        Ok((row, recorded))
    }
}
