//! One attempt at deliveries: what the target or the dead-letter queue says, written down.
//!
//! An attempt is counted after it was made: if the process dies during one, that attempt is made again. Deliveries of
//! one route that a target takes together are read, handed over and settled together; each still succeeds, fails,
//! waits and is dead-lettered on its own.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt;
use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::Value;

use super::Inner;
use super::catalog::Route;
use super::input::Context;
use super::journal::{self, Due, OpenDelivery, Outcome, Stage};
use super::retry::{self, Verdict};
use crate::ports::{Delivery, DeliveryError};

/// A target that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(30);
/// Attempts to hand an event to the dead-letter queue.
const DEAD_LETTER_ATTEMPTS: u32 = 10;

impl Inner {
    /// One attempt at each of these deliveries of a route; those that are to be tried again come back.
    pub(super) async fn attempt(&self, ids: &[i64], route: &Route) -> Vec<Due> {
        if self.closed.load(Ordering::Relaxed) {
            return Vec::new();
        }
        self.try_each(ids, route).await.unwrap_or_else(|error| {
            // The rows stand as they were, so the attempt is repeated once the store works again; what had ended
            // by then is not found open any more.
            tracing::error!(%error, route = route.key, "the event store failed");
            let at_ms = self.clock.now().as_millisecond() + 1_000;
            ids.iter().map(|&id| Due { at_ms, id }).collect()
        })
    }

    async fn try_each(&self, ids: &[i64], route: &Route) -> rusqlite::Result<Vec<Due>> {
        let (for_target, for_letters): (Vec<_>, Vec<_>) = self
            .read_open(ids)?
            .into_iter()
            .partition(|(_, delivery)| delivery.stage == Stage::Target);
        let mut again = self.try_target(route, for_target).await?;
        for (id, delivery) in for_letters {
            again.extend(self.try_dead_letter(id, route, delivery).await?);
        }
        Ok(again)
    }

    fn read_open(&self, ids: &[i64]) -> rusqlite::Result<Vec<(i64, OpenDelivery)>> {
        let mut connection = self.store.lock();
        // One look for all of them.
        let tx = connection.transaction()?;
        let mut open = Vec::with_capacity(ids.len());
        for &id in ids {
            open.extend(journal::open_delivery(&tx, id)?.map(|delivery| (id, delivery)));
        }
        Ok(open)
    }

    async fn try_target(
        &self,
        route: &Route,
        deliveries: Vec<(i64, OpenDelivery)>,
    ) -> rusqlite::Result<Vec<Due>> {
        if deliveries.is_empty() {
            return Ok(Vec::new());
        }
        let (mut sendable, mut results) = (Vec::new(), Vec::new());
        for (_, delivery) in &deliveries {
            let payload = payload(route, delivery);
            results.push(payload.map(|payload| sendable.push(self::delivery(&route.target.arn, payload))));
        }
        let mut handed = self.hand_over(sendable).await.into_iter();
        let mut connection = self.store.lock();
        let tx = connection.transaction()?;
        let mut again = Vec::new();
        for ((id, delivery), prepared) in deliveries.iter().zip(results) {
            let result = prepared.and_then(|()| {
                handed
                    .next()
                    .unwrap_or_else(|| failed("INTERNAL_ERROR", "no answer"))
            });
            again.extend(self.settle(&tx, *id, route, delivery, result)?);
        }
        tx.commit()?;
        Ok(again)
    }

    /// Writes down what the target said; when to try again, if so.
    fn settle(
        &self,
        connection: &Connection,
        id: i64,
        route: &Route,
        delivery: &OpenDelivery,
        result: Result<(), DeliveryError>,
    ) -> rusqlite::Result<Option<Due>> {
        let attempts = delivery.attempts + 1;
        let Err(error) = result else {
            journal::finish(connection, id, attempts, Outcome::Delivered)?;
            return Ok(None);
        };
        let now_ms = self.clock.now().as_millisecond();
        let verdict = retry::after_failure(
            &error,
            route.target.retry,
            attempts,
            delivery.accepted_at,
            now_ms,
            &mut self.dice(),
        );
        match verdict {
            Verdict::Retry { at_ms } => {
                let due = Due { at_ms, id };
                journal::retry_target(connection, due, &error)?;
                Ok(Some(due))
            }
            Verdict::GiveUp { at_ms, exhausted } => {
                let due = Due { at_ms, id };
                journal::give_up_target(connection, due, &error, exhausted)?;
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
        let letter = Delivery {
            attributes,
            ..self::delivery(queue, event)
        };
        let answer = self.hand_over(vec![letter]).await.pop().unwrap_or(Ok(()));
        let Err(error) = answer else {
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

    /// Answers in the order of the deliveries.
    async fn hand_over(&self, deliveries: Vec<Delivery>) -> Vec<Result<(), DeliveryError>> {
        let count = deliveries.len();
        if count == 0 {
            return Vec::new();
        }
        let handed = AssertUnwindSafe(self.targets.deliver_all(deliveries)).catch_unwind();
        match tokio::time::timeout(PATIENCE, handed).await {
            Ok(Ok(results)) => results,
            Ok(Err(_)) => vec![failed("INTERNAL_ERROR", "the target panicked"); count],
            Err(_) => vec![failed("TIMEOUT", "the target did not answer in time"); count],
        }
    }
}

fn delivery(arn: &str, payload: Value) -> Delivery {
    Delivery {
        target_arn: arn.to_owned(),
        payload,
        attributes: Vec::new(),
    }
}

fn failed(code: &str, message: &str) -> Result<(), DeliveryError> {
    Err(DeliveryError {
        code: code.into(),
        message: message.into(),
        retryable: true,
    })
}

fn payload(route: &Route, delivery: &OpenDelivery) -> Result<Value, DeliveryError> {
    let invalid = |message: String| DeliveryError {
        code: "INVALID_JSON".into(),
        message,
        retryable: false,
    };
    let event: Value = serde_json::from_str(&delivery.body).map_err(|error| invalid(error.to_string()))?;
    let context = Context {
        rule_arn: &route.rule_arn,
        rule_name: &route.rule_name,
        ingested_at: Timestamp::from_millisecond(delivery.accepted_at).unwrap_or_default(),
    };
    route
        .input
        .apply(event, &context)
        .map_err(|error| invalid(error.to_string()))
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
