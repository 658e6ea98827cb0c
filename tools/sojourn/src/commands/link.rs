//! A person's connection for the length of a command. When it breaks it is made again: what was not answered is sent
//! again under its id, and what was missed is asked for. Whoever reads from it sees no gap and no repeat.
//!
//! It is also made anew before the server would end it, and where a decision about money needs a token issued a moment
//! ago: nobody notices. A line that says nothing for a minute is tried: one that died without being closed says nothing
//! either.

mod away;
#[cfg(test)]
mod tests;

use std::time::Duration;

use events_schema::ids::BookingId;
use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, FrameBody};
use tokio::time::Instant;

use away::Away;
pub(super) use away::GaveUp;

use super::CommandError;
use super::connection::Connection;
use crate::traveller::{Received, Traveller, TravellerError};

/// How long a cloud may be away, being started again for instance, before the command gives up.
pub(super) const LONGEST_AWAY: Duration = Duration::from_secs(5 * 60);

/// How long a connection is left as it is.
#[derive(Clone, Copy)]
struct Ages {
    /// At which it is made anew: API Gateway ends every connection after 2 h.
    renewed: Duration,
    /// At which its token is too old for a decision about money: below what the server takes.
    stale: Duration,
    /// Without a word, after which it is asked whether it still stands; and how long the answer may take.
    quiet: Duration,
    echo: Duration,
}

const AGES: Ages = Ages {
    renewed: Duration::from_secs(110 * 60),
    stale: Duration::from_secs(4 * 60),
    quiet: Duration::from_secs(60),
    echo: Duration::from_secs(15),
};

pub(super) struct Link<'a> {
    connection: &'a Connection,
    person: String,
    traveller: Traveller,
    opened_at: Instant,
    ages: Ages,
    longest_away: Duration,
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
            longest_away: LONGEST_AWAY,
            renewed_for: None,
            traveller: connection.connect(person).await?,
            unanswered: Vec::new(),
            mended: false,
        })
    }

    /// How long it is tried to connect again before [`GaveUp`].
    pub fn for_at_most(self, longest_away: Duration) -> Self {
        Self { longest_away, ..self }
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
            Err(error) if error.is_broken() => self.mend(error.into()).await,
            outcome => Ok(outcome?),
        }
    }

    /// The next frame that is new, however often the connection breaks before it comes. `patience` is counted anew
    /// from each connection that was lost and is back.
    pub async fn next_within(&mut self, patience: Duration) -> Result<Received, CommandError> {
        let mut deadline = Instant::now() + patience;
        let mut asked = false;
        loop {
            let word = if asked { self.ages.echo } else { self.ages.quiet };
            let waited = deadline
                .min(self.opened_at + self.ages.renewed)
                .min(Instant::now() + word);
            let left = waited.saturating_duration_since(Instant::now());
            match self.traveller.next_within(left).await {
                Ok(received) => {
                    asked = false;
                    // The echo of a word of our own.
                    if matches!(received.frame.body, FrameBody::Pong {})
                        || self.again_with_a_fresh_token(&received).await?
                    {
                        continue;
                    }
                    self.settle(&received).await?;
                    return Ok(received);
                }
                Err(TravellerError::Silent(_)) if Instant::now() >= deadline => {
                    return Err(TravellerError::Silent(patience).into());
                }
                Err(TravellerError::Silent(_)) if self.opened_at.elapsed() >= self.ages.renewed => {
                    self.renew().await?;
                }
                Err(TravellerError::Silent(_)) if !asked => {
                    asked = true;
                    self.send(&Command::Ping {}).await?;
                }
                Err(error) if error.is_broken() || matches!(error, TravellerError::Silent(_)) => {
                    self.mend(error.into()).await?;
                    (deadline, asked) = (Instant::now() + patience, false);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn renew(&mut self) -> Result<(), CommandError> {
        match self.reconnect().await {
            Ok(()) => Ok(()),
            Err(error) => self.mend(error).await,
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

    async fn mend(&mut self, broken: CommandError) -> Result<(), CommandError> {
        self.keep_trying(broken).await?;
        eprintln!("  Connected again; nothing was lost.");
        Ok(())
    }

    async fn keep_trying(&mut self, mut error: CommandError) -> Result<(), CommandError> {
        self.mended = true;
        let mut away = Away::new(self.longest_away);
        eprintln!(
            "  Connection lost ({}). Trying again ...",
            super::report(error.as_ref())
        );
        while let Some(pause) = away.pause() {
            tokio::time::sleep(pause).await;
            match self.reconnect().await {
                Ok(()) => return Ok(()),
                Err(failed) => error = failed,
            }
            tracing::debug!(%error, "not connected yet");
            if let Some(notice) = away.notice() {
                eprintln!("  {notice}");
            }
        }
        Err(GaveUp::after(self.longest_away, error).into())
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
