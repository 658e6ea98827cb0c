//! Calling a function: Lambda's `Invoke`, the one operation of Lambda that anybody here asks for. Its SDK would be the
//! largest crate of the whole build, so the request is made here and signed by what the SDKs sign with.

use async_trait::async_trait;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_types::SdkConfig;
use bytes::Bytes;
use http::Request;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::up::now;
use super::{CommandError, report};

pub(super) struct Functions {
    config: SdkConfig,
    endpoint: String,
    region: String,
    connector: SharedHttpConnector,
}

/// What a function that was waited for said.
pub(in crate::commands) struct Answer {
    pub payload: Value,
    /// It raised an error; `payload` describes it.
    pub failed: bool,
}

impl Functions {
    /// At the endpoint that `config` names, or AWS's own; `connector` reaches it.
    pub fn new(config: &SdkConfig, connector: SharedHttpConnector) -> Self {
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        let endpoint = match config.endpoint_url() {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("https://lambda.{region}.amazonaws.com"),
        };
        Self {
            config: config.clone(),
            endpoint,
            region,
            connector,
        }
    }

    /// Hands `event` over; Lambda tries it again by itself, and gives it up into the function's dead letters.
    pub async fn send(&self, arn: &str, event: &Value) -> Result<(), CommandError> {
        self.invoke(arn, "Event", event).await.map(drop)
    }

    /// Waits for what comes of `event`.
    pub async fn ask(&self, arn: &str, event: &Value) -> Result<Answer, CommandError> {
        let response = self.invoke(arn, "RequestResponse", event).await?;
        Ok(Answer {
            failed: response.headers().contains_key("x-amz-function-error"),
            payload: serde_json::from_slice(response.body()).unwrap_or_default(),
        })
    }

    async fn invoke(
        &self,
        arn: &str,
        how: &str,
        event: &Value,
    ) -> Result<http::Response<Bytes>, CommandError> {
        let name = utf8_percent_encode(arn, NON_ALPHANUMERIC);
        let uri = format!("{}/2015-03-31/functions/{name}/invocations", self.endpoint);
        let body = event.to_string();
        let mut request = Request::post(&uri)
            .header("x-amz-invocation-type", how)
            .body(SdkBody::from(body.as_str()))?;
        self.sign(&mut request, &uri, how, body.as_bytes()).await?;
        let answer = self.connector.call(HttpRequest::try_from(request)?).await?;
        let (parts, body) = answer.try_into_http1x()?.into_parts();
        let body = ByteStream::new(body).collect().await?.into_bytes();
        if !parts.status.is_success() {
            let said: Value = serde_json::from_slice(&body).unwrap_or_default();
            let why = ["message", "Message"]
                .into_iter()
                .find_map(|name| said[name].as_str());
            return Err(format!(
                "the function was not called: {}",
                why.unwrap_or(parts.status.as_str())
            )
            .into());
        }
        Ok(http::Response::from_parts(parts, body))
    }

    async fn sign(
        &self,
        request: &mut Request<SdkBody>,
        uri: &str,
        how: &str,
        body: &[u8],
    ) -> Result<(), CommandError> {
        let provider = self
            .config
            .credentials_provider()
            .ok_or("there are no credentials")?;
        let identity = provider.provide_credentials().await?.into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("lambda")
            .time(now().into())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let headers = std::iter::once(("x-amz-invocation-type", how));
        let signable = SignableRequest::new("POST", uri, headers, SignableBody::Bytes(body))?;
        let (instructions, _) = sign(signable, &params)?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }
}

/// A replay waits for each of its events.
#[async_trait]
impl replay::Consumers for Functions {
    async fn give(&self, function: &str, event: &Value) -> Result<(), String> {
        match self.ask(function, event).await {
            Ok(answer) if answer.failed => Err(answer.payload["errorMessage"].to_string()),
            Ok(_) => Ok(()),
            Err(error) => Err(report(error.as_ref())),
        }
    }
}
