//! A WebSocket client that neither loses nor repeats a frame: it drops what it has and resumes on a hole.

use std::collections::BTreeMap;
use std::time::Duration;

use events_schema::ids::{ActionId, BookingId};
use events_schema::socket::{Command, Frame};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// The protocol named beside the token, and the only one of the two that is echoed.
const PROTOCOL: &str = "sojourn.v1";

pub struct Traveller {
    socket: Socket,
    /// The last sequence seen of each booking.
    seen: BTreeMap<BookingId, u64>,
}

/// A frame, and the text it came as.
#[derive(Clone, Debug)]
pub struct Received {
    pub frame: Frame,
    pub text: String,
}

#[derive(Debug, thiserror::Error)]
pub enum TravellerError {
    #[error("could not connect to {url}")]
    Connect { url: String, source: Box<SocketError> },
    #[error("the connection broke")]
    Socket(#[source] Box<SocketError>),
    #[error("the server closed the connection{0}")]
    Closed(String),
    #[error("a frame is not readable: {text}")]
    Frame { text: String, source: serde_json::Error },
    #[error("a command could not be written")]
    Command(#[source] serde_json::Error),
    #[error("no answer came within {} s", .0.as_secs())]
    Silent(Duration),
}

impl From<SocketError> for TravellerError {
    fn from(error: SocketError) -> Self {
        Self::Socket(Box::new(error))
    }
}

impl TravellerError {
    /// Whether a new connection would help.
    pub fn is_broken(&self) -> bool {
        matches!(self, Self::Socket(_) | Self::Closed(_))
    }
}

/// A fresh id for one command.
#[allow(
    clippy::disallowed_methods,
    reason = "a person's own client may draw ids as it likes"
)]
pub fn action_id() -> ActionId {
    ActionId::new(uuid::Uuid::new_v4().to_string())
}

impl Traveller {
    /// `url` as `ws://host:port/stage`; the token goes where a browser can put one, into the sub-protocols.
    pub async fn connect(url: &str, token: &str) -> Result<Self, TravellerError> {
        Ok(Self {
            socket: open(url, token).await?,
            seen: BTreeMap::new(),
        })
    }

    /// The last sequence seen of a booking, 0 for none.
    pub fn seen(&self, booking: BookingId) -> u64 {
        self.seen.get(&booking).copied().unwrap_or(0)
    }

    /// Goes on where a broken connection ended: what it saw is not shown again, what it missed is asked for.
    pub async fn go_on_from(&mut self, broken: &Self) -> Result<(), TravellerError> {
        self.seen.clone_from(&broken.seen);
        for (booking_id, after) in broken.seen.clone() {
            self.send(&Command::Resume { booking_id, after }).await?;
        }
        Ok(())
    }

    /// Starts at the beginning with a booking that is told of elsewhere; what was seen of it is not shown again.
    pub async fn follow(&mut self, booking_id: BookingId) -> Result<(), TravellerError> {
        let after = *self.seen.entry(booking_id).or_default();
        self.send(&Command::Resume { booking_id, after }).await
    }

    /// All of a booking from its beginning, what was seen of it too: whoever looks for one frame may have passed it over
    /// while waiting for another.
    pub async fn read_again(&mut self, booking_id: BookingId) -> Result<(), TravellerError> {
        self.forget(booking_id);
        self.follow(booking_id).await
    }

    /// Forgets a booking that has ended: a new connection need not ask for it again.
    pub fn forget(&mut self, booking_id: BookingId) {
        self.seen.remove(&booking_id);
    }

    pub async fn send(&mut self, command: &Command) -> Result<(), TravellerError> {
        let text = serde_json::to_string(command).map_err(TravellerError::Command)?;
        self.send_text(text).await
    }

    pub async fn send_text(&mut self, text: String) -> Result<(), TravellerError> {
        Ok(self.socket.send(Message::text(text)).await?)
    }

    /// The next frame that is new: in order for each booking, each once.
    pub async fn next(&mut self) -> Result<Received, TravellerError> {
        loop {
            let received = self.receive().await?;
            if self.is_new(&received.frame).await? {
                return Ok(received);
            }
        }
    }

