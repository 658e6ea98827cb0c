//! `sojourn consumer check`: the conformance kit, run against a consumer's folder, a command or an address.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use contracts::conformance::{Case, Outcome, cases};
use contracts::source::contracts;
use serde_json::Value;

use super::hosted::Hosted;
use super::outside::{Address, Program};
use super::samples;
use crate::commands::CommandError;

#[derive(Args)]
#[command(
    after_help = "A command is given one event a line on standard input and answers each with a line: \
{\"ok\": true, \"state\": [rows]} or {\"error\": \"why\"}; `state` is all it keeps so far. An address is posted every \
event, answers 2xx or says why not, and gives the rows it keeps to a GET. Exit status 1 if any case fails."
)]
pub struct CheckArgs {
    /// A consumer's folder, as `consumer new` makes it: its function is run as a process, over tables of its own.
    #[arg(value_name = "DIR", required_unless_present_any = ["command", "url", "files"])]
    folder: Option<PathBuf>,
    /// A consumer as a command line.
    #[arg(long, value_name = "COMMAND", conflicts_with = "folder", requires = "events")]
    command: Option<String>,
    /// A consumer that is posted events: http://127.0.0.1:3000/events.
    #[arg(long, value_name = "URL", conflicts_with_all = ["folder", "command"], requires = "events")]
    url: Option<String>,
    /// Which events (default: those of the folder's consumer.json).
    #[arg(long, value_delimiter = ',')]
    events: Vec<String>,
    /// Write the deliveries into this folder, one file per event, to run them in any other way.
    #[arg(long, value_name = "DIR", requires = "events")]
    files: Option<PathBuf>,
}

/// One consumer under test.
pub(super) enum Subject {
    Hosted(Box<Hosted>),
    Program(Box<Program>),
    Address(Address),
}

impl Subject {
    /// `Err` is the consumer's refusal.
    async fn deliver(&mut self, event: &Value) -> Result<Result<(), String>, CommandError> {
        match self {
            Self::Hosted(hosted) => Ok(hosted.deliver(event).await),
            Self::Program(program) => program.deliver(event).await,
            Self::Address(address) => address.deliver(event).await,
        }
    }

    /// All rows it keeps.
    async fn rows(&mut self) -> Result<Vec<Value>, CommandError> {
        match self {
            Self::Hosted(hosted) => hosted.rows().await,
            Self::Program(program) => Ok(program.rows()),
            Self::Address(address) => address.rows().await,
        }
    }
}

pub async fn check(repository: &Path, args: &CheckArgs) -> Result<ExitCode, CommandError> {
    let mut events = args.events.clone();
    let mut wrong = Vec::new();
    let mut subject = match (&args.folder, &args.command, &args.url) {
        (Some(folder), ..) => {
            let hosted = Hosted::start(folder).await?;
            if events.is_empty() {
                events = hosted.consumer.reads.keys().cloned().collect();
            }
            wrong = hosted.wrong_rules(&events);
            Some(Subject::Hosted(Box::new(hosted)))
        }
        (None, Some(command), _) => Some(Subject::Program(Box::new(Program::start(command)?))),
        (None, None, Some(url)) => Some(Subject::Address(Address::new(url)?)),
        (None, None, None) => None,
    };
    let mut kit = kit(repository, &events)?;
    if let Some(Subject::Hosted(hosted)) = &subject
        && hosted.consumer.reads_earlier
    {
        for (_, cases) in &mut kit {
            *cases = std::mem::take(cases)
                .into_iter()
                .map(Case::read_earlier)
                .collect();
        }
    }
    if let Some(folder) = &args.files {
        write(folder, &kit)?;
    }
    if let Some(subject) = &mut subject {
        wrong.extend(run(subject, &kit).await?);
    }
    for line in &wrong {
        println!("FAILED  {line}");
    }
    println!(
        "{} of {} failed",
        wrong.len(),
        kit.iter().map(|(_, cases)| cases.len()).sum::<usize>()
    );
    Ok(if wrong.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Every case of the events asked for.
pub fn kit(repository: &Path, events: &[String]) -> Result<Vec<(String, Vec<Case>)>, CommandError> {
    let samples = samples(repository)?;
    let all = contracts();
    let unknown = events
        .iter()
        .find(|event| all.iter().all(|contract| contract.name != event.as_str()));
    if let Some(unknown) = unknown {
        return Err(format!("there is no event {unknown}").into());
    }
    let asked = all
        .iter()
        .filter(|contract| events.iter().any(|event| event == contract.name));
    let none = Vec::new();
    Ok(asked
        .map(|contract| {
            let samples = samples.get(contract.name).unwrap_or(&none);
            (contract.name.to_owned(), cases(contract, samples))
        })
        .collect())
}

fn write(folder: &Path, kit: &[(String, Vec<Case>)]) -> Result<(), CommandError> {
    std::fs::create_dir_all(folder)?;
    for (event, cases) in kit {
        std::fs::write(
            folder.join(format!("{event}.json")),
            serde_json::to_string_pretty(cases)?,
        )?;
    }
    println!("{} files in {}", kit.len(), folder.display());
    Ok(())
}

/// A line for each case that fails.
async fn run(subject: &mut Subject, kit: &[(String, Vec<Case>)]) -> Result<Vec<String>, CommandError> {
    let mut wrong = Vec::new();
    for (event, cases) in kit {
        let mut plain = None;
        for case in cases {
            let outcome = outcome(subject, case).await?;
            let plain = plain.get_or_insert_with(|| outcome.clone());
            match case.verdict(plain, &outcome, &cases[0]) {
                Ok(()) => {
                    let choice = case.choice(&outcome).map(|choice| format!(": {choice}"));
                    println!("ok      {event} {}{}", case.name, choice.unwrap_or_default());
                }
                Err(why) => wrong.push(format!("{event} {}: {why}", case.name)),
            }
        }
    }
    Ok(wrong)
}

async fn outcome(subject: &mut Subject, case: &Case) -> Result<Outcome, CommandError> {
    let mut outcome = Outcome::default();
    for event in &case.deliveries {
        if let Err(why) = subject.deliver(event).await? {
            outcome.errors.push(why);
        }
    }
    let rows = subject.rows().await?;
    let of_this_case = |row: &Value| row.to_string().contains(&case.aggregate_id);
    outcome.kept = rows.into_iter().filter(of_this_case).collect();
    Ok(outcome)
}
