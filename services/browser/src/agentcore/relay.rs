//! A socket on loopback that stands for AgentCore's: whoever connects to it speaks to the automation stream, whose
//! signed headers are added here. One connection, then no other.

use std::time::Duration;

use futures_util::{SinkExt, Stream, StreamExt};
use http::{HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, accept_hdr_async_with_config, connect_async_with_config,
};

use super::sign::Signer;
use crate::error::BrowserError;

/// A picture of a long page comes in one message.
const LARGEST: usize = 64 << 20;
/// From the stream's being open to the driver's connecting to us.
const CONNECT: Duration = Duration::from_secs(10);

type Upstream = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub struct Relay {
    address: String,
    task: JoinHandle<()>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Relay {
    /// Opens the stream first, so that a refusal is the caller's to see. `stream`: its address with `http` or `https`.
    pub async fn start(signer: &Signer, stream: &str) -> Result<Self, BrowserError> {
        let headers = signer.headers("GET", stream, b"")?;
        let secret = secret(&headers);
        let upstream = open(stream, headers).await?;
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(BrowserError::not_started)?;
        let local = listener.local_addr().map_err(BrowserError::not_started)?;
        let path = format!("/{secret}");
        let address = format!("ws://{local}{path}");
        let task = tokio::spawn(async move {
            if let Err(error) = serve(listener, &path, upstream).await {
                tracing::debug!(%error, "the relay to a browser session ended");
            }
        });
        Ok(Self { address, task })
    }

    pub fn address(&self) -> &str {
        &self.address
    }
}

/// What only we can know, so that nobody else on the machine can take the browser over: it follows from the signature.
fn secret(headers: &[(String, String)]) -> String {
    let mut digest = Sha256::new();
    for (name, value) in headers {
        digest.update(format!("{name}:{value}\n"));
    }
    hex::encode(digest.finalize())
}

async fn open(stream: &str, headers: Vec<(String, String)>) -> Result<Upstream, BrowserError> {
    // `http` becomes `ws`, `https` `wss`.
    let address = format!("ws{}", stream.strip_prefix("http").unwrap_or(stream));
    let mut request = address.into_client_request().map_err(BrowserError::not_started)?;
    for (name, value) in headers {
        let name = HeaderName::try_from(name).map_err(BrowserError::not_started)?;
        let value = HeaderValue::try_from(value).map_err(BrowserError::not_started)?;
        request.headers_mut().insert(name, value);
    }
    let connected = timeout(CONNECT, connect_async_with_config(request, Some(sizes()), true)).await;
    let connected =
        connected.map_err(|_| BrowserError::not_started(format!("no stream within {CONNECT:?}")))?;
    connected
        .map(|(upstream, _)| upstream)
        .map_err(BrowserError::not_started)
}

fn sizes() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(Some(LARGEST))
        .max_frame_size(Some(LARGEST))
}

async fn serve(listener: TcpListener, path: &str, upstream: Upstream) -> Result<(), Error> {
    let accepted = async {
        loop {
            let (socket, _) = listener.accept().await?;
            // Whoever does not know the way is turned away, and the place stays free.
            if let Ok(driver) = accept_hdr_async_with_config(socket, OnlyAt(path), Some(sizes())).await {
                return Ok::<_, Error>(driver);
            }
        }
    };
    let Ok(driver) = timeout(CONNECT, accepted).await else {
        return Ok(());
    };
    drop(listener);
    let (to_driver, from_driver) = driver?.split();
    let (to_browser, from_browser) = upstream.split();
    // Either side's end is the other's.
    tokio::select! {
        biased;
        over = forward(from_driver, to_browser) => over,
        over = forward(from_browser, to_driver) => over,
    }
}

async fn forward(
    mut from: impl Stream<Item = Result<Message, Error>> + Unpin,
    mut to: impl futures_util::Sink<Message, Error = Error> + Unpin,
) -> Result<(), Error> {
    while let Some(message) = from.next().await {
        match message? {
            // Each side answers pings by itself.
            Message::Ping(_) | Message::Pong(_) => {}
            message @ Message::Close(_) => return to.send(message).await,
            message => to.send(message).await?,
        }
    }
    to.close().await
}

struct OnlyAt<'a>(&'a str);

impl tokio_tungstenite::tungstenite::handshake::server::Callback for OnlyAt<'_> {
    #[allow(clippy::result_large_err, reason = "the trait's own type")]
    fn on_request(self, request: &Request, response: Response) -> Result<Response, ErrorResponse> {
        if request.uri().path() == self.0 {
            return Ok(response);
        }
        let mut refused = ErrorResponse::new(None);
        *refused.status_mut() = http::StatusCode::NOT_FOUND;
        Err(refused)
    }
}
