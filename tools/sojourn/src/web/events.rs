//! `GET /local/events?pattern=…`: the bus live, one event a line, for as long as the client listens.
//!
//! Only what happens from now on; the past is in Journal and in the archive.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Stream, stream};
use local_cloud::events::BusEvent;
use local_cloud::pattern::Pattern;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::laptop::Laptop;

#[derive(Deserialize)]
pub(super) struct Wish {
    /// An EventBridge pattern; absent: every event.
    pattern: Option<String>,
}

pub(super) async fn live(State(laptop): State<Arc<Laptop>>, Query(wish): Query<Wish>) -> Response {
    let pattern = match wish.pattern.as_deref().map(Pattern::parse).transpose() {
        Ok(pattern) => pattern,
        Err(error) => return (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    };
    let events = laptop.cloud.parts().events.subscribe();
    let lines = Body::from_stream(lines(events, pattern));
    ([(header::CONTENT_TYPE, "application/x-ndjson")], lines).into_response()
}

/// Lines of JSON: the events that `pattern` selects, and `{"missed": N}` where the client was too slow for N events.
fn lines(
    events: Receiver<BusEvent>,
    pattern: Option<Pattern>,
) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> {
    stream::unfold((events, pattern), |(mut events, pattern)| async move {
        loop {
            let line = match events.recv().await {
                Ok(BusEvent { event, .. }) if pattern.as_ref().is_none_or(|p| p.matches(&event)) => {
                    format!("{event}\n")
                }
                Ok(_) => continue,
                Err(RecvError::Lagged(missed)) => format!("{}\n", json!({ "missed": missed })),
                Err(RecvError::Closed) => return None,
            };
            return Some((Ok(Bytes::from(line)), (events, pattern)));
        }
    })
}
