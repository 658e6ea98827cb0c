//! # audit: who did what, on which evidence
//!
//! Two chains of rows in AuditLog, each row holding the hash of the one before ([`chain`], pure): [`bookings`] writes
//! one chain per booking from the stream, [`facts`] the chains of what is no booking: per person what they tried and may
//! not, the directory of people, each budget. [`verify`] says
//! whether a chain is whole and unchanged. [`entry`] decides what a row says of an event.
//!
//! [`receipts`] writes down what the bus received, and [`reconcile`] compares all that is kept of every history: head,
//! Journal, trail, receipts. [`explorer`] shows developers one history, the bus, and replays.
//!
//! No row holds a person's words or details: events carry references only, and so does the audit.

pub mod bookings;
pub mod chain;
pub mod entry;
pub mod explorer;
pub mod facts;
pub mod log;
pub mod receipts;
pub mod reconcile;
mod rows;

pub use chain::{AuditRow, Broken, verify};
