//! An AWS stand-in in one process: it hosts a SAM template's functions, tables, bus, queues, state machines and
//! WebSocket API, answers the AWS SDKs, CLI and boto3 on one endpoint, and keeps everything in one directory.
//!
//! A call's way: a client signs it as a function of the template → [`connector`] or HTTP hands it to the
//! [`endpoint`] → [`iam`] decides → the service answers. What it sets off goes on through [`ports`]: the bus to
//! targets, streams and queues to functions, state machines to whatever their tasks name. [`cloud`] starts it all
//! from a [`template`].
//!
//! Nothing here knows a booking. It is no substitute for a deployment test; `Template::ignored` lists what it leaves
//! out of a template.

pub mod clock;
pub mod cloud;
pub mod connector;
pub mod dynamodb;
pub mod edge;
pub mod endpoint;
pub mod events;
pub mod functions;
pub mod iam;
pub mod pattern;
pub mod ports;
pub mod states;
pub mod store;
pub mod stream_mappings;
pub mod template;
pub mod wire;

pub use cloud::{LocalCloud, Options, StartError};
