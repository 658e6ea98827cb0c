//! HTTP out of functions: hosts served in this process by their routers, AWS by the local cloud, all others over plain
//! HTTP.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use lambda_host::http::{HttpClient, HttpError};
use local_cloud::connector::ENDPOINT_URL as AWS;
use local_cloud::endpoint::Endpoint;
use tower::ServiceExt;

pub struct LocalHttp {
    in_process: BTreeMap<String, Router>,
    /// Where signed requests go that are made without an SDK; known once the cloud is there.
    aws: OnceLock<Endpoint>,
    network: Client<HttpConnector, Full<Bytes>>,
}

impl LocalHttp {
    pub fn new() -> Self {
        Self {
            in_process: BTreeMap::new(),
            aws: OnceLock::new(),
            network: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Answers requests to `host` by `router`, without a socket.
    pub fn serve(mut self, host: &str, router: Router) -> Self {
        self.in_process.insert(host.into(), router);
        self
    }

    /// Answers requests to AWS from now on. The first endpoint stays.
    pub fn serve_aws(&self, endpoint: &Endpoint) {
        self.aws.get_or_init(|| endpoint.clone());
    }
}

impl Default for LocalHttp {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl HttpClient for LocalHttp {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let no_answer = |source: Box<dyn std::error::Error + Send + Sync>| HttpError::NoAnswer {
            host: host.clone(),
            source,
        };
        if let Some(endpoint) = self.aws.get().filter(|_| AWS.ends_with(&format!("//{host}"))) {
            return Ok(endpoint.call(request).await);
        }
        match self.in_process.get(&host) {
            Some(router) => {
                let response = match router.clone().oneshot(request.map(Body::from)).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                };
                let (parts, body) = response.into_parts();
                let body = body
                    .collect()
                    .await
                    .map_err(|error| no_answer(error.into()))?
                    .to_bytes();
                Ok(http::Response::from_parts(parts, body))
            }
            None => {
                let response = self
                    .network
                    .request(request.map(Full::new))
                    .await
                    .map_err(|error| {
                        if error.is_connect() {
                            HttpError::Connect {
                                host: host.clone(),
                                source: error.into(),
                            }
                        } else {
                            no_answer(error.into())
                        }
                    })?;
                let (parts, body) = response.into_parts();
                let body = body
                    .collect()
                    .await
                    .map_err(|error| no_answer(error.into()))?
                    .to_bytes();
                Ok(http::Response::from_parts(parts, body))
            }
        }
    }
}
