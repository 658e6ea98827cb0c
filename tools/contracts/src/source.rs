//! What everything here is made from: the Rust types' own schemas and examples, as `events-schema` gives them.

use events_schema::catalogue::{EventType, catalogue};
use events_schema::socket;
use serde_json::{Value, json};

/// The bus, as the deployed stack names it by default.
pub const BUS: &str = "sojourn-bus";

/// An event type with its schema and example as plain documents.
pub struct Contract {
    pub name: &'static str,
    pub source: String,
    pub version: u32,
    pub event: EventType,
    /// JSON Schema 2020-12 of `detail`.
    pub schema: Value,
    /// As Journal keeps it: `source`, `detailType`, `detail`.
    pub example: Value,
}

/// All events, in the order of the flow.
pub fn contracts() -> Vec<Contract> {
    let contract = |event: EventType| Contract {
        name: event.name,
        source: event.producer.source(),
        version: event.version,
        schema: event.schema().to_value(),
        example: serde_json::to_value(event.example()).unwrap_or_default(),
        event,
    };
    catalogue().into_iter().map(contract).collect()
}

/// What clients send and receive on a socket.
pub fn socket_schemas() -> [(&'static str, Value); 2] {
    [
        ("SocketCommand", socket::command_schema().to_value()),
        ("SocketFrame", socket::frame_schema().to_value()),
    ]
}

/// A recorded event in the envelope that EventBridge puts around it.
pub fn on_the_bus(recorded: &Value) -> Value {
    json!({
        "version": "0",
        "id": recorded["detail"]["meta"]["eventId"],
        "detail-type": recorded["detailType"],
        "source": recorded["source"],
        "account": "123456789012",
        "time": recorded["detail"]["meta"]["occurredAt"],
        "region": "eu-west-1",
        "resources": [],
        "detail": recorded["detail"],
    })
}

/// Pretty JSON with a line's end, as committed.
pub fn pretty(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    format!("{text}\n")
}
