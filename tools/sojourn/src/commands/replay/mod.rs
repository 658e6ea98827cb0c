//! `sojourn replay`: history once more, for read models that welcome it. The core is the crate of that name; here are
//! the words, the bar, and where the cloud is.

mod bar;
pub mod diff;
pub mod dump;
mod listed;
mod place;
pub mod rebuild;
mod selected;
mod started;

use std::process::ExitCode;

use clap::Subcommand;

use super::CommandError;
pub use place::{Place, patterns};
use selected::What;

#[derive(Subcommand)]
pub(super) enum Action {
    /// Say what a replay would do: how many events of which time, and the rules that would fire.
    Preview {
        #[command(flatten)]
        what: What,
        /// One JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Replay, and show how far it is; from Journal, Ctrl-C pauses.
    Start {
        #[command(flatten)]
        what: What,
        /// What it is called: letters, digits and . - _ (default: after the time).
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// At most N deliveries a second; from Journal only.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        rate: Option<u32>,
    },
    /// Every replay, and how far it is.
    List {
        /// One JSON document a replay, a line each.
        #[arg(long)]
        json: bool,
    },
    /// Stop one for a while.
    Pause { name: String },
    /// Go on with one that was paused, failed, or lost its terminal.
    Resume {
        name: String,
        /// From now on at most N deliveries a second (default: the rate it had); from Journal only.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        rate: Option<u32>,
    },
    /// Stop one for good; what was delivered stays.
    Cancel { name: String },
    /// Empty a read model of ours, rebuild it from Journal, and compare byte for byte.
    ///
    /// Exit status: 0 if it is as it was, else 1.
    Rebuild {
        /// `insights`.
        #[arg(default_value = "insights")]
        model: String,
    },
    /// Run history through the code you have now, and show which events and states would differ.
    ///
    /// Nothing is written or sent: functions read through a fence that answers for the past. Where no cloud runs on
    /// --data, one is started on it for the length of the command. Exit status: 0 if nothing differs, else 1.
    Diff(diff::DiffArgs),
}

pub(super) async fn replay(action: Action, place: Place) -> Result<ExitCode, CommandError> {
    if let Action::Diff(args) = &action {
        return diff::diff(args, place.here()?).await;
    }
    let desk = place.desk().await?;
    match action {
        Action::Diff(_) => {}
        Action::Preview { what, json } => started::preview(&desk, &what, json).await?,
        Action::Start { what, name, rate } => return started::start(&desk, &what, name, rate).await,
        Action::List { json } => listed::list(&desk, json).await?,
        Action::Pause { name } => started::pause(&desk, &name).await?,
        Action::Resume { name, rate } => return started::resume(&desk, &name, rate).await,
        Action::Cancel { name } => started::cancel(&desk, &name).await?,
        Action::Rebuild { model } => return rebuild::rebuild(&desk, &model).await,
    }
    Ok(ExitCode::SUCCESS)
}
