//! The gate, over the files of the working tree.

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use contracts::committed::{consumers, json};
use contracts::gate::recorded::{earlier, read, sample_file};
use contracts::gate::{Finding, Release, Released, in_words, judge, present};
use serde_json::Value;

use crate::commands::CommandError;
use lambda_host::counted::counted;

#[derive(Args)]
pub struct CheckArgs {
    /// Judge the schema files of this folder instead of the Rust types: a draft, before any code is changed.
    #[arg(long, value_name = "DIR")]
    schemas: Option<PathBuf>,
    /// A consumer elsewhere: the folder with its consumer.json. May be given several times.
    #[arg(long = "consumer", value_name = "DIR")]
    consumers: Vec<PathBuf>,
    /// Recorded events that the types of today must read, one a line, as `events BOOKING --json` prints them.
    #[arg(long, value_name = "FILE")]
    recorded: Option<PathBuf>,
}

pub fn check(repository: &Path, args: &CheckArgs) -> Result<ExitCode, CommandError> {
    let findings = judged(repository, args.schemas.as_deref(), &args.consumers)?;
    print!("{}", in_words(&findings));
    let mut refused = findings
        .iter()
        .filter(|finding| finding.refused.is_some())
        .count();
    if args.schemas.is_none() {
        refused += unreadable(repository, args.recorded.as_deref())?;
    }
    match refused {
        0 => println!(
            "The gate is open: {} from what was released.",
            counted(findings.len(), "event differs", "events differ")
        ),
        _ => println!("The gate is closed: {refused} refused."),
    }
    Ok(if refused == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What the gate says of the Rust types, or of the schema files in `schemas`.
pub fn judged(
    repository: &Path,
    schemas: Option<&Path>,
    others: &[PathBuf],
) -> Result<Vec<Finding>, CommandError> {
    let mut new = present();
    if let Some(folder) = schemas {
        replace_schemas(&mut new, folder)?;
    }
    let mut consumers = consumers(repository)?;
    for folder in others {
        consumers.push(json(&folder.join("consumer.json"))?);
    }
    let events_schema = repository.join("events-schema");
    let readable = |event: &str, version: u32| {
        let file = sample_file(event, version);
        let sample = json(&events_schema.join(&file)).map_err(|_| {
            format!("there is no recorded event of version {version}: put one into events-schema/{file}")
        })?;
        read(&sample)
            .map_err(|why| format!("the recorded event of version {version} is not readable any more: {why}"))
    };
    Ok(judge(&released(repository)?, &new, &consumers, readable))
}

/// A schema file that is gone is an event taken away.
fn replace_schemas(new: &mut Release, folder: &Path) -> Result<(), CommandError> {
    let mut kept = Release::default();
    for (name, mut event) in std::mem::take(&mut new.events) {
        let path = folder.join(format!("{name}.json"));
        if path.exists() {
            event.schema = json(&path)?;
            kept.events.insert(name, event);
        }
    }
    *new = kept;
    Ok(())
}

/// Prints what the types of today cannot read, and counts it.
fn unreadable(repository: &Path, recorded: Option<&Path>) -> Result<usize, CommandError> {
    let mut events: Vec<(String, Value)> = Vec::new();
    for (name, event) in released(repository)?.events {
        events.push((format!("{name} as released"), event.example));
    }
    for (event, version, until) in earlier() {
        let file = sample_file(event, version);
        let sample = json(&repository.join("events-schema").join(&file))?;
        println!("{event}: version {version} stays readable until {until}");
        events.push((file, sample));
    }
    if let Some(path) = recorded {
        let file = std::fs::File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
        for (number, line) in std::io::BufReader::new(file).lines().enumerate() {
            let at = format!("{}:{}", path.display(), number + 1);
            events.push((
                at.clone(),
                serde_json::from_str(&line?).map_err(|error| format!("{at}: {error}"))?,
            ));
        }
    }
    let bad: Vec<_> = events
        .iter()
        .filter_map(|(at, event)| read(event).err().map(|why| (at, why)))
        .collect();
    for (at, why) in &bad {
        println!("{at}: REFUSED: {why}");
    }
    println!(
        "{} of {} recorded events can be read by the types of today.",
        events.len() - bad.len(),
        events.len()
    );
    Ok(bad.len())
}

/// The set that was released last.
fn released(repository: &Path) -> Result<Release, CommandError> {
    let folder = repository.join("events-schema/released");
    let mut release = Release::default();
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if let Some(name) = path
            .file_stem()
            .filter(|_| path.extension().is_some_and(|kind| kind == "json"))
        {
            release
                .events
                .insert(name.to_string_lossy().into_owned(), json::<Released>(&path)?);
        }
    }
    Ok(release)
}

/// Writes `events-schema/released/` anew; says how many events that are.
pub fn release_as_it_is(repository: &Path) -> Result<usize, CommandError> {
    let folder = repository.join("events-schema/released");
    std::fs::create_dir_all(&folder)?;
    for entry in std::fs::read_dir(&folder)? {
        std::fs::remove_file(entry?.path())?;
    }
    let present = present();
    for (name, event) in &present.events {
        let text = serde_json::to_string_pretty(event)?;
        std::fs::write(folder.join(format!("{name}.json")), format!("{text}\n"))?;
    }
    Ok(present.events.len())
}
