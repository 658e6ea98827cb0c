//! `bench cloud`: the local cloud beside [ministack](https://pypi.org/project/ministack/), measured in turns.
//!
//! Both are processes of their own, spoken with over HTTP by the same client ([`crate::wire`]): keep-alive connections, each
//! with one request under way. Rounds alternate between the two, so that what else the machine does hits both. Ours
//! keeps everything in files and survives `kill -9` meanwhile; ministack keeps everything in memory.

mod ministack;
mod report;
mod work;

use std::path::Path;
use std::time::Duration;

use clap::Args;

use crate::BenchError;
use crate::process::{self, Started, free_port};
use crate::wire::Client;
use ministack::Ministack;
use report::{Measured, Report};
use work::Work;

const HOSTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/hosted/template.yaml");
/// How long a process is left alone before its memory is read.
const QUIET: Duration = Duration::from_secs(3);

#[derive(Args)]
pub struct CloudArgs {
    /// How often everything is measured.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Connections, each with one request under way at a time.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// Events, items or executions in a round.
    #[arg(long, default_value_t = 2_000)]
    size: usize,
    /// Only ours, without ministack.
    #[arg(long)]
    alone: bool,
    /// One JSON document instead of the table.
    #[arg(long)]
    json: bool,
}

/// Whom to measure.
enum Cloud {
    /// With this template.
    Ours(&'static str),
    /// The whole of Sojourn: its own template, every function, samples seeded.
    Sojourn,
    Ministack(Ministack),
}

impl Cloud {
    fn name(&self) -> &'static str {
        match self {
            Self::Ours(_) => "local cloud",
            Self::Sojourn => "all of sojourn",
            Self::Ministack(_) => "ministack",
        }
    }

    fn start(&self, data: &Path) -> Result<Started, BenchError> {
        let port = free_port()?;
        match self {
            Self::Ours(template) => process::sojourn(port, data, Some(template)),
            Self::Sojourn => process::sojourn(port, data, None),
            Self::Ministack(ministack) => ministack.start(port, data),
        }
    }

    /// ministack knows no template: it is told through its API.
    async fn furnish(&self, client: &Client) -> Result<(), BenchError> {
        match self {
            Self::Ministack(_) => ministack::furnish(client).await,
            Self::Ours(_) | Self::Sojourn => Ok(()),
        }
    }
}

pub async fn run(args: CloudArgs) -> Result<(), BenchError> {
    let mut clouds = vec![Cloud::Ours(HOSTED)];
    let mut skipped = None;
    if !args.alone {
        match Ministack::install().await {
            Ok(ministack) => clouds.push(Cloud::Ministack(ministack)),
            Err(why) => skipped = Some(why.to_string()),
        }
    }
    if let Some(why) = &skipped {
        eprintln!("ministack is skipped, so nothing is compared: {why}");
    }
    let mut report = Report::new(args.connections, args.size, skipped);
    for round in 1..=args.rounds {
        for cloud in &clouds {
            eprintln!("round {round} of {}: {}", args.rounds, cloud.name());
            measure(cloud, &args, round, &mut report).await?;
        }
        eprintln!("round {round} of {}: {}", args.rounds, Cloud::Sojourn.name());
        start_and_rest(&Cloud::Sojourn, &mut report).await?;
    }
    report.print(args.json)
}

/// One process, from its start to its end, through everything.
async fn measure(
    cloud: &Cloud,
    args: &CloudArgs,
    round: usize,
    report: &mut Report,
) -> Result<(), BenchError> {
    let data = tempfile::tempdir()?;
    let started = rested(cloud, data.path(), report).await?;
    let client = Client::new(started.port);
    cloud.furnish(&client).await?;
    for work in Work::ALL {
        let elapsed = work.run(&client, args.connections, args.size, round).await?;
        let rate = args.size as f64 / elapsed.as_secs_f64();
        report.add(cloud.name(), Measured::Rate(work), rate);
    }
    started.stop().await
}

async fn start_and_rest(cloud: &Cloud, report: &mut Report) -> Result<(), BenchError> {
    let data = tempfile::tempdir()?;
    rested(cloud, data.path(), report).await?.stop().await
}

async fn rested(cloud: &Cloud, data: &Path, report: &mut Report) -> Result<Started, BenchError> {
    let mut started = cloud.start(data)?;
    let first_answer = started.first_answer().await?;
    report.add(cloud.name(), Measured::StartUp, first_answer.as_secs_f64());
    tokio::time::sleep(QUIET).await;
    let resident = started.resident_mb()?;
    report.add(cloud.name(), Measured::Memory, resident);
    Ok(started)
}
