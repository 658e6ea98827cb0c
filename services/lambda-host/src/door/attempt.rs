//! Reading a message: as a command, or, where it is none, as far as it goes. Pure.

use events_schema::ids::{ActionId, BookingId};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::refuse::Refusal;
use super::texts;

/// In characters: what a request, an answer or a comment may have.
const MAX_TEXT: usize = 2000;
const MAX_ID: usize = 200;

/// A command of one of these actions, or why it is none; lengths and ranges are for the caller to check.
pub fn parsed<C: DeserializeOwned>(body: &str, actions: &[&str]) -> Result<C, Refusal> {
    let value: Value = serde_json::from_str(body).map_err(|_| Refusal::invalid(texts::NOT_JSON))?;
    if !value.is_object() {
        return Err(Refusal::invalid(texts::NOT_JSON));
    }
    let action = value.get("action").and_then(Value::as_str);
    let action = action
        .ok_or_else(|| Refusal::invalid(texts::NO_ACTION))?
        .to_owned();
    if !actions.contains(&action.as_str()) {
        return Err(Refusal::invalid(texts::unknown_action(&action, actions)));
    }
    serde_json::from_value(value)
        .map_err(|error| Refusal::invalid(texts::malformed(&action, &error.to_string())))
}

/// The client's id of the command, if that much can be read: it goes into the error's frame.
pub fn action_id(body: &str) -> Option<ActionId> {
    let value: Value = serde_json::from_str(body).ok()?;
    let id = value
        .get("actionId")
        .or_else(|| value.get("requestId"))?
        .as_str()?;
    is_id(id).then(|| ActionId::new(id))
}

/// What was tried, and on which booking, for the record of a refused attempt.
pub struct Attempt {
    pub action: String,
    pub booking: Option<BookingId>,
}

/// `actions`: those the function knows; anything else is somebody's invention and not written down.
pub fn attempt(body: &str, actions: &[&str]) -> Attempt {
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let known = |action: &&str| actions.contains(action);
    Attempt {
        action: text("action").filter(known).unwrap_or("unknown").into(),
        booking: text("bookingId").and_then(|id| id.parse().ok()),
    }
}

/// Ids end up in keys, which DynamoDB bounds.
pub fn check_id(name: &str, id: &str) -> Result<(), Refusal> {
    is_id(id)
        .then_some(())
        .ok_or_else(|| Refusal::invalid(texts::bad_id(name)))
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_ID && !id.chars().any(char::is_control)
}

pub fn check_text(name: &str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() || text.chars().count() > MAX_TEXT {
        return Err(Refusal::invalid(texts::text_length(name, MAX_TEXT)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_found_in_what_is_otherwise_wrong() {
        assert_eq!(
            action_id(r#"{"action":"fly","actionId":"a-1"}"#),
            Some(ActionId::new("a-1"))
        );
        assert_eq!(action_id(r#"{"requestId":"r-1"}"#), Some(ActionId::new("r-1")));
        assert_eq!(action_id(r#"{"actionId":7}"#), None);
        assert_eq!(action_id("{"), None);
    }
}
