//! A person's connection for the length of a command. When it breaks it is made again: what was not answered is sent
//! again under its id, and what was missed is asked for. Whoever reads from it sees no gap and no repeat.
//!
//! It is also made anew before the server would end it, and where a decision about money needs a token issued a moment
//! ago: nobody notices.

use std::time::Duration;

use events_schema::ids::BookingId;
use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, FrameBody};
use tokio::time::Instant;

use super::CommandError;
use super::connection::Connection;
use crate::traveller::{Received, Traveller, TravellerError};

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long a cloud may be away, being started again for instance, before the command gives up.
const AWAY: Duration = Duration::from_secs(5 * 60);

/// How old a connection may become.
#[derive(Clone, Copy)]
struct Ages {
    /// At which it is made anew: API Gateway ends every connection after 2 h.
    renewed: Duration,
    /// At which its token is too old for a decision about money: below what the server takes.
    stale: Duration,
}

const AGES: Ages = Ages {
    renewed: Duration::from_secs(110 * 60),
    stale: Duration::from_secs(4 * 60),
};

pub(super) struct Link<'a> {
    connection: &'a Connection,
    person: String,
    traveller: Traveller,
    opened_at: Instant,
    ages: Ages,
    /// The command that was sent again by a fresh token: once is enough.
    renewed_for: Option<String>,
    /// With their ids; a command without one only asks, and is asked again where it matters.
    unanswered: Vec<(String, Command)>,
    /// Whether anything may have been missed.
    mended: bool,
}

impl<'a> Link<'a> {
    pub async fn open(connection: &'a Connection, person: &str) -> Result<Self, CommandError> {
        Self::open_with(connection, person, AGES).await
    }

    async fn open_with(connection: &'a Connection, person: &str, ages: Ages) -> Result<Self, CommandError> {
        Ok(Self {
            connection,
            person: person.into(),
            opened_at: Instant::now(),
            ages,
            renewed_for: None,
            traveller: connection.connect(person).await?,
            unanswered: Vec::new(),
            mended: false,
        })
    }

    pub async fn send(&mut self, command: &Command) -> Result<(), CommandError> {
        if let Some(id) = id_of(command) {
            self.unanswered.push((id, command.clone()));
        }
        if command.moves_money() && self.opened_at.elapsed() >= self.ages.stale {
            // Sends what is unanswered, and so this.
            return self.renew().await;
        }
        match self.traveller.send(command).await {
            Err(error) if error.is_broken() => self.mend(error).await,
            outcome => Ok(outcome?),
        }
    }

    /// The next frame that is new, however often the connection breaks before it comes.
    pub async fn next_within(&mut self, patience: Duration) -> Result<Received, CommandError> {
        let deadline = Instant::now() + patience;
        loop {
            let waited = deadline.min(self.opened_at + self.ages.renewed);
            let left = waited.saturating_duration_since(Instant::now());
            match self.traveller.next_within(left).await {
                Ok(received) => {
                    if self.again_with_a_fresh_token(&received).await? {
                        continue;
                    }
                    self.settle(&received).await?;
                    return Ok(received);
                }
                Err(error) if error.is_broken() => self.mend(error).await?,
                Err(TravellerError::Silent(_)) if Instant::now() < deadline => self.renew().await?,
                Err(TravellerError::Silent(_)) => return Err(TravellerError::Silent(patience).into()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn renew(&mut self) -> Result<(), CommandError> {
        match self.reconnect().await {
            Ok(()) => Ok(()),
            Err(error) => self.keep_trying(error).await,
        }
    }

    /// Told that the token is too old: by a new one the command goes again, once.
    async fn again_with_a_fresh_token(&mut self, received: &Received) -> Result<bool, CommandError> {
        let FrameBody::Error {
            code: ErrorCode::AuthFailed,
            action_id: Some(refused),
            ..
        } = &received.frame.body
        else {
            return Ok(false);
        };
        let is_open = self.unanswered.iter().any(|(id, _)| id == refused.as_str());
        if !is_open || self.renewed_for.as_deref() == Some(refused.as_str()) {
            return Ok(false);
        }
        self.renewed_for = Some(refused.as_str().to_owned());
        self.renew().await?;
        Ok(true)
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
            Some(booking) => self.follow(booking).await,
            None => Ok(()),
        }
    }

    /// Everything about a booking that was not seen yet, from its beginning.
    pub async fn follow(&mut self, booking: BookingId) -> Result<(), CommandError> {
        let after = self.traveller.seen(booking);
        self.send(&Command::Resume {
            booking_id: booking,
            after,
        })
        .await
    }

    async fn mend(&mut self, broken: TravellerError) -> Result<(), CommandError> {
        eprintln!("  The connection broke ({broken}). The booking goes on; connecting again.");
        self.keep_trying(broken.into()).await
    }

    async fn keep_trying(&mut self, mut error: CommandError) -> Result<(), CommandError> {
        self.mended = true;
        let deadline = Instant::now() + AWAY;
        let mut pause = FIRST_PAUSE;
        while Instant::now() < deadline {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            match self.reconnect().await {
                Ok(()) => return Ok(()),
                Err(failed) => error = failed,
            }
            tracing::debug!(%error, "not connected yet");
        }
        Err(error)
    }

    async fn reconnect(&mut self) -> Result<(), CommandError> {
        let mut traveller = self.connection.connect(&self.person).await?;
        self.opened_at = Instant::now();
        self.mended = true;
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

    use events_schema::socket::{Frame, Verdict};
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
        let sequences = buy(&mut link, || relay.cut()).await;
        assert_eq!(sequences, all(&sequences));
    }

    /// As if two hours were a blink: connections are replaced all the time, and every decision wants a new token.
    #[tokio::test(flavor = "multi_thread")]
    async fn connections_are_replaced_in_time_and_nobody_notices() {
        let directory = tempfile::tempdir().unwrap();
        let server = own_cloud::start(directory.path()).await;
        let connection = Connection::to(server.running.clone());
        let ages = Ages {
            renewed: Duration::from_millis(500),
            stale: Duration::ZERO,
        };
        let mut link = Link::open_with(&connection, "traveller", ages).await.unwrap();
        let sequences = buy(&mut link, || ()).await;
        assert_eq!(sequences, all(&sequences));
    }
}
