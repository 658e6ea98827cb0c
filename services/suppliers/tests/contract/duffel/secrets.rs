//! Secrets Manager, as far as `GetSecretValue` goes, for the AWS client itself.

use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use aws_types::region::Region;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::network::{Network, serve};

#[derive(Clone)]
pub struct Secrets {
    url: String,
    held: Arc<Held>,
}

struct Held {
    value: Mutex<String>,
    webhook: Mutex<String>,
    asked: Mutex<usize>,
}

pub async fn holding(value: &str) -> Secrets {
    let held = Arc::new(Held {
        value: Mutex::new(value.into()),
        webhook: Mutex::default(),
        asked: Mutex::default(),
    });
    let router = Router::new()
        .route("/", post(get_secret_value))
        .with_state(held.clone());
    Secrets {
        url: serve(router).await,
        held,
    }
}

async fn get_secret_value(State(held): State<Arc<Held>>, headers: HeaderMap, body: Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let target = headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok());
    let secret = match request["SecretId"].as_str() {
        Some("sojourn/duffel-token") => Some(&held.value),
        Some("sojourn/duffel-webhook") => Some(&held.webhook),
        _ => None,
    };
    let Some(secret) = secret.filter(|_| target == Some("secretsmanager.GetSecretValue")) else {
        let error = json!({"__type": "ResourceNotFoundException", "Message": "no such secret"});
        return (axum::http::StatusCode::BAD_REQUEST, Json(error)).into_response();
    };
    *held.asked.lock().expect("a number") += 1;
    let value = secret.lock().expect("a value").clone();
    Json(json!({"ARN": "arn:aws:secretsmanager:eu-west-1:000000000000:secret:s", "SecretString": value}))
        .into_response()
}

impl Secrets {
    pub fn change(&self, value: &str) {
        *self.held.value.lock().expect("a value") = value.into();
    }

    pub fn change_webhook(&self, value: &str) {
        *self.held.webhook.lock().expect("a value") = value.into();
    }

    pub fn asked(&self) -> usize {
        *self.held.asked.lock().expect("a number")
    }

    pub fn sdk_config(&self) -> SdkConfig {
        let credentials = Credentials::from_keys("SearchFunction", "any", None);
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .endpoint_url(&self.url)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(SharedHttpClient::new(OverSockets(Network::new())))
            .build()
    }
}

/// The SDK's requests over the tests' own sockets: no TLS stack.
#[derive(Clone)]
struct OverSockets(Arc<Network>);

impl std::fmt::Debug for OverSockets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OverSockets")
    }
}

impl HttpClient for OverSockets {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for OverSockets {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let network = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?;
            let (parts, body) = request.into_parts();
            let body = body
                .collect()
                .await
                .map_err(|error| ConnectorError::user(error.to_string().into()))?;
            let request = http::Request::from_parts(parts, body.to_bytes());
            let answer = lambda_host::http::HttpClient::send(network.as_ref(), request)
                .await
                .map_err(|error| ConnectorError::io(error.into()))?;
            HttpResponse::try_from(answer.map(SdkBody::from))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}
