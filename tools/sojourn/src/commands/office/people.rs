//! `sojourn people …`: the directory.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use events_schema::ids::{CostCentre, EmployeeId};
use events_schema::person::EmployeeLevel;
use events_schema::rows::PersonRow;
use events_schema::socket::{FrameBody, LineProblem, OfficeCommand, PersonChange, PersonEntry};
use jiff::Timestamp;
use people::decide::directory::Directory;
use people::decide::sheet::write as write_sheet;
use serde_json::json;

use super::sheet::{Outcome, Plan, row_of};
use super::table::table;
use super::{Desk, Office, role_name, unexpected};
use crate::commands::CommandError;
use crate::traveller::action_id;
use lambda_host::counted::counted;

#[derive(Args)]
pub(in crate::commands) struct PeopleArgs {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    office: Office,
}

#[derive(Subcommand)]
enum Action {
    /// Add and change people from a CSV file of any length: checked as a whole first, and told line by line.
    Import {
        /// Columns by name, in any order: employeeId, name, roles, level, approvers, financeApprover, delegate,
        /// awayFrom, awayUntil, costCentre, zone, locale. Of people already there, a column left out stays.
        file: PathBuf,
        /// Say what would change, and change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Write everybody as CSV, to standard output or a file.
    Export {
        /// Where to.
        file: Option<PathBuf>,
    },
    /// List everybody.
    List,
    /// Show one person.
    Show {
        /// As `people list` shows it.
        id: EmployeeIdArg,
    },
    /// Change one person; only what is given changes.
    Change(ChangeArgs),
    /// Make a person's details and words unreadable, for good. Refused while they are still needed.
    Erase {
        /// As `people list` shows it.
        id: EmployeeIdArg,
    },
    /// Name who decides for somebody while they are away; without --to, nobody does any more.
    Delegate {
        /// Who is away, by their id as `people list` shows it.
        id: EmployeeIdArg,
        /// The delegate's id.
        #[arg(long, value_name = "ID")]
        to: Option<EmployeeIdArg>,
        /// From when, such as 2026-12-01T00:00:00Z (default: at once).
        #[arg(long, value_name = "TIME")]
        from: Option<Timestamp>,
        /// Until when (default: until withdrawn).
        #[arg(long, value_name = "TIME")]
        until: Option<Timestamp>,
    },
}

#[derive(Args)]
struct ChangeArgs {
    /// As `people list` shows it.
    id: EmployeeIdArg,
    /// As others read it.
    #[arg(long)]
    name: Option<String>,
    /// L1 to L5.
    #[arg(long, value_parser = level)]
    level: Option<EmployeeLevel>,
    /// Ids of who is asked for L1, then L2 approval, with commas between; "" for none.
    #[arg(long, value_name = "IDS")]
    approvers: Option<String>,
    /// Id of who is asked for Finance approval.
    #[arg(long, value_name = "ID")]
    finance_approver: Option<EmployeeIdArg>,
    /// Whose budget pays for the trips from now on, such as CC-100.
    #[arg(long)]
    cost_centre: Option<String>,
    /// IANA time zone, such as Europe/Berlin.
    #[arg(long)]
    zone: Option<String>,
    /// Such as en-GB.
    #[arg(long)]
    locale: Option<String>,
}

type EmployeeIdArg = String;

fn level(text: &str) -> Result<EmployeeLevel, String> {
    let value = serde_json::Value::String(text.to_uppercase());
    serde_json::from_value(value).map_err(|_| "levels are L1 to L5".to_owned())
}

pub(in crate::commands) async fn people(args: PeopleArgs) -> Result<ExitCode, CommandError> {
    let mut desk = Desk::open(&args.office).await?;
    match args.action {
        Action::Import { file, dry_run } => return import(&mut desk, &file, dry_run).await,
        Action::Export { file } => export(&mut desk, file.as_deref()).await?,
        Action::List => list(&mut desk).await?,
        Action::Show { id } => {
            let command = OfficeCommand::ShowPerson {
                employee_id: EmployeeId::new(id),
            };
            show(&mut desk, &command).await?;
        }
        Action::Change(args) => {
            let command = OfficeCommand::ChangePerson {
                action_id: action_id(),
                employee_id: EmployeeId::new(args.id.clone()),
                change: change(args),
            };
            show(&mut desk, &command).await?;
        }
        Action::Erase { id } => {
            let command = OfficeCommand::ErasePerson {
                action_id: action_id(),
                employee_id: EmployeeId::new(id),
            };
            match desk.ask(&command).await? {
                FrameBody::PersonErased {
                    employee_id,
                    erased_at,
                } => {
                    desk.say(&format!("{employee_id} was erased at {erased_at}."))?;
                }
                other => return Err(unexpected(&other)),
            }
        }
        Action::Delegate { id, to, from, until } => {
            let command = OfficeCommand::DelegatePerson {
                action_id: action_id(),
                employee_id: EmployeeId::new(id),
                to: to.map(EmployeeId::new),
                from,
                until,
            };
            show(&mut desk, &command).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn change(args: ChangeArgs) -> PersonChange {
    let ids = |text: String| {
        let ids = text.split(',').map(str::trim).filter(|id| !id.is_empty());
        ids.map(EmployeeId::new).collect()
    };
    PersonChange {
        name: args.name,
        roles: None,
        level: args.level,
        approvers: args.approvers.map(ids),
        finance_approver: args.finance_approver.map(EmployeeId::new),
        cost_centre: args.cost_centre.map(CostCentre::new),
        zone: args.zone,
        locale: args.locale,
    }
}

/// Checked as a whole before anything is sent. A sheet of more than one part that fails in the middle (somebody else
/// changed people meanwhile) says what is done; imported again it goes on from there.
async fn import(desk: &mut Desk, file: &std::path::Path, dry_run: bool) -> Result<ExitCode, CommandError> {
    let csv = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let before = directory(desk).await?;
    let plan = match Plan::of(&csv, &before) {
        Ok(plan) => plan,
        Err(problems) => {
            tell_problems(desk, file, &problems)?;
            desk.say("\nNothing was changed. Correct the file and import it again.")?;
            return Ok(ExitCode::FAILURE);
        }
    };
    tell_outcomes(desk, &plan)?;
    let (added, changed, unchanged) = plan.counts();
    let counts = format!("{added} added, {changed} changed, {unchanged} as they were");
    if dry_run {
        desk.say(&format!("Would be done: {counts}."))?;
        return Ok(ExitCode::SUCCESS);
    }
    let parts = plan.parts.len();
    for (number, part) in plan.parts.iter().enumerate() {
        if let Err(error) = import_part(desk, part).await {
            let done: usize = plan.parts[..number].iter().map(Vec::len).sum();
            let total: usize = plan.parts.iter().map(Vec::len).sum();
            let named: Vec<_> = part.iter().take(3).map(|row| row.employee_id.as_str()).collect();
            return Err(format!(
                "{error}\n{done} of {total} people are imported. The part that begins with {} was refused; correct it \
                 and import the file again, what is done stays.",
                named.join(", ")
            )
            .into());
        }
        if parts > 1 {
            desk.say(&format!(
                "Part {} of {parts}: {} imported.",
                number + 1,
                counted(part.len(), "person", "people")
            ))?;
        }
    }
    desk.say(&format!("Done: {counts}."))?;
    Ok(ExitCode::SUCCESS)
}

async fn import_part(desk: &mut Desk, part: &[PersonRow]) -> Result<(), CommandError> {
    let command = OfficeCommand::ImportPeople {
        action_id: action_id(),
        csv: write_sheet(part.iter(), true)?,
        dry_run: false,
    };
    match desk.answer(&command).await?.frame.body {
        FrameBody::PeopleImport { applied: true, .. } => Ok(()),
        FrameBody::PeopleImport { problems, .. } => {
            let problems: Vec<_> = problems.into_iter().map(|problem| problem.problem).collect();
            Err(problems.join("\n").into())
        }
        other => Err(unexpected(&other)),
    }
}

/// One line of the sheet, one line here.
fn tell_outcomes(desk: &Desk, plan: &Plan) -> Result<(), CommandError> {
    for (line, outcome) in &plan.outcomes {
        let (sign, name, id, differences) = match outcome {
            Outcome::Added(id) => ('+', "added", id, &[][..]),
            Outcome::Changed(id, differences) => ('~', "changed", id, &differences[..]),
            Outcome::Unchanged(id) => ('=', "unchanged", id, &[][..]),
        };
        if desk.json {
            let document =
                json!({"line": line, "outcome": name, "employeeId": id, "differences": differences});
            writeln!(std::io::stdout(), "{document}")?;
        } else {
            let said = format!("{line:>6} {sign} {id}  {}", differences.join("; "));
            desk.say(said.trim_end())?;
        }
    }
    Ok(())
}

fn tell_problems(desk: &Desk, file: &std::path::Path, problems: &[LineProblem]) -> Result<(), CommandError> {
    for LineProblem { line, problem } in problems {
        desk.say(&format!("{}:{line}: {problem}", file.display()))?;
    }
    Ok(())
}

/// Everybody, as they are now.
async fn directory(desk: &mut Desk) -> Result<Directory, CommandError> {
    let (mut directory, mut next) = (Directory::new(), None);
    loop {
        let command = OfficeCommand::ListPeople { cursor: next };
        let FrameBody::People { items, cursor } = desk.answer(&command).await?.frame.body else {
            return Err("the directory was not listed".into());
        };
        directory.extend(
            items
                .into_iter()
                .map(|entry| (entry.employee_id.clone(), row_of(entry))),
        );
        next = cursor;
        if next.is_none() {
            return Ok(directory);
        }
    }
}

async fn export(desk: &mut Desk, file: Option<&std::path::Path>) -> Result<(), CommandError> {
    let (mut sheet, mut next) = (String::new(), None);
    loop {
        let body = desk.ask(&OfficeCommand::ExportPeople { cursor: next }).await?;
        let FrameBody::PeopleCsv { csv, cursor } = body else {
            return Err(unexpected(&body));
        };
        sheet.push_str(&csv);
        next = cursor;
        if next.is_none() {
            break;
        }
    }
    match file {
        Some(file) => {
            std::fs::write(file, sheet).map_err(|error| format!("{}: {error}", file.display()).into())
        }
        None if desk.json => Ok(()),
        None => Ok(write!(std::io::stdout(), "{sheet}")?),
    }
}

async fn list(desk: &mut Desk) -> Result<(), CommandError> {
    let (mut rows, mut next) = (Vec::new(), None);
    loop {
        let body = desk.ask(&OfficeCommand::ListPeople { cursor: next }).await?;
        let FrameBody::People { items, cursor } = body else {
            return Err(unexpected(&body));
        };
        rows.extend(items.into_iter().map(row));
        next = cursor;
        if next.is_none() {
            break;
        }
    }
    desk.say(&table(
        ["ID", "NAME", "LEVEL", "APPROVERS", "DELEGATE", "COST CENTRE"],
        &rows,
    ))
}

fn row(person: PersonEntry) -> [String; 6] {
    [
        person.employee_id.to_string(),
        person.name.clone(),
        format!("{:?}", person.level),
        ids(&person.approvers),
        absence(&person),
        person.cost_centre.to_string(),
    ]
}

fn ids(ids: &[EmployeeId]) -> String {
    let ids: Vec<_> = ids.iter().map(|id| id.as_str()).collect();
    ids.join(", ")
}

fn absence(person: &PersonEntry) -> String {
    let mut text = person
        .delegate
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    if let Some(from) = person.away_from {
        text.push_str(&format!(" from {from}"));
    }
    if let Some(until) = person.away_until {
        text.push_str(&format!(" until {until}"));
    }
    text
}

async fn show(desk: &mut Desk, command: &OfficeCommand) -> Result<(), CommandError> {
    let body = desk.ask(command).await?;
    let FrameBody::Person { person } = body else {
        return Err(unexpected(&body));
    };
    let roles: Vec<_> = person.roles.iter().copied().map(role_name).collect();
    let finance = person.finance_approver.as_ref().map(ToString::to_string);
    let lines = [
        ("id", person.employee_id.to_string()),
        ("name", person.name.clone()),
        ("roles", roles.join(", ")),
        ("level", format!("{:?}", person.level)),
        ("approvers", ids(&person.approvers)),
        ("finance", finance.unwrap_or_default()),
        ("delegate", absence(&person)),
        ("cost centre", person.cost_centre.to_string()),
        ("zone", person.zone.clone()),
        ("locale", person.locale.clone()),
    ];
    for (name, value) in lines {
        let value = if value.is_empty() { "none".into() } else { value };
        desk.say(&format!("{name:<12} {value}"))?;
    }
    Ok(())
}
