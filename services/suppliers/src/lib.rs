//! # The supplier port and its adapters
//!
//! Charter. Not a service, and it emits no events: `search` asks and `booking` buys through the same adapter, so what
//! a supplier's answers mean is decided once. It knows suppliers' formats, and the one table that says how they fare; of
//! bookings and policies it knows nothing. Every adapter passes `tests/contract`; README.md says how to add one.
//!
//! [`port`] says what a supplier can do, [`error`] what can go wrong, [`kinds`] which adapters there are, [`registry`]
//! which suppliers are configured, [`breaker`] when one is left alone.

mod breaker;
mod duffel;
mod effect;
mod error;
mod guard;
mod health;
mod kinds;
mod limited;
mod notice;
mod offer_id;
mod port;
mod registry;
mod sample_api;
mod sample_web;

pub use breaker::{Admission, Outcome};
pub use duffel::Duffel;
pub use error::{AskedTooOften, SupplierError, TookTooLong};
pub use guard::LeftAlone;
pub use health::Health;
pub use notice::{Notice, NoticeError, ScheduleChange};
pub use port::{BookRequest, Cancellation, CancellationTerms, Order, Supplier};
pub use registry::{Registry, RegistryError, kinds};
pub use sample_api::SampleApi;
pub use sample_web::SampleWeb;
