//! Sending frames to people's sockets. Three services do it (answers, progress, heartbeats), and each must treat a
//! connection that is gone or slow alike: a post never waits longer than [`LIMIT`], and only API Gateway's 410
//! says that a connection is gone.

use std::time::Duration;

use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::config::Builder;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use events_schema::ids::ConnectionId;
use events_schema::rows::ConnectionRow;
use jiff::{SignedDuration, Timestamp};

use crate::live::Live;
use crate::runtime::{ConfigError, Runtime};

/// One post may take this long; a client that missed a frame resumes.
pub const LIMIT: Duration = Duration::from_secs(3);
/// API Gateway's bound on one message in bytes.
pub const MAX_MESSAGE_BYTES: usize = 128 * 1024;
/// A post can be answered 410 while `$connect` is still running; such a young connection is not gone.
const CONNECTING: SignedDuration = SignedDuration::from_secs(10);

#[derive(Clone)]
pub struct Sockets {
    management: Client,
}

#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// Nobody is there any more: the row may go.
    #[error("connection {0} is gone")]
    Gone(ConnectionId),
    /// The frame may have arrived all the same: clients drop what they have.
    #[error("posting to connection {0} took longer than {LIMIT:?}")]
    Slow(ConnectionId),
    #[error("the frame is {0} bytes; a message holds at most {MAX_MESSAGE_BYTES}")]
    TooLarge(usize),
    #[error("posting to connection {connection} failed")]
    Call {
        connection: ConnectionId,
        source: Box<aws_sdk_apigatewaymanagement::Error>,
    },
}

impl Sockets {
    /// Setting: `MANAGEMENT_ENDPOINT`, the management URL of API and stage; never taken from a request.
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        let endpoint = runtime.setting("MANAGEMENT_ENDPOINT")?;
        let config = Builder::from(&runtime.aws).endpoint_url(endpoint).build();
        Ok(Self {
            management: Client::from_conf(config),
        })
    }

    pub async fn post(&self, _live: &Live, connection: &ConnectionId, text: &str) -> Result<(), PostError> {
        if text.len() > MAX_MESSAGE_BYTES {
            return Err(PostError::TooLarge(text.len()));
        }
        let call = self
            .management
            .post_to_connection()
            .connection_id(connection.as_str())
            .data(Blob::new(text.as_bytes()))
            .send();
        let outcome = tokio::time::timeout(LIMIT, call)
            .await
            .map_err(|_| PostError::Slow(connection.clone()))?;
        match outcome.map_err(|error| error.into_service_error()) {
            Ok(_) => Ok(()),
            Err(error) if error.is_gone_exception() => Err(PostError::Gone(connection.clone())),
            Err(error) => Err(PostError::Call {
                connection: connection.clone(),
                source: Box::new(error.into()),
            }),
        }
    }
}

impl PostError {
    /// Whether the connection's row should be deleted.
    pub fn ends(&self, row: &ConnectionRow, now: Timestamp) -> bool {
        matches!(self, Self::Gone(_)) && now.duration_since(row.connected_at) > CONNECTING
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_still_being_made_is_not_gone() {
        let connected_at = events_schema::samples::now();
        let row = ConnectionRow {
            employee_id: events_schema::samples::employee(),
            connection_id: ConnectionId::new("c"),
            roles: Vec::new(),
            connected_at,
            ttl: 0,
        };
        let gone = PostError::Gone(row.connection_id.clone());
        let after = |seconds| connected_at + SignedDuration::from_secs(seconds);
        assert!(!gone.ends(&row, after(2)));
        assert!(gone.ends(&row, after(60)));
        assert!(!PostError::Slow(row.connection_id.clone()).ends(&row, after(60)));
    }
}
