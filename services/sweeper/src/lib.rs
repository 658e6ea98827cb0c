//! # sweeper: no booking is forgotten
//!
//! Every minute, the bookings past their due time: [`due`] finds them, [`decide`] says what to do (pure),
//! [`executions`] asks Step Functions about those it holds. A missed event is published again, three times; after
//! that, or at once if the booking's execution has ended, `BookingOverdue` hands it to `booking/close`.

pub mod decide;
pub mod due;
pub mod executions;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use events_schema::person::Role;
use events_schema::rows::BookingRow;
use events_schema::state::BookingState;
use events_schema::sweeper::{AttentionOverdue, BookingOverdue};
use futures_util::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp};
use lambda_host::head::BookingKey;
use lambda_host::{
    Cause, Clock, ConfigError, Deadlines, Due, Function, HandlerError, Invocation, Live, Next, Runtime,
    Transitions, steps,
};
use serde_json::{Value, json};

use decide::{Step, decide};
use due::DueBookings;

/// Bookings looked after in one run; those left are still the longest overdue a minute later.
const MOST: usize = 1000;
const AT_ONCE: usize = 16;
/// Bookings not begun this long before Lambda's deadline wait for the next run.
const MARGIN: SignedDuration = SignedDuration::from_secs(5);

struct Sweeper {
    due: DueBookings,
    transitions: Transitions,
    sfn: aws_sdk_sfn::Client,
    deadlines: Deadlines,
    clock: Arc<dyn Clock>,
}

/// Settings: those of `Transitions`.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    Ok(Arc::new(Sweeper {
        due: DueBookings::new(Client::new(&runtime.aws), runtime.setting("BOOKINGS_TABLE")?),
        transitions: Transitions::from_runtime(runtime)?,
        sfn: aws_sdk_sfn::Client::new(&runtime.aws),
        deadlines: Deadlines::from_settings(runtime)?,
        clock: runtime.clock.clone(),
    }))
}

#[async_trait]
impl Function for Sweeper {
    /// Answers how many bookings were looked at, and fails if any of them could not be helped: after all were tried.
    async fn call(&self, payload: Value, invocation: &Invocation) -> Result<Value, HandlerError> {
        let Some(live) = Live::of(&payload) else {
            tracing::warn!("a replayed tick was ignored");
            return Ok(Value::Null);
        };
        let keys = self.due.overdue(self.clock.now(), MOST).await?;
        let stop_at = invocation
            .deadline
            .saturating_sub(MARGIN)
            .unwrap_or(Timestamp::MIN);
        let (overdue, live) = (keys.len(), &live);
        let outcomes: Vec<_> = stream::iter(keys)
            .map(|key| async move { self.sweep_before(stop_at, live, &key).await })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let failed = outcomes.iter().filter(|outcome| outcome.is_err()).count();
        // Each was logged with its booking; the last one stands for all.
        if let Some(Err(error)) = outcomes.into_iter().rfind(Result::is_err) {
            tracing::warn!(failed, "bookings could not be swept");
            return Err(error);
        }
        Ok(json!({"overdue": overdue}))
    }
}

impl Sweeper {
    async fn sweep_before(
        &self,
        stop_at: Timestamp,
        live: &Live,
        key: &BookingKey,
    ) -> Result<(), HandlerError> {
        if self.clock.now() >= stop_at {
            return Ok(());
        }
        self.sweep(live, key).await
    }

    async fn sweep(&self, live: &Live, key: &BookingKey) -> Result<(), HandlerError> {
        let Some(head) = self.head(key).await? else {
            return Ok(());
        };
        let now = self.clock.now();
        // Not worth asking Step Functions about what moved on.
        if decide(&head, None, now) == Step::Nothing {
            return Ok(());
        }
        steps::part(&head, self.help(live, key, &head, now)).await
    }

    async fn head(&self, key: &BookingKey) -> Result<Option<BookingRow>, HandlerError> {
        let read = self.transitions.head(key).await;
        // Before there is a head there is no step to say it.
        Ok(read.inspect_err(|error| tracing::warn!(%error, booking = %key.booking_id, "sweep failed"))?)
    }

    async fn help(
        &self,
        live: &Live,
        key: &BookingKey,
        head: &BookingRow,
        now: Timestamp,
    ) -> Result<(), HandlerError> {
        let execution = match &head.execution_id {
            Some(execution) => Some(executions::status(&self.sfn, execution).await?),
            None => None,
        };
        match decide(head, execution.as_deref(), now) {
            Step::Nothing => Ok(()),
            Step::Republish => self.republish(live, head, now).await,
            Step::Remind { due_at } => self.remind(live, key, due_at).await,
            Step::GiveUp { due_at } => self.give_up(live, key, due_at, execution).await,
        }
    }

    /// Published first: dying in between costs one more publication, never one less.
    async fn republish(&self, live: &Live, head: &BookingRow, now: Timestamp) -> Result<(), HandlerError> {
        let aggregate = head.booking_id.into();
        let found = self
            .transitions
            .republish(live, &aggregate, head.sequence)
            .await?;
        if !found {
            return Err(HandlerError::named(
                "NoJournalRow",
                "the head's last event is not in Journal",
            ));
        }
        steps::came_of_it(format!("{} published again", head.last_event.name));
        self.due.count_sweep(head, now).await
    }

    /// Says that a person's look is overdue, and comes back when it is so again.
    async fn remind(&self, live: &Live, key: &BookingKey, due_at: i64) -> Result<(), HandlerError> {
        let wait = self.deadlines.attention;
        let next_at = Timestamp::from_second((self.clock.now() + wait).as_second())?;
        let waiting = [BookingState::NeedsAttention];
        self.transitions
            .apply(live, key, &Cause::Sweep { due_at }, &waiting, |head| async move {
                let event = AttentionOverdue {
                    owner: Role::TravelManager,
                    due_at: Timestamp::from_second(due_at)?,
                    next_at,
                };
                Ok(Some(Next::to(head.state, Due::At(next_at), &event)?))
            })
            .await?;
        tracing::warn!(booking = %key.booking_id, due_at, "a booking waits for attention");
        Ok(())
    }

    async fn give_up(
        &self,
        live: &Live,
        key: &BookingKey,
        due_at: i64,
        execution_status: Option<String>,
    ) -> Result<(), HandlerError> {
        let open: Vec<_> = BookingState::ALL
            .into_iter()
            .filter(|state| !state.is_terminal())
            .collect();
        let execution_status = &execution_status;
        let due = Due::In(self.deadlines.automated_step);
        self.transitions
            .apply(live, key, &Cause::Sweep { due_at }, &open, |head| async move {
                let event = BookingOverdue {
                    during: head.state,
                    due_at: Timestamp::from_second(due_at)?,
                    execution_status: execution_status.clone(),
                };
                Ok(Some(Next::to(head.state, due, &event)?))
            })
            .await?;
        tracing::warn!(booking = %key.booking_id, due_at, "booking overdue");
        Ok(())
    }
}
