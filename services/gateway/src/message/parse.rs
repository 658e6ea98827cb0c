//! From the text of a message to a command, or a refusal that says what is wrong with it. Pure.

use events_schema::socket::{Command, Passenger};
use lambda_host::door::{Refusal, check_id, check_text, parsed};

use crate::texts;

pub const ACTIONS: [&str; 16] = [
    "request_booking", "clarify", "set_passengers", "select_option", "decide_approval", "confirm_purchase",
    "cancel_booking", "confirm_cancellation", "list_bookings", "resume", "ping", "who_am_i", "name_people",
    "list_approvals", "read_insights", "get_itinerary",
];
/// How many colleagues may be asked about at once.
const MAX_NAMES: usize = 50;

pub fn command(body: &str) -> Result<Command, Refusal> {
    let command = parsed(body, &ACTIONS)?;
    check(&command)?;
    Ok(command)
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
        }
        | Command::ConfirmCancellation {
            action_id,
            decision_id,
            ..
        } => {
            check_id("actionId", action_id.as_str())?;
            check_id("decisionId", decision_id.as_str())
        }
        Command::CancelBooking { action_id, .. } => check_id("actionId", action_id.as_str()),
        Command::NamePeople { action_id, employees } => {
            check_id("actionId", action_id.as_str())?;
            if !(1..=MAX_NAMES).contains(&employees.len()) {
                return Err(Refusal::invalid(texts::names_range(MAX_NAMES)));
            }
            employees
                .iter()
                .try_for_each(|id| check_id("employees", id.as_str()))
        }
        Command::WhoAmI { action_id }
        | Command::ListApprovals { action_id }
        | Command::ReadInsights { action_id }
        | Command::GetItinerary { action_id, .. } => check_id("actionId", action_id.as_str()),
        Command::ListBookings { .. } | Command::Resume { .. } | Command::Ping {} => Ok(()),
    }
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
            (json!({"action": "ping", "connectionId": "c-1"}).to_string(), "connectionId"),
            (json!({"action": "list_bookings", "requestContext": {}}).to_string(), "requestContext"),
            (json!({"action": "$connect"}).to_string(), "no action \"$connect\""),
            (json!({"action": "name_people", "actionId": "a", "employees": []}).to_string(), "1 to 50"),
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
            json!({"action": "clarify", "actionId": "a", "bookingId": booking, "text": "Portland, Maine", "round": 2}),
            json!({"action": "set_passengers", "actionId": "a", "bookingId": booking, "passengers": [{"employee": "e"}]}),
            json!({"action": "select_option", "actionId": "a", "bookingId": booking, "decisionId": "choose#1",
                   "nonce": "n", "optionId": "1-a"}),
            json!({"action": "decide_approval", "actionId": "a", "bookingId": booking, "decisionId": "approve#1.1",
                   "nonce": "n", "quoteHash": "h", "decision": "yes"}),
            json!({"action": "confirm_purchase", "actionId": "a", "bookingId": booking, "decisionId": "confirm#1",
                   "nonce": "n", "quoteHash": "h", "decision": "no"}),
            json!({"action": "cancel_booking", "actionId": "a", "bookingId": booking}),
            json!({"action": "confirm_cancellation", "actionId": "a", "bookingId": booking, "decisionId": "cancel#1",
                   "nonce": "n", "quoteHash": "h", "decision": "yes"}),
            json!({"action": "list_bookings"}),
            json!({"action": "resume", "bookingId": booking, "after": 3}),
            json!({"action": "ping"}),
            json!({"action": "who_am_i", "actionId": "a"}),
            json!({"action": "name_people", "actionId": "a", "employees": ["e-1"]}),
            json!({"action": "list_approvals", "actionId": "a"}),
            json!({"action": "read_insights", "actionId": "a"}),
            json!({"action": "get_itinerary", "actionId": "a", "bookingId": booking}),
        ];
        assert_eq!(commands.len(), ACTIONS.len());
        for (body, action) in commands.iter().zip(ACTIONS) {
            let command = command(&body.to_string()).unwrap_or_else(|refusal| panic!("{}", refusal.message));
            assert_eq!(command.name(), action);
        }
    }
}
