//! The state machine's tasks against real tables: the repository's own template in the local cloud, with the
//! function's own permissions, and the sample supplier over an in-process network that can fail.
//!
//! Each test calls tasks one by one, as the machine would, and crashes or repeats them in between. The order in which
//! the machine calls them is `tests/state_machine`'s; everybody else's part is played here by writing what they would.

mod desk;
mod legs;
mod money;
mod network;
mod questions;
mod rows;
mod tables;
