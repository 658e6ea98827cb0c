//! What the rules say of plans and options.

mod options_ranked;
mod plan_accepted;
mod plan_rejected;

pub use options_ranked::OptionsRanked;
pub use plan_accepted::PlanAccepted;
pub use plan_rejected::{PlanRejected, Violation};
