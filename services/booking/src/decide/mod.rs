//! The decisions of the human segment: pure, so that every path can be put in a table.

mod approvers;
mod cancellation;
mod ending;
mod quote;
mod settlement;

pub use approvers::{Approver, NoApprover, approvers};
pub use cancellation::{Conditions, kept_by_suppliers, refunded};
pub use ending::{Ending, EndingKind, Loose, ending};
pub use quote::{Quoted, compare, quote_hash};
pub use settlement::{Settlement, Unsettled, given_back, settle};
