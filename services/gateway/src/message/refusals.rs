//! Refused attempts as facts: a history of its own per person, in Journal and on the bus, for the audit.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::envelope::{Envelope, Meta, Recorded};
use events_schema::event::Event;
use events_schema::gateway::AccessRefused;
use events_schema::ids::{ActionId, AggregateId, EventId};
use events_schema::problem::ErrorCode;
use events_schema::rows::JournalRow;
use lambda_host::publish::Publisher;
use lambda_host::{Clock, ConfigError, HandlerError, Live, Runtime};
use serde_json::Value;

use super::parse::Attempt;
use crate::caller::Caller;

/// A person's attempts on several devices at once compete for the next sequence.
const ATTEMPTS: u32 = 5;

pub struct Refusals {
    dynamo: Client,
    journal: String,
    publisher: Publisher,
    clock: Arc<dyn Clock>,
}

impl Refusals {
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

    pub async fn record(
        &self,
        live: &Live,
        caller: &Caller,
        action_id: Option<&ActionId>,
        attempt: Attempt,
        code: ErrorCode,
    ) -> Result<(), HandlerError> {
        let fact = AccessRefused {
            code,
            action: attempt.action,
            booking: attempt.booking,
            connection: caller.connection.clone(),
        };
        let aggregate = AggregateId::new(caller.employee.as_str());
        for _ in 0..ATTEMPTS {
            let sequence = self.last(&aggregate).await? + 1;
            let row = self.row(caller, &aggregate, sequence, action_id, &fact)?;
            if self.put(&row).await? {
                self.publisher.publish(live, &[row.recorded()?]).await?;
                return Ok(());
            }
        }
        Err(HandlerError::named(
            "Contended",
            "other refused attempts of the same person kept taking the next sequence",
        ))
    }

    fn row(
        &self,
        caller: &Caller,
        aggregate: &AggregateId,
        sequence: u64,
        action_id: Option<&ActionId>,
        fact: &AccessRefused,
    ) -> Result<JournalRow, serde_json::Error> {
        let event_id = EventId::of(aggregate, sequence);
        let occurred_at = self.clock.now();
        let meta = Meta {
            event_id,
            aggregate_type: AccessRefused::AGGREGATE,
            aggregate_id: aggregate.clone(),
            sequence,
            employee_id: Some(caller.employee.clone()),
            // Attempts do not follow from each other: each is its own chain.
            causation_id: event_id,
            correlation_id: event_id,
            occurred_at,
            schema_version: AccessRefused::VERSION,
            traceparent: None,
        };
        let event = Recorded {
            source: AccessRefused::PRODUCER.source(),
            detail_type: AccessRefused::NAME.into(),
            detail: Envelope {
                meta,
                data: serde_json::to_value(fact)?,
            },
        };
        let action = action_id.map_or("unnamed", |id| id.as_str());
        Ok(JournalRow {
            aggregate_id: aggregate.clone(),
            sequence,
            // Trying again is another attempt: the sequence keeps the two apart.
            cause_key: format!("refused:{action}#{sequence}"),
            result: Value::Null,
            event: serde_json::to_string(&event)?,
            event_type: AccessRefused::NAME.into(),
            correlation_id: event_id,
            occurred_at,
        })
    }

    async fn last(&self, aggregate: &AggregateId) -> Result<u64, HandlerError> {
        let answer = self
            .dynamo
            .query()
            .table_name(&self.journal)
            .consistent_read(true)
            .key_condition_expression("aggregateId = :aggregate")
            .expression_attribute_values(":aggregate", AttributeValue::S(aggregate.to_string()))
            .scan_index_forward(false)
            .limit(1)
            .send()
            .await?;
        let newest = answer.items.unwrap_or_default().into_iter().next();
        let newest: Option<JournalRow> = newest.map(serde_dynamo::from_item).transpose()?;
        Ok(newest.map_or(0, |row| row.sequence))
    }

    async fn put(&self, row: &JournalRow) -> Result<bool, HandlerError> {
        let outcome = self
            .dynamo
            .put_item()
            .table_name(&self.journal)
            .set_item(Some(serde_dynamo::to_item(row)?))
            .condition_expression("attribute_not_exists(aggregateId)")
            .send()
            .await;
        match outcome {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}
