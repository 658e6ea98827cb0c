//! From the text of a message to a command, or a refusal that says what is wrong with it. Pure.

use events_schema::ids::{ActionId, BookingId};
use events_schema::socket::{Command, Passenger};
use serde_json::Value;

use super::refuse::Refusal;
use crate::texts;

const ACTIONS: [&str; 10] = [
    "request_booking",
    "clarify",
    "set_passengers",
    "select_option",
    "decide_approval",
    "confirm_purchase",
    "cancel_booking",
    "list_bookings",
    "resume",
    "ping",
];
/// In characters: what a request, an answer or a comment may have.
const MAX_TEXT: usize = 2000;
const MAX_ID: usize = 200;

pub fn command(body: &str) -> Result<Command, Refusal> {
    let value: Value = serde_json::from_str(body).map_err(|_| Refusal::invalid(texts::NOT_JSON))?;
    if !value.is_object() {
        return Err(Refusal::invalid(texts::NOT_JSON));
    }
    let action = value.get("action").and_then(Value::as_str);
    let action = action
        .ok_or_else(|| Refusal::invalid(texts::NO_ACTION))?
        .to_owned();
    if !ACTIONS.contains(&action.as_str()) {
        return Err(Refusal::invalid(texts::unknown_action(&action, &ACTIONS)));
    }
    let command: Command = serde_json::from_value(value)
        .map_err(|error| Refusal::invalid(texts::malformed(&action, &error.to_string())))?;
    check(&command)?;
    Ok(command)
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

pub fn attempt(body: &str) -> Attempt {
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let known = |action: &&str| ACTIONS.contains(action);
    Attempt {
        action: text("action").filter(known).unwrap_or("unknown").into(),
        booking: text("bookingId").and_then(|id| id.parse().ok()),
    }
}

/// Beyond types: lengths and ranges. Ids end up in keys, which DynamoDB bounds.
fn check(command: &Command) -> Result<(), Refusal> {
    match command {
        Command::RequestBooking {
            request_id,
            text,
            fields,
        } => {
            check_id("requestId", request_id.as_str())?;
            check_text("text", text)?;
            let travellers = fields.as_ref().and_then(|fields| fields.travellers);
            match travellers {
                Some(0 | 10..) => Err(Refusal::invalid(texts::travellers_range())),
                _ => Ok(()),
            }
        }
        Command::Clarify { action_id, text, .. } => {
            check_id("actionId", action_id.as_str())?;
            check_text("text", text)
        }
        Command::SetPassengers {
            action_id,
            passengers,
            ..
        } => {
            check_id("actionId", action_id.as_str())?;
            passengers.iter().try_for_each(|passenger| match passenger {
                Passenger::Employee(employee) => check_id("employee", employee.as_str()),
                Passenger::Details(_) => Ok(()),
            })
        }
        Command::SelectOption {
            action_id,
            decision_id,
            option_id,
            ..
        } => {
            check_id("actionId", action_id.as_str())?;
            check_id("decisionId", decision_id.as_str())?;
            check_id("optionId", option_id.as_str())
        }
        Command::DecideApproval {
            action_id,
            decision_id,
            comment,
            ..
        } => {
            check_id("actionId", action_id.as_str())?;
            check_id("decisionId", decision_id.as_str())?;
            comment
                .as_deref()
                .map_or(Ok(()), |text| check_text("comment", text))
        }
        Command::ConfirmPurchase {
            action_id,
            decision_id,
            ..
        } => {
            check_id("actionId", action_id.as_str())?;
            check_id("decisionId", decision_id.as_str())
        }
        Command::CancelBooking { action_id, .. } => check_id("actionId", action_id.as_str()),
        Command::ListBookings { .. } | Command::Resume { .. } | Command::Ping {} => Ok(()),
    }
}

fn check_id(name: &str, id: &str) -> Result<(), Refusal> {
    is_id(id)
        .then_some(())
        .ok_or_else(|| Refusal::invalid(texts::bad_id(name)))
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_ID && !id.chars().any(char::is_control)
}

fn check_text(name: &str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() || text.chars().count() > MAX_TEXT {
        return Err(Refusal::invalid(texts::text_length(name, MAX_TEXT)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use events_schema::problem::ErrorCode;
    use serde_json::json;

    use super::*;

    fn check(body: &str, expected: &str) {
        let refusal = command(body).unwrap_err();
        assert_eq!(refusal.code, ErrorCode::InvalidRequest, "{body}");
        assert!(refusal.message.contains(expected), "{body}: {}", refusal.message);
    }

    #[test]
    fn what_cannot_be_understood_is_told_with_what_to_do() {
        let booking = events_schema::samples::booking();
        let cases = [
            (String::new(), "not JSON"),
            ("{".into(), "not JSON"),
            ("[1]".into(), "not JSON"),
            ("\"ping\"".into(), "not JSON"),
            ("{}".into(), "no \"action\""),
            (json!({"action": 7}).to_string(), "no \"action\""),
            (json!({"action": "fly"}).to_string(), "no action \"fly\""),
            (json!({"action": "request_booking", "text": "x"}).to_string(), "requestId"),
            (json!({"action": "request_booking", "requestId": 7, "text": "x"}).to_string(), "request_booking"),
            (json!({"action": "request_booking", "requestId": "", "text": "x"}).to_string(), "\"requestId\""),
            (json!({"action": "request_booking", "requestId": "a\n", "text": "x"}).to_string(), "\"requestId\""),
            (json!({"action": "request_booking", "requestId": "a", "text": "  "}).to_string(), "1 to 2000"),
            (
                json!({"action": "request_booking", "requestId": "a", "text": "x".repeat(2001)}).to_string(),
                "1 to 2000",
            ),
            (
                json!({"action": "request_booking", "requestId": "a", "text": "x", "fields": {"travellers": 10}})
                    .to_string(),
                "1 to 9",
            ),
            (
                json!({"action": "request_booking", "requestId": "a", "text": "x", "employeeId": "other"}).to_string(),
                "employeeId",
            ),
            (json!({"action": "resume", "bookingId": "b-1", "after": 0}).to_string(), "resume"),
            (json!({"action": "resume", "bookingId": booking, "after": -1}).to_string(), "resume"),
            (
                json!({"action": "decide_approval", "actionId": "a", "bookingId": booking, "decisionId": "d",
                       "nonce": "n", "quoteHash": "h", "decision": "perhaps"})
                .to_string(),
                "decide_approval",
            ),
        ];
        for (body, expected) in cases {
            check(&body, expected);
        }
    }

    #[test]
    fn every_action_has_its_command() {
        let booking = events_schema::samples::booking();
        let text = "ü".repeat(2000);
        let commands = [
            json!({"action": "request_booking", "requestId": "r", "text": text}),
            json!({"action": "clarify", "actionId": "a", "bookingId": booking, "text": "Portland, Maine"}),
            json!({"action": "set_passengers", "actionId": "a", "bookingId": booking, "passengers": [{"employee": "e"}]}),
            json!({"action": "select_option", "actionId": "a", "bookingId": booking, "decisionId": "choose#1",
                   "nonce": "n", "optionId": "1-a"}),
            json!({"action": "decide_approval", "actionId": "a", "bookingId": booking, "decisionId": "approve#1.1",
                   "nonce": "n", "quoteHash": "h", "decision": "yes"}),
            json!({"action": "confirm_purchase", "actionId": "a", "bookingId": booking, "decisionId": "confirm#1",
                   "nonce": "n", "quoteHash": "h", "decision": "no"}),
            json!({"action": "cancel_booking", "actionId": "a", "bookingId": booking}),
            json!({"action": "list_bookings"}),
            json!({"action": "resume", "bookingId": booking, "after": 3}),
            json!({"action": "ping"}),
        ];
        for (body, action) in commands.iter().zip(ACTIONS) {
            let command = command(&body.to_string()).unwrap_or_else(|refusal| panic!("{}", refusal.message));
            assert_eq!(command.name(), action);
        }
    }

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
