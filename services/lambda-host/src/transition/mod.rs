//! The transition protocol: how a booking moves from one state to the next although deliveries come twice and out of
//! order and processes die at any await.
//!
//! A transition is one DynamoDB transaction: the head's sequence rises by one, and Journal gets the row that holds
//! the cause, the result and the exact event. Publishing comes after. Dying in between loses nothing: whoever brings
//! the same cause again finds it in Journal and publishes that very event, and the sweeper does if nobody comes.

mod cause;
mod hold;
mod next;
mod save;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::envelope::{Meta, Recorded};
use events_schema::ids::{AggregateId, CostCentre, EventId, ExecutionId};
use events_schema::rows::{BookingRow, JournalRow};
use events_schema::state::BookingState;
use serde_json::Value;

pub use cause::Cause;
pub use next::{Due, NewEvent, Next};
pub use save::SaveError;

use crate::error::HandlerError;
use crate::head::{self, BookingKey, HeadError};
use crate::history::History;
use crate::live::Live;
use crate::publish::{PublishError, Publisher};
use crate::runtime::{Clock, ConfigError, Runtime};
use crate::steps;

/// How often a transition is tried against a head that keeps moving before the delivery is left to its retry layer.
const ATTEMPTS: u32 = 8;

#[derive(Clone)]
pub struct Transitions {
    dynamo: Client,
    bookings: String,
    journal: String,
    publisher: Publisher,
    clock: Arc<dyn Clock>,
}

/// What became of asking for a transition.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Saved and announced, now or (`repeated`) by an earlier delivery of the same cause.
    Done {
        event: Box<Recorded>,
        result: Value,
        repeated: bool,
    },
    /// A reaction whose booking has moved on without it: acknowledge and forget.
    Obsolete,
    /// A command or task that the booking's state does not allow; the head as it is.
    NotAllowed(Box<BookingRow>),
    /// The decision was to change nothing.
    Unchanged,
    /// There is no such booking.
    NotFound,
}

