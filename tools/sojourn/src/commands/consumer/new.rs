//! `sojourn consumer new`: a folder with a consumer in it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use contracts::scaffold::{Language, Request, scaffold};

use super::samples;
use crate::commands::CommandError;

#[derive(Args)]
pub struct NewArgs {
    /// What it is called: lower case with dashes.
    pub name: String,
    /// The events it reacts to, with commas between: BookingConfirmed,BookingCancelled.
    #[arg(long, value_delimiter = ',', required = true)]
    pub events: Vec<String>,
    /// rust, ts or python.
    #[arg(long)]
    pub lang: Language,
    /// Let replayed events through, so that it can be brought up to date from history. For consumers that keep and do not
    /// act.
    #[arg(long)]
    pub replayed: bool,
    /// Where to put it (default: a folder of its name, here).
    #[arg(long, value_name = "DIR")]
    pub into: Option<PathBuf>,
}

pub fn new(repository: &Path, args: &NewArgs) -> Result<ExitCode, CommandError> {
    let folder = args.into.clone().unwrap_or_else(|| PathBuf::from(&args.name));
    let count = make(repository, args, &folder)?;
    println!("{count} files in {}", folder.display());
    println!("\nNext: {}/README.md, or at once:", folder.display());
    match args.lang {
        Language::Rust => println!("  (cd {} && cargo build)", folder.display()),
        Language::TypeScript => println!("  (cd {} && npm install && npm run build)", folder.display()),
        Language::Python => println!("  pip install boto3"),
    }
    println!("  cargo run -- consumer check {}", folder.display());
    println!("  cargo run -- up --with {}", folder.display());
    Ok(ExitCode::SUCCESS)
}

/// Writes the files into `folder`, which must be new or empty; says how many.
pub fn make(repository: &Path, args: &NewArgs, folder: &Path) -> Result<usize, CommandError> {
    if folder.exists() && std::fs::read_dir(folder)?.next().is_some() {
        return Err(format!("{} is there already, and not empty", folder.display()).into());
    }
    let whole = repository.canonicalize()?;
    let files = scaffold(&Request {
        name: &args.name,
        events: &args.events,
        language: args.lang,
        replayed: args.replayed,
        repository: &whole.to_string_lossy(),
        folder: &folder.to_string_lossy(),
        samples: &samples(repository)?,
    })?;
    for (path, text) in &files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, text)?;
    }
    if args.lang == Language::Rust {
        // The versions that everything here is built and tested with.
        std::fs::copy(whole.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    }
    Ok(files.len())
}