    /// [`next`](Self::next), but not for longer than `patience`.
    pub async fn next_within(&mut self, patience: Duration) -> Result<Received, TravellerError> {
        self.first_within(patience, |_| true).await
    }

    /// The next new frame that is `wanted`. The others that come before it do not prolong `patience`.
    pub async fn first_within(
        &mut self,
        patience: Duration,
        wanted: impl Fn(&Frame) -> bool,
    ) -> Result<Received, TravellerError> {
        let first = async {
            loop {
                let received = self.next().await?;
                if wanted(&received.frame) {
                    return Ok(received);
                }
            }
        };
        tokio::time::timeout(patience, first)
            .await
            .unwrap_or(Err(TravellerError::Silent(patience)))
    }

    async fn is_new(&mut self, frame: &Frame) -> Result<bool, TravellerError> {
        let Some(booking) = frame.booking_id else {
            return Ok(true);
        };
        let Some(cursor) = frame.cursor else {
            // Nothing seen of it yet, but known from now on: there may be something to go on from.
            self.seen.entry(booking).or_insert(0);
            return Ok(true);
        };
        let seen = self.seen.get(&booking).copied().unwrap_or(0);
        if cursor.sequence <= seen {
            return Ok(false);
        }
        if cursor.previous > seen {
            // Something between is missing: ask for it; this frame comes again behind it.
            self.send(&Command::Resume {
                booking_id: booking,
                after: seen,
            })
            .await?;
            return Ok(false);
        }
        self.seen.insert(booking, cursor.sequence);
        Ok(true)
    }

    async fn receive(&mut self) -> Result<Received, TravellerError> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    let text = text.to_string();
                    return match serde_json::from_str(&text) {
                        Ok(frame) => Ok(Received { frame, text }),
                        Err(source) => Err(TravellerError::Frame { text, source }),
                    };
                }
                Some(Ok(Message::Close(reason))) => {
                    let reason = reason.map(|frame| format!(": {} {}", frame.code, frame.reason));
                    return Err(TravellerError::Closed(reason.unwrap_or_default()));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Err(TravellerError::Closed(String::new())),
            }
        }
    }
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn open(url: &str, token: &str) -> Result<Socket, TravellerError> {
    let failed = |source| TravellerError::Connect {
        url: url.into(),
        source: Box::new(source),
    };
    let mut request = url.into_client_request().map_err(failed)?;
    let protocols = format!("{PROTOCOL}, bearer.{token}");
    let protocols =
        HeaderValue::from_str(&protocols).map_err(|error| failed(SocketError::HttpFormat(error.into())))?;
    request.headers_mut().insert("Sec-WebSocket-Protocol", protocols);
    let (socket, _) = connect_async(request).await.map_err(failed)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use events_schema::socket::FrameBody;
    use tokio::net::TcpListener;
    use tokio_tungstenite::accept_hdr_async;
    use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

    use super::*;

    /// Says the same again and again, as fast as it is read.
    async fn talks(listener: TcpListener, text: &'static str) {
        let (socket, _) = listener.accept().await.expect("a client");
        let mut socket = accept_hdr_async(socket, chosen).await.expect("a handshake");
        while socket.send(Message::text(text)).await.is_ok() {}
    }

    #[allow(clippy::result_large_err, reason = "the handshake wants it so")]
    fn chosen(_: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
        let protocol = HeaderValue::from_static(PROTOCOL);
        response.headers_mut().insert("Sec-WebSocket-Protocol", protocol);
        Ok(response)
    }

    #[tokio::test]
    async fn what_is_not_wanted_does_not_prolong_patience() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("ws://{}/", listener.local_addr().expect("an address"));
        let server = tokio::spawn(talks(listener, r#"{"type":"pong"}"#));
        let mut traveller = Traveller::connect(&url, "token").await.expect("connected");
        let wanted = traveller.first_within(Duration::from_secs(60), |frame| {
            matches!(frame.body, FrameBody::Pong {})
        });
        wanted.await.expect("the first of them");
        let patience = Duration::from_millis(200);
        let never = traveller.first_within(patience, |_| false);
        let ended = tokio::time::timeout(Duration::from_secs(60), never).await;
        let error = ended.expect("an end").expect_err("nothing was wanted");
        assert!(matches!(error, TravellerError::Silent(waited) if waited == patience));
        server.abort();
    }
}
