//! The WebSocket protocol: JSON text frames, `{"action": …}` in and `{"type": …}` out.

mod command;
mod frame;

use schemars::Schema;

pub use command::{Command, Passenger, Verdict};
pub use frame::{BookingSummary, Cursor, Frame, FrameBody, QuotedClause};

/// JSON Schema 2020-12 of what a client may send.
pub fn command_schema() -> Schema {
    let about = "One message of a client, as a WebSocket text frame.";
    described(schemars::schema_for!(Command), "SocketCommand", about)
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
