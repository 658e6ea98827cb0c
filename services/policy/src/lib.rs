//! # policy: documents become rules, and requests find the clauses that bear on them
//!
//! Three functions and one command.
//! [`desk`]: a travel manager uploads a document, compares rules with clauses, and activates a version.
//! [`ingest`]: a document lands in the bucket → a [`reader`] reads its clauses → `rules` types and checks what it says, or
//! [`draft`] drafts rules from its words → clauses (with vectors, where a model embeds them), then the version's row,
//! Journal and event in one transaction.
//! [`activate`]: a travel manager makes a version the one that new bookings follow.
//! [`retrieve`]: a booking was requested → the [`library`] finds the clauses that bear on the words → `PolicyRetrieved`
//! pins the version, its currency and its rates to the booking.
//!
//! It does not judge: whether a trip is allowed is `compliance`'s business. A model is asked to read, to draft and to
//! embed; what follows from its answers is checked here and activated by people.

pub mod draft;
pub mod embed;
pub mod evaluation;
pub mod library;
pub mod parser;
pub mod reader;
pub mod retrieval;

mod activate;
mod clauses;
mod data_automation;
mod desk;
mod documents;
mod in_words;
mod ingest;
mod markdown;
mod pdf;
mod policies;
mod record;
mod retrieve;
mod rules;
mod texts;
mod uploads;

pub use activate::{ActivateError, Activated, activate};
pub use data_automation::DataAutomation;
pub use desk::desk;
pub use documents::{Documents, MOST_BYTES};
pub use draft::by_rules::unheld::unheld;
pub use in_words::in_words;
pub use ingest::{ingest, parse, rules_of};
pub use policies::{Policies, PoliciesError};
pub use retrieval::{Found, Index, Signs};
pub use retrieve::retrieve;
pub use rules::read_rules;
