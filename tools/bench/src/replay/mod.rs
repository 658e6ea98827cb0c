//! Replays of the local cloud's archive, and what it costs to hold an event to its schema.
//!
//! Two replays of one archive of real events (the examples of all types, over and over, a thousand a minute): one to a
//! rule whose pattern looks into one type's data, so that the archive is looked through for a few; and one to a rule
//! that selects all, into a consumer that counts. Both end when the last delivery is settled.

mod archive;
mod schemas;

use clap::Args;
use serde::Serialize;

use crate::table::lines;
use crate::{BenchError, rounds::Spread};

#[derive(Args)]
pub struct ReplayArgs {
    /// Events in the archive that is looked through.
    #[arg(long, value_name = "N", default_value_t = 500_000)]
    events: usize,
    /// Of them, how many are replayed into the counting consumer.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    deliveries: usize,
    #[arg(long, value_name = "N", default_value_t = 3)]
    rounds: usize,
    /// One JSON document instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    events: usize,
    mean_bytes: usize,
    selected: u64,
    /// Events looked through in a second.
    scan: Option<Spread>,
    delivered: u64,
    /// Events delivered in a second.
    into_consumer: Option<Spread>,
    /// Microseconds an event.
    schema: Option<Spread>,
    typed: Option<Spread>,
}

pub async fn run(args: ReplayArgs) -> Result<(), BenchError> {
    let measured = archive::measure(args.events, args.deliveries, args.rounds).await?;
    let (schema, typed) = schemas::measure(args.rounds)?;
    let report = Report {
        events: args.events,
        mean_bytes: measured.bytes / args.events.max(1),
        selected: measured.selected,
        scan: Spread::of(&measured.scan),
        delivered: measured.delivered,
        into_consumer: Spread::of(&measured.into_consumer),
        schema: Spread::of(&schema),
        typed: Spread::of(&typed),
    };
    match args.json {
        true => println!("{}", serde_json::to_string(&report)?),
        false => print(&report),
    }
    Ok(())
}

fn print(report: &Report) {
    println!(
        "{} events of {} bytes in the archive; the pattern selects {}, {} are delivered\n",
        report.events, report.mean_bytes, report.selected, report.delivered
    );
    let row = |what: &str, spread: &Option<Spread>, digits: usize| {
        let cells = spread
            .as_ref()
            .map(|spread| [spread.median, spread.min, spread.max]);
        let cells = cells
            .into_iter()
            .flatten()
            .map(|value| format!("{value:.digits$}"));
        std::iter::once(what.to_owned()).chain(cells).collect::<Vec<_>>()
    };
    let heading = ["", "median", "min", "max"].map(str::to_owned).to_vec();
    let rows = [
        heading,
        row("archive looked through by a pattern, events/s", &report.scan, 0),
        row(
            "replayed into a counting consumer, events/s",
            &report.into_consumer,
            0,
        ),
        row("held to its JSON Schema, µs an event", &report.schema, 1),
        row("read into its Rust type, µs an event", &report.typed, 1),
    ];
    lines(&rows).iter().for_each(|line| println!("{line}"));
}
