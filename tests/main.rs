//! Tests of the system as a whole; what one crate promises is tested with that crate.
//!
//! - [`contract`]: what is committed for others to rely on (schemas, rules, template) agrees with the code.
//! - [`consumers`]: consumers made in each language, held to the conformance kit and given live events; the gate.
//! - [`durability`]: the process is killed at random moments, and starts on whatever it finds.
//! - [`deploy`]: the `bootstrap` binaries, the tools that deploy and foreign clients, against the local cloud.
//! - [`end_to_end`]: bookings from sentence to end, through sockets, crashes and races.
//! - [`enforcement`]: what `template.yaml` allows and limits is what functions may do, and other templates run too.
//! - [`pages`]: trips booked on a supplier's pages, by a real browser.
//! - [`replay`]: history once more, to read models that welcome it, and without any other effect.
//! - [`security`]: hostile requests and documents change nothing that matters.
//! - [`tidy`]: what must be absent from the code is absent.
//! - [`web`]: the page in a real browser.

mod consumers;
mod contract;
mod deploy;
mod durability;
mod end_to_end;
mod enforcement;
mod pages;
mod records;
mod replay;
mod repository;
mod security;
mod tidy;
mod web;
