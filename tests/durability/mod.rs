//! What outlives the process. [`killed`] kills the real `sojourn up` at random moments while people travel, some of them
//! in two minds, some on a bad day of their supplier's; [`refusals`] sees what it says where it cannot go on.
//!
//! [`kinds`] kills it while one of each kind of thing is on its way (deliveries, retries, streams, tokens, schedules,
//! archives, dead letters).
//! What a stop at its worst moment does to each is tested with the part that keeps it, in `local-cloud`. A power cut is
//! not covered.

mod checks;
mod contest;
mod decisions;
mod invoked;
mod journey;
mod killed;
mod kinds;
mod legs;
mod poison;
pub mod process;
mod promises;
pub mod refusals;
mod replayed;
mod supplier;
mod travellers;
