//! The contract that every adapter keeps, each against the other side that it speaks to: over sockets, through its own
//! wire format. `cargo test -p suppliers --test contract -- --nocapture keeps_the_contract` prints which promises were
//! checked for whom, and which do not apply. What it cannot cover: a real supplier's inventory, and TLS.

mod agentcore;
mod bounded;
mod duffel;
mod network;
mod readme;
mod registry;
mod sample_api;
mod sample_web;
mod suite;
mod without_browser;
