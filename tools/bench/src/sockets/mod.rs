//! `bench sockets`: what an idle socket costs, and how long a person waits for what has changed.
//!
//! All of Sojourn is a process of its own. Thousands of sockets are opened, each by a person of its own, and left alone:
//! what its memory grows by is theirs. Then the sample people make their bookings with the idle sockets still open.
//! A wait is counted from `occurredAt` of the event, read before its transaction begins, to the frame in the
//! traveller's hand.

mod files;
mod idle;
mod trips;
mod waits;

use std::time::Duration;

use clap::Args;
use serde_json::json;
use sojourn::running::Running;

use crate::process::{self, Started, free_port};
use crate::rounds::percentile;
use crate::{BenchError, table};
use waits::Waits;

/// How long the process is left alone before its memory is read.
const QUIET: Duration = Duration::from_secs(5);
/// How often the server's note is looked for: ten seconds, which a busy machine takes.
const LOOKS: u32 = 1_000;
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How many events are named as slow.
const SLOWEST: usize = 5;
const GOAL_MB: f64 = 150.0;
const GOAL_MS: f64 = 100.0;

#[derive(Args)]
pub struct SocketsArgs {
    /// Sockets that are opened and left alone.
    #[arg(long, default_value_t = 10_000)]
    sockets: usize,
    /// Bookings made meanwhile, by the sample people.
    #[arg(long, default_value_t = 50)]
    bookings: usize,
    /// How many of the sample people book at the same time, 1 to 4, each one trip after the other.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=4))]
    people: u8,
    /// Milliseconds that a person looks at options and prices before they answer. 0 finds out how the waits are when the
    /// machine is all taken.
    #[arg(long, default_value_t = 1_000)]
    reads_ms: u64,
    /// One JSON document instead of the table.
    #[arg(long)]
    json: bool,
}

struct Memory {
    before_mb: f64,
    after_mb: f64,
    /// With the bookings made.
    end_mb: f64,
}

pub async fn run(args: SocketsArgs) -> Result<(), BenchError> {
    files::allow(args.sockets)?;
    let data = tempfile::tempdir()?;
    let mut started = process::sojourn(free_port()?, data.path(), None)?;
    started.first_answer().await?;
    let running = noted(data.path()).await?;
    let before_mb = quiet(&started).await?;
    eprintln!("opening {} sockets", args.sockets);
    let open = idle::open(&running, data.path(), args.sockets).await?;
    let after_mb = quiet(&started).await?;
    eprintln!("making {} bookings", args.bookings);
    let pace = trips::Pace {
        people: usize::from(args.people),
        reads: Duration::from_millis(args.reads_ms),
    };
    let made = trips::make(&running, data.path(), args.bookings, pace).await?;
    let waits = waits::of(&started, &made).await?;
    let still_open = open.still_open().await;
    let memory = Memory {
        before_mb,
        after_mb,
        end_mb: quiet(&started).await?,
    };
    started.stop().await?;
    if still_open < args.sockets {
        return Err(format!("of {} sockets only {still_open} stayed open", args.sockets).into());
    }
    report(&args, &memory, &made, &waits);
    Ok(())
}

async fn quiet(started: &Started) -> Result<f64, BenchError> {
    tokio::time::sleep(QUIET).await;
    started.resident_mb()
}

/// The note that `up` leaves once everything listens.
async fn noted(data: &std::path::Path) -> Result<Running, BenchError> {
    for _ in 0..LOOKS {
        if let Some(running) = Running::find(data).await {
            return Ok(running);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Err("the server left no note of where it listens".into())
}

#[allow(clippy::print_stdout, reason = "the benchmark's answer")]
fn report(args: &SocketsArgs, memory: &Memory, made: &trips::Made, waits: &Waits) {
    let of_sockets = memory.after_mb - memory.before_mb;
    let per_10_000 = of_sockets * 10_000.0 / args.sockets.max(1) as f64;
    let wait = |part: f64| percentile(&waits.all, part).unwrap_or_default();
    let (p50, p99, longest) = (wait(0.5), wait(0.99), wait(1.0));
    if args.json {
        let document = json!({
            "sockets": args.sockets, "bookings": args.bookings, "people": args.people,
            "readsMs": args.reads_ms,
            "residentMb": { "before": memory.before_mb, "idle": memory.after_mb, "end": memory.end_mb },
            "mbPer10000": per_10_000, "confirmed": made.confirmed, "frames": waits.all.len(),
            "waitMs": { "p50": p50, "p99": p99, "longest": longest },
            "waitMsByEvent": waits.by_event,
        });
        println!("{document}");
        return;
    }
    let row = |what: &str, value: String, goal: String| vec![what.to_owned(), value, goal];
    let rows = [
        row("", "measured".into(), "goal".into()),
        row(
            "resident before, MB",
            format!("{:.1}", memory.before_mb),
            String::new(),
        ),
        row(
            &format!("with {} idle sockets, MB", args.sockets),
            format!("{:.1}", memory.after_mb),
            String::new(),
        ),
        row(
            "  for each 10,000, MB",
            format!("{per_10_000:.1}"),
            format!("≤ {GOAL_MB:.0}"),
        ),
        row(
            "after the bookings, MB",
            format!("{:.1}", memory.end_mb),
            String::new(),
        ),
        row(
            "bookings confirmed",
            format!("{} of {}", made.confirmed, args.bookings),
            String::new(),
        ),
        row(
            "  a second",
            format!("{:.1}", args.bookings as f64 / made.took.as_secs_f64()),
            String::new(),
        ),
        row("frames", waits.all.len().to_string(), String::new()),
        row(
            "state change to frame, median, ms",
            format!("{p50:.1}"),
            String::new(),
        ),
        row(
            "  99 of 100 within, ms",
            format!("{p99:.1}"),
            format!("≤ {GOAL_MS:.0}"),
        ),
        row("  longest, ms", format!("{longest:.1}"), String::new()),
    ];
    println!(
        "{} people booking at once, {} ms before each answer; {} idle sockets\n",
        args.people, args.reads_ms, args.sockets
    );
    table::lines(&rows).iter().for_each(|line| println!("{line}"));
    println!();
    let slowest = slowest(waits);
    table::lines(&slowest).iter().for_each(|line| println!("{line}"));
}

/// Which events' frames come late.
fn slowest(waits: &Waits) -> Vec<Vec<String>> {
    let mut events: Vec<_> = waits.by_event.iter().collect();
    let longest = |waits: &[f64]| percentile(waits, 1.0).unwrap_or_default();
    events.sort_by(|(_, one), (_, other)| longest(other).total_cmp(&longest(one)));
    let head = ["the slowest", "median, ms", "longest, ms"]
        .map(str::to_owned)
        .to_vec();
    let rows = events.into_iter().take(SLOWEST).map(|(event, waits)| {
        let median = percentile(waits, 0.5).unwrap_or_default();
        vec![
            event.clone(),
            format!("{median:.1}"),
            format!("{:.1}", longest(waits)),
        ]
    });
    std::iter::once(head).chain(rows).collect()
}
