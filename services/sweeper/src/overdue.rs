//! The sparse index of bookings by due time, and the count of tries on the head.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::rows::BookingRow;
use jiff::Timestamp;
use lambda_host::head::BookingKey;
use lambda_host::{ConfigError, Runtime};
use serde::Deserialize;

use crate::decide::PAUSE;

/// More than a sweep can help within its time; the rest is older next time and comes first.
const MOST: usize = 500;

pub(crate) struct Overdue {
    dynamo: Client,
    table: String,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum OverdueError {
    #[error("the index of due bookings could not be read")]
    Query(#[source] Box<aws_sdk_dynamodb::Error>),
    #[error("an entry of the index of due bookings does not have its shape")]
    Row(#[from] serde_dynamo::Error),
    #[error("the try could not be counted")]
    Count(#[source] Box<aws_sdk_dynamodb::Error>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    employee_id: events_schema::ids::EmployeeId,
    booking_id: events_schema::ids::BookingId,
}

impl Overdue {
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            dynamo: Client::new(&runtime.aws),
            table: runtime.setting("BOOKINGS_TABLE")?.into(),
        })
    }

    /// Longest overdue first.
    pub async fn keys(&self, now: Timestamp) -> Result<Vec<BookingKey>, OverdueError> {
        let mut items = self
            .dynamo
            .query()
            .table_name(&self.table)
            .index_name("byDue")
            .key_condition_expression("duePartition = :open AND dueAt <= :now")
            .expression_attribute_values(":open", AttributeValue::S(BookingRow::OPEN.into()))
            .expression_attribute_values(":now", AttributeValue::N(now.as_second().to_string()))
            .into_paginator()
            .items()
            .send();
        let mut keys = Vec::new();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| OverdueError::Query(Box::new(error.into())))?;
            let entry: Entry = serde_dynamo::from_item(item)?;
            keys.push(BookingKey::new(entry.employee_id, entry.booking_id));
            if keys.len() == MOST {
                break;
            }
        }
        Ok(keys)
    }

    /// Counts a try and puts off the next. A booking that moved on meanwhile keeps its new due time.
    pub async fn count(&self, head: &BookingRow, now: Timestamp) -> Result<(), OverdueError> {
        let key = BookingKey::new(head.employee_id.clone(), head.booking_id);
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.attributes()))
            .update_expression("SET sweeps = :sweeps, dueAt = :next")
            .condition_expression("#sequence = :sequence AND attribute_exists(dueAt)")
            .expression_attribute_names("#sequence", "sequence")
            .expression_attribute_values(":sweeps", AttributeValue::N((head.sweeps + 1).to_string()))
            .expression_attribute_values(":next", AttributeValue::N((now + PAUSE).as_second().to_string()))
            .expression_attribute_values(":sequence", AttributeValue::N(head.sequence.to_string()))
            .send()
            .await;
        match outcome.map_err(|error| error.into_service_error()) {
            Ok(_) => Ok(()),
            Err(error) if error.is_conditional_check_failed_exception() => Ok(()),
            Err(error) => Err(OverdueError::Count(Box::new(error.into()))),
        }
    }
}
