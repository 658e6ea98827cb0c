//! The endpoint over HTTP, for the AWS CLI, boto3 and anything else that lives in another process.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http_body_util::{BodyExt, Limited};

use super::Endpoint;

/// The largest body accepted, the ceiling of DynamoDB's and of our document uploads.
pub const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

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
    let body = match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(_) => {
            let mut refusal = Response::new(Body::from("the request's body is over 16 MB or was cut off"));
            *refusal.status_mut() = http::StatusCode::PAYLOAD_TOO_LARGE;
            return refusal;
        }
    };
    endpoint
        .call(http::Request::from_parts(parts, body))
        .await
        .map(Body::from)
}
