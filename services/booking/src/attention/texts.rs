//! What travel managers read about bookings that need them.

pub const NO_SUCH_ITEM: &str = "No booking of this id needs attention. list_attention shows those that do.";
pub const RESOLVED_BEFORE: &str = "This was resolved already; show_attention says how. Nothing was changed.";
pub const BUSY: &str = "Somebody else is working on this booking at the same moment. Look at it again.";

/// `problem` is the settlement's: it names the leg.
pub fn unsettled(problem: &str) -> String {
    format!("This does not settle the booking yet: {problem}. Then send it again.")
}
