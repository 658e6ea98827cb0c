//! Carrying queued events to their targets.
//!
//! Every route has a lane of its own: an event that fails waits for its next attempt outside the lane, and a target
//! that hangs fills only its own lane. So neither a poison event nor a dead target holds up anything else.
//! An attempt is counted after it was made: if the process dies during one, that attempt is made again.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt;
use jiff::Timestamp;
use serde_json::Value;
use tokio::task::JoinSet;

use super::Inner;
use super::catalog::Route;
use super::input::Context;
use super::journal::{self, Due, OpenDelivery, Outcome, Stage};
use super::retry::{self, Verdict};
use crate::ports::{Delivery, DeliveryError};

/// Deliveries under way to one target at a time.
const LANE_WIDTH: usize = 32;
/// A target that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(30);
/// Attempts to hand an event to the dead-letter queue.
const DEAD_LETTER_ATTEMPTS: u32 = 10;
/// Deliveries between two rounds of tidying.
const TIDY_EVERY: u32 = 1_000;

#[derive(Default)]
struct Lane {
    under_way: usize,
    ready: VecDeque<i64>,
}

struct Courier {
    inner: Arc<Inner>,
    waiting: BinaryHeap<Reverse<(Due, String)>>,
    routes: BTreeMap<String, Arc<Route>>,
    lanes: BTreeMap<String, Lane>,
    attempts: JoinSet<(String, Option<Due>)>,
    since_tidying: u32,
}

/// Runs until it is aborted.
pub(super) async fn run(inner: Arc<Inner>) {
    let mut courier = Courier {
        inner,
        waiting: BinaryHeap::new(),
        routes: BTreeMap::new(),
        lanes: BTreeMap::new(),
        attempts: JoinSet::new(),
        since_tidying: 0,
    };
    loop {
        courier.take_inbox();
        courier.start_due();
        courier.wait().await;
    }
}

impl Courier {
    fn take_inbox(&mut self) {
        let taken = std::mem::take(
            &mut *self
                .inner
                .inbox
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        );
        for (due, route) in taken {
            self.waiting.push(Reverse((due, route.key.clone())));
            self.routes.entry(route.key.clone()).or_insert(route);
        }
    }

    fn start_due(&mut self) {
        let now_ms = self.inner.clock.now().as_millisecond();
        while let Some(Reverse((due, _))) = self.waiting.peek()
            && due.at_ms <= now_ms
        {
            if let Some(Reverse((due, lane))) = self.waiting.pop() {
                self.lanes.entry(lane).or_default().ready.push_back(due.id);
            }
        }
        for (key, lane) in &mut self.lanes {
            while lane.under_way < LANE_WIDTH
                && let Some(id) = lane.ready.pop_front()
            {
                lane.under_way += 1;
                let (inner, key, route) = (
                    Arc::clone(&self.inner),
                    key.clone(),
                    Arc::clone(&self.routes[key]),
                );
                self.attempts
                    .spawn(async move { (key, inner.attempt(id, &route).await) });
            }
        }
    }

    async fn wait(&mut self) {
        let next = self.waiting.peek().map(|Reverse((due, _))| due.at_ms);
        let clock = self.inner.clock;
        let wake = async {
            match next.and_then(|at_ms| Timestamp::from_millisecond(at_ms).ok()) {
                Some(at) => clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            Some(finished) = self.attempts.join_next() => match finished {
                Ok((lane, next)) => self.finished(lane, next),
                // Attempts catch panics; only the runtime's shutdown cancels them.
                Err(error) => tracing::error!(%error, "a delivery attempt was cancelled"),
            },
            () = self.inner.courier_wake.notified() => {}
            () = wake => {}
        }
    }

    fn finished(&mut self, key: String, next: Option<Due>) {
        if let Some(lane) = self.lanes.get_mut(&key) {
            lane.under_way -= 1;
        }
        self.inner.progress.notify_one();
        if let Some(due) = next {
            self.waiting.push(Reverse((due, key)));
            return;
        }
        self.inner.open.send_modify(|open| *open -= 1);
        self.since_tidying += 1;
        if self.since_tidying >= TIDY_EVERY {
            self.since_tidying = 0;
            if let Err(error) = self.inner.tidy() {
                tracing::error!(%error, "the event store could not be tidied");
            }
        }
    }
}

impl Inner {
    /// One attempt; `Some` if there is to be another one.
    async fn attempt(&self, id: i64, route: &Route) -> Option<Due> {
        if self.closed.load(Ordering::Relaxed) {
            return None;
        }
        let read = journal::open_delivery(&self.store.lock(), id);
        let attempted = match read {
            Ok(None) => return None,
            Ok(Some(delivery)) => match delivery.stage {
                Stage::Target => self.try_target(id, route, delivery).await,
                Stage::DeadLetter => self.try_dead_letter(id, route, delivery).await,
            },
            Err(error) => Err(error),
        };
        attempted.unwrap_or_else(|error| {
            // The row stands as it was, so the attempt is repeated once the store works again.
            tracing::error!(%error, route = route.key, "the event store failed");
            Some(Due {
                at_ms: self.clock.now().as_millisecond() + 1_000,
                id,
            })
        })
    }

