//! What people read in answers that every function behind a socket gives. What only one of them says is in its own
//! catalogue.

pub const NOT_JSON: &str =
    "That was not JSON. Send one JSON object per message, such as {\"action\": \"ping\"}.";
pub const NO_ACTION: &str = "The message has no \"action\". Say what to do, such as {\"action\": \"ping\"}.";
pub const TOO_LARGE: &str = "The message is larger than 32 KB. Shorten it and send it again.";
pub const TOO_FAST: &str = "Too many messages in a short time. Wait ten seconds, then send it again.";
pub const STALE_TOKEN: &str = "Decisions about money need a fresh sign-in. Connect again with a new token, then send the same message, with the same id.";
pub const INTERNAL: &str = "Something went wrong on our side. Send the same message again, with the same id.";
pub const TOO_LATE: &str = "The time to answer this has passed. Request the trip again if you still need it.";
pub const NOT_NOW: &str = "The booking is not waiting for this now. resume shows where it stands.";
pub const ENDED: &str = "This booking has ended. Request the trip again if you still need it.";
pub const CONFIRMED: &str =
    "This booking is confirmed and paid. cancel_booking shows what cancelling it gives back.";
pub const NOT_FOR_YOU: &str = "This is for travel managers. Ask one of yours.";

pub fn unknown_action(action: &str, known: &[&str]) -> String {
    let action: String = action.chars().take(40).collect();
    format!(
        "There is no action \"{action}\". Known are: {}.",
        known.join(", ")
    )
}

/// `reason` is the parser's: it names the field.
pub fn malformed(action: &str, reason: &str) -> String {
    format!("{action} is not well formed: {reason}. Correct it and send it again.")
}

/// For the audit: the client is told that there is no such member or action.
pub fn pretended(member: &str) -> String {
    format!("The message says who sends it in \"{member}\": only the connection does.")
}

pub fn bad_id(name: &str) -> String {
    format!("\"{name}\" must be 1 to 200 characters without control characters.")
}

pub fn text_length(name: &str, most: usize) -> String {
    format!("\"{name}\" must have 1 to {most} characters.")
}
