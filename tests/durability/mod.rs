//! What outlives the process. [`killed`] kills the real `sojourn up` at random moments while people travel;
//! [`refusals`] sees what it says where it cannot go on.
//!
//! [`kinds`] kills it while one of each kind of thing is on its way (deliveries, retries, tokens, schedules, archives).
//! What a stop at its worst moment does to each is tested with the part that keeps it, in `local-cloud`. A power cut is
//! not covered.

mod checks;
mod journey;
mod killed;
mod kinds;
mod poison;
pub mod process;
pub mod refusals;
mod replayed;
mod travellers;
