//! Facts about what is no booking: a person's refused attempts, the directory of people, a cost centre's budget. Each
//! such aggregate has its history in Journal too, and a fact is saved with what it speaks of in one transaction and
//! announced after, so that the two cannot come apart.
//!
//! There is no head item: the newest sequence in Journal is where an aggregate stands. Whoever decided on what they
//! read at sequence n may only write n + 1; of two who try at once one has to read again.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use events_schema::envelope::{Envelope, Meta, Recorded};
use events_schema::event::Event;
use events_schema::ids::{AggregateId, EmployeeId, EventId};
use events_schema::rows::JournalRow;
use serde_json::Value;

use crate::error::HandlerError;
use crate::live::Live;
use crate::publish::Publisher;
use crate::runtime::{Clock, ConfigError, Runtime};

#[derive(Clone)]
pub struct Facts {
    dynamo: Client,
    journal: String,
    publisher: Publisher,
    clock: Arc<dyn Clock>,
}

/// A fact to be, and its place.
pub struct NewFact<'a, E> {
    pub aggregate: &'a AggregateId,
    /// The one behind what the decision was made on.
    pub sequence: u64,
    /// Whom it concerns.
    pub employee: Option<&'a EmployeeId>,
    /// Who asked for it under which id: asked again, it is found by this.
    pub cause_key: String,
    /// What the one who asked is told, also when asking again.
    pub result: Value,
    pub event: &'a E,
    /// What is written with it, with conditions of their own.
    pub writes: Vec<TransactWriteItem>,
}

impl Facts {
    /// Settings: `JOURNAL_TABLE`, `BUS_NAME`.
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            dynamo: Client::new(&runtime.aws),
            journal: runtime.setting("JOURNAL_TABLE")?.into(),
            publisher: Publisher::new(
                aws_sdk_eventbridge::Client::new(&runtime.aws),
                runtime.setting("BUS_NAME")?,
            ),
            clock: runtime.clock.clone(),
        })
    }

    /// Saves and announces; `false` if somebody else took the place or changed what is written with it: read again.
    pub async fn record<E: Event>(&self, live: &Live, fact: NewFact<'_, E>) -> Result<bool, HandlerError> {
        let row = self.row(&fact)?;
        let put = Put::builder()
            .table_name(&self.journal)
            .set_item(Some(serde_dynamo::to_item(&row)?))
            .condition_expression("attribute_not_exists(aggregateId)")
            .build()?;
        let mut writes = vec![TransactWriteItem::builder().put(put).build()];
        writes.extend(fact.writes);
        let outcome = self
            .dynamo
            .transact_write_items()
            .set_transact_items(Some(writes))
            .send()
            .await;
        match outcome.map_err(|error| error.into_service_error()) {
            Ok(_) => {
                self.publisher.publish(live, &[row.recorded()?]).await?;
                Ok(true)
            }
            Err(TransactWriteItemsError::TransactionCanceledException(canceled)) if overtaken(&canceled) => {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What was recorded on account of this cause, announced once more: the first try may have died before it did.
    pub async fn recorded_before(
        &self,
        live: &Live,
        aggregate: &AggregateId,
        cause_key: &str,
    ) -> Result<Option<JournalRow>, HandlerError> {
        let found = self
            .dynamo
            .query()
            .table_name(&self.journal)
            .index_name("byCause")
            .consistent_read(true)
            .key_condition_expression("aggregateId = :aggregate AND causeKey = :cause")
            .expression_attribute_values(":aggregate", AttributeValue::S(aggregate.to_string()))
            .expression_attribute_values(":cause", AttributeValue::S(cause_key.into()))
            .limit(1)
            .send()
            .await?;
        let row = found.items.unwrap_or_default().into_iter().next();
        let row: Option<JournalRow> = row.map(serde_dynamo::from_item).transpose()?;
        if let Some(row) = &row {
            self.publisher.publish(live, &[row.recorded()?]).await?;
        }
        Ok(row)
    }

    /// The newest facts of an aggregate, newest first.
    pub async fn newest(&self, aggregate: &AggregateId, most: i32) -> Result<Vec<JournalRow>, HandlerError> {
        let answer = self
            .dynamo
            .query()
            .table_name(&self.journal)
            .consistent_read(true)
            .key_condition_expression("aggregateId = :aggregate")
            .expression_attribute_values(":aggregate", AttributeValue::S(aggregate.to_string()))
            .scan_index_forward(false)
            .limit(most)
            .send()
            .await?;
        Ok(serde_dynamo::from_items(answer.items.unwrap_or_default())?)
    }

    /// Where the aggregate stands; 0 before its first fact.
    pub async fn sequence(&self, aggregate: &AggregateId) -> Result<u64, HandlerError> {
        let newest = self.newest(aggregate, 1).await?;
        Ok(newest.first().map_or(0, |row| row.sequence))
    }

    fn row<E: Event>(&self, fact: &NewFact<'_, E>) -> Result<JournalRow, serde_json::Error> {
        let event_id = EventId::of(fact.aggregate, fact.sequence);
        let occurred_at = self.clock.now();
        let meta = Meta {
            event_id,
            aggregate_type: E::AGGREGATE,
            aggregate_id: fact.aggregate.clone(),
            sequence: fact.sequence,
            employee_id: fact.employee.cloned(),
            // Facts do not follow from each other: each is its own chain.
            causation_id: event_id,
            correlation_id: event_id,
            occurred_at,
            schema_version: E::VERSION,
            traceparent: None,
        };
        let event = Recorded {
            source: E::PRODUCER.source(),
            detail_type: E::NAME.into(),
            detail: Envelope {
                meta,
                data: serde_json::to_value(fact.event)?,
            },
        };
        Ok(JournalRow {
            aggregate_id: fact.aggregate.clone(),
            sequence: fact.sequence,
            cause_key: fact.cause_key.clone(),
            result: fact.result.clone(),
            event: serde_json::to_string(&event)?,
            event_type: E::NAME.into(),
            correlation_id: event_id,
            occurred_at,
        })
    }
}

fn overtaken(canceled: &aws_sdk_dynamodb::types::error::TransactionCanceledException) -> bool {
    let taken = ["ConditionalCheckFailed", "TransactionConflict"];
    let mut reasons = canceled
        .cancellation_reasons()
        .iter()
        .filter_map(|reason| reason.code());
    reasons.any(|code| taken.contains(&code))
}
