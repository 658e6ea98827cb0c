//! Gives AWS SDK clients the endpoint without sockets: the request is handed over as a value on the same thread,
//! so that a whole system, SDK included, runs under a paused clock from one seed.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, Sleep};
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use bytes::Bytes;
use http_body_util::BodyExt;

use crate::clock::Clock;
use crate::endpoint::Endpoint;

/// Where SDK clients believe AWS to be; never resolved.
pub const ENDPOINT_URL: &str = "http://local";

/// Configuration for the clients of `caller`: a function's or state machine's logical id, whose policies then
/// apply, or any other name for an outside client. Stalled-stream protection is off because it measures the
/// throughput of a socket there is not.
pub fn sdk_config(endpoint: &Endpoint, clock: Clock, region: &str, caller: &str) -> SdkConfig {
    let credentials = Credentials::from_keys(caller, "local-secret", None);
    SdkConfig::builder()
        .behavior_version(aws_smithy_runtime_api::client::behavior_version::BehaviorVersion::latest())
        .region(Region::new(region.to_string()))
        .endpoint_url(ENDPOINT_URL)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(SharedHttpClient::new(InProcess {
            endpoint: endpoint.clone(),
        }))
        .time_source(SharedTimeSource::new(CloudTime(clock)))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep))
        .retry_config(RetryConfig::standard())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build()
}

#[derive(Clone, Debug)]
struct InProcess {
    endpoint: Endpoint,
}

impl HttpClient for InProcess {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let endpoint = self.endpoint.clone();
        HttpConnectorFuture::new(async move {
            let request = collected(request)
                .await
                .map_err(|e| ConnectorError::user(e.into()))?;
            let response = endpoint.call(request).await.map(SdkBody::from);
            HttpResponse::try_from(response).map_err(|e| ConnectorError::other(e.into(), None))
        })
    }
}

async fn collected(request: HttpRequest) -> Result<http::Request<Bytes>, BodyUnreadable> {
    let request = request
        .try_into_http1x()
        .map_err(|e| BodyUnreadable(e.to_string()))?;
    let (parts, body) = request.into_parts();
    let bytes = body
        .collect()
        .await
        .map_err(|e| BodyUnreadable(e.to_string()))?
        .to_bytes();
    Ok(http::Request::from_parts(parts, bytes))
}

#[derive(Debug, thiserror::Error)]
#[error("the request could not be read: {0}")]
struct BodyUnreadable(String);

#[derive(Debug)]
struct CloudTime(Clock);

impl TimeSource for CloudTime {
    fn now(&self) -> SystemTime {
        self.0.now().into()
    }
}

#[derive(Debug)]
struct TokioSleep;

impl AsyncSleep for TokioSleep {
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(tokio::time::sleep(duration))
    }
}
