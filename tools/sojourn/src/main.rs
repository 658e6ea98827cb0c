//! `cargo run`: starts the local cloud; `cargo run -- book "…"`: travels.

use std::process::ExitCode;

use clap::Parser;
use sojourn::commands::{self, Cli};
use sojourn::runtime::runtime;

fn main() -> ExitCode {
    let cli = Cli::parse();
    commands::log(&cli);
    match runtime() {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => {
            eprintln!("sojourn: no threads to run on: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> ExitCode {
    match commands::run(cli).await {
        Ok(code) => code,
        // Whoever reads our output has seen enough (`| head`).
        Err(error) if commands::is_broken_pipe(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sojourn: {}", commands::report(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}
