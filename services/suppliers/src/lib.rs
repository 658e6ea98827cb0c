//! # The supplier port and its adapters
//!
//! Charter. Not a service, and it emits no events: `search` asks and `booking` buys through the same adapter, so what
//! a supplier's answers mean is decided once. It knows suppliers' formats and nothing of bookings, policies or tables.
//! Every adapter passes `tests/contract`; README.md says how to add one.
//!
//! [`port`] says what a supplier can do, [`error`] what can go wrong, [`kinds`] which adapters there are, [`registry`]
//! which suppliers are configured.

mod effect;
mod error;
mod kinds;
mod limited;
mod offer_id;
mod port;
mod registry;
mod sample_api;
mod sample_web;

pub use error::{AskedTooOften, SupplierError, TookTooLong};
pub use port::{BookRequest, Cancellation, CancellationTerms, Order, Supplier};
pub use registry::{Registry, RegistryError, kinds};
pub use sample_api::SampleApi;
pub use sample_web::SampleWeb;
