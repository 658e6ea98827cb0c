//! A WebSocket API as API Gateway runs it: an authorizer and an integration on `$connect`, routes by a member of
//! each message, frames posted back through `@connections`.
//!
//! Kept from API Gateway: the event documents; 401, 403 and 502 before the upgrade; 32 KB a frame and 128 KB a
//! message, beyond which the connection closes with 1009 (so a function that wants to answer "too large" on a
//! living connection sets its own, smaller limit); binary frames close with 1003; 10 minutes idle, counted in
//! messages either way, and 2 hours in all close with 1001; a message's function runs beside those of the messages
//! before it, while posted frames leave in the order of posting.
//!
//! Of its own: a connection may have `Limits::outgoing_bytes` waiting to be read. A reader too slow for that is
//! dropped with 1008 and its posts answer 410, so that it holds up nobody else. Connections live in this process:
//! after a restart all are gone and posts to them answer 410.

mod api;
mod authorizer;
mod connections;
mod event;
mod management;
mod server;

use std::collections::BTreeMap;
use std::time::Duration;

pub use api::{Handshake, Refusal, Session, WebSocketApi};
pub use connections::{Ending, PostError};
pub use server::router;

#[derive(Clone, Debug)]
pub struct WebSocketConfig {
    pub api_id: String,
    pub region: String,
    pub account: String,
    pub stage: String,
    /// As events tell it; on AWS `{api}.execute-api.{region}.amazonaws.com`.
    pub domain_name: String,
    /// `$request.body.MEMBER`, with further members behind dots.
    pub route_selection_expression: String,
    /// By route key: `$connect`, `$disconnect`, `$default` or a value of the selection expression.
    pub routes: BTreeMap<String, Route>,
    /// Of `$connect`; its answers are never cached.
    pub authorizer: Option<Authorizer>,
    pub limits: Limits,
}

#[derive(Clone, Debug)]
pub struct Route {
    /// The integration's function, by ARN or name.
    pub function: String,
    /// Whether the route has a route response: then the function's `body` goes back to the client.
    pub responds: bool,
}

#[derive(Clone, Debug)]
pub struct Authorizer {
    pub function: String,
    /// `route.request.header.NAME` or `route.request.querystring.NAME`; without all of them it is 401 at once.
    pub identity_sources: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub frame_bytes: usize,
    pub message_bytes: usize,
    pub idle: Duration,
    pub lifetime: Duration,
    pub integration_timeout: Duration,
    pub outgoing_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame_bytes: 32 * 1024,
            message_bytes: 128 * 1024,
            idle: Duration::from_secs(10 * 60),
            lifetime: Duration::from_secs(2 * 3600),
            integration_timeout: Duration::from_secs(29),
            outgoing_bytes: 4 * 1024 * 1024,
        }
    }
}

#[cfg(test)]
mod tests;
