//! People who travel whatever happens to the server: they reconnect, resume what they saw, and send again what was not
//! answered, under the same id. One socket per person, many bookings on each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use events_schema::ids::{ActionId, BookingId, DecisionId, EmployeeId};
use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, Frame, FrameBody, Verdict};
use sojourn::laptop::{Identity, SAMPLE_PEOPLE, SamplePerson};
use sojourn::traveller::{Traveller, TravellerError};
use tokio::task::JoinHandle;

use super::contest::{Contest, Side};
use super::journey::{Ended, GivesUp, Journey, Plan, Question, Wish, now};

/// Bookings that one person has under way at once: more, and a debug build on a busy machine runs into the functions'
/// timeouts, which costs minutes and proves nothing.
const AT_ONCE: usize = 2;
/// How often somebody asks again for what should have come.
const ASK_AGAIN: Duration = Duration::from_secs(6);
/// Every sample person on the way with their share of the plans.
pub fn set_off(journey: &Arc<Journey>) -> Vec<JoinHandle<()>> {
    let share = |number: usize| {
        let plans = journey.plans.iter().skip(number).step_by(SAMPLE_PEOPLE.len());
        plans.cloned().enumerate()
    };
    let one = |(number, person): (usize, &'static SamplePerson)| {
        let trips = share(number).map(|(index, plan)| Trip {
            request: ActionId::new(format!("{}-trip-{index}", person.name)),
            plan,
            requested: false,
            booking: None,
        });
        let person = Person {
            sample: person,
            identity: Identity::open(&journey.data).expect("the data directory has a key"),
            journey: journey.clone(),
            trips: trips.collect(),
            unanswered: BTreeMap::new(),
            answered: BTreeSet::new(),
            actions: 0,
            is_stale: false,
        };
        tokio::spawn(person.travel())
    };
    SAMPLE_PEOPLE.iter().enumerate().map(one).collect()
}

struct Trip {
    request: ActionId,
    plan: Plan,
    requested: bool,
    booking: Option<BookingId>,
}

struct Person {
    sample: &'static SamplePerson,
    identity: Identity,
    journey: Arc<Journey>,
    trips: Vec<Trip>,
    /// By action id: whether the server has them is not known.
    unanswered: BTreeMap<ActionId, Command>,
    /// Questions this person has answered.
    answered: BTreeSet<(BookingId, DecisionId)>,
    actions: u32,
    /// A decision about money was refused: the connection is older than its token may be.
    is_stale: bool,
}

