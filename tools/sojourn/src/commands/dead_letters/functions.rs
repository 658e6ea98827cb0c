//! Calling a function: Lambda's `Invoke`, the one operation of Lambda that anybody here asks for. Its SDK would be the
//! largest crate of the whole build, so the request is made here and signed by what the SDKs sign with.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_types::SdkConfig;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::commands::CommandError;
use crate::commands::up::now;

pub(in crate::commands) struct Functions {
    endpoint: String,
    region: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// What a function that was waited for said.
pub(in crate::commands) struct Answer {
    pub payload: Value,
    /// It raised an error; `payload` describes it.
    pub failed: bool,
}

impl Functions {
    /// At the endpoint that `config` names.
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            endpoint: config.endpoint_url().unwrap_or_default().to_owned(),
            region: config.region().map(ToString::to_string).unwrap_or_default(),
            client: Client::builder(TokioExecutor::new()).build_http(),
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
            .body(Full::new(Bytes::from(body.clone())))?;
        self.sign(&mut request, &uri, how, body.as_bytes())?;
        let (parts, body) = self.client.request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
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

    fn sign(
        &self,
        request: &mut Request<Full<Bytes>>,
        uri: &str,
        how: &str,
        body: &[u8],
    ) -> Result<(), CommandError> {
        let identity = Credentials::from_keys("sojourn-cli", "local", None).into();
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
