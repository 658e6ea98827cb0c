//! # policy: documents become rules, and requests find the clauses that bear on them
//!
//! Two functions and one command.
//! [`ingest`]: a document lands in the bucket → [`parser`] reads its clauses → `rules` types and checks what it says →
//! clauses, then the version's row, Journal and event in one transaction.
//! [`activate`]: a travel manager makes a version the one that new bookings follow.
//! [`retrieve`]: a booking was requested → [`retrieval`] finds the clauses that bear on the words → `PolicyRetrieved` pins
//! the version, its currency and its rates to the booking.
//!
//! It does not judge: whether a trip is allowed is `compliance`'s business. Nothing here asks a model.

pub mod evaluation;
pub mod parser;

mod activate;
mod clauses;
mod documents;
mod ingest;
mod markdown;
mod pdf;
mod policies;
mod record;
pub mod retrieval;
mod retrieve;
mod rules;

pub use activate::{ActivateError, Activated, activate};
pub use ingest::{ingest, parse, rules_of};
pub use policies::{Policies, PoliciesError};
pub use retrieval::Index;
pub use retrieve::retrieve;
pub use rules::read_rules;
