//! `sojourn trace BOOKING`: who reacted to what, and how long it took, from the request to where the booking stands.
//!
//! Made from what every deployment keeps, Journal and the executions' histories, so nothing must have been recorded
//! for it and it works for a booking of last month. [`tree`] puts it together, [`machine`] reads the histories.

mod machine;
mod tree;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use aws_sdk_dynamodb::Client;
use events_schema::ids::{AggregateId, BookingId};
use events_schema::rows::JournalRow;
use jiff::SignedDuration;
use lambda_host::history::History;
use lambda_host::trace::TraceContext;
use serde_json::json;

use super::connection::Connection;
use super::events::{JOURNAL, table};
use super::{CommandError, outside};
use tree::{Kind, Said, Span};

pub(super) async fn trace(
    booking: &BookingId,
    json: bool,
    data: Option<PathBuf>,
) -> Result<ExitCode, CommandError> {
    let connection = Connection::running(data).await?;
    let config = outside::sdk_config(&connection.running);
    let dynamo = Client::new(&config);
    let journal = table(&dynamo, JOURNAL).await?;
    let aggregate = AggregateId::from(*booking);
    let rows = History::new(dynamo, journal).all(&aggregate).await?;
    let said = rows.iter().map(Said::read).collect::<Result<Vec<_>, _>>()?;
    let runs = machine::runs(&aws_sdk_sfn::Client::new(&config), &executions(&rows)).await?;
    let spans = tree::spans(&said, &runs);
    let (Some(first), Some(last)) = (said.first(), said.last()) else {
        return Err(format!("there is no booking {booking}").into());
    };
    let mut out = std::io::stdout().lock();
    let trace = TraceContext::of_first_event(&aggregate).trace_id();
    if json {
        for span in &spans {
            writeln!(out, "{}", document(&trace, span))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let elapsed = span_of_time(last.at.duration_since(first.at));
    writeln!(
        out,
        "trace {trace}: {} events in {elapsed}, from {}\n",
        said.len(),
        first.at.strftime("%Y-%m-%d %H:%M:%S%.3fZ")
    )?;
    for span in &spans {
        writeln!(out, "{}", line(first, span))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The executions that made transitions of the booking, by ARN.
fn executions(rows: &[JournalRow]) -> BTreeSet<String> {
    let by_machine = rows.iter().filter(|row| row.cause_key.starts_with("arn:"));
    let arn = |row: &JournalRow| Some(row.cause_key.rsplit_once(':')?.0.to_owned());
    by_machine.filter_map(arn).collect()
}

/// `+120 ms   12 ms    PolicyRetrieved   sojourn.policy`, indented by depth.
fn line(first: &Said, span: &Span) -> String {
    let offset = format!("+{}", span_of_time(span.at.duration_since(first.at)));
    let took = span.took.map(span_of_time).unwrap_or_default();
    let name = format!("{:width$}{}", "", span.name, width = 2 * span.depth);
    format!("{offset:>12}  {took:>10}  {name:<36}  {}", span.by)
        .trim_end()
        .to_owned()
}

fn document(trace: &str, span: &Span) -> serde_json::Value {
    let kind = match span.kind {
        Kind::Event => "event",
        Kind::Execution => "execution",
        Kind::State => "state",
    };
    json!({
        "trace": trace, "span": span.id, "parent": span.parent, "kind": kind, "name": span.name, "by": span.by,
        "at": span.at, "ms": span.took.map(|took| took.as_millis()),
    })
}

/// Two figures of what matters: `12 ms`, `3.4 s`, `2 min 5 s`, `3 h 20 min`.
fn span_of_time(time: SignedDuration) -> String {
    let ms = time.as_millis();
    match ms {
        ..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        60_000..3_600_000 => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
        _ => format!("{} h {} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
}

#[cfg(test)]
mod tests {
    //! Words; the rest is tested through the binary.

    use super::*;

    #[test]
    fn times_are_told_in_figures_that_matter() {
        let told = |ms| span_of_time(SignedDuration::from_millis(ms));
        assert_eq!(told(12), "12 ms");
        assert_eq!(told(3_456), "3.4 s");
        assert_eq!(told(125_000), "2 min 5 s");
        assert_eq!(told(12_000_000), "3 h 20 min");
    }
}
