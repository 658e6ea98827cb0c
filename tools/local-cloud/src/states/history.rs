//! History events, in the shape GetExecutionHistory answers with.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// An execution whose history would pass this fails.
pub const MAX_EVENTS: u64 = 25_000;

#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEvent {
    pub id: u64,
    /// The event as AWS's JSON.
    pub body: Value,
}

impl HistoryEvent {
    /// An event of AWS's type `kind`; empty details are left out.
    pub fn new(id: u64, previous: u64, at: Timestamp, kind: &str, details: Value) -> Self {
        let mut body = Map::new();
        body.insert("timestamp".into(), epoch(at));
        body.insert("type".into(), json!(kind));
        body.insert("id".into(), json!(id));
        body.insert("previousEventId".into(), json!(previous));
        if details.as_object().is_some_and(|members| !members.is_empty()) {
            body.insert(details_member(kind), details);
        }
        Self {
            id,
            body: Value::Object(body),
        }
    }
}

/// A timestamp as the JSON protocol has it: seconds since 1970, with milliseconds.
pub fn epoch(at: Timestamp) -> Value {
    json!(at.as_millisecond() as f64 / 1000.0)
}

/// `inputDetails` and `outputDetails` of something shown whole.
pub fn whole() -> Value {
    json!({ "truncated": false })
}

/// The member that holds an event's details: named for the type, except that all states enter and leave alike.
fn details_member(kind: &str) -> String {
    if kind.ends_with("StateEntered") {
        return "stateEnteredEventDetails".into();
    }
    if kind.ends_with("StateExited") {
        return "stateExitedEventDetails".into();
    }
    let mut characters = kind.chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    format!(
        "{}{}EventDetails",
        first.into_iter().collect::<String>(),
        characters.as_str()
    )
}
