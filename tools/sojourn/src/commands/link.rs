//! A person's connection for the length of a command. When it breaks it is made again: what was not answered is sent
//! again under its id, and what was missed is asked for. Whoever reads from it sees no gap and no repeat.

use std::time::Duration;

use events_schema::socket::{Command, FrameBody};

use super::CommandError;
use super::connection::Connection;
use crate::traveller::{Received, Traveller, TravellerError};

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long a cloud may be away, being started again for instance, before the command gives up.
const AWAY: Duration = Duration::from_secs(5 * 60);

pub(super) struct Link<'a> {
    connection: &'a Connection,
    person: String,
    traveller: Traveller,
    /// With their ids; a command without one only asks, and is asked again where it matters.
    unanswered: Vec<(String, Command)>,
    /// Whether anything may have been missed.
    mended: bool,
}

impl<'a> Link<'a> {
    pub async fn open(connection: &'a Connection, person: &str) -> Result<Self, CommandError> {
        Ok(Self {
            connection,
            person: person.into(),
            traveller: connection.connect(person).await?,
            unanswered: Vec::new(),
            mended: false,
        })
    }

    pub async fn send(&mut self, command: &Command) -> Result<(), CommandError> {
        if let Some(id) = id_of(command) {
            self.unanswered.push((id, command.clone()));
        }
        match self.traveller.send(command).await {
            Err(error) if error.is_broken() => self.mend(error).await,
            outcome => Ok(outcome?),
        }
    }

    /// The next frame that is new, however often the connection breaks before it comes.
    pub async fn next_within(&mut self, patience: Duration) -> Result<Received, CommandError> {
        loop {
            match self.traveller.next_within(patience).await {
                Ok(received) => {
                    self.settle(&received).await?;
                    return Ok(received);
                }
                Err(error) if error.is_broken() => self.mend(error).await?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn settle(&mut self, received: &Received) -> Result<(), CommandError> {
        let answered = match &received.frame.body {
            FrameBody::Accepted { action_id, .. } => Some(action_id),
            FrameBody::Error { action_id, .. } => action_id.as_ref(),
            FrameBody::Itinerary { .. } => {
                self.unanswered.retain(|(_, command)| !asks(command));
                return Ok(());
            }
            _ => None,
        };
        let Some(answered) = answered else {
            return Ok(());
        };
        self.unanswered.retain(|(id, _)| id != answered.as_str());
        // The first answer may have been lost, and with it everything since: a booking that is new to us may be old.
        match received.frame.booking_id.filter(|_| self.mended) {
            Some(booking) => {
                let after = self.traveller.seen(booking);
                self.send(&Command::Resume {
                    booking_id: booking,
                    after,
                })
                .await
            }
            None => Ok(()),
        }
    }

    async fn mend(&mut self, broken: TravellerError) -> Result<(), CommandError> {
        eprintln!("  The connection broke ({broken}). The booking goes on; connecting again.");
        self.mended = true;
        let deadline = tokio::time::Instant::now() + AWAY;
        let mut pause = FIRST_PAUSE;
        loop {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            match self.reconnect().await {
                Ok(()) => return Ok(()),
                Err(error) if tokio::time::Instant::now() >= deadline => return Err(error),
                Err(error) => tracing::debug!(%error, "not connected yet"),
            }
        }
    }

    async fn reconnect(&mut self) -> Result<(), CommandError> {
        let mut traveller = self.connection.connect(&self.person).await?;
        for (_, command) in &self.unanswered {
            traveller.send(command).await?;
        }
        traveller.go_on_from(&self.traveller).await?;
        self.traveller = traveller;
        Ok(())
    }
}

/// Whether the answer is a frame of its own kind rather than `accepted`.
fn asks(command: &Command) -> bool {
    matches!(command, Command::GetItinerary { .. })
}

/// The client's own id of a command, as the answer repeats it.
fn id_of(command: &Command) -> Option<String> {
    let value = serde_json::to_value(command).ok()?;
    let id = value.get("actionId").or_else(|| value.get("requestId"))?;
    id.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::{Arc, Mutex};

    use events_schema::socket::Verdict;
    use tokio::net::{TcpListener, TcpStream};
    use tokio::task::JoinHandle;

    use super::*;
    use crate::commands::own_cloud;
    use crate::traveller::action_id;

    const PATIENCE: Duration = Duration::from_secs(120);

    /// Passes bytes on to the cloud until it is cut: every connection through it then breaks at once.
    struct Relay {
        address: SocketAddr,
        open: Arc<Mutex<Vec<JoinHandle<()>>>>,
    }

    impl Relay {
        async fn to(target: String) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let open = Arc::new(Mutex::new(Vec::new()));
            let kept = open.clone();
            tokio::spawn(async move {
                while let Ok((mut near, _)) = listener.accept().await {
                    let target = target.clone();
                    let passing = tokio::spawn(async move {
                        if let Ok(mut far) = TcpStream::connect(target).await {
                            let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                        }
                    });
                    kept.lock().unwrap().push(passing);
                }
            });
            Self { address, open }
        }

        fn cut(&self) {
            self.open
                .lock()
                .unwrap()
                .drain(..)
                .for_each(|passing| passing.abort());
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn cut_after_every_single_message_nothing_is_lost_and_nothing_comes_twice() {
        let directory = tempfile::tempdir().unwrap();
        let server = own_cloud::start(directory.path()).await;
        let mut running = server.running.clone();
        let (target, path) = running
            .socket
            .trim_start_matches("ws://")
            .split_once('/')
            .unwrap();
        let relay = Relay::to(target.into()).await;
        running.socket = format!("ws://{}/{path}", relay.address);
        let connection = Connection::to(running);
        let mut link = Link::open(&connection, "traveller").await.unwrap();
        let request = Command::RequestBooking {
            request_id: action_id(),
            text: "Berlin to Lisbon 3-5 December, hotel under 150 a night".into(),
            fields: None,
        };
        link.send(&request).await.unwrap();
        let mut sequences = Vec::new();
        loop {
            let frame = link.next_within(PATIENCE).await.unwrap().frame;
            relay.cut();
            sequences.extend(frame.cursor.map(|cursor| cursor.sequence));
            match (frame.body, frame.booking_id) {
                (
                    FrameBody::Options {
                        decision_id,
                        nonce,
                        options,
                        ..
                    },
                    Some(booking_id),
                ) => {
                    let option = options.iter().find(|option| option.verdict.compliant).unwrap();
                    let command = Command::SelectOption {
                        action_id: action_id(),
                        booking_id,
                        decision_id,
                        nonce,
                        option_id: option.id.clone(),
                    };
                    link.send(&command).await.unwrap();
                }
                (
                    FrameBody::PurchaseConfirmationRequested {
                        decision_id,
                        nonce,
                        quote_hash,
                        ..
                    },
                    Some(booking_id),
                ) => {
                    let command = Command::ConfirmPurchase {
                        action_id: action_id(),
                        booking_id,
                        decision_id,
                        nonce,
                        quote_hash,
                        decision: Verdict::Yes,
                    };
                    link.send(&command).await.unwrap();
                }
                (FrameBody::Error { message, .. }, _) => panic!("{message}"),
                (FrameBody::Confirmed { .. }, _) => break,
                _ => {}
            }
        }
        assert_eq!(sequences, (1..=sequences.len() as u64).collect::<Vec<_>>());
    }
}
