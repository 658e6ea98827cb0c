//! The page's files, with the headers that CloudFront gives them in a deployment.

use std::path::Path;

use axum::routing::get;
use axum::{Json, Router};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue};
use serde_json::json;
use tower::ServiceBuilder;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

/// Where the files are, from the repository's root: the folder that is uploaded to the bucket.
const FILES: &str = "services/page/site";

/// As the template's `PageHeaders`, whose `connect-src` also names the WebSocket API and the sign-in service.
pub const SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; \
     img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// `socket` is the path of the WebSocket stage on this very server.
pub fn router(repository: &Path, socket: &str) -> Router {
    let config = json!({"socket": socket, "identity": {"kind": "local"}, "uploads": "/local/upload"});
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
    };
    let headers = ServiceBuilder::new()
        .layer(header(CONTENT_SECURITY_POLICY, SECURITY_POLICY))
        .layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(REFERRER_POLICY, "no-referrer"))
        // Files on a laptop change; a browser asks each time whether they did.
        .layer(header(CACHE_CONTROL, "no-cache"));
    Router::new()
        .route("/config.json", get(move || async move { Json(config) }))
        .fallback_service(ServeDir::new(repository.join(FILES)))
        .layer(headers)
}
