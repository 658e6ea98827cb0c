//! The state machine of `statemachine/booking.asl.json`, path by path: which tasks it calls in which order, how long
//! it waits for people, what it retries, and what it hands to `end`.
//!
//! The definition is the deployed one, interpreted by the local cloud's Step Functions; the tasks answer by script.
//! What the tasks do themselves is tested beside them and in `tests/tasks`; how AWS's own interpreter differs from
//! ours cannot be seen here.

mod cancellations;
mod paths;
mod readme;
mod recovery;
mod retries;
mod stage;
mod waits;
