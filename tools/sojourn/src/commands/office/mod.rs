//! What travel managers do: people, budgets, and what needs their attention. Each subcommand is one command on a
//! socket, the same that a page sends, and shows its answer.

mod attention;
mod budget;
mod people;
mod sheet;
pub(super) mod table;

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use events_schema::person::Role;
use events_schema::problem::ErrorCode;
use events_schema::socket::{Frame, FrameBody, OfficeCommand};

use super::CommandError;
use super::connection::Connection;
use crate::traveller::{Received, Traveller};

pub(super) use attention::{AttentionArgs, attention};
pub(super) use budget::{BudgetArgs, budget};
pub(super) use people::{PeopleArgs, people};

/// Directories and queues are small; whoever answers later than this does not.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_secs(2);

/// What all of these take.
#[derive(Args, Clone)]
struct Office {
    /// Who asks: a sample person with the role travel manager.
    #[arg(
        long = "as",
        value_name = "NAME",
        default_value = "travel-manager",
        global = true
    )]
    person: String,
    /// The answer as it came, one WebSocket message a line.
    #[arg(long, global = true)]
    json: bool,
    /// The data directory of the running cloud (default: .sojourn here).
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
}

/// An open socket of a travel manager.
struct Desk {
    socket: Traveller,
    json: bool,
}

impl Desk {
    async fn open(office: &Office) -> Result<Self, CommandError> {
        let connection = Connection::running(office.data.clone()).await?;
        let socket = connection.connect(&office.person).await?;
        Ok(Self {
            socket,
            json: office.json,
        })
    }

    /// Sends a command and gives its answer, shown as it came where that was asked for.
    async fn ask(&mut self, command: &OfficeCommand) -> Result<FrameBody, CommandError> {
        let received = self.answer(command).await?;
        if self.json {
            writeln!(std::io::stdout(), "{}", received.text)?;
        }
        Ok(received.frame.body)
    }

    /// What people are told of bookings meanwhile is passed over.
    async fn answer(&mut self, command: &OfficeCommand) -> Result<Received, CommandError> {
        let text = serde_json::to_string(command)?;
        loop {
            self.socket.send_text(text.clone()).await?;
            let received = self.socket.first_within(PATIENCE, is_answer).await?;
            match &received.frame.body {
                // Lists of many pages run into it; the window is short.
                FrameBody::Error {
                    code: ErrorCode::RateLimited,
                    ..
                } => tokio::time::sleep(PAUSE).await,
                FrameBody::Error { message, .. } => return Err(as_typed(message).into()),
                _ => return Ok(received),
            }
        }
    }

    /// For people, unless the answer itself was asked for.
    fn say(&self, text: &str) -> Result<(), CommandError> {
        if !self.json {
            writeln!(std::io::stdout(), "{text}")?;
        }
        Ok(())
    }
}

fn is_answer(frame: &Frame) -> bool {
    match frame.body {
        FrameBody::Error { .. } => true,
        FrameBody::Heartbeat { .. } | FrameBody::Pong {} => false,
        _ => frame.cursor.is_none(),
    }
}

/// What the answers call by its action, by the command that sends it here.
const COMMANDS: &[(&str, &str)] = &[
    ("list_attention", "`attention list`"),
    ("show_attention", "`attention show`"),
    ("list_budgets", "`budget list`"),
    ("list_people", "`people list`"),
];

fn as_typed(message: &str) -> String {
    let named = |text: String, (action, command): &(&str, &str)| text.replace(action, command);
    COMMANDS.iter().fold(message.to_owned(), named)
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Traveller => "traveller",
        Role::Approver => "approver",
        Role::TravelManager => "travel manager",
        Role::Administrator => "administrator",
    }
}

/// An answer of another kind than the command has: the server is newer, or broken.
fn unexpected(body: &FrameBody) -> CommandError {
    let name = serde_json::to_value(body).ok();
    let name = name.and_then(|value| value.get("type")?.as_str().map(str::to_owned));
    format!(
        "the answer is of an unexpected kind: {}",
        name.unwrap_or_default()
    )
    .into()
}
