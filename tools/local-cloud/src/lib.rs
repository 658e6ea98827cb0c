//! An AWS stand-in in one process: it hosts a SAM template's functions, tables, bus, queues, state machines and
//! WebSocket API, answers the AWS SDKs, CLI and boto3 on one endpoint, and keeps everything in one directory.

pub mod clock;
pub mod edge;
pub mod connector;
pub mod dynamodb;
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
