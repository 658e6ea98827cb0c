//! Committed contracts: event and socket schemas with their examples, subscriptions, and the template that deploys.
//! Covers whether they agree with each other and with the Rust types. Cannot tell whether AWS accepts the template:
//! `sam validate --lint` does.

mod grants;
mod kept;
mod outsiders;
mod page;
mod rules;
mod schemas;
mod settings;
mod subscriptions;
mod tables;
pub mod template;
pub mod yaml;
