//! One file per command. Each turns what a person wants into a fact in the booking's history, through the transition
//! protocol, or into a refusal.

mod calendar;
mod cancel_booking;
mod cancel_confirmed;
mod clarify;
mod confirm_cancellation;
mod confirm_purchase;
mod decide_approval;
mod get_itinerary;
mod list_approvals;
mod list_bookings;
mod people;
mod read_insights;
mod request_booking;
mod resume;
mod select_option;
mod set_passengers;

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use events_schema::event::Event;
use events_schema::ids::{ActionId, BookingId};
use events_schema::rows::{BookingRow, DecisionAnswer, DecisionRow};
use events_schema::socket::{Command, Frame, FrameBody};
use events_schema::state::BookingState;
use lambda_host::door::{Caller, CommandError, Refusal, answer};
use lambda_host::head::BookingKey;
use lambda_host::{
    Cause, Clock, ConfigError, Deadlines, HandlerError, Live, Next, Outcome, Runtime, Transitions,
};
use sha2::{Digest, Sha256};

use super::decision::{Reply, judge, may_answer, take};
use super::tables::Tables;
use crate::texts;

/// What commands work with.
pub struct Desk {
    transitions: Transitions,
    tables: Tables,
    deadlines: Deadlines,
    clock: Arc<dyn Clock>,
}