    async fn try_target(
        &self,
        id: i64,
        route: &Route,
        delivery: OpenDelivery,
    ) -> rusqlite::Result<Option<Due>> {
        let attempts = delivery.attempts + 1;
        let result = match self.payload(route, &delivery) {
            Ok(payload) => self.hand_over(&route.target.arn, payload, Vec::new()).await,
            Err(error) => Err(error),
        };
        let Err(error) = result else {
            journal::finish(&self.store.lock(), id, attempts, Outcome::Delivered)?;
            return Ok(None);
        };
        let now_ms = self.clock.now().as_millisecond();
        let policy = route.target.retry;
        let verdict = retry::after_failure(
            &error,
            policy,
            attempts,
            delivery.accepted_at,
            now_ms,
            &mut self.dice(),
        );
        let connection = self.store.lock();
        match verdict {
            Verdict::Retry { at_ms } => {
                let due = Due { at_ms, id };
                journal::retry_target(&connection, due, &error)?;
                Ok(Some(due))
            }
            Verdict::GiveUp { at_ms, exhausted } => {
                let due = Due { at_ms, id };
                journal::give_up_target(&connection, due, &error, exhausted)?;
                Ok(Some(due))
            }
        }
    }

    async fn try_dead_letter(
        &self,
        id: i64,
        route: &Route,
        delivery: OpenDelivery,
    ) -> rusqlite::Result<Option<Due>> {
        let attempts = delivery.attempts;
        let (code, message) = delivery.error.clone().unwrap_or_default();
        let Some(queue) = &route.target.dlq_arn else {
            tracing::warn!(
                route = route.key,
                attempts,
                code,
                message,
                "event dropped: no dead-letter queue"
            );
            journal::finish(&self.store.lock(), id, attempts, Outcome::Dropped)?;
            return Ok(None);
        };
        let attributes = dead_letter_attributes(route, &delivery, code, message);
        let event = serde_json::from_str(&delivery.body).unwrap_or(Value::String(delivery.body));
        let Err(error) = self.hand_over(queue, event, attributes).await else {
            journal::finish(&self.store.lock(), id, attempts, Outcome::DeadLettered)?;
            return Ok(None);
        };
        let tried = delivery.dead_letter_attempts + 1;
        if !error.retryable || tried >= DEAD_LETTER_ATTEMPTS {
            tracing::error!(route = route.key, queue, %error, "event lost: the dead-letter queue did not take it");
            journal::finish(&self.store.lock(), id, attempts, Outcome::Dropped)?;
            return Ok(None);
        }
        let delay = retry::backoff(tried, &mut self.dice()).as_millis() as i64;
        let due = Due {
            at_ms: self.clock.now().as_millisecond() + delay,
            id,
        };
        journal::retry_dead_letter(&self.store.lock(), due)?;
        Ok(Some(due))
    }

    fn payload(&self, route: &Route, delivery: &OpenDelivery) -> Result<Value, DeliveryError> {
        let invalid = |message: String| DeliveryError {
            code: "INVALID_JSON".into(),
            message,
            retryable: false,
        };
        let event: Value =
            serde_json::from_str(&delivery.body).map_err(|error| invalid(error.to_string()))?;
        let context = Context {
            rule_arn: &route.rule_arn,
            rule_name: &route.rule_name,
            ingested_at: Timestamp::from_millisecond(delivery.accepted_at).unwrap_or_default(),
        };
        route
            .input
            .apply(&event, &context)
            .map_err(|error| invalid(error.to_string()))
    }

    async fn hand_over(
        &self,
        arn: &str,
        payload: Value,
        attributes: Vec<(String, String)>,
    ) -> Result<(), DeliveryError> {
        let delivery = Delivery {
            target_arn: arn.to_owned(),
            payload,
            attributes,
        };
        let handed = AssertUnwindSafe(self.targets.deliver(delivery)).catch_unwind();
        let failed = |code: &str, message: &str| {
            Err(DeliveryError {
                code: code.into(),
                message: message.into(),
                retryable: true,
            })
        };
        match tokio::time::timeout(PATIENCE, handed).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => failed("INTERNAL_ERROR", "the target panicked"),
            Err(_) => failed("TIMEOUT", "the target did not answer in time"),
        }
    }
}

/// The attributes EventBridge gives a dead-lettered message.
fn dead_letter_attributes(
    route: &Route,
    delivery: &OpenDelivery,
    code: String,
    message: String,
) -> Vec<(String, String)> {
    let mut attributes = vec![
        ("RULE_ARN".to_owned(), route.rule_arn.clone()),
        ("TARGET_ARN".to_owned(), route.target.arn.clone()),
        ("ERROR_CODE".to_owned(), code),
        ("ERROR_MESSAGE".to_owned(), message),
        (
            "RETRY_ATTEMPTS".to_owned(),
            delivery.attempts.saturating_sub(1).to_string(),
        ),
    ];
    if let Some(condition) = &delivery.exhausted {
        attributes.push(("EXHAUSTED_RETRY_CONDITION".to_owned(), condition.clone()));
    }
    attributes
}
