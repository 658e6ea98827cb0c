//! Plain HTTP out of a function (suppliers, key sets), as a trait: locally in process or without TLS.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderValue;

use crate::steps;

#[async_trait]
pub trait HttpClient: Send + Sync {
    /// One request, no retries, no redirects. The caller sets the time limit.
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError>;
}

/// Gives every request the trace of the step that sends it, in `traceparent`.
pub struct Traced(pub Arc<dyn HttpClient>);

#[async_trait]
impl HttpClient for Traced {
    async fn send(&self, mut request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        // Of hexadecimal digits and dashes: always a header's value.
        if let Some(value) = steps::traceparent().and_then(|text| HeaderValue::try_from(text).ok()) {
            request.headers_mut().insert("traceparent", value);
        }
        self.0.send(request).await
    }
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
