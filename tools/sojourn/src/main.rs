//! `cargo run`: starts the local cloud; `cargo run -- book "…"`: travels.

use std::process::ExitCode;

use clap::Parser;
use sojourn::commands::{self, Cli};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    commands::log(&cli);
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
