//! The stand-in: sessions, streams, and the check of every signature.

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use browser::{Allowed, Session, Sessions};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::sample_web::installed;

pub const REGION: &str = "eu-west-1";
pub const BROWSER: &str = "aws.browser.v1";
pub const ID: &str = "01KSAMPLESESSION";

pub fn credentials() -> Credentials {
    Credentials::new(
        "AKIDEXAMPLE",
        "a-sample-secret",
        Some("a-session-token".into()),
        None,
        "test",
    )
}

/// AgentCore for one session at a time.
#[derive(Clone)]
pub struct StandIn {
    /// What it was asked for, and what it answered.
    calls: Arc<Mutex<Vec<(String, u16)>>>,
    running: Arc<tokio::sync::Mutex<Option<Session>>>,
    pages: Allowed,
}

impl StandIn {
    pub fn new(pages: Allowed) -> Self {
        Self {
            calls: Arc::default(),
            running: Arc::default(),
            pages,
        }
    }

    pub fn router(&self) -> Router {
        Router::new()
            .route("/browsers/{browser}/sessions/start", put(start))
            .route("/browsers/{browser}/sessions/stop", put(stop))
            .route(
                "/browser-streams/{browser}/sessions/{session}/automation",
                get(automate),
            )
            .with_state(self.clone())
    }

    fn note(&self, call: &str, answer: StatusCode) -> StatusCode {
        self.calls
            .lock()
            .expect("a list")
            .push((call.into(), answer.as_u16()));
        answer
    }

    pub fn calls(&self) -> Vec<(String, u16)> {
        self.calls.lock().expect("a list").clone()
    }
}

async fn start(State(aws): State<StandIn>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    if !is_signed(&Method::PUT, &uri, &headers, &body) {
        return aws.note("start", StatusCode::FORBIDDEN).into_response();
    }
    let asked: Value = serde_json::from_slice(&body).expect("JSON");
    assert!(
        asked["sessionTimeoutSeconds"]
            .as_u64()
            .is_some_and(|seconds| (60..=28_800).contains(&seconds))
    );
    assert!(asked["viewPort"]["width"].is_u64() && asked["name"].is_string());
    let session = installed().start(&aws.pages).await.expect("a browser");
    *aws.running.lock().await = Some(session);
    let answer = json!({
        "browserIdentifier": BROWSER, "sessionId": ID, "createdAt": "2026-11-21T09:00:00Z",
        "streams": {"automationStream": {"streamStatus": "ENABLED", "streamEndpoint": "wss://unused.example/"}},
    });
    (aws.note("start", StatusCode::OK), axum::Json(answer)).into_response()
}

async fn stop(State(aws): State<StandIn>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    if !is_signed(&Method::PUT, &uri, &headers, &body) {
        return aws.note("stop", StatusCode::FORBIDDEN).into_response();
    }
    assert_eq!(uri.query(), Some(&*format!("sessionId={ID}")));
    if let Some(session) = aws.running.lock().await.take() {
        session.ending.end().await;
    }
    aws.note("stop", StatusCode::OK).into_response()
}

async fn automate(
    State(aws): State<StandIn>,
    Path((_, session)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if session != ID || !is_signed(&Method::GET, &uri, &headers, b"") {
        return aws.note("automate", StatusCode::FORBIDDEN).into_response();
    }
    let address = aws
        .running
        .lock()
        .await
        .as_ref()
        .map(|session| session.address.clone());
    aws.note("automate", StatusCode::SWITCHING_PROTOCOLS);
    upgrade
        .max_message_size(64 << 20)
        .max_frame_size(64 << 20)
        .on_upgrade(move |socket| async move { pass_on(socket, &address.expect("a browser")).await })
}

async fn pass_on(socket: WebSocket, browser: &str) {
    let (devtools, _) = tokio_tungstenite::connect_async(browser)
        .await
        .expect("a browser");
    let (mut to_browser, mut from_browser) = devtools.split();
    let (mut to_caller, mut from_caller) = socket.split();
    let forth = async {
        while let Some(Ok(message)) = from_caller.next().await {
            if let Message::Text(text) = message
                && to_browser.send(Frame::text(text.as_str())).await.is_err()
            {
                break;
            }
        }
    };
    let back = async {
        while let Some(Ok(message)) = from_browser.next().await {
            if let Frame::Text(text) = message
                && to_caller.send(Message::text(text.as_str())).await.is_err()
            {
                break;
            }
        }
    };
    tokio::select! { () = forth => {}, () = back => {} }
}

/// Whether the request carries the signature that follows from the request itself, and from nothing else.
fn is_signed(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(authorization), Some(date), Some(host)) =
        (header("authorization"), header("x-amz-date"), header("host"))
    else {
        return false;
    };
    if header("x-amz-security-token") != credentials().session_token() {
        return false;
    }
    let at = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", date).expect("a date");
    let at = at.in_tz("UTC").expect("a moment").timestamp();
    let identity: Identity = credentials().into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name("bedrock-agentcore")
        .time(SystemTime::from(at))
        .settings(SigningSettings::default())
        .build()
        .expect("parameters")
        .into();
    let arrived = format!("https://{host}{uri}");
    let request = SignableRequest::new(
        method.as_str(),
        &arrived,
        std::iter::empty(),
        SignableBody::Bytes(body),
    );
    let (signed, _) = sign(request.expect("a request"), &params)
        .expect("a signature")
        .into_parts();
    let (signed, _) = signed.into_parts();
    let expected = signed.iter().find(|header| header.name() == "authorization");
    expected.is_some_and(|header| header.value() == authorization)
}
