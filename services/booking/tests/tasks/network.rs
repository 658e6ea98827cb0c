//! The way to the sample supplier, which notes what passes and can be cut.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt;
use lambda_host::http::{HttpClient, HttpError};
use tower::ServiceExt;

pub struct Network {
    supplier: axum::Router,
    state: Mutex<State>,
    seen: Mutex<Vec<String>>,
}

#[derive(Clone, Copy, PartialEq)]
pub enum State {
    Up,
    /// Nothing gets through.
    Cut,
    /// What is sent arrives and is acted upon; the answer never comes.
    Deaf,
}

impl Network {
    pub fn to(supplier: axum::Router) -> Arc<Self> {
        Arc::new(Self {
            supplier,
            state: Mutex::new(State::Up),
            seen: Mutex::default(),
        })
    }

    pub fn set(&self, state: State) {
        *self.state.lock().unwrap() = state;
    }

    /// `POST /orders`, for every request since the last look.
    pub fn seen(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

#[async_trait]
impl HttpClient for Network {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let state = *self.state.lock().unwrap();
        if state == State::Cut {
            return Err(HttpError::Connect {
                host,
                source: "cut".into(),
            });
        }
        self.seen
            .lock()
            .unwrap()
            .push(format!("{} {}", request.method(), request.uri().path()));
        let answer = self
            .supplier
            .clone()
            .oneshot(request.map(Body::from))
            .await
            .unwrap();
        if state == State::Deaf {
            return std::future::pending().await;
        }
        let (parts, body) = answer.into_parts();
        Ok(http::Response::from_parts(
            parts,
            body.collect().await.unwrap().to_bytes(),
        ))
    }
}
