//! Uploads from the page. On AWS a browser puts the file straight into the bucket, at the signed address; here the page's
//! own server takes it and hands it on to the endpoint, so that the page needs to speak to nobody else.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::laptop::Laptop;

/// A little more than a policy may have: what is larger is refused with a reason by whoever reads it.
const MOST_BYTES: usize = 32 * 1024 * 1024;

#[derive(Deserialize)]
pub(super) struct To {
    to: String,
}

pub(super) async fn upload(
    State(laptop): State<Arc<Laptop>>,
    Query(To { to }): Query<To>,
    request: Request,
) -> Response {
    let kind = request.headers().get(header::CONTENT_TYPE).cloned();
    let Ok(body) = to_bytes(request.into_body(), MOST_BYTES).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the document is too large").into_response();
    };
    let put = http::Request::put(to).header(header::CONTENT_LENGTH, body.len());
    let put = match kind {
        Some(kind) => put.header(header::CONTENT_TYPE, kind),
        None => put,
    };
    match put.body(body) {
        Ok(put) => laptop.cloud.endpoint().call(put).await.map(Body::from),
        Err(_) => (StatusCode::BAD_REQUEST, "that is no address to upload to").into_response(),
    }
}
