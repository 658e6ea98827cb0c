//! `sojourn contracts`: what others rely on, written from the Rust types and held to what was released.

mod check;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use contracts::{committed, generated};

use super::CommandError;
use super::up::repository;

pub use check::{judged, release_as_it_is};

#[derive(Subcommand)]
pub enum Action {
    /// Write every schema, example, type and page below events-schema/, from the Rust types alone.
    Generate,
    /// The gate: compare with what was released last, and say what breaks and who is hit. Exit status 1 if refused.
    Check(check::CheckArgs),
    /// Take the present schemas as released: what `check` compares with from now on.
    Release,
}

pub fn contracts(action: &Action, folder: Option<PathBuf>) -> Result<ExitCode, CommandError> {
    let repository = folder.unwrap_or_else(repository);
    match action {
        Action::Generate => {
            let files = generated(&committed::consumers(&repository)?)?;
            let changed = committed::write(&repository, &files)?;
            println!(
                "{} files below events-schema/, {changed} of them changed",
                files.len()
            );
            Ok(ExitCode::SUCCESS)
        }
        Action::Check(args) => check::check(&repository, args),
        Action::Release => {
            let count = release_as_it_is(&repository)?;
            println!("{count} events released: events-schema/released/");
            Ok(ExitCode::SUCCESS)
        }
    }
}
