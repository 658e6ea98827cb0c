//! Plain HTTP out of a function (suppliers, key sets), as a trait: locally in process or without TLS.

use async_trait::async_trait;
use bytes::Bytes;

#[async_trait]
pub trait HttpClient: Send + Sync {
    /// One request, no retries, no redirects. The caller sets the time limit.
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError>;
}

#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Nothing reached the other side.
    #[error("could not connect to {host}")]
    Connect {
        host: String,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The request may have been acted upon; the answer did not arrive.
    #[error("no answer from {host}")]
    NoAnswer {
        host: String,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