impl Desk {
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            transitions: Transitions::from_runtime(runtime)?,
            tables: Tables::from_runtime(runtime)?,
            deadlines: Deadlines::from_settings(runtime)?,
            clock: runtime.clock.clone(),
        })
    }

    pub async fn carry_out(
        &self,
        live: &Live,
        caller: &Caller,
        command: Command,
    ) -> Result<Vec<Frame>, CommandError> {
        let action = command.name();
        let (action_id, booking) = match command {
            Command::RequestBooking {
                request_id,
                text,
                fields,
            } => {
                let booking = self
                    .request_booking(live, caller, &request_id, &text, fields)
                    .await?;
                (request_id, booking)
            }
            Command::Clarify {
                action_id,
                booking_id,
                text,
                round,
            } => {
                self.clarify(live, caller, &action_id, booking_id, &text, round)
                    .await?;
                (action_id, booking_id)
            }
            Command::SetPassengers {
                action_id,
                booking_id,
                passengers,
            } => {
                self.set_passengers(caller, booking_id, &passengers).await?;
                (action_id, booking_id)
            }
            command @ (Command::SelectOption { .. }
            | Command::DecideApproval { .. }
            | Command::ConfirmPurchase { .. }
            | Command::ConfirmCancellation { .. }) => self.decide(live, caller, command).await?,
            Command::CancelBooking {
                action_id,
                booking_id,
            } => {
                let booking = self.cancel_booking(live, caller, &action_id, booking_id).await?;
                (action_id, booking)
            }
            Command::ListBookings { cursor } => return self.list_bookings(caller, cursor.as_deref()).await,
            Command::Resume { booking_id, after } => return self.resume(caller, booking_id, after).await,
            Command::WhoAmI { .. } => return self.who_am_i(caller).await,
            Command::NamePeople { employees, .. } => return self.name_people(&employees).await,
            Command::ListApprovals { .. } => return self.list_approvals(caller).await,
            Command::ReadInsights { .. } => return self.read_insights(caller).await,
            Command::GetItinerary { booking_id, .. } => return self.get_itinerary(caller, booking_id).await,
            Command::Ping {} => return Ok(vec![answer::alone(FrameBody::Pong {})]),
        };
        Ok(answer::accepted(action, &action_id, booking))
    }

    /// The commands that answer a question.
    async fn decide(
        &self,
        live: &Live,
        caller: &Caller,
        command: Command,
    ) -> Result<(ActionId, BookingId), CommandError> {
        Ok(match command {
            Command::SelectOption {
                action_id,
                booking_id,
                decision_id,
                nonce,
                option_id,
            } => {
                let reply = select_option::reply(action_id.clone(), booking_id, decision_id, nonce);
                self.select_option(live, caller, &reply, &option_id).await?;
                (action_id, booking_id)
            }
            Command::DecideApproval {
                action_id,
                booking_id,
                decision_id,
                nonce,
                quote_hash,
                decision,
                comment,
            } => {
                let reply =
                    decide_approval::reply(action_id.clone(), booking_id, decision_id, nonce, quote_hash);
                self.decide_approval(live, caller, &reply, decision, comment.as_deref())
                    .await?;
                (action_id, booking_id)
            }
            Command::ConfirmPurchase {
                action_id,
                booking_id,
                decision_id,
                nonce,
                quote_hash,
                decision,
            } => {
                let reply =
                    confirm_purchase::reply(action_id.clone(), booking_id, decision_id, nonce, quote_hash);
                self.confirm_purchase(live, caller, &reply, decision).await?;
                (action_id, booking_id)
            }
            Command::ConfirmCancellation {
                action_id,
                booking_id,
                decision_id,
                nonce,
                quote_hash,
                decision,
            } => {
                let reply = confirm_cancellation::reply(
                    action_id.clone(),
                    booking_id,
                    decision_id,
                    nonce,
                    quote_hash,
                );
                self.confirm_cancellation(live, caller, &reply, decision).await?;
                (action_id, booking_id)
            }
            other => {
                let error =
                    HandlerError::named("NotAnAnswer", format!("{} answers no question", other.name()));
                return Err(CommandError::Failed(error));
            }
        })
    }

    /// A transition of the caller's own booking.
    async fn move_own<E, F, D>(
        &self,
        live: &Live,
        caller: &Caller,
        action: &ActionId,
        booking: BookingId,
        legal: &[BookingState],
        decide: F,
    ) -> Result<(), CommandError>
    where
        E: Event,
        F: Fn(BookingRow) -> D + Send + Sync,
        D: Future<Output = Result<Option<Next>, CommandError>> + Send,
    {
        let key = BookingKey::new(caller.employee.clone(), booking);
        match self
            .move_on(live, caller, action, &key, legal, &[E::NAME], decide)
            .await?
        {
            Moved::Yes => Ok(()),
            Moved::NotAllowed(head) => Err(Refusal::in_state(&head).into()),
            Moved::NotFound => Err(self.unknown(booking).await?.into()),
        }
    }

    /// Takes a decision and the transition that says so, in one transaction. `next` gives the transition and what
    /// was answered.
    async fn answer_question<F, D>(
        &self,
        live: &Live,
        caller: &Caller,
        reply: &Reply,
        legal: BookingState,
        names: &[&str],
        next: F,
    ) -> Result<(), CommandError>
    where
        F: Fn(DecisionRow) -> D + Send + Sync,
        D: Future<Output = Result<(Next, DecisionAnswer), CommandError>> + Send,
    {
        let Some(asked) = self.tables.decision(reply.booking, &reply.decision).await? else {
            return Err(self.nothing_asked(caller, reply.booking).await?.into());
        };
        may_answer(&asked, &caller.employee)?;
        let key = BookingKey::new(asked.employee_id.clone(), reply.booking);
        let next = &next;
        let decide = |_head: BookingRow| async move {
            // Read anew on every try: a try follows on somebody else's change.
            let row = self.question(reply).await?;
            let now = self.clock.now();
            judge(&row, reply, now)?;
            let (transition, answer) = next(row.clone()).await?;
            let taken = take(&self.tables.decisions, &row, &answer, &caller.employee, now)?;
            Ok(Some(transition.with(taken)))
        };
        match self
            .move_on(live, caller, &reply.action_id, &key, &[legal], names, decide)
            .await?
        {
            Moved::Yes => Ok(()),
            Moved::NotAllowed(head) => {
                // What became of the question says more than where the booking is now.
                judge(&self.question(reply).await?, reply, self.clock.now())
                    .and_then(|()| Err(Refusal::in_state(&head)))
                    .map_err(CommandError::from)
            }
            Moved::NotFound => Err(Refusal::of_nothing(texts::NO_SUCH_BOOKING).into()),
        }
    }

    async fn question(&self, reply: &Reply) -> Result<DecisionRow, CommandError> {
        let row = self.tables.decision(reply.booking, &reply.decision).await?;
        row.ok_or_else(|| Refusal::of_nothing(texts::NO_SUCH_QUESTION).into())
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "the two callers above are what names them"
    )]
    async fn move_on<F, D>(
        &self,
        live: &Live,
        caller: &Caller,
        action: &ActionId,
        key: &BookingKey,
        legal: &[BookingState],
        names: &[&str],
        decide: F,
    ) -> Result<Moved, CommandError>
    where
        F: Fn(BookingRow) -> D + Send + Sync,
        D: Future<Output = Result<Option<Next>, CommandError>> + Send,
    {
        let cause = Cause::Command {
            employee: caller.employee.clone(),
            action: action.clone(),
        };
        // The protocol knows transitions and failures; a refusal goes around it as "no transition".
        let refused: Mutex<Option<Refusal>> = Mutex::new(None);
        let outcome = self
            .transitions
            .apply(live, key, &cause, legal, |head| {
                let decision = decide(head);
                let refused = &refused;
                async move {
                    match decision.await {
                        Ok(next) => Ok(next),
                        Err(CommandError::Refused(refusal)) => {
                            *refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
                            Ok(None)
                        }
                        Err(CommandError::Failed(error)) => Err(error),
                    }
                }
            })
            .await?;
        let refused = refused.into_inner().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Outcome::Done { event, .. } => same_command(&event.detail_type, names).map(|()| Moved::Yes),
            Outcome::Unchanged => refused.map_or(Ok(Moved::Yes), |refusal| Err(refusal.into())),
            Outcome::NotAllowed(head) => Ok(Moved::NotAllowed(head)),
            Outcome::Obsolete => Err(Refusal::conflict(texts::BOOKING_BUSY).into()),
            Outcome::NotFound => Ok(Moved::NotFound),
        }
    }

    /// Nothing was asked under this id: of one's own booking a mistake, of another's an attempt.
    async fn nothing_asked(&self, caller: &Caller, booking: BookingId) -> Result<Refusal, CommandError> {
        let key = BookingKey::new(caller.employee.clone(), booking);
        match self.transitions.head(&key).await? {
            Some(_) => Ok(Refusal::of_nothing(texts::NO_SUCH_QUESTION)),
            None => self.unknown(booking).await,
        }
    }

    /// A booking that is not among the caller's: somebody else's, or nobody's.
    async fn unknown(&self, booking: BookingId) -> Result<Refusal, CommandError> {
        let history = self.transitions.history().all(&booking.into()).await?;
        Ok(match history.is_empty() {
            true => Refusal::of_nothing(texts::NO_SUCH_BOOKING),
            false => Refusal::forbidden(texts::NOT_YOURS),
        })
    }
}

enum Moved {
    Yes,
    NotAllowed(Box<BookingRow>),
    NotFound,
}

/// An action id that was used before repeats that command's answer, so it must have been the same command; with
/// another inside it is a decision sent again with its words changed.
fn same_command(event: &str, names: &[&str]) -> Result<(), CommandError> {
    match names.contains(&event) {
        true => Ok(()),
        false => Err(Refusal::conflict(texts::ID_USED).into()),
    }
}

/// SHA-256, hex.
fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}
