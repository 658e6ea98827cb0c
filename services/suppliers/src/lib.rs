//! # The supplier port and its adapters
//!
//! Charter. Not a service, and it emits no events: `search` asks and `booking` buys through the same adapter, so what
//! a supplier's answers mean is decided once. It knows suppliers' formats and nothing of bookings, policies or tables.
//! Every adapter passes `tests/contract.rs`; README.md says how to add one.
//!
//! [`port`] says what a supplier can do, [`error`] what can go wrong, [`registry`] which suppliers there are.

mod error;
mod port;
mod registry;
mod sample_api;

pub use error::SupplierError;
pub use port::{BookRequest, Cancellation, CancellationTerms, Order, Supplier};
pub use registry::{Registry, RegistryError};
pub use sample_api::SampleApi;
