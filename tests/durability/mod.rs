//! What outlives the process. [`killed`] kills the real `sojourn up` at random moments while people travel;
//! [`refusals`] sees what it says where it cannot go on.
//!
//! That each kind of thing (deliveries, retries, tokens, positions, schedules, archives) goes on after a stop at its
//! worst moment is tested with the part that keeps it, in `local-cloud`. A power cut is not covered.

mod checks;
mod journey;
mod killed;
pub mod process;
pub mod refusals;
mod travellers;
