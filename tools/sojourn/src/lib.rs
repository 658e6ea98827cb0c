//! The `sojourn` command: the whole system on a laptop, and a traveller's terminal.
//!
//! [`laptop`] starts everything in one process; [`web`] serves the page, sockets and local sign-in; [`traveller`] is a
//! WebSocket client that loses nothing; [`commands`] has one file per subcommand.

pub mod commands;
pub mod laptop;
pub mod running;
pub mod runtime;
pub mod traveller;
pub mod web;
