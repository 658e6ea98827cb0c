//! Tests of the system as a whole; what one crate promises is tested with that crate.
//!
//! - [`contract`]: what is committed for others to rely on (schemas, rules, template) agrees with the code.
//! - [`tidy`]: what must be absent from the code is absent.

mod contract;
mod repository;
mod tidy;
