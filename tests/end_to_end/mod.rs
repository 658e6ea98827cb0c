//! Bookings from outside: people on sockets, the real functions, tables, bus and state machine in between, on one
//! thread and a clock that stands still until nothing is left to do. What goes over real HTTP and TLS is not covered
//! here; `deploy` does that.

mod crashes;
mod cuts;
mod devices;
pub mod documents;
mod endings;
mod histories;
pub mod listening;
pub mod notices;
pub mod office;
mod pages_of_bookings;
mod paths;
pub mod people;
pub mod policies;
mod privacy;
mod races;
pub mod reconciliation;
mod suppliers;
mod traces;
pub mod trips;
pub mod world;