#[derive(Debug, thiserror::Error)]
pub enum TransitionError {
    #[error(transparent)]
    Head(#[from] HeadError),
    #[error("looking up the cause in Journal failed")]
    Lookup(#[source] Box<aws_sdk_dynamodb::Error>),
    #[error("a Journal row does not have the shape of one")]
    JournalRow(#[from] serde_dynamo::Error),
    #[error("a Journal row's event is not readable")]
    JournalEvent(#[from] serde_json::Error),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error("the decision failed: {0}")]
    Decide(HandlerError),
    #[error("{0} attempts in a row met a change by somebody else")]
    Contended(u32),
    #[error("the cause is an event of no booking")]
    NoBooking,
}

impl Transitions {
    /// Settings: `BOOKINGS_TABLE`, `JOURNAL_TABLE`, `BUS_NAME`.
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            dynamo: Client::new(&runtime.aws),
            bookings: runtime.setting("BOOKINGS_TABLE")?.into(),
            journal: runtime.setting("JOURNAL_TABLE")?.into(),
            publisher: Publisher::new(
                aws_sdk_eventbridge::Client::new(&runtime.aws),
                runtime.setting("BUS_NAME")?,
            ),
            clock: runtime.clock.clone(),
        })
    }

    pub fn history(&self) -> History {
        History::new(self.dynamo.clone(), &self.journal)
    }

    pub async fn head(&self, key: &BookingKey) -> Result<Option<BookingRow>, HeadError> {
        head::read(&self.dynamo, &self.bookings, key).await
    }

    /// Reacts to an event: only if it is still the booking's newest, and the state is one of `expected`.
    ///
    /// `decide` may be slow and may run more than once or in vain (a model or a supplier's search is then asked
    /// twice; the first saved answer wins). It must have no effect of its own that harms when repeated.
    pub async fn react<F, D>(
        &self,
        live: &Live,
        consumer: &'static str,
        event: &Meta,
        expected: &[BookingState],
        decide: F,
    ) -> Result<Outcome, TransitionError>
    where
        F: Fn(BookingRow) -> D + Send + Sync,
        D: Future<Output = Result<Option<Next>, HandlerError>> + Send,
    {
        let key = BookingKey::of(event).ok_or(TransitionError::NoBooking)?;
        self.apply(live, &key, &Cause::reaction(consumer, event), expected, decide)
            .await
    }

    /// Carries out a person's command or a state machine's task in one of the `legal` states. A task is refused
    /// (`NotAllowed`) when another execution holds the booking.
    pub async fn apply<F, D>(
        &self,
        live: &Live,
        key: &BookingKey,
        cause: &Cause,
        legal: &[BookingState],
        decide: F,
    ) -> Result<Outcome, TransitionError>
    where
        F: Fn(BookingRow) -> D + Send + Sync,
        D: Future<Output = Result<Option<Next>, HandlerError>> + Send,
    {
        for attempt in 0..ATTEMPTS {
            self.back_off(attempt).await;
            let Some(head) = self.head(key).await? else {
                steps::came_of_it("no such booking");
                return Ok(Outcome::NotFound);
            };
            steps::about(&key.booking_id.into(), Some(head.last_event.event_id));
            if let Some(done) = self.done_before(live, key, cause).await? {
                return Ok(done);
            }
            // Checked after Journal: whoever did this already must get the same answer, however far the booking is.
            if !cause.may_act_on(&head) || !legal.contains(&head.state) {
                steps::came_of_it(format!("not when {} at {}", head.state.as_str(), head.sequence));
                return Ok(match cause {
                    Cause::Reaction { .. } => Outcome::Obsolete,
                    _ => Outcome::NotAllowed(Box::new(head)),
                });
            }
            let Some(next) = decide(head.clone()).await.map_err(TransitionError::Decide)? else {
                steps::came_of_it("unchanged");
                return Ok(Outcome::Unchanged);
            };
            let transition = save::Transition::prepare(&head, cause, next, self.clock.now())?;
            match save::save(&self.dynamo, &self.bookings, &self.journal, &transition).await {
                Ok(()) => return self.announce(live, transition).await,
                Err(SaveError::Conflict) => continue,
                Err(error) => return Err(error.into()),
            }
        }
        Err(TransitionError::Contended(ATTEMPTS))
    }

    /// Creates a booking with its first event. The same cause again finds the first one.
    pub async fn begin(
        &self,
        live: &Live,
        key: &BookingKey,
        cause: &Cause,
        cost_centre: CostCentre,
        next: Next,
    ) -> Result<Outcome, TransitionError> {
        steps::about(&key.booking_id.into(), None);
        for attempt in 0..2 {
            self.back_off(attempt).await;
            if self.head(key).await?.is_some() {
                let done = self.done_before(live, key, cause).await?;
                return done.ok_or(TransitionError::Contended(attempt));
            }
            let transition =
                save::Transition::first(key, cause, cost_centre.clone(), next.clone(), self.clock.now())?;
            match save::save(&self.dynamo, &self.bookings, &self.journal, &transition).await {
                Ok(()) => return self.announce(live, transition).await,
                Err(SaveError::Conflict) => continue,
                Err(error) => return Err(error.into()),
            }
        }
        Err(TransitionError::Contended(2))
    }

    /// Gives the booking to an execution of the state machine, unless another has it. Rule targets start at least
    /// once, so two executions can run for one booking: the first to claim goes on, the other ends as a duplicate.
    pub async fn claim(
        &self,
        _live: &Live,
        key: &BookingKey,
        execution: &ExecutionId,
        state: BookingState,
    ) -> Result<bool, TransitionError> {
        steps::about(&key.booking_id.into(), None);
        let claimed = save::claim(&self.dynamo, &self.bookings, key, execution, state).await?;
        if claimed {
            return Ok(true);
        }
        // The condition also fails for a claim repeated after the booking went on: that one still holds it.
        Ok(self
            .head(key)
            .await?
            .is_some_and(|head| head.execution_id.as_ref() == Some(execution)))
    }

    /// Publishes the event at `sequence` once more, exactly as it was saved.
    pub async fn republish(
        &self,
        live: &Live,
        aggregate: &AggregateId,
        sequence: u64,
    ) -> Result<bool, TransitionError> {
        let Some(row) = save::row_at(&self.dynamo, &self.journal, aggregate, sequence).await? else {
            return Ok(false);
        };
        self.publisher.publish(live, &[row.recorded()?]).await?;
        Ok(true)
    }

    async fn announce(&self, live: &Live, saved: save::Transition) -> Result<Outcome, TransitionError> {
        self.publisher
            .publish(live, std::slice::from_ref(&saved.event))
            .await?;
        steps::announced(&saved.event, false);
        Ok(Outcome::Done {
            event: Box::new(saved.event),
            result: saved.row.result,
            repeated: false,
        })
    }

    async fn done_before(
        &self,
        live: &Live,
        key: &BookingKey,
        cause: &Cause,
    ) -> Result<Option<Outcome>, TransitionError> {
        let Some(row) = self.find_cause(&key.booking_id.into(), &cause.key()).await? else {
            return Ok(None);
        };
        // The earlier delivery may have died between saving and publishing: publishing twice is harmless,
        // not publishing is not.
        let event = row.recorded()?;
        self.publisher.publish(live, std::slice::from_ref(&event)).await?;
        steps::announced(&event, true);
        Ok(Some(Outcome::Done {
            event: Box::new(event),
            result: row.result,
            repeated: true,
        }))
    }

    async fn find_cause(
        &self,
        aggregate: &AggregateId,
        cause_key: &str,
    ) -> Result<Option<JournalRow>, TransitionError> {
        // A local index: unlike a global one it can be read strongly consistently, and it must be.
        let found = self
            .dynamo
            .query()
            .table_name(&self.journal)
            .index_name("byCause")
            .consistent_read(true)
            .key_condition_expression("aggregateId = :aggregate AND causeKey = :cause")
            .expression_attribute_values(":aggregate", AttributeValue::S(aggregate.to_string()))
            .expression_attribute_values(":cause", AttributeValue::S(cause_key.into()))
            .limit(1)
            .send()
            .await
            .map_err(|error| TransitionError::Lookup(Box::new(error.into())))?;
        Ok(found
            .items
            .unwrap_or_default()
            .into_iter()
            .next()
            .map(serde_dynamo::from_item)
            .transpose()?)
    }

    async fn back_off(&self, attempt: u32) {
        if attempt > 0 {
            tokio::time::sleep(Duration::from_millis(10 << attempt.min(6))).await;
        }
    }
}

/// The id of the first event of a booking: what everything after it correlates to.
pub fn correlation_of(aggregate: &AggregateId) -> EventId {
    EventId::of(aggregate, 1)
}