impl Person {
    async fn travel(mut self) {
        let _guard = GivesUp(self.journey.clone());
        let mut traveller = None;
        while self.journey.remaining() > 0 {
            // A broken connection is what this test is about: again, wherever the server is by then.
            if self.stay_connected(&mut traveller).await.is_err() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }

    async fn stay_connected(&mut self, known: &mut Option<Traveller>) -> Result<(), TravellerError> {
        let url = self.journey.address.borrow().socket.clone();
        let employee = EmployeeId::new(self.sample.employee);
        let token = self
            .identity
            .token(&employee, self.sample.roles, now())
            .expect("a token");
        let mut connected = Traveller::connect(&url, &token).await?;
        if let Some(broken) = known {
            self.journey
                .board()
                .ended
                .iter()
                .for_each(|end| broken.forget(end.booking));
            connected.go_on_from(broken).await?;
        }
        let traveller = known.insert(connected);
        self.set_out();
        for command in self.unanswered.values() {
            traveller.send(command).await?;
        }
        let mut ask = tokio::time::interval_at(tokio::time::Instant::now() + ASK_AGAIN, ASK_AGAIN);
        while self.journey.remaining() > 0 {
            tokio::select! { biased;
                received = traveller.next() => {
                    let answer = self.answer(&received?.frame);
                    if std::mem::take(&mut self.is_stale) {
                        return Ok(());
                    }
                    // Only now: whoever waits for a frame then looks at what came of it.
                    self.journey.frames.send_modify(|frames| *frames += 1);
                    for command in answer.into_iter().chain(self.set_out()) {
                        traveller.send(&command).await?;
                    }
                }
                _ = ask.tick() => self.ask_again(traveller).await?,
            }
        }
        Ok(())
    }

    /// Requests as many further trips as may be under way.
    fn set_out(&mut self) -> Vec<Command> {
        let ended: BTreeSet<_> = self.journey.board().ended.iter().map(|end| end.booking).collect();
        let is_open =
            |trip: &&mut Trip| trip.requested && trip.booking.is_none_or(|booking| !ended.contains(&booking));
        let open = self.trips.iter_mut().filter(is_open).count();
        let next = self
            .trips
            .iter_mut()
            .filter(|trip| !trip.requested)
            .take(AT_ONCE.saturating_sub(open));
        let mut commands = Vec::new();
        for trip in next {
            trip.requested = true;
            let command = Command::RequestBooking {
                request_id: trip.request.clone(),
                text: trip.plan.text.clone(),
                fields: trip.plan.fields.clone(),
            };
            self.unanswered.insert(trip.request.clone(), command.clone());
            commands.push(command);
        }
        commands
    }

    /// Everything not answered once more, and whatever came since of every open booking.
    async fn ask_again(&self, traveller: &mut Traveller) -> Result<(), TravellerError> {
        for command in self.unanswered.values() {
            traveller.send(command).await?;
        }
        for booking in self.open_bookings() {
            traveller.follow(booking).await?;
        }
        Ok(())
    }

    fn open_bookings(&self) -> BTreeSet<BookingId> {
        let board = self.journey.board();
        let own = self.trips.iter().filter_map(|trip| trip.booking);
        let asked = board
            .approvals
            .iter()
            .filter(|(_, by)| by.as_str() == self.sample.employee);
        let mut open: BTreeSet<_> = own.chain(asked.map(|(booking, _)| *booking)).collect();
        board.ended.iter().for_each(|end| {
            open.remove(&end.booking);
        });
        open
    }

    /// What a frame makes this person do.
    fn answer(&mut self, frame: &Frame) -> Option<Command> {
        if let Some(booking) = frame.booking_id {
            let last = format!("{} saw {:?}", self.sample.name, frame.body);
            self.journey
                .board()
                .last
                .insert(booking, last.chars().take(300).collect());
        }
        match &frame.body {
            FrameBody::Accepted { action_id, .. } => {
                self.accepted(action_id, frame.booking_id);
                None
            }
            FrameBody::Error {
                code,
                action_id,
                message,
                ..
            } => {
                self.refused(*code, action_id.as_ref(), message);
                None
            }
            FrameBody::ApprovalRequested { approver, .. } => self.approve(frame, approver.clone()),
            body if body.is_final() => {
                self.end(frame);
                None
            }
            _ => self.decide(frame),
        }
    }

    fn accepted(&mut self, action_id: &ActionId, booking: Option<BookingId>) {
        self.unanswered.remove(action_id);
        if let Some(trip) = self.trips.iter_mut().find(|trip| trip.request == *action_id) {
            let booking = booking.expect("an accepted request names its booking");
            assert_eq!(
                *trip.booking.get_or_insert(booking),
                booking,
                "one request, two bookings"
            );
            self.journey.accepted(booking, trip.plan.wish);
        }
    }

    /// An approver may be told of a booking before it knows of it; everything else that is refused for good is a bug.
    fn refused(&mut self, code: ErrorCode, action_id: Option<&ActionId>, message: &str) {
        if code == ErrorCode::AuthFailed {
            self.is_stale = true;
            return;
        }
        let of_command = action_id.is_some_and(|id| self.unanswered.contains_key(id));
        assert!(
            code.retryable() || (!of_command && matches!(code, ErrorCode::NotFound | ErrorCode::Forbidden)),
            "{}: {code:?} {message} {:?}",
            self.sample.name,
            action_id.and_then(|id| self.unanswered.get(id)),
        );
    }

    fn approve(&mut self, frame: &Frame, approver: EmployeeId) -> Option<Command> {
        let booking = frame.booking_id?;
        if approver.as_str() != self.sample.employee {
            self.journey.board().approvals.insert(booking, approver);
            return None;
        }
        let FrameBody::ApprovalRequested {
            decision_id,
            nonce,
            quote_hash,
            ..
        } = &frame.body
        else {
            return None;
        };
        let say = |action_id, decision| Command::DecideApproval {
            action_id,
            booking_id: booking,
            decision_id: decision_id.clone(),
            nonce: nonce.clone(),
            quote_hash: quote_hash.clone(),
            decision,
            comment: None,
        };
        let wish = self.journey.board().accepted.get(&booking).copied();
        if wish == Some(Wish::Waver(Question::Approval)) {
            return self.both(booking, decision_id, [Verdict::Yes, Verdict::No], say);
        }
        self.once(booking, decision_id, |action_id| say(action_id, Verdict::Yes))
    }

    fn decide(&mut self, frame: &Frame) -> Option<Command> {
        let booking_id = frame.booking_id?;
        let trip = self.trips.iter().find(|trip| trip.booking == Some(booking_id))?;
        let wish = trip.plan.wish;
        match &frame.body {
            FrameBody::Options {
                decision_id,
                nonce,
                options,
                ..
            } => {
                let option = |number: usize| options[number.min(options.len() - 1)].id.clone();
                let select = |action_id, option_id| Command::SelectOption {
                    action_id,
                    booking_id,
                    decision_id: decision_id.clone(),
                    nonce: nonce.clone(),
                    option_id,
                };
                match wish {
                    Wish::Cancel => self.once(booking_id, decision_id, |action_id| Command::CancelBooking {
                        action_id,
                        booking_id,
                    }),
                    Wish::Waver(Question::Choice) => {
                        let two = [option(0), option(usize::MAX)];
                        self.both(booking_id, decision_id, two, select)
                    }
                    wish => self.once(booking_id, decision_id, |action_id| {
                        select(action_id, option(wish.option()))
                    }),
                }
            }
            FrameBody::PurchaseConfirmationRequested {
                decision_id,
                nonce,
                quote_hash,
                ..
            } => {
                let confirm = |action_id, decision| Command::ConfirmPurchase {
                    action_id,
                    booking_id,
                    decision_id: decision_id.clone(),
                    nonce: nonce.clone(),
                    quote_hash: quote_hash.clone(),
                    decision,
                };
                let verdict = match wish {
                    Wish::Waver(Question::Purchase) => {
                        let both = [Verdict::Yes, Verdict::No];
                        return self.both(booking_id, decision_id, both, confirm);
                    }
                    Wish::Decline => Verdict::No,
                    _ => Verdict::Yes,
                };
                self.once(booking_id, decision_id, |action_id| confirm(action_id, verdict))
            }
            _ => None,
        }
    }

    /// A command for a question that this person has not answered; kept until it is known to have arrived.
    fn once(
        &mut self,
        booking: BookingId,
        question: &DecisionId,
        command: impl FnOnce(ActionId) -> Command,
    ) -> Option<Command> {
        if !self.answered.insert((booking, question.clone())) {
            return None;
        }
        let action_id = self.action();
        let command = command(action_id.clone());
        self.unanswered.insert(action_id, command.clone());
        Some(command)
    }

    /// Two answers to such a question, each on a connection of its own: nothing is said on this one.
    fn both<Answer>(
        &mut self,
        booking: BookingId,
        question: &DecisionId,
        answers: [Answer; 2],
        command: impl Fn(ActionId, Answer) -> Command,
    ) -> Option<Command> {
        if !self.answered.insert((booking, question.clone())) {
            return None;
        }
        let sides = answers.map(|answer| {
            let action = self.action();
            let command = command(action.clone(), answer);
            Side { action, command }
        });
        let contest = Contest {
            by: self.sample,
            booking,
            question: question.clone(),
            sides,
        };
        let held = tokio::spawn(contest.hold(self.journey.clone()));
        self.journey.board().contests.push(held);
        None
    }

    fn action(&mut self) -> ActionId {
        self.actions += 1;
        ActionId::new(format!("{}-{}", self.sample.name, self.actions))
    }

    fn end(&mut self, frame: &Frame) {
        let Some(trip) = self.trips.iter().find(|trip| trip.booking == frame.booking_id) else {
            return;
        };
        let Some(booking) = trip.booking else { return };
        let how = match &frame.body {
            FrameBody::Confirmed { .. } => "confirmed",
            FrameBody::Cancelled { .. } => "cancelled",
            FrameBody::Answer { .. } => "answered",
            FrameBody::Failed { .. } => "failed",
            FrameBody::NeedsAttention { .. } => "needs attention",
            other => panic!("{booking} ended as {other:?}"),
        };
        let wish = trip.plan.wish;
        assert!(wish.may_end(how), "{booking}: {wish:?}: {:?}", frame.body);
        let mut board = self.journey.board();
        if board.ended.iter().all(|end| end.booking != booking) {
            board.ended.push(Ended {
                booking,
                traveller: self.sample,
                wish,
                how,
            });
        }
    }
}
