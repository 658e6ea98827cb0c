//! The WebSocket protocol: JSON text frames, `{"action": …}` in and `{"type": …}` out.

mod command;
mod explorer;
mod frame;
mod office;

use schemars::Schema;

pub use command::{Command, Passenger, PassengerDetails, Verdict};
pub use explorer::{DeadLetter, HistoryDelivery, HistoryEvent, ReceivedEvent, ReplayEntry};
pub use frame::{ApprovalSummary, BookingSummary, Cursor, Frame, FrameBody, NamedPerson, QuotedClause};
pub use office::{
    AttentionItem, AttentionLeg, Budget, BudgetChange, BudgetEntry, LineProblem, OfficeCommand, PersonChange,
    PersonDifference, PersonEntry, PolicyClause, PolicyEntry, Resolution, RuleInWords,
};

/// JSON Schema 2020-12 of what a client may send.
pub fn command_schema() -> Schema {
    let about = "One message of a client, as a WebSocket text frame.";
    described(schemars::schema_for!(AnyCommand), "SocketCommand", about)
}

/// Who takes a command depends on its action; a client need not know.
#[derive(schemars::JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "it exists for its schema")]
enum AnyCommand {
    Traveller(Command),
    Office(OfficeCommand),
}

/// JSON Schema 2020-12 of what a client receives.
pub fn frame_schema() -> Schema {
    let about = "One message to one person, as a WebSocket text frame.";
    described(schemars::schema_for!(Frame), "SocketFrame", about)
}

fn described(mut schema: Schema, title: &str, description: &str) -> Schema {
    schema.insert("title".into(), title.into());
    schema.insert("description".into(), description.into());
    schema
}
