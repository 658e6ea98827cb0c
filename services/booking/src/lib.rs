//! The human segment of a booking, and how every booking ends.
//!
//! Four functions. [`task`] carries out the steps of `statemachine/booking.asl.json`, one file each in [`tasks`],
//! a step beside its undo. [`wake`] wakes the machine when somebody decided: it only wakes; what was decided is read
//! from the Decisions row. [`close`] ends bookings that never reached the machine, or that got stuck. [`attention()`] shows
//! travel managers what could not be settled by itself, and settles it by what they found out.
//!
//! [`decide`] is pure: it does no I/O and reads no clock. [`tables`] has one file per table.

mod attention;
mod close;
pub mod decide;
mod deps;
#[cfg(test)]
mod past;
pub mod tables;
pub mod tasks;
mod wake;

pub use attention::attention;
pub use close::close;
pub use tasks::task;
pub use wake::wake;
