//! What the records of a history say against each other.

mod discrepancy_found;

pub use discrepancy_found::{Discrepancy, DiscrepancyFound, DiscrepancyKind};
