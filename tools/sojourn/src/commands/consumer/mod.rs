//! `sojourn consumer`: those who listen, and how they are put to the test.

pub mod check;
mod hosted;
pub mod new;
mod outside;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use contracts::gate::recorded::{earlier, sample_file};
use serde_json::Value;

use super::CommandError;
use super::up::repository;

#[derive(Subcommand)]
pub enum Action {
    /// Make a working consumer: rules, a function with both retry layers, typed code, tests.
    New(new::NewArgs),
    /// Run the conformance kit: duplicates, other orders, late, replayed, older, newer and unknown deliveries.
    Check(check::CheckArgs),
}

pub async fn consumer(action: &Action, folder: Option<PathBuf>) -> Result<ExitCode, CommandError> {
    let repository = folder.unwrap_or_else(repository);
    match action {
        Action::New(args) => new::new(&repository, args),
        Action::Check(args) => check::check(&repository, args).await,
    }
}

/// Recorded events of earlier versions, by event.
pub(super) fn samples(repository: &Path) -> Result<BTreeMap<String, Vec<Value>>, CommandError> {
    let mut samples: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (event, version, _) in earlier() {
        let path = repository.join("events-schema").join(sample_file(event, version));
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        samples
            .entry(event.into())
            .or_default()
            .push(serde_json::from_str(&text)?);
    }
    Ok(samples)
}
