//! Every sentence a person reads in an answer to a command: the one place to translate. Each says what is wrong and
//! what to do next; nothing internal.

pub const NOT_JSON: &str =
    "That was not JSON. Send one JSON object per message, such as {\"action\": \"ping\"}.";
pub const NO_ACTION: &str = "The message has no \"action\". Say what to do, such as {\"action\": \"ping\"}.";
pub const TOO_LARGE: &str = "The message is larger than 32 KB. Shorten it and send it again.";
pub const TOO_FAST: &str = "Too many messages in a short time. Wait ten seconds, then send it again.";
pub const INTERNAL: &str = "Something went wrong on our side. Send the same message again, with the same id.";
pub const NOT_SIGNED_IN: &str = "This connection is not signed in. Connect again with a fresh token.";

pub const NO_SUCH_BOOKING: &str = "There is no such booking. list_bookings shows yours.";
pub const NO_SUCH_QUESTION: &str = "Nothing was asked under this decision id. resume shows what is open.";
pub const NO_SUCH_OPTION: &str = "This option was not offered. Choose one of the options you were shown.";
pub const NOT_YOURS: &str = "This booking is not yours to change.";
pub const NOT_ASKED: &str = "Only the person who was asked, or their delegate, can decide this.";
pub const OWN_APPROVAL: &str = "Nobody approves their own trip. Your approver was asked.";
pub const NOT_IN_DIRECTORY: &str = "You are not in the company's travel directory yet. Ask your travel manager to add you, then send it again.";

pub const TOO_LATE: &str = "The time to answer this has passed. Request the trip again if you still need it.";
pub const ALREADY_DECIDED: &str = "This was decided already; the first answer stands.";
pub const QUESTION_CANCELLED: &str =
    "The booking was cancelled before this was decided. There is nothing left to do.";
pub const QUESTION_REPLACED: &str = "You were asked anew since. Answer the newest question; resume shows it.";
pub const OTHER_QUESTION: &str = "This decision is about something else. Check the decision id.";
pub const PRICE_MOVED: &str =
    "The price changed since you were asked. Answer the newest question; resume shows it.";
pub const ID_USED: &str = "This id was used for another command already. Send it again with a new id.";
pub const BOOKING_BUSY: &str =
    "The booking changed at the same moment. Look at where it stands, then send it again.";
pub const NOT_NOW: &str = "The booking is not waiting for this now. resume shows where it stands.";
pub const ENDED: &str = "This booking has ended. Request the trip again if you still need it.";
pub const CONFIRMED: &str = "This booking is confirmed and paid. To cancel it now, ask your travel manager: the suppliers' conditions apply.";

pub const BAD_CURSOR: &str =
    "The cursor is not one of ours. Use it exactly as given, or leave it out to start over.";
pub const NO_PASSENGERS: &str = "Send at least one passenger.";
pub const TOO_MANY_PASSENGERS: &str = "A booking is for at most 9 travellers.";
pub const PASSENGERS_FIXED: &str = "Passengers can no longer be changed: the purchase has begun.";

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

pub fn bad_id(name: &str) -> String {
    format!("\"{name}\" must be 1 to 200 characters without control characters.")
}

pub fn text_length(name: &str, most: usize) -> String {
    format!("\"{name}\" must have 1 to {most} characters.")
}

pub fn travellers_range() -> String {
    "\"fields.travellers\" must be 1 to 9.".into()
}

pub fn passenger_field(position: usize, field: &str, wanted: &str) -> String {
    format!("Passenger {}: \"{field}\" must be {wanted}.", position + 1)
}

pub fn no_stored_details(position: usize) -> String {
    format!(
        "Passenger {}: no details are stored for this employee. Send the details themselves.",
        position + 1
    )
}

pub fn passenger_count(wanted: u8, given: usize) -> String {
    format!("The trip is for {wanted} travellers, but {given} passengers were sent. Send one for each.")
}

pub fn passengers_missing(wanted: u8, known: usize) -> String {
    format!(
        "{known} of {wanted} passengers are known. Send set_passengers with one entry per traveller, then confirm again."
    )
}
