//! Bookings past their due time: the sparse index `byDue`, and the sweeps counted on the head.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::{BookingId, EmployeeId};
use events_schema::rows::BookingRow;
use jiff::{SignedDuration, Timestamp};
use lambda_host::HandlerError;
use lambda_host::condition::held;
use lambda_host::head::BookingKey;
use serde::Deserialize;

/// Until a booking that was published again counts as overdue again.
const NEXT_SWEEP: SignedDuration = SignedDuration::from_secs(60);

pub struct DueBookings {
    dynamo: Client,
    table: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Indexed {
    employee_id: EmployeeId,
    booking_id: BookingId,
}

impl DueBookings {
    pub fn new(dynamo: Client, table: impl Into<String>) -> Self {
        Self {
            dynamo,
            table: table.into(),
        }
    }

    /// The longest overdue first, at most `limit`. The index may lag behind: the head must be read again.
    pub async fn overdue(&self, now: Timestamp, limit: usize) -> Result<Vec<BookingKey>, HandlerError> {
        let mut pages = self
            .dynamo
            .query()
            .table_name(&self.table)
            .index_name("byDue")
            .key_condition_expression("duePartition = :open AND dueAt < :now")
            .expression_attribute_values(":open", AttributeValue::S(BookingRow::OPEN.into()))
            .expression_attribute_values(":now", AttributeValue::N(now.as_second().to_string()))
            .into_paginator()
            .page_size(100)
            .items()
            .send();
        let mut keys = Vec::new();
        while let Some(item) = pages.next().await {
            let Indexed {
                employee_id,
                booking_id,
            } = serde_dynamo::from_item(item?)?;
            keys.push(BookingKey::new(employee_id, booking_id));
            if keys.len() == limit {
                break;
            }
        }
        Ok(keys)
    }

    /// Notes a republication: unless the booking moved on, or another sweeper was faster.
    pub async fn count_sweep(&self, head: &BookingRow, now: Timestamp) -> Result<(), HandlerError> {
        let key = BookingKey::new(head.employee_id.clone(), head.booking_id);
        let number = |number: i64| AttributeValue::N(number.to_string());
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.attributes()))
            .update_expression("SET sweeps = :next, dueAt = :later")
            .condition_expression("#sequence = :sequence AND sweeps = :sweeps")
            .expression_attribute_names("#sequence", "sequence")
            .expression_attribute_values(":sequence", AttributeValue::N(head.sequence.to_string()))
            .expression_attribute_values(":sweeps", number(head.sweeps.into()))
            .expression_attribute_values(":next", number(i64::from(head.sweeps) + 1))
            .expression_attribute_values(":later", number((now + NEXT_SWEEP).as_second()))
            .send()
            .await;
        held(outcome)?;
        Ok(())
    }
}
