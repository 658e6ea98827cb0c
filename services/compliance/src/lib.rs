//! # compliance: what the rules say of plans and options
//!
//! One function, two reactions. `PlanProposed`: what can be judged before prices are known → `PlanAccepted` or
//! `PlanRejected`. `OffersFound`: offers become options, judged and ranked → `OptionsRanked`, or `PlanRejected` where
//! nothing allowed is left.
//!
//! [`decide`] is pure and total: the same plan, offers and pinned policy always give the same verdicts. No model, no
//! clock, no supplier is asked here, and nothing is approved here: options only say whose approval they would need.

pub mod decide;
pub mod policy;
pub mod rejudge;

mod choice;
mod combine;
mod counts;
mod function;
mod judge;
mod leg;
mod offers;
mod options;
mod policies;
mod reason;
mod verdict;
mod wishes;

// Used by every file here; pinned in the events.
pub use events_schema::rates;
pub use function::function;
