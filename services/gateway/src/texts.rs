//! Every sentence a person reads in an answer to a command: the one place to translate. Each says what is wrong and
//! what to do next; nothing internal.

pub use lambda_host::door::texts::*;

pub const NOT_SIGNED_IN: &str = "This connection is not signed in. Connect again with a fresh token.";

pub const NO_SUCH_BOOKING: &str = "There is no such booking. list_bookings shows yours.";
pub const NO_SUCH_QUESTION: &str = "Nothing was asked under this decision id. resume shows what is open.";
pub const NO_SUCH_OPTION: &str = "This option was not offered. Choose one of the options you were shown.";
pub const NOT_YOURS: &str = "This booking is not yours to change.";
pub const NOT_ASKED: &str = "Only the person who was asked, or their delegate, can decide this.";
pub const OWN_APPROVAL: &str = "Nobody approves their own trip. Your approver was asked.";
pub const TRAVELS_ALONG: &str = "You are one of this trip's travellers, and nobody approves a trip they are on. Please tell whoever asked for it.";
pub const APPROVER_TRAVELS: &str = "Somebody who was asked to approve this trip cannot travel on it as well. To take them \
     along, cancel it and ask again, with everybody named before an option is chosen.";
pub const NOT_IN_DIRECTORY: &str = "You are not in the company's travel directory yet. Ask your travel manager to add you, then send it again.";

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
pub const CANCELLING: &str = "This trip is being cancelled already. resume shows where that stands.";
pub const CANCELLED_BEFORE: &str = "This trip is cancelled already. There is nothing left to do.";
pub const CANCELLATION_STUCK: &str =
    "A travel manager is settling the cancellation of this trip. Ask them how it stands.";

pub const NOT_CONFIRMED: &str = "There is an itinerary once the booking is confirmed.";

pub const BAD_CURSOR: &str =
    "The cursor is not one of ours. Use it exactly as given, or leave it out to start over.";
pub const NO_PASSENGERS: &str = "Send at least one passenger.";
pub const TOO_MANY_PASSENGERS: &str = "A booking is for at most 9 travellers.";
pub const PASSENGERS_FIXED: &str = "Passengers can no longer be changed: the purchase has begun.";

pub fn names_range(most: usize) -> String {
    format!("\"employees\" must name 1 to {most} people.")
}

pub fn travellers_range() -> String {
    "\"fields.travellers\" must be 1 to 9.".into()
}

pub fn passenger_field(position: usize, field: &str, wanted: &str, missing: bool) -> String {
    let passenger = position + 1;
    match missing {
        true => format!("Passenger {passenger}: \"{field}\" is missing ({wanted})."),
        false => format!("Passenger {passenger}: \"{field}\" must be {wanted}."),
    }
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

/// `missing`: the passengers nothing is known of, counted from 1.
pub fn passengers_missing(missing: &[usize]) -> String {
    let missing: Vec<_> = missing
        .iter()
        .map(|passenger| format!("passenger {passenger}"))
        .collect();
    format!(
        "The details of {} are missing. Send set_passengers with one entry per traveller, then confirm again.",
        missing.join(", ")
    )
}
