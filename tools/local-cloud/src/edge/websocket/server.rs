//! Real sockets under a WebSocket API: the upgrade, the frames, the clocks and the close.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::sync::Semaphore;
use tokio::time::{sleep, sleep_until, timeout};

use super::api::{Handshake, Refusal, Session, WebSocketApi};
use super::connections::{Connection, Ending};

/// How many of one connection's messages may run at once; the next is read when one is done.
const MESSAGES_AT_ONCE: usize = 64;
/// What a socket may have read and not yet handed on. The library's own 128 KB, written over with zeros at the first
/// read, would cost a quiet socket more than everything else together.
const READ_BUFFER_BYTES: usize = 4 * 1024;
/// How long a closing socket waits for the client's side of the close.
const CLOSE_WAIT: Duration = Duration::from_secs(1);

/// Serves `/{stage}`. With `into_make_service_with_connect_info::<SocketAddr>` the clients' addresses are known.
pub fn router(api: Arc<WebSocketApi>) -> Router {
    let path = format!("/{}", api.config.stage);
    Router::new()
        .route(&path, get(upgrade))
        .route(&format!("{path}/"), get(upgrade))
        .with_state(api)
}

async fn upgrade(
    State(api): State<Arc<WebSocketApi>>,
    address: Option<Extension<ConnectInfo<SocketAddr>>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let source_ip = address.map_or_else(
        || "127.0.0.1".into(),
        |Extension(ConnectInfo(address))| address.ip().to_string(),
    );
    let handshake = Handshake {
        headers,
        query: query.unwrap_or_default(),
        source_ip,
    };
    let session = match api.connect(handshake).await {
        Ok(session) => session,
        Err(refusal) => return refusal.into_response(),
    };
    let limits = api.config.limits;
    let protocol = session
        .protocol
        .as_deref()
        .and_then(|protocol| HeaderValue::from_str(protocol).ok());
    let upgrade = upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_frame_size(limits.frame_bytes)
        .max_message_size(limits.message_bytes);
    let mut response = upgrade.on_upgrade(move |socket| carry(session, socket));
    if let Some(protocol) = protocol {
        response
            .headers_mut()
            .insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    response
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = Response::new(if self.body.is_null() {
            Body::empty()
        } else {
            Body::from(self.body.to_string())
        });
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_GATEWAY);
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

/// How the carrying of frames came to its end.
enum Stop {
    /// The client closed, or its connection broke.
    ByClient(Ending),
    /// We close; the client's side of the close is awaited.
    ByUs(Ending),
    /// We close a client whose frame cannot be read to its end: it may still be sending.
    Unreadable(Ending),
}

async fn carry(session: Session, socket: WebSocket) {
    let (mut sink, mut stream) = socket.split();
    let connection = Arc::clone(&session.connection);
    let limits = session.limits();
    let stop = tokio::select! {
        biased;
        ending = connection.asked_to_end() => Stop::ByUs(ending),
        stop = read(&session, &mut stream) => stop,
        ending = write(&session, &mut sink) => Stop::ByClient(ending),
        () = idle(&connection, limits.idle) => Stop::ByUs(going_away()),
        () = sleep(limits.lifetime) => Stop::ByUs(going_away()),
    };
    // From here on posts answer 410, though the socket may take a moment to close.
    let (Stop::ByClient(ending) | Stop::ByUs(ending) | Stop::Unreadable(ending)) = &stop;
    connection.end(ending.clone());
    if !matches!(stop, Stop::ByClient(_)) {
        let frame = CloseFrame {
            code: ending.code,
            reason: ending.reason.as_str().into(),
        };
        // A client that reads nothing would hold this up for ever.
        let _unread = timeout(CLOSE_WAIT, sink.send(Message::Close(Some(frame)))).await;
    }
    match &stop {
        Stop::ByClient(_) => {}
        Stop::ByUs(_) => drop(
            timeout(CLOSE_WAIT, async {
                while stream.next().await.is_some_and(|read| read.is_ok()) {}
            })
            .await,
        ),
        // Letting go with unread input would reset the connection, and the client might never see why.
        Stop::Unreadable(_) => sleep(CLOSE_WAIT).await,
    }
    drop((sink, stream));
    session.close(ending.clone()).await;
}

/// Reads until the client ends it, one way or another. Each message runs beside those before it.
async fn read(session: &Session, stream: &mut SplitStream<WebSocket>) -> Stop {
    let running = Arc::new(Semaphore::new(MESSAGES_AT_ONCE));
    loop {
        let text = match stream.next().await {
            Some(Ok(Message::Text(text))) => text.as_str().to_owned(),
            Some(Ok(Message::Binary(_))) => {
                return Stop::ByUs(Ending::new(1003, "binary messages are not supported"));
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Ok(Message::Close(Some(frame)))) => {
                return Stop::ByClient(Ending::new(frame.code, frame.reason.as_str()));
            }
            Some(Ok(Message::Close(None))) => {
                return Stop::ByClient(Ending::new(1005, "Client-side close frame status not set"));
            }
            Some(Err(error)) => return broken(error),
            None => return Stop::ByClient(broken_off()),
        };
        let Ok(permit) = Arc::clone(&running).acquire_owned().await else {
            return Stop::ByUs(going_away());
        };
        let message = session.message(text);
        tokio::spawn(async move {
            message.await;
            drop(permit);
        });
    }
}

async fn write(session: &Session, sink: &mut SplitSink<WebSocket, Message>) -> Ending {
    while let Some(frame) = session.next_frame().await {
        if sink.send(Message::Text(frame.into())).await.is_err() {
            break;
        }
    }
    broken_off()
}

/// Ends when nothing was said either way for `limit`. Control frames do not count: they are not messages.
async fn idle(connection: &Connection, limit: Duration) {
    loop {
        let (_, since) = connection.last_active();
        if since.elapsed() >= limit {
            return;
        }
        sleep_until(since + limit).await;
    }
}

fn broken(error: axum::Error) -> Stop {
    match error.into_inner().downcast_ref::<tungstenite::Error>() {
        Some(tungstenite::Error::Capacity(_)) => {
            Stop::Unreadable(Ending::new(1009, "the frame or message is too large"))
        }
        Some(tungstenite::Error::Utf8(_)) => Stop::Unreadable(Ending::new(1007, "the text is not UTF-8")),
        Some(tungstenite::Error::Protocol(
            tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
        ))
        | None => Stop::ByClient(broken_off()),
        Some(tungstenite::Error::Protocol(_)) => Stop::Unreadable(Ending::new(1002, "protocol error")),
        Some(_) => Stop::ByClient(broken_off()),
    }
}

fn broken_off() -> Ending {
    Ending::new(1006, "Connection closed abnormally")
}

fn going_away() -> Ending {
    Ending::new(1001, "Going away")
}
