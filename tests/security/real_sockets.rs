//! Covers: the same messages over real sockets and a real HTTP server, cut into frames at any place, and bytes that are
//! no messages at all. What API Gateway does not take closes that one connection with its code; everybody else's
//! stands, and the server with them. How fast is no question here.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sojourn::commands::up::Server;
use sojourn::laptop::SAMPLE_PEOPLE;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data as OpData, OpCode};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::frames::{any_message, check_words};

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

const PATIENCE: Duration = Duration::from_secs(60);
/// API Gateway closes the connection on a larger one, and so does the local cloud, which has its own test of it.
const MAX_FRAME_BYTES: usize = 32 * 1024;
/// Below what one person may send in ten seconds.
const EACH: usize = 40;

async fn connect(server: &Server, person: &sojourn::laptop::SamplePerson) -> Client {
    let token = server.laptop.token(person).expect("a token");
    let mut request = server
        .running
        .socket
        .as_str()
        .into_client_request()
        .expect("an address");
    let protocols = format!("sojourn.v1, bearer.{token}").parse().expect("a header");
    request.headers_mut().insert("Sec-WebSocket-Protocol", protocols);
    connect_async(request).await.expect("let in").0
}

async fn pong(client: &mut Client) {
    client
        .send(Message::text(r#"{"action":"ping"}"#))
        .await
        .expect("sent");
    until_pong(client, "").await;
}

async fn until_pong(client: &mut Client, sent: &str) {
    loop {
        let frame = next_frame(client, sent).await;
        match frame["type"].as_str() {
            Some("pong") => return,
            Some("error") => {
                assert_ne!(frame["code"], "INTERNAL", "{sent}: {frame}");
                check_words(sent, frame["message"].as_str().expect("words"));
            }
            Some(_) => {}
            None => panic!("after {sent:?}: {frame}"),
        }
    }
}

async fn next_frame(client: &mut Client, sent: &str) -> serde_json::Value {
    loop {
        let next = tokio::time::timeout(PATIENCE, client.next())
            .await
            .expect("an answer");
        match next {
            Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).expect("JSON"),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            other => panic!("after {sent:?}: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_message_over_a_real_socket_is_answered_and_the_connection_kept() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Server::throwaway(data.path())
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let mut runner = TestRunner::deterministic();
    for person in SAMPLE_PEOPLE {
        let mut client = connect(&server, person).await;
        for _ in 0..EACH / 2 {
            let text = any_message().new_tree(&mut runner).expect("a message").current();
            if text.len() > MAX_FRAME_BYTES {
                continue;
            }
            client.send(Message::text(text.clone())).await.expect("sent");
            client
                .send(Message::text(r#"{"action":"ping"}"#))
                .await
                .expect("sent");
            until_pong(&mut client, &text).await;
        }
    }
}

/// API Gateway puts a message in several frames together and passes it on; the door takes no more than one frame's
/// worth of it, and says so instead of closing.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_larger_than_a_frame_is_answered_and_the_connection_kept() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Server::throwaway(data.path())
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let mut client = connect(&server, &SAMPLE_PEOPLE[0]).await;
    let filler = "x".repeat(40_000);
    let text = format!(r#"{{"action":"request_booking","requestId":"large","text":"{filler}"}}"#);
    let (first, second) = text.split_at(20_000);
    for (part, kind, last) in [(first, OpData::Text, false), (second, OpData::Continue, true)] {
        let frame = Frame::message(part.as_bytes().to_vec(), OpCode::Data(kind), last);
        client.send(Message::Frame(frame)).await.expect("sent");
    }
    let told = next_frame(&mut client, "a large message").await;
    for (name, expected) in [("type", "error"), ("code", "TOO_LARGE"), ("actionId", "large")] {
        assert_eq!(told[name], expected, "{told}");
    }
    pong(&mut client).await;
}

/// Whatever comes instead of frames.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 1..400),
        // A text frame that is no UTF-8, one without a mask, one longer than any, one that never ends, a reserved kind.
        Just(vec![0x81, 0x82, 1, 2, 3, 4, 0xff ^ 1, 0xfe ^ 2]),
        Just(vec![0x81, 0x05, b'h', b'e', b'l', b'l', b'o']),
        Just(vec![
            0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4
        ]),
        Just(vec![0x01, 0x81, 1, 2, 3, 4, b'x' ^ 1]),
        Just(vec![0x83, 0x80, 1, 2, 3, 4]),
        Just(vec![0x88, 0x81, 1, 2, 3, 4, 7]),
        Just(vec![0x82, 0x81, 1, 2, 3, 4, 7]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_messages_end_their_own_connection_only() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Server::throwaway(data.path())
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let mut bystander = connect(&server, &SAMPLE_PEOPLE[0]).await;
    let mut runner = TestRunner::deterministic();
    for number in 0..60 {
        let bytes = any_bytes().new_tree(&mut runner).expect("bytes").current();
        let mut stream = upgraded(&server).await;
        stream.write_all(&bytes).await.expect("sent");
        // Half of them leave without a word.
        if number % 2 == 0 {
            stream.shutdown().await.ok();
            let mut rest = Vec::new();
            let ended = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
            assert!(ended.is_ok(), "the server lets go of {bytes:?}");
        }
        if number % 10 == 0 {
            pong(&mut bystander).await;
        }
    }
    pong(&mut bystander).await;
}

/// A connection of our own hands, past the handshake.
async fn upgraded(server: &Server) -> TcpStream {
    let token = server.laptop.token(&SAMPLE_PEOPLE[1]).expect("a token");
    let (host, path) = server
        .running
        .socket
        .trim_start_matches("ws://")
        .split_once('/')
        .expect("a path");
    let mut stream = TcpStream::connect(host).await.expect("connected");
    let request = format!(
        "GET /{path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Protocol: sojourn.v1, bearer.{token}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("an answer"));
    }
    assert!(
        head.starts_with(b"HTTP/1.1 101"),
        "{}",
        String::from_utf8_lossy(&head)
    );
    stream
}
