//! `sojourn events BOOKING`: what happened, in order, and why.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use aws_sdk_dynamodb::Client;
use events_schema::ids::BookingId;
use events_schema::rows::JournalRow;
use lambda_host::history::History;

use super::connection::Connection;
use super::{CommandError, outside};

/// As the template names it: stack and logical id.
pub(super) const JOURNAL: &str = "JournalTable";

pub(super) async fn events(
    booking: &BookingId,
    json: bool,
    data: Option<PathBuf>,
) -> Result<ExitCode, CommandError> {
    let connection = Connection::running(data).await?;
    let dynamo = Client::new(&outside::sdk_config(&connection.running));
    let journal = table(&dynamo, JOURNAL).await?;
    let rows = History::new(dynamo, journal).all(&(*booking).into()).await?;
    if rows.is_empty() {
        return Err(format!("there is no booking {booking}").into());
    }
    let mut out = std::io::stdout().lock();
    for row in &rows {
        if json {
            writeln!(out, "{}", row.event)?;
        } else {
            print(&mut out, row, &rows)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print(out: &mut impl Write, row: &JournalRow, rows: &[JournalRow]) -> Result<(), CommandError> {
    let recorded = row.recorded()?;
    let meta = &recorded.detail.meta;
    let cause = rows
        .iter()
        .find(|other| other.sequence < row.sequence && is(other, meta.causation_id));
    let because = match cause {
        Some(cause) => format!("after {} {}", cause.sequence, cause.event_type),
        None => "the first".into(),
    };
    writeln!(
        out,
        "{:>3}  {}  {:<30} {}",
        row.sequence,
        clock(row),
        row.event_type,
        because
    )?;
    writeln!(out, "     by {}", row.cause_key)?;
    writeln!(out, "     {}", recorded.detail.data)?;
    Ok(())
}

fn is(row: &JournalRow, event: events_schema::ids::EventId) -> bool {
    events_schema::ids::EventId::of(&row.aggregate_id, row.sequence) == event
}

fn clock(row: &JournalRow) -> String {
    row.occurred_at.strftime("%Y-%m-%d %H:%M:%S%.3fZ").to_string()
}

/// The table the stack made for `logical_id`.
pub(super) async fn table(dynamo: &Client, logical_id: &str) -> Result<String, CommandError> {
    let tables = dynamo.list_tables().send().await?;
    let found = tables
        .table_names()
        .iter()
        .find(|name| name.ends_with(logical_id))
        .cloned();
    found.ok_or_else(|| format!("the running template has no {logical_id}").into())
}
