//! Sending frames to people's sockets. Three services do it (answers, progress, heartbeats), and each must treat a
//! connection that is gone or slow alike: a post never waits longer than its limit, and only API Gateway's 410
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

/// An answer to somebody who asked may take this long; whoever has others to serve gives each less.
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
    #[error("connection {connection} did not take it within {limit:?}")]
    Slow {
        connection: ConnectionId,
        limit: Duration,
    },
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

    pub async fn post(&self, live: &Live, connection: &ConnectionId, text: &str) -> Result<(), PostError> {
        self.post_within(LIMIT, live, connection, text).await
    }

    pub async fn post_within(
        &self,
        limit: Duration,
        _live: &Live,
        connection: &ConnectionId,
        text: &str,
    ) -> Result<(), PostError> {
        if text.len() > MAX_MESSAGE_BYTES {
            return Err(PostError::TooLarge(text.len()));
        }
        let call = self
            .management
            .post_to_connection()
            .connection_id(connection.as_str())
            .data(Blob::new(text.as_bytes()))
            .send();
        let Ok(outcome) = tokio::time::timeout(limit, call).await else {
            return Err(PostError::slow(connection, limit));
        };
        outcome
            .map(|_| ())
            .map_err(|error| PostError::of(connection, error.into_service_error().into()))
    }

    /// Ends a connection, so that its client connects again and resumes: whoever missed a frame would not know of it
    /// before the next one, and after the last there is none. A connection that is gone already is a success.
    pub async fn hang_up(
        &self,
        limit: Duration,
        _live: &Live,
        connection: &ConnectionId,
    ) -> Result<(), PostError> {
        let call = self
            .management
            .delete_connection()
            .connection_id(connection.as_str())
            .send();
        let Ok(outcome) = tokio::time::timeout(limit, call).await else {
            return Err(PostError::slow(connection, limit));
        };
        let outcome = outcome.map_err(|error| PostError::of(connection, error.into_service_error().into()));
        match outcome {
            Ok(_) | Err(PostError::Gone(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl PostError {
    fn slow(connection: &ConnectionId, limit: Duration) -> Self {
        Self::Slow {
            connection: connection.clone(),
            limit,
        }
    }

    fn of(connection: &ConnectionId, source: aws_sdk_apigatewaymanagement::Error) -> Self {
        let connection = connection.clone();
        match source {
            aws_sdk_apigatewaymanagement::Error::GoneException(_) => Self::Gone(connection),
            source => Self::Call {
                connection,
                source: Box::new(source),
            },
        }
    }

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
            behind_since: None,
        };
        let gone = PostError::Gone(row.connection_id.clone());
        let after = |seconds| connected_at + SignedDuration::from_secs(seconds);
        assert!(!gone.ends(&row, after(2)));
        assert!(gone.ends(&row, after(60)));
        assert!(!PostError::slow(&row.connection_id, LIMIT).ends(&row, after(60)));
    }
}
