//! `sojourn audit BOOKING`: who did what, on which evidence, and whether the chain holds.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use audit::AuditRow;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::BookingId;

use super::connection::Connection;
use super::events::table;
use super::{CommandError, outside};

/// As the template names it.
const AUDIT_LOG: &str = "AuditLogTable";
/// Of a hash, enough to tell rows apart by eye.
const SHOWN: usize = 12;

pub(super) async fn audit(
    booking: &BookingId,
    json: bool,
    data: Option<PathBuf>,
) -> Result<ExitCode, CommandError> {
    let connection = Connection::running(data).await?;
    let rows = read(&Client::new(&outside::sdk_config(&connection.running)), booking).await?;
    if rows.is_empty() {
        return Err(format!("there is no audit trail for booking {booking}").into());
    }
    let mut out = std::io::stdout().lock();
    for row in &rows {
        if json {
            writeln!(out, "{}", serde_json::to_string(row)?)?;
        } else {
            print(&mut out, row)?;
        }
    }
    match audit::verify(&rows) {
        Ok(()) if json => {}
        Ok(()) => writeln!(
            out,
            "\n{} entries, none missing; the chain of hashes holds.",
            rows.len()
        )?,
        Err(broken) => return Err(format!("the audit trail was tampered with: {broken}").into()),
    }
    Ok(ExitCode::SUCCESS)
}

async fn read(dynamo: &Client, booking: &BookingId) -> Result<Vec<AuditRow>, CommandError> {
    let mut items = dynamo
        .query()
        .table_name(table(dynamo, AUDIT_LOG).await?)
        .key_condition_expression("bookingId = :booking")
        .expression_attribute_values(":booking", AttributeValue::S(booking.to_string()))
        .consistent_read(true)
        .into_paginator()
        .items()
        .send();
    let mut rows = Vec::new();
    while let Some(item) = items.next().await {
        rows.push(serde_dynamo::from_item(item?)?);
    }
    Ok(rows)
}

fn print(out: &mut impl Write, row: &AuditRow) -> std::io::Result<()> {
    let place = row.audit_id.trim_start_matches('0');
    let at = row.timestamp.strftime("%Y-%m-%d %H:%M:%S%.3fZ");
    let on_behalf = row
        .on_behalf_of
        .as_ref()
        .map(|id| format!(" for {id}"))
        .unwrap_or_default();
    writeln!(
        out,
        "{place:>3}  {at}  {:<30} {}{on_behalf}",
        row.action, row.actor
    )?;
    writeln!(out, "     evidence {}", row.evidence)?;
    writeln!(
        out,
        "     hash {} after {}",
        &row.hash[..SHOWN],
        &row.previous_hash[..SHOWN]
    )
}
