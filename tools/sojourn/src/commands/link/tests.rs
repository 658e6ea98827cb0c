//! A real cloud, and a line to it that is cut as often as there are messages, or is replaced all the time.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use events_schema::socket::{Frame, Verdict};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;
use crate::commands::own_cloud;
use crate::running::Running;
use crate::traveller::action_id;

const PATIENCE: Duration = Duration::from_secs(120);

/// Passes bytes on to the cloud until it is cut: every connection through it then breaks at once.
struct Relay {
    address: SocketAddr,
    /// Connections there have been.
    accepted: Arc<AtomicUsize>,
    frozen: Arc<Notify>,
    open: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Relay {
    async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let open = Arc::new(Mutex::new(Vec::new()));
        let accepted = Arc::new(AtomicUsize::new(0));
        let (kept, counted) = (open.clone(), accepted.clone());
        let frozen = Arc::new(Notify::new());
        let freezing = frozen.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                let (target, freezing) = (target.clone(), freezing.clone());
                let passing = tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(target).await else {
                        return;
                    };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        () = freezing.notified() => std::future::pending().await,
                    }
                });
                kept.lock().unwrap().push(passing);
            }
        });
        Self {
            address,
            accepted,
            frozen,
            open,
        }
    }

    fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    fn cut(&self) {
        self.open
            .lock()
            .unwrap()
            .drain(..)
            .for_each(|passing| passing.abort());
    }

    /// From now on its connections stay open and pass nothing on, as behind a router that lost power.
    fn freeze(&self) {
        self.frozen.notify_waiters();
    }

    /// To a cloud, in place of its own address.
    async fn before(running: &Running) -> (Self, Connection) {
        let mut running = running.clone();
        let socket = running.socket.trim_start_matches("ws://").to_owned();
        let (target, path) = socket.split_once('/').unwrap();
        let relay = Self::to(target.into()).await;
        running.socket = format!("ws://{}/{path}", relay.address);
        (relay, Connection::to(running))
    }
}

fn request() -> Command {
    Command::RequestBooking {
        request_id: action_id(),
        text: crate::commands::suggestion::request(crate::commands::up::now()),
        fields: None,
    }
}

/// What buys the first option within policy.
fn answer(frame: Frame) -> Option<Command> {
    let booking_id = frame.booking_id?;
    match frame.body {
        FrameBody::Options {
            decision_id,
            nonce,
            options,
            ..
        } => Some(Command::SelectOption {
            action_id: action_id(),
            booking_id,
            decision_id,
            nonce,
            option_id: options.into_iter().find(|option| option.verdict.compliant)?.id,
        }),
        FrameBody::PurchaseConfirmationRequested {
            decision_id,
            nonce,
            quote_hash,
            ..
        } => Some(Command::ConfirmPurchase {
            action_id: action_id(),
            booking_id,
            decision_id,
            nonce,
            quote_hash,
            decision: Verdict::Yes,
        }),
        FrameBody::Error { code, message, .. } => panic!("{code:?}: {message}"),
        _ => None,
    }
}

/// Buys a trip and gives the sequences seen; `after_each` is called after each frame.
async fn buy(link: &mut Link<'_>, after_each: impl Fn()) -> Vec<u64> {
    link.send(&request()).await.unwrap();
    let mut sequences = Vec::new();
    loop {
        let frame = link.next_within(PATIENCE).await.unwrap().frame;
        after_each();
        sequences.extend(frame.cursor.map(|cursor| cursor.sequence));
        if matches!(frame.body, FrameBody::Confirmed { .. }) {
            return sequences;
        }
        if let Some(command) = answer(frame) {
            link.send(&command).await.unwrap();
        }
    }
}

fn all(sequences: &[u64]) -> Vec<u64> {
    (1..=sequences.len() as u64).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_after_every_single_message_nothing_is_lost_and_nothing_comes_twice() {
    let directory = tempfile::tempdir().unwrap();
    let server = own_cloud::start(directory.path()).await;
    let (relay, connection) = Relay::before(&server.running).await;
    let mut link = Link::open(&connection, "traveller").await.unwrap();
    let sequences = buy(&mut link, || relay.cut()).await;
    assert_eq!(sequences, all(&sequences));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_dies_without_a_word_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let server = own_cloud::start(directory.path()).await;
    let (relay, connection) = Relay::before(&server.running).await;
    let ages = Ages {
        quiet: Duration::from_millis(500),
        echo: Duration::from_millis(500),
        ..AGES
    };
    let mut link = Link::open_with(&connection, "traveller", ages).await.unwrap();
    let heard = AtomicUsize::new(0);
    let sequences = buy(&mut link, || {
        if [1, 4, 9].contains(&heard.fetch_add(1, Ordering::Relaxed)) {
            relay.freeze();
        }
    })
    .await;
    assert_eq!(sequences, all(&sequences));
}

/// As if two hours were a blink: connections are replaced all the time.
#[tokio::test(flavor = "multi_thread")]
async fn connections_are_replaced_in_time_and_nobody_notices() {
    let directory = tempfile::tempdir().unwrap();
    let server = own_cloud::start(directory.path()).await;
    let (relay, connection) = Relay::before(&server.running).await;
    let ages = Ages {
        renewed: Duration::from_millis(200),
        ..AGES
    };
    let mut link = Link::open_with(&connection, "traveller", ages).await.unwrap();
    let sequences = buy(&mut link, || ()).await;
    assert_eq!(sequences, all(&sequences));
    // Also where nothing is said any more. Whoever waits is told that it is silent, and of no loss.
    let renewed = async {
        while relay.accepted() < 3 {
            if let Err(error) = link.next_within(2 * ages.renewed).await {
                let error = error.downcast_ref::<TravellerError>();
                assert!(matches!(error, Some(TravellerError::Silent(_))), "{error:?}");
            }
        }
    };
    let renewed = tokio::time::timeout(PATIENCE, renewed).await;
    assert!(renewed.is_ok(), "{} connections", relay.accepted());
}

/// As if a token were old at once: each decision about money is made on a connection of its own, and nothing else is.
#[tokio::test(flavor = "multi_thread")]
async fn a_decision_about_money_is_made_by_a_fresh_token() {
    let directory = tempfile::tempdir().unwrap();
    let server = own_cloud::start(directory.path()).await;
    let (relay, connection) = Relay::before(&server.running).await;
    let ages = Ages {
        stale: Duration::ZERO,
        ..AGES
    };
    let mut link = Link::open_with(&connection, "traveller", ages).await.unwrap();
    let sequences = buy(&mut link, || ()).await;
    assert_eq!(sequences, all(&sequences));
    assert_eq!(relay.accepted(), 2, "for the purchase, and for nothing else");
}

#[test]
fn connections_and_tokens_are_renewed_before_the_server_ends_them() {
    let (api_gateway_ends_it, door_refuses_it) = (Duration::from_secs(2 * 3600), Duration::from_secs(300));
    assert!(AGES.renewed < api_gateway_ends_it, "{:?}", AGES.renewed);
    assert!(AGES.stale < door_refuses_it, "{:?}", AGES.stale);
}
