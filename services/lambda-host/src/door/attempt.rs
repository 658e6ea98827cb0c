//! Reading a message: as a command, or, where it is none, as far as it goes. Pure.

use events_schema::ids::{ActionId, BookingId, EmployeeId};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::refuse::Refusal;
use super::texts;

/// In characters: what a request, an answer or a comment may have.
const MAX_TEXT: usize = 2000;
const MAX_ID: usize = 200;
/// What the verified connection says of a message, and no message says of itself.
const OF_THE_CONNECTION: [&str; 2] = ["connectionId", "requestContext"];
/// The actions that are about an employee: in all others an `employeeId` can only stand for the sender.
const ABOUT_AN_EMPLOYEE: [&str; 4] = ["show_person", "change_person", "delegate_person", "erase_person"];

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
    /// What it says of its sender, where it is a try at being somebody else.
    pub pretence: Option<String>,
}

/// `actions`: those the function knows; anything else is somebody's invention and not written down.
pub fn attempt(body: &str, actions: &[&str], sender: &EmployeeId) -> Attempt {
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let known = |action: &&str| actions.contains(action);
    Attempt {
        action: text("action").filter(known).unwrap_or("unknown").into(),
        booking: text("bookingId").and_then(|id| id.parse().ok()),
        pretence: pretence(&value, sender),
    }
}

/// Nobody writes these by mistake: a connection or a person to act as, or a route that only API Gateway takes. What
/// somebody else's id is worth here is nothing, but that it was tried is worth knowing.
fn pretence(message: &Value, sender: &EmployeeId) -> Option<String> {
    let text = |name: &str| message.get(name).and_then(Value::as_str);
    let action = text("action").unwrap_or_default();
    if action.starts_with('$') {
        return Some(texts::pretended("action"));
    }
    let named = OF_THE_CONNECTION
        .into_iter()
        .find(|name| message.get(name).is_some());
    let acts_as = text("employeeId").filter(|id| *id != sender.as_str());
    let as_somebody = acts_as.filter(|_| !ABOUT_AN_EMPLOYEE.contains(&action));
    named.or(as_somebody.map(|_| "employeeId")).map(texts::pretended)
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

    #[test]
    fn whoever_names_a_sender_pretends() {
        let cases = [
            (r#"{"action":"ping","connectionId":"c-1"}"#, Some("connectionId")),
            (r#"{"action":"ping","connectionId":null}"#, Some("connectionId")),
            (
                r#"{"action":"ping","requestContext":{"connectionId":"c-1"}}"#,
                Some("requestContext"),
            ),
            (r#"{"connectionId":"c-1"}"#, Some("connectionId")),
            (r#"{"action":"ping","employeeId":"somebody"}"#, Some("employeeId")),
            (r#"{"action":"fly","employeeId":"somebody"}"#, Some("employeeId")),
            (r#"{"action":"$connect"}"#, Some("action")),
            (r#"{"action":"ping","employeeId":"me"}"#, None),
            (r#"{"action":"ping","employeeId":7}"#, None),
            (
                r#"{"action":"change_person","employeeId":"somebody","change":7}"#,
                None,
            ),
            (r#"{"action":"clarify","text":{"connectionId":"c-1"}}"#, None),
            (r#"["connectionId"]"#, None),
            (r#"{"action":"fly$"}"#, None),
            ("connectionId", None),
        ];
        for (body, expected) in cases {
            let found = attempt(body, &["ping"], &EmployeeId::new("me")).pretence;
            assert_eq!(found, expected.map(texts::pretended), "{body}");
        }
    }

    /// A new action about an employee would otherwise be taken for a try at being them.
    #[test]
    fn the_actions_about_an_employee_are_those_of_the_protocol() {
        let schema = include_str!("../../../../events-schema/schemas/socket-command.json");
        let schema: Value = serde_json::from_str(schema).unwrap();
        let commands =
            ["Command", "OfficeCommand"].map(|name| schema["$defs"][name]["oneOf"].as_array().unwrap());
        let about = commands
            .into_iter()
            .flatten()
            .filter(|command| command["properties"].get("employeeId").is_some());
        let actions: Vec<_> = about
            .map(|command| command["properties"]["action"]["const"].as_str().unwrap())
            .collect();
        assert_eq!(actions, ABOUT_AN_EMPLOYEE);
    }
}
