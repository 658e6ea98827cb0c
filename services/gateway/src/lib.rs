//! # gateway: where people come in
//!
//! Four functions of one WebSocket API. [`authorizer`] says who opens a socket, [`connect`] and [`disconnect`] keep
//! track of it, [`message`] takes commands. Who somebody is comes from the verified connection, never
//! from a message.
//!
//! What people read is in [`texts`]. No other service's decisions are made here: a command becomes a fact in the
//! booking's history, or is refused with a reason.

pub mod authorizer;
pub mod connect;
pub mod disconnect;
pub mod message;
pub mod texts;
