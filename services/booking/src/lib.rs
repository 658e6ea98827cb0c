//! The human segment of a booking, and how every booking ends.
//!
//! Three functions. [`task`] carries out the steps of `statemachine/booking.asl.json`, one file each in [`tasks`],
//! a step beside its undo. [`wake`] wakes the machine when somebody decided: it only wakes; what was decided is read
//! from the Decisions row. [`close`] ends bookings that never reached the machine, or that got stuck.
//!
//! [`decide`] is pure: it does no I/O and reads no clock. [`tables`] has one file per table.

mod close;
pub mod decide;
mod deps;
#[cfg(test)]
mod past;
pub mod tables;
pub mod tasks;
mod wake;

pub use close::close;
pub use tasks::task;
pub use wake::wake;
