//! Two answers to one question, from two sockets at nearly the same time, and again in the same words wherever the
//! server is by then: until both are heard, and once more when everything is over.

use std::sync::Arc;
use std::time::Duration;

use events_schema::ids::{ActionId, BookingId, DecisionId, EmployeeId};
use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, FrameBody};
use sojourn::laptop::{Identity, SamplePerson};
use sojourn::traveller::{Traveller, TravellerError};

use super::journey::{GivesUp, Journey, now};

/// How long an answer is waited for before it is asked for anew.
const ANSWERED_WITHIN: Duration = Duration::from_secs(6);
const PAUSE: Duration = Duration::from_millis(100);

pub struct Contest {
    pub by: &'static SamplePerson,
    pub booking: BookingId,
    pub question: DecisionId,
    pub sides: [Side; 2],
}

pub struct Side {
    pub action: ActionId,
    pub command: Command,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    Won,
    /// CONFLICT or TOO_LATE.
    Lost,
}

/// A contest that is over: who heard what.
pub struct Decided {
    pub contest: Contest,
    pub heard: [Heard; 2],
}

impl Contest {
    pub async fn hold(self, journey: Arc<Journey>) -> Decided {
        let _guard = GivesUp(journey.clone());
        let heard = self.until_heard(&journey).await;
        Decided { contest: self, heard }
    }

    /// A side that was answered is asked again all the same for as long as the other is not, and hears the same.
    async fn until_heard(&self, journey: &Journey) -> [Heard; 2] {
        let mut heard = [None, None];
        loop {
            for (known, answer) in heard.iter_mut().zip(self.say(journey).await) {
                let Some(answer) = answer else { continue };
                let known = *known.get_or_insert(answer);
                assert_eq!(known, answer, "I8: {}: {}", self.booking, self.question);
            }
            if let [Some(one), Some(other)] = heard {
                return [one, other];
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Each side once, on a connection of its own. `None`: not answered, or not for good.
    async fn say(&self, journey: &Journey) -> [Option<Heard>; 2] {
        let connections = tokio::try_join!(self.connect(journey), self.connect(journey));
        // Broken connections are what this test is about.
        let Ok((mut one, mut other)) = connections else {
            return [None, None];
        };
        let [first, second] = &self.sides;
        let said = tokio::join!(first.ask(&mut one), second.ask(&mut other));
        said.into()
    }

    async fn connect(&self, journey: &Journey) -> Result<Traveller, TravellerError> {
        let url = journey.address.borrow().socket.clone();
        let identity = Identity::open(&journey.data).expect("the data directory has a key");
        let employee = EmployeeId::new(self.by.employee);
        let token = identity.token(&employee, self.by.roles, now()).expect("a token");
        Traveller::connect(&url, &token).await
    }
}

impl Side {
    async fn ask(&self, socket: &mut Traveller) -> Option<Heard> {
        socket.send(&self.command).await.ok()?;
        let answered = tokio::time::timeout(ANSWERED_WITHIN, self.answer(socket)).await;
        answered.ok()?.ok()?
    }

    async fn answer(&self, socket: &mut Traveller) -> Result<Option<Heard>, TravellerError> {
        loop {
            match socket.next().await?.frame.body {
                FrameBody::Accepted { action_id, .. } if action_id == self.action => {
                    return Ok(Some(Heard::Won));
                }
                FrameBody::Error {
                    code,
                    action_id: Some(action_id),
                    message,
                    ..
                } if action_id == self.action => {
                    let overtaken = matches!(code, ErrorCode::Conflict | ErrorCode::TooLate);
                    assert!(
                        overtaken || code.retryable() || code == ErrorCode::AuthFailed,
                        "I8: {:?}: {code:?} {message}",
                        self.command
                    );
                    return Ok(overtaken.then_some(Heard::Lost));
                }
                _ => {}
            }
        }
    }
}

impl Decided {
    pub fn winner(&self) -> &Side {
        match self.heard {
            [Heard::Won, Heard::Lost] => &self.contest.sides[0],
            [Heard::Lost, Heard::Won] => &self.contest.sides[1],
            heard => panic!(
                "I8: {}: {}: both sides heard {heard:?}",
                self.contest.booking, self.contest.question
            ),
        }
    }

    pub fn loser(&self) -> &Side {
        let winner = self.winner();
        let mut others = self
            .contest
            .sides
            .iter()
            .filter(|side| side.action != winner.action);
        others.next().expect("two sides")
    }

    /// Long after, to another process: the answers are those of then.
    pub async fn again(&self, journey: &Journey) {
        let heard = self.contest.until_heard(journey).await;
        assert_eq!(
            heard, self.heard,
            "I8: {}: {}, asked again",
            self.contest.booking, self.contest.question
        );
    }
}
