//! The deployed end of a function: the Lambda runtime loop, credentials, TLS and JSON logs. Only the `bootstrap`
//! binaries contain it.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

use crate::function::{Function, Invocation};
use crate::http::{HttpClient, HttpError};
use crate::runtime::{ConfigError, Runtime, SystemClock};

/// Serves `build`'s function until Lambda ends the process. A configuration error ends it at once, with the reason in
/// the log, before the first invocation.
pub async fn run(
    build: fn(&Runtime) -> Result<Arc<dyn Function>, ConfigError>,
) -> Result<(), lambda_runtime::Error> {
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_current_span(true)
        .without_time()
        .init();
    let aws = aws_config::load_from_env().await;
    let http = Arc::new(OverTls(aws.http_client().ok_or("no HTTP client is configured")?));
    let runtime = Runtime {
        aws,
        settings: std::env::vars().collect(),
        clock: Arc::new(SystemClock),
        http,
    };
    let function = build(&runtime)?;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        let function = function.clone();
        async move { answer(function.as_ref(), event).await }
    }))
    .await
}

async fn answer(
    function: &dyn Function,
    event: LambdaEvent<Value>,
) -> Result<Value, lambda_runtime::Diagnostic> {
    let deadline = event
        .context
        .deadline()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    let invocation = Invocation {
        request_id: event.context.request_id.clone(),
        deadline: Timestamp::from_millisecond(i64::try_from(deadline.as_millis()).unwrap_or(i64::MAX))
            .unwrap_or(Timestamp::MAX),
    };
    function.call(event.payload, &invocation).await.map_err(|error| {
        // Logged once, here at the boundary.
        tracing::error!(request = invocation.request_id, %error, "invocation failed");
        lambda_runtime::Diagnostic {
            error_type: error.error_type.clone(),
            error_message: error.report(),
        }
    })
}
