//! Benchmarks, one subcommand and one file (or folder) each: `cargo run --release -p bench -- --help`.
//!
//! They say what a number was measured with, and never decide a test. Each starts the servers that it measures, on
//! loopback and on free ports, and ends them.

mod cloud;
mod drafts;
mod options;
mod process;
mod replay;
mod retrieval;
mod rounds;
mod sockets;
mod table;
mod wire;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measures Sojourn on this machine. Build with --release: a debug build says nothing.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    benchmark: Benchmark,
}

#[derive(Subcommand)]
enum Benchmark {
    /// The local cloud beside ministack: rates over HTTP, start-up, idle memory.
    Cloud(cloud::CloudArgs),
    /// Idle sockets and their memory, and how long people wait for frames while others book.
    Sockets(sockets::SocketsArgs),
    /// The offline search for a policy's clauses: recall@5, recognised silence, milliseconds a query.
    Retrieval(retrieval::RetrievalArgs),
    /// Rules drafted by patterns from labelled clauses: how many are right, and how many of those stated are found.
    Drafts(drafts::DraftsArgs),
    /// Random trips through search and compliance, beside every combination there is: choice, price, policy, latency.
    Options(options::OptionsArgs),
    /// Replays: an archive looked through by a pattern, into a counting consumer; an event held to its schema.
    Replay(replay::ReplayArgs),
    /// The `sojourn` command, in this binary: what the benchmarks start as a process of its own.
    #[command(hide = true, disable_help_flag = true)]
    Sojourn {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// An error for a person: what went wrong, and its causes.
type BenchError = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    // As the command has it, which is measured in a process of its own and by this binary.
    let outcome = match sojourn::runtime::runtime() {
        Ok(runtime) => runtime.block_on(run(Cli::parse().benchmark)),
        Err(error) => Err(error.into()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("bench: {}", sojourn::commands::report(error.as_ref()));
        ExitCode::FAILURE
    })
}

async fn run(benchmark: Benchmark) -> Result<ExitCode, BenchError> {
    match benchmark {
        Benchmark::Cloud(args) => cloud::run(args).await.map(|()| ExitCode::SUCCESS),
        Benchmark::Sockets(args) => sockets::run(args).await.map(|()| ExitCode::SUCCESS),
        Benchmark::Retrieval(args) => retrieval::run(&args).map(|()| ExitCode::SUCCESS),
        Benchmark::Drafts(args) => {
            drafts::run(&args);
            Ok(ExitCode::SUCCESS)
        }
        Benchmark::Options(args) => options::run(args).await.map(|()| ExitCode::SUCCESS),
        Benchmark::Replay(args) => replay::run(args).await.map(|()| ExitCode::SUCCESS),
        Benchmark::Sojourn { arguments } => sojourn(arguments).await,
    }
}

/// What `sojourn`'s own `main` does.
async fn sojourn(arguments: Vec<String>) -> Result<ExitCode, BenchError> {
    let named = std::iter::once("sojourn".to_owned()).chain(arguments);
    let cli = sojourn::commands::Cli::parse_from(named);
    sojourn::commands::log(&cli);
    sojourn::commands::run(cli).await
}
