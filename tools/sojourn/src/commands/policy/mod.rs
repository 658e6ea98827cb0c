//! `sojourn policy …`: one file per action. They use the AWS endpoint as any administrator's tool would; what a policy
//! means is asked of the services' own code, so that a terminal and a socket never disagree.

mod activate;
mod add;
mod ask;
mod check;
mod desk;
mod list;
mod show;
#[cfg(test)]
mod tests;
mod what_if;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use events_schema::ids::PolicyVersion;

use super::CommandError;
use super::connection::Connection;
use desk::Desk;

#[derive(Subcommand)]
pub enum Action {
    /// Upload a policy, Markdown or PDF, and wait until it is read.
    Add(add::AddArgs),
    /// List all versions and where they stand.
    List,
    /// Print a version clause by clause, each with the rules that were drawn from it.
    Show {
        /// Default: the active one.
        #[arg(value_parser = version)]
        version: Option<PolicyVersion>,
    },
    /// Let new bookings follow a version; running ones keep theirs.
    Activate {
        #[arg(value_parser = version)]
        version: PolicyVersion,
        /// Who does it: must be a travel manager or an administrator.
        #[arg(long = "as", value_name = "NAME", default_value = "travel-manager")]
        person: String,
    },
    /// Ask what a policy says; it answers with its clauses, or that it is silent.
    Ask(ask::AskArgs),
    /// Judge a trip that nobody booked, clause by clause.
    Check(check::CheckArgs),
    /// Judge past bookings by another policy and list what would change. Changes nothing.
    WhatIf {
        /// A version, or a file that was never uploaded.
        new: String,
    },
}

/// Whether there is such a version is for the table to say.
fn version(name: &str) -> Result<PolicyVersion, std::convert::Infallible> {
    Ok(PolicyVersion::new(name))
}

pub(super) async fn policy(action: Action, data: Option<PathBuf>) -> Result<ExitCode, CommandError> {
    // A file can be asked without a cloud.
    if let Action::Ask(args) = &action
        && let Some(file) = &args.file
    {
        return ask::ask_file(&mut std::io::stdout().lock(), &args.question, file, args.json);
    }
    let connection = Connection::on(data).await?;
    let desk = Desk::new(&connection.running).await?;
    let mut out = std::io::stdout().lock();
    match action {
        Action::Add(args) => add::add(&mut out, &desk, &args).await?,
        Action::List => list::list(&mut out, &desk).await?,
        Action::Show { version } => show::show(&mut out, &desk, version).await?,
        Action::Activate { version, person } => {
            activate::activate(&mut out, &desk, &version, &person).await?
        }
        Action::Ask(args) => return ask::ask(&mut out, &desk, &args).await,
        Action::Check(args) => return check::check(&mut out, &desk, &args).await,
        Action::WhatIf { new } => what_if::what_if(&mut out, &desk, &new).await?,
    }
    Ok(ExitCode::SUCCESS)
}
