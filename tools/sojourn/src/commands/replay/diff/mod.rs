//! `replay diff`: what the code you have now would have said, beside what was said.
//!
//! Each reaction in history is run again by itself, on exactly what it reacted to: the booking's head and Journal as they
//! stood then, the clock at that moment, the model's answer from the record. The function is the real one; the only way
//! out of it is [`fence`], which lets it read, keeps what it would write, and does neither. So one change shows where it
//! is made, and not in everything after it. What others answered is taken as it was: suppliers, people, the state
//! machine's tasks.

mod compare;
mod fence;
mod rerun;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use ::replay::journal::{Journal, Selection};
use clap::Args;
use events_schema::ids::{AggregateId, BookingId};
use events_schema::rows::JournalRow;
use jiff::Timestamp;
use lambda_host::history::History;

use super::bar;
use super::place::local;
use super::selected::time;
use crate::commands::CommandError;
use crate::commands::connection::Connection;
use crate::commands::up::now;
use compare::Difference;
use lambda_host::counted::counted;
use rerun::Rerun;

#[derive(Args)]
pub struct DiffArgs {
    /// Only these bookings.
    bookings: Vec<BookingId>,
    /// The same, as the other replay commands take it.
    #[arg(long = "booking", value_name = "BOOKING")]
    named: Vec<BookingId>,
    /// Bookings asked for from this time on: 2026-11-01 or 2026-11-01T09:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<Timestamp>,
    /// Bookings asked for up to this time.
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<Timestamp>,
    /// One JSON document a difference, a line each.
    #[arg(long)]
    json: bool,
}

/// What came of running history again.
#[derive(Default)]
pub struct Outcome {
    pub bookings: usize,
    /// Reactions run again.
    pub run: usize,
    pub differences: Vec<Difference>,
    /// Events taken as they were said, by who said them.
    pub taken: BTreeMap<String, usize>,
    /// Calls that the fence refused or only pretended to make, besides the transitions it kept.
    pub withheld: BTreeMap<String, usize>,
}

pub(super) async fn diff(args: &DiffArgs, data: Option<PathBuf>) -> Result<ExitCode, CommandError> {
    let connection = Connection::on(data).await?;
    let stack = local(&connection).await?;
    let journal = Journal::of(&stack);
    let named: Vec<AggregateId> = args
        .bookings
        .iter()
        .chain(&args.named)
        .map(|booking| (*booking).into())
        .collect();
    let bookings = match named.is_empty() {
        false => named,
        true => asked_for(&journal, args).await?,
    };
    let history = History::new(stack.dynamo.clone(), &stack.journal);
    let rerun = Rerun::new(&connection)?;
    let mut outcome = Outcome::default();
    let bar = bar::bookings(bookings.len() as u64);
    for booking in &bookings {
        let rows = history.all(booking).await?;
        if rows.is_empty() {
            return Err(format!("there is no booking {booking}").into());
        }
        again(&rerun, &rows, &mut outcome).await?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    print(&outcome, args.json)?;
    Ok(match outcome.differences.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

async fn asked_for(journal: &Journal, args: &DiffArgs) -> Result<Vec<AggregateId>, CommandError> {
    let span = Selection::Time {
        from: args.since.unwrap_or(Timestamp::UNIX_EPOCH),
        until: args.until.unwrap_or_else(now),
    };
    let mut events = journal
        .events(&span, &["BookingRequested".into()], None, 1_000)
        .await?;
    let mut found = Vec::new();
    while let Some(portion) = events.next().await? {
        found.extend(portion.rows.into_iter().map(|row| row.aggregate_id));
    }
    Ok(found)
}

/// One booking: each event that was a reaction, in order.
async fn again(rerun: &Rerun, rows: &[JournalRow], outcome: &mut Outcome) -> Result<(), CommandError> {
    outcome.bookings += 1;
    for index in 0..rows.len() {
        let Some(function) = rerun.reaction(rows, index) else {
            let source = rows[index].recorded()?.source;
            *outcome.taken.entry(source).or_default() += 1;
            continue;
        };
        let said = rerun.run(function, rows, index).await?;
        outcome.run += 1;
        for call in said.withheld {
            *outcome.withheld.entry(call).or_default() += 1;
        }
        outcome
            .differences
            .extend(compare::compare(&rows[index], said.outcome)?);
    }
    Ok(())
}

fn print(outcome: &Outcome, json: bool) -> Result<(), CommandError> {
    let mut out = std::io::stdout().lock();
    for difference in &outcome.differences {
        match json {
            true => writeln!(out, "{}", serde_json::to_string(difference)?)?,
            false => writeln!(out, "{difference}")?,
        }
    }
    if json {
        return Ok(());
    }
    let Outcome {
        bookings,
        run,
        differences,
        ..
    } = outcome;
    let differ = differences.len();
    writeln!(
        out,
        "{}, {} run again: {} as they were, {differ} differ",
        counted(*bookings, "booking", "bookings"),
        counted(*run, "reaction", "reactions"),
        run - differ
    )?;
    let listed = |of: &BTreeMap<String, usize>| {
        let each: Vec<_> = of.iter().map(|(name, times)| format!("{name} {times}")).collect();
        if each.is_empty() {
            "none".to_owned()
        } else {
            each.join(", ")
        }
    };
    writeln!(out, "taken as recorded: {}", listed(&outcome.taken))?;
    writeln!(out, "effects withheld: {}", listed(&outcome.withheld))?;
    Ok(())
}
