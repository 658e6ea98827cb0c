//! Step Functions: a durable interpreter of the Amazon States Language in its JSONata dialect, standard workflows
//! only. JSONPath and express workflows are refused when a definition loads.
//!
//! [`definition`] reads and checks, [`machine`] decides in pure steps, [`journal`] writes every step down, [`service`]
//! calls out and keeps the deadlines, [`api`] speaks AWS's protocol. Nothing here knows the template or other services:
//! calls go through [`Integrations`], status changes through [`StatusObserver`].

pub mod definition;
pub mod history;
pub mod integrations;
pub mod jsonata;
pub mod machine;
pub mod template;

mod api;
mod journal;
mod natives;
mod service;
mod validate;

pub use definition::{Definition, DefinitionError};
pub use integrations::{Integrations, TaskError};
pub use service::{Machine, StartError, Started, StatesConfig, StatesService, StatusChange, StatusObserver};

#[cfg(test)]
mod tests;
