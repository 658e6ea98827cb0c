//! Sockets that are opened and then left alone, each by a person who does nothing else.

use std::path::Path;

use events_schema::ids::EmployeeId;
use events_schema::person::Role;
use futures_util::{StreamExt, TryStreamExt, stream};
use sojourn::laptop::Identity;
use sojourn::running::Running;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::trips::now;
use crate::BenchError;

/// Handshakes under way at once.
const AT_ONCE: usize = 32;
/// A client's own buffer; ten thousand of the usual ones would fill the machine.
const BUFFER_BYTES: usize = 1_024;

pub struct Idle(Vec<WebSocketStream<TcpStream>>);

/// Opens `count` sockets, or fails with the first that is refused.
pub async fn open(running: &Running, data: &Path, count: usize) -> Result<Idle, BenchError> {
    let identity = Identity::open(data)?;
    let sockets = stream::iter(0..count)
        .map(|number| connect(running, &identity, number))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(Idle(sockets))
}

async fn connect(
    running: &Running,
    identity: &Identity,
    number: usize,
) -> Result<WebSocketStream<TcpStream>, BenchError> {
    let employee = EmployeeId::new(format!("sample-idle-{number}"));
    let token = identity.token(&employee, &[Role::Traveller], now())?;
    let mut request = running.socket.as_str().into_client_request()?;
    let protocols = format!("sojourn.v1, bearer.{token}").parse()?;
    request.headers_mut().insert("Sec-WebSocket-Protocol", protocols);
    let address = running
        .web
        .strip_prefix("http://")
        .ok_or("the page has no plain address")?;
    let stream = TcpStream::connect(address).await?;
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES);
    let (socket, _) = client_async_with_config(request, stream, Some(config))
        .await
        .map_err(|error| format!("socket {number} was refused: {error}"))?;
    Ok(socket)
}

impl Idle {
    /// How many answer a ping.
    pub async fn still_open(self) -> usize {
        let answers = stream::iter(self.0).map(answers).buffer_unordered(AT_ONCE);
        answers.filter(|open| std::future::ready(*open)).count().await
    }
}

async fn answers(mut socket: WebSocketStream<TcpStream>) -> bool {
    use futures_util::SinkExt;
    if socket.send(Message::Ping(Vec::new().into())).await.is_err() {
        return false;
    }
    // Heartbeats that came meanwhile are before it.
    while let Some(Ok(message)) = socket.next().await {
        if message.is_pong() {
            return true;
        }
    }
    false
}
