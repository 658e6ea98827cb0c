//! Plain HTTP over loopback sockets, and what can go wrong on the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use axum::Router;
use bytes::Bytes;
use events_schema::samples;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use lambda_host::http::{HttpClient, HttpError};
use lambda_host::{Clock, Runtime};

pub struct Network {
    client: Client<HttpConnector, Full<Bytes>>,
    lose_next: AtomicBool,
}

impl Network {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            lose_next: AtomicBool::new(false),
        })
    }

    /// The answer to the next purchase arrives nowhere.
    pub fn lose_next_purchase(&self) {
        self.lose_next.store(true, Ordering::Relaxed);
    }
}

#[async_trait]
impl HttpClient for Network {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let purchase = request.method() == http::Method::POST
            && ["/orders", "/bookings"]
                .iter()
                .any(|path| request.uri().path().ends_with(path));
        let answer = self
            .client
            .request(request.map(Full::new))
            .await
            .map_err(|error| {
                let host = host.clone();
                match error.is_connect() {
                    true => HttpError::Connect {
                        host,
                        source: error.into(),
                    },
                    false => HttpError::NoAnswer {
                        host,
                        source: error.into(),
                    },
                }
            })?;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.map_err(|error| HttpError::NoAnswer {
            host: host.clone(),
            source: error.into(),
        })?;
        if purchase && self.lose_next.swap(false, Ordering::Relaxed) {
            return Err(HttpError::NoAnswer {
                host,
                source: "the line was cut".into(),
            });
        }
        Ok(http::Response::from_parts(parts, body.to_bytes()))
    }
}

/// A network on which nobody answers.
pub struct Nobody;

#[async_trait]
impl HttpClient for Nobody {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        Err(HttpError::Connect {
            host,
            source: "refused".into(),
        })
    }
}

/// Serves until the test ends; where it can be reached.
pub async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// Time stands still at the samples' moment.
pub struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        samples::now()
    }
}

pub fn runtime(http: Arc<dyn HttpClient>) -> Runtime {
    Runtime {
        aws: aws_types::SdkConfig::builder().build(),
        settings: Default::default(),
        clock: Arc::new(Stopped),
        http,
    }
}
