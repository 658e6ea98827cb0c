//! The deployed end of a function: the Lambda runtime loop, credentials, TLS and JSON logs. Only the `bootstrap`
//! binaries contain it.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use bytes::Bytes;
use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

use crate::function::{Function, Invocation};
use crate::http::{HttpClient, HttpError, Traced};
use crate::logs;
use crate::runtime::{ConfigError, Runtime, SystemClock};
use crate::steps;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Serves `build`'s function until Lambda ends the process. A configuration error ends it at once, with the reason in
/// the log, before the first invocation.
pub async fn run(
    build: fn(&Runtime) -> Result<Arc<dyn Function>, ConfigError>,
) -> Result<(), lambda_runtime::Error> {
    logs::start(logs::Format::Json, "info", std::io::stdout);
    let aws = aws_config::load_from_env().await;
    let http = Arc::new(Traced(Arc::new(OverTls::new()?)));
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment on AWS"
    )]
    let settings = std::env::vars().collect();
    let runtime = Runtime {
        aws,
        settings,
        clock: Arc::new(SystemClock),
        http,
    };
    let function =
        build(&runtime).inspect_err(|error| tracing::error!(%error, "the function cannot start"))?;
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
    let name = &event.context.env_config.function_name;
    let answer = steps::invoke(function, name, event.payload, &invocation).await;
    answer.map_err(|error| lambda_runtime::Diagnostic {
        error_type: error.error_type.clone(),
        error_message: error.report(),
    })
}

/// HTTP over TLS by the connector the AWS clients use: one TLS stack in the binary.
struct OverTls(SharedHttpConnector);

impl OverTls {
    fn new() -> Result<Self, lambda_runtime::Error> {
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .build();
        let sleep = SharedAsyncSleep::new(TokioSleep::new());
        let connector = aws_smithy_http_client::default_connector(&settings, Some(sleep));
        Ok(Self(connector.ok_or("the HTTP connector was built without TLS")?))
    }
}

#[async_trait]
impl HttpClient for OverTls {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        // Whether anything reached the other side cannot be told from the connector's error: assume that it did.
        let no_answer = |source: Box<dyn std::error::Error + Send + Sync>| HttpError::NoAnswer {
            host: host.clone(),
            source,
        };
        let request =
            HttpRequest::try_from(request.map(SdkBody::from)).map_err(|error| no_answer(error.into()))?;
        let response = self
            .0
            .call(request)
            .await
            .map_err(|error| no_answer(error.into()))?;
        let response = response
            .try_into_http1x()
            .map_err(|error| no_answer(error.into()))?;
        let (parts, body) = response.into_parts();
        let body = ByteStream::new(body)
            .collect()
            .await
            .map_err(|error| no_answer(error.into()))?;
        Ok(http::Response::from_parts(parts, body.into_bytes()))
    }
}
