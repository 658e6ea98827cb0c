//! The endpoint over HTTP, for the AWS CLI, boto3 and anything else that lives in another process.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;

use super::Endpoint;

impl Endpoint {
    /// Every path of every AWS service; to be served as it is or merged as a fallback behind other routes.
    pub fn router(&self) -> Router {
        Router::new().fallback(answer).with_state(self.clone())
    }

    /// Serves until the listener fails or the future is dropped.
    pub async fn serve(&self, listener: tokio::net::TcpListener) -> std::io::Result<()> {
        axum::serve(listener, self.router()).await
    }
}

async fn answer(State(endpoint): State<Endpoint>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    // One byte more than may be: enough for the endpoint to see that it is too much.
    let Ok(body) = read(body, endpoint.max_body_bytes(&parts) + 1).await else {
        // Nobody is there any more to read an answer.
        let mut refusal = Response::new(Body::empty());
        *refusal.status_mut() = http::StatusCode::BAD_REQUEST;
        return refusal;
    };
    endpoint
        .call(http::Request::from_parts(parts, body))
        .await
        .map(Body::from)
}

/// The body, of which no more than `keep` bytes are kept. The rest is read all the same: a client that is still
/// sending when the answer comes sees a broken connection instead of the answer.
async fn read(mut body: Body, keep: usize) -> Result<Bytes, axum::Error> {
    let mut kept = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            let room = keep - kept.len();
            kept.extend_from_slice(&data[..data.len().min(room)]);
        }
    }
    Ok(kept.freeze())
}
