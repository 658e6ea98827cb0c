//! Whether somebody has a live connection, and sees on it what happens.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::EmployeeId;
use events_schema::rows::ConnectionRow;
use jiff::Timestamp;
use lambda_host::HandlerError;

pub struct Connections {
    dynamo: Client,
    table: String,
}

impl Connections {
    pub fn new(dynamo: Client, table: &str) -> Self {
        Self {
            dynamo,
            table: table.into(),
        }
    }

    /// A connection that died unnoticed counts for at most as long as the heartbeat takes to find it. One that has missed
    /// a frame does not: nobody knows what was seen on it.
    pub async fn has(&self, person: &EmployeeId, now: Timestamp) -> Result<bool, HandlerError> {
        let items = self
            .dynamo
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("employeeId = :employee")
            .filter_expression("attribute_not_exists(behindSince)")
            .expression_attribute_values(":employee", AttributeValue::S(person.to_string()))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await?;
        let rows: Vec<ConnectionRow> = serde_dynamo::from_items(items)?;
        Ok(rows.iter().any(|row| row.ttl > now.as_second()))
    }
}
