//! A request as it was understood.

mod clarification_requested;
mod plan_proposed;
mod planning_failed;
mod policy_answered;

pub use clarification_requested::{ClarificationRequested, Problem, Question};
pub use plan_proposed::{PlanProposed, PlannedBy, PlanningRecord};
pub use planning_failed::PlanningFailed;
pub use policy_answered::PolicyAnswered;
