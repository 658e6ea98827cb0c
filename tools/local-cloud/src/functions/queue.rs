//! Lambda's asynchronous invocation layer: a durable queue in front of each function, two retries after about one
//! and two minutes, then the OnFailure destination.
//!
//! A row leaves the table only when its invocation is finished. A process killed in between finds it again and
//! invokes once more: at least once, as on AWS.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};
use rusqlite::params;
use serde_json::Value;
use tokio::sync::Notify;

use super::destinations::{self, Outcome};
use super::{Function, Lambda, execute};
use crate::clock::Clock;
use crate::ports::{DeliveryError, SharedTargets};
use crate::store::Store;

/// How many invocations run at once; AWS's default account limit is 1,000 and this is one machine.
const CONCURRENCY: usize = 200;
/// A destination that cannot take its record is asked again after this long, as long as the event lives.
const DESTINATION_RETRY: Duration = Duration::from_secs(60);

pub(super) struct AsyncQueue {
    store: Store,
    clock: Clock,
    targets: SharedTargets,
    changed: Notify,
    running: Mutex<BTreeSet<i64>>,
}

/// One queued invocation.
#[derive(Clone, Debug)]
struct Queued {
    id: i64,
    function: String,
    request_id: String,
    payload: Value,
    /// Attempts made so far.
    attempts: u32,
    accepted_at: Timestamp,
    /// Set once the function is through and only the destination is still to be told.
    outcome: Option<Outcome>,
}

impl AsyncQueue {
    pub fn open(store: Store, clock: Clock, targets: SharedTargets) -> rusqlite::Result<Self> {
        store.lock().execute_batch(
            "CREATE TABLE IF NOT EXISTS lambda_queue (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                function TEXT NOT NULL, request_id TEXT NOT NULL, payload TEXT NOT NULL,
                attempts INTEGER NOT NULL DEFAULT 0, accepted_us INTEGER NOT NULL, due_us INTEGER NOT NULL,
                outcome TEXT);
             CREATE INDEX IF NOT EXISTS lambda_queue_due ON lambda_queue (due_us);",
        )?;
        Ok(Self {
            store,
            clock,
            targets,
            changed: Notify::new(),
            running: Mutex::default(),
        })
    }

    pub fn push(&self, function: &str, request_id: &str, payload: &Value) -> rusqlite::Result<()> {
        let now = self.clock.now().as_microsecond();
        let sql = "INSERT INTO lambda_queue (function, request_id, payload, accepted_us, due_us) VALUES (?1, ?2, ?3, ?4, ?4)";
        let payload = payload.to_string();
        self.store
            .lock()
            .prepare_cached(sql)?
            .execute(params![function, request_id, payload, now])?;
        self.changed.notify_one();
        Ok(())
    }

    pub fn pending(&self) -> usize {
        self.count("SELECT COUNT(*) FROM lambda_queue WHERE ?1 = ?1")
    }

    pub fn busy(&self) -> usize {
        let due = self.count("SELECT COUNT(*) FROM lambda_queue WHERE due_us <= ?1");
        due.max(self.running().len())
    }

    fn count(&self, sql: &str) -> usize {
        let now = self.clock.now().as_microsecond();
        let count = |store: &rusqlite::Connection| -> rusqlite::Result<i64> {
            store.prepare_cached(sql)?.query_row([now], |row| row.get(0))
        };
        count(&self.store.lock()).map_or(0, |n| usize::try_from(n).unwrap_or_default())
    }

    fn running(&self) -> std::sync::MutexGuard<'_, BTreeSet<i64>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Due rows that are not running, oldest first, marked as running.
    fn take_due(&self) -> rusqlite::Result<Vec<Queued>> {
        let now = self.clock.now().as_microsecond();
        let mut running = self.running();
        let room = CONCURRENCY.saturating_sub(running.len());
        let store = self.store.lock();
        let mut due = store.prepare_cached(
            "SELECT id, function, request_id, payload, attempts, accepted_us, outcome
             FROM lambda_queue WHERE due_us <= ?1 ORDER BY due_us, id LIMIT ?2",
        )?;
        let limit = i64::try_from(room + running.len()).unwrap_or(i64::MAX);
        let rows = due
            .query_map(params![now, limit], read_row)?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let fresh: Vec<_> = rows
            .into_iter()
            .filter(|q| !running.contains(&q.id))
            .take(room)
            .collect();
        running.extend(fresh.iter().map(|q| q.id));
        Ok(fresh)
    }

    /// When the next row that is not running falls due.
    fn next_due(&self) -> Option<Timestamp> {
        let now = self.clock.now().as_microsecond();
        let next = |store: &rusqlite::Connection| -> rusqlite::Result<Option<i64>> {
            let sql = "SELECT MIN(due_us) FROM lambda_queue WHERE due_us > ?1";
            store.prepare_cached(sql)?.query_row([now], |row| row.get(0))
        };
        let next = next(&self.store.lock());
        Timestamp::from_microsecond(next.ok()??).ok()
    }

    fn finish(&self, id: i64) {
        self.write("DELETE FROM lambda_queue WHERE id = ?1", params![id]);
    }

    fn retry(&self, queued: &Queued, after: Duration) {
        let due = self
            .clock
            .now()
            .saturating_add(SignedDuration::try_from(after).unwrap_or_default())
            .unwrap_or(Timestamp::MAX);
        let outcome = queued
            .outcome
            .as_ref()
            .and_then(|o| serde_json::to_string(o).ok());
        self.write(
            "UPDATE lambda_queue SET attempts = ?2, due_us = ?3, outcome = ?4 WHERE id = ?1",
            params![queued.id, queued.attempts, due.as_microsecond(), outcome],
        );
    }

    fn write(&self, sql: &str, values: &[&dyn rusqlite::ToSql]) {
        let written = |store: &rusqlite::Connection| store.prepare_cached(sql)?.execute(values);
        if let Err(error) = written(&self.store.lock()) {
            // The row stays as it was and is tried again: twice rather than never.
            tracing::error!(%error, "the invocation queue could not be written");
        }
    }
}

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Queued> {
    let (payload, outcome): (String, Option<String>) = (row.get(3)?, row.get(6)?);
    Ok(Queued {
        id: row.get(0)?,
        function: row.get(1)?,
        request_id: row.get(2)?,
        payload: serde_json::from_str(&payload).unwrap_or_default(),
        attempts: row.get(4)?,
        accepted_at: Timestamp::from_microsecond(row.get(5)?).unwrap_or_default(),
        outcome: outcome.and_then(|o| serde_json::from_str(&o).ok()),
    })
}

