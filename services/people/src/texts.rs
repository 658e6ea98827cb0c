//! What travel managers read in answers about people and budgets.

pub const NO_SUCH_PERSON: &str = "Nobody of this id is in the directory. list_people shows who is.";
pub const NO_SUCH_BUDGET: &str =
    "This cost centre has neither a budget nor bookings. list_budgets shows those that have.";
pub const BUSY: &str = "Others change the same at the moment. Nothing was changed; send it again.";
pub const BAD_CURSOR: &str =
    "The cursor is not one of ours. Use it exactly as given, or leave it out to start over.";
pub const ID_USED: &str = "This id was used for another command already. Send it again with a new id.";

/// More than one transaction holds.
pub fn too_many(changed: usize, most: usize) -> String {
    format!(
        "This import changes {changed} people; at most {most} can be changed at once, all or none. Split the sheet, \
         approvers first."
    )
}

/// `problems` are the directory's, each a clause.
pub fn unfit(problems: &[String]) -> String {
    format!("Nothing was changed: {}.", problems.join("; "))
}

/// `reason` says what stands against it.
pub fn not_erased(reason: &crate::decide::erasure::StillNeeded) -> String {
    format!("Not erased: {reason}.")
}

pub fn was_erased(employee: &str) -> String {
    format!(
        "{employee} was erased, and an id that was erased is never used again: give the person another one"
    )
}
