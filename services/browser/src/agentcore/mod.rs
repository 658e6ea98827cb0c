//! A browser of Amazon Bedrock AgentCore: one session for each task, in AWS's own sandbox.
//!
//! `StartBrowserSession` and `StopBrowserSession` over the documented REST API; the automation stream speaks the
//! DevTools protocol, and asks for signed headers that chromiumoxide cannot send: [`relay`] adds them.

mod relay;
mod sign;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use bytes::Bytes;
use http::{Method, Request, Uri};
use lambda_host::Clock;
use lambda_host::http::HttpClient;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::json;

use crate::allowed::Allowed;
use crate::error::BrowserError;
use crate::sessions::{Ending, Session, Sessions};
use relay::Relay;
use sign::Signer;

/// A session that nobody stops ends by itself this much after its task should have.
const GRACE: Duration = Duration::from_secs(60);

#[derive(Clone)]
pub struct AgentCore {
    api: Api,
    /// `aws.browser.v1` is the one AWS manages; another is a browser of the account.
    browser: String,
    /// How long one task may take.
    time: Duration,
}

#[derive(Clone)]
struct Api {
    endpoint: Uri,
    http: Arc<dyn HttpClient>,
    credentials: SharedCredentialsProvider,
    region: String,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, thiserror::Error)]
enum ApiError {
    #[error("AgentCore answered {status}: {body}")]
    Refused { status: http::StatusCode, body: String },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Started {
    session_id: String,
}

impl AgentCore {
    /// `endpoint`: `https://bedrock-agentcore.<region>.amazonaws.com`, or a stand-in for it.
    pub fn new(
        endpoint: Uri,
        region: &str,
        browser: &str,
        credentials: SharedCredentialsProvider,
        http: Arc<dyn HttpClient>,
        clock: Arc<dyn Clock>,
        time: Duration,
    ) -> Self {
        Self {
            api: Api {
                endpoint,
                http,
                credentials,
                region: region.into(),
                clock,
            },
            browser: browser.into(),
            time,
        }
    }

    fn path(&self, rest: &str) -> String {
        format!("/browsers/{}/sessions/{rest}", escaped(&self.browser))
    }
}

impl Api {
    async fn signer(&self) -> Result<Signer, BrowserError> {
        let credentials = self.credentials.provide_credentials().await;
        Ok(Signer {
            credentials: credentials.map_err(BrowserError::not_started)?,
            region: self.region.clone(),
            at: self.clock.now(),
        })
    }

    /// The answer's body.
    async fn put(&self, path: &str, body: Bytes) -> Result<Bytes, BrowserError> {
        let uri = format!("{}{path}", self.endpoint.to_string().trim_end_matches('/'));
        let headers = self.signer().await?.headers("PUT", &uri, &body)?;
        let mut request = Request::builder().method(Method::PUT).uri(uri);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(body);
        let request = request.map_err(BrowserError::not_started)?;
        let answer = self.http.send(request).await.map_err(BrowserError::not_started)?;
        if answer.status().is_success() {
            return Ok(answer.into_body());
        }
        Err(BrowserError::not_started(ApiError::Refused {
            status: answer.status(),
            body: String::from_utf8_lossy(answer.body()).chars().take(300).collect(),
        }))
    }
}

#[async_trait]
impl Sessions for AgentCore {
    /// The managed browser has no list of hosts of its own: the driver's is the only lock here.
    async fn start(&self, _allowed: &Allowed) -> Result<Session, BrowserError> {
        let body = json!({
            "name": "sojourn",
            "sessionTimeoutSeconds": (self.time + GRACE).as_secs(),
            "viewPort": {"width": 1280, "height": 1000},
        });
        let answer = self.api.put(&self.path("start"), body.to_string().into()).await?;
        let started: Started = serde_json::from_slice(&answer).map_err(BrowserError::not_started)?;
        // From here on the session exists, and has to be stopped whatever happens.
        let stop = Stop {
            api: self.api.clone(),
            path: self.path(&format!("stop?sessionId={}", escaped(&started.session_id))),
            relay: None,
        };
        let stream = format!(
            "{}/browser-streams/{}/sessions/{}/automation",
            self.api.endpoint.to_string().trim_end_matches('/'),
            escaped(&self.browser),
            escaped(&started.session_id)
        );
        let relayed = async { Relay::start(&self.api.signer().await?, &stream).await };
        match relayed.await {
            Ok(relay) => Ok(Session {
                address: relay.address().into(),
                ending: Box::new(Stop {
                    relay: Some(relay),
                    ..stop
                }),
            }),
            Err(error) => {
                Box::new(stop).end().await;
                Err(error)
            }
        }
    }
}

struct Stop {
    api: Api,
    path: String,
    relay: Option<Relay>,
}

#[async_trait]
impl Ending for Stop {
    async fn end(self: Box<Self>) {
        drop(self.relay);
        if let Err(error) = self.api.put(&self.path, Bytes::from_static(b"{}")).await {
            tracing::warn!(%error, "a browser session was not stopped; it ends by its own time limit");
        }
    }
}

fn escaped(text: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    utf8_percent_encode(text, KEPT).to_string()
}