pub(super) async fn run(lambda: Arc<Lambda>) {
    let mut work = FuturesUnordered::new();
    loop {
        match lambda.queue.take_due() {
            Ok(due) => work.extend(due.into_iter().map(|queued| advance(&lambda, queued))),
            Err(error) => tracing::error!(%error, "the invocation queue could not be read"),
        }
        let next_due = lambda.queue.next_due();
        let wait = async {
            match next_due {
                Some(at) => lambda.queue.clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! { biased;
            Some(()) = work.next(), if !work.is_empty() => {}
            () = lambda.queue.changed.notified() => {}
            () = wait => {}
        }
    }
}

async fn advance(lambda: &Lambda, mut queued: Queued) {
    match lambda.functions.get(&queued.function) {
        Some(function) => step(&lambda.queue, function, &mut queued).await,
        None => {
            tracing::error!(function = %queued.function, "dropped an invocation of a function that is no longer in the template");
            lambda.queue.finish(queued.id);
        }
    }
    lambda.queue.running().remove(&queued.id);
}

async fn step(queue: &AsyncQueue, function: &Function, queued: &mut Queued) {
    if queued.outcome.is_none() {
        queued.outcome = attempt(queue, function, queued).await;
    }
    let Some(outcome) = queued.outcome.clone() else {
        return;
    };
    let record = destinations::Record {
        function: &function.spec,
        request_id: &queued.request_id,
        payload: &queued.payload,
        attempts: queued.attempts,
        outcome: &outcome,
    };
    match destinations::deliver(&queue.targets, &function.asynchronous, &record, queue.clock.now()).await {
        Ok(()) => queue.finish(queued.id),
        Err(DeliveryError { retryable: true, .. }) if !expired(queue, function, queued) => {
            queue.retry(queued, DESTINATION_RETRY)
        }
        Err(error) => {
            tracing::error!(function = %function.spec.name, request_id = %queued.request_id, %error, "an invocation's destination did not take its record");
            queue.finish(queued.id);
        }
    }
}

/// Runs the function once. `None`: it failed and waits for its next attempt.
async fn attempt(queue: &AsyncQueue, function: &Function, queued: &mut Queued) -> Option<Outcome> {
    if queued.attempts > 0 && expired(queue, function, queued) {
        return Some(Outcome::EventAgeExceeded);
    }
    let result = execute(function, queued.request_id.clone(), queued.payload.clone()).await;
    queued.attempts += 1;
    match result {
        Ok(answer) => Some(Outcome::Success { answer }),
        Err(error) if queued.attempts > function.asynchronous.max_retries => {
            Some(Outcome::RetriesExhausted {
                error_type: error.error_type,
                message: error.message,
            })
        }
        Err(error) => {
            tracing::warn!(function = %function.spec.name, request_id = %queued.request_id, attempt = queued.attempts, %error, "an invocation failed and will be retried");
            queue.retry(queued, Duration::from_secs(60 * u64::from(queued.attempts)));
            None
        }
    }
}

fn expired(queue: &AsyncQueue, function: &Function, queued: &Queued) -> bool {
    let age = queue.clock.now().duration_since(queued.accepted_at);
    age > SignedDuration::try_from(function.asynchronous.max_age).unwrap_or(SignedDuration::MAX)
}
