//! `template.yaml` is enforced: [`statements`] takes every permission away in turn, [`missed`] sees what functions say without it, [`limits`] runs functions into their timeouts and payloads over their limits, [`foreign`] hosts templates
//! that are not ours, and [`refused`] and [`ignored`] see what is said of templates that cannot be run, or not wholly.
//!
//! Not covered: what only AWS enforces, such as policies of buckets and keys.

mod elsewhere;
pub mod flows;
mod foreign;
mod ignored;
mod limits;
mod missed;
mod refused;
mod statements;
mod witness;
