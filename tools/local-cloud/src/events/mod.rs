//! Amazon EventBridge: buses, rules, targets with retries and dead-letter queues, schedules, archives and replays.
//!
//! An event's way: `accept` stores it, files it in archives and queues a delivery per matching target, all in one
//! transaction; the `courier` carries deliveries to targets, retries them and dead-letters what fails for good; the
//! `scheduler` and the `replay` runner put further events into the same queue. What is queued survives the process.
//!
//! Where it differs from AWS: an entry for a bus that does not exist fails (AWS answers with an id and drops it);
//! archives are complete at once (AWS may take ten minutes); resources come from the template, so operations that
//! create or change any are not offered, except enabling and disabling rules.
//!
//! This module knows neither the template nor what a target is: it is given a configuration and a `Targets` port.

mod accept;
mod api;
mod attempt;
mod catalog;
mod config;
mod courier;
mod describe;
mod envelope;
mod input;
mod journal;
mod kinds;
mod put;
mod replay;
mod retry;
mod schedule;
mod scheduler;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, broadcast, watch};
use tokio::task::AbortHandle;

use crate::clock::Clock;
use crate::ports::SharedTargets;
use crate::store::Store;
use catalog::{Catalog, Route};
use journal::Due;

pub use config::{Archive, Bus, ConfigError, EventsConfig, RetryPolicy, Rule, Target, TargetInput};
pub use envelope::{BusEvent, NewEvent};
pub use journal::DeliveryRecord;
pub use schedule::{Schedule, ScheduleError};

/// Events a slow subscriber may lag behind before it loses some.
const SUBSCRIBER_LAG: usize = 4_096;

/// The event service. It works until it is dropped or shut down; what is queued waits in the store meanwhile.
pub struct EventsService {
    inner: Arc<Inner>,
    workers: Vec<AbortHandle>,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the event store failed")]
    Store(#[from] rusqlite::Error),
}

#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error("event bus {0} does not exist")]
    UnknownBus(String),
    #[error("the event store failed")]
    Store(#[from] rusqlite::Error),
}

/// What the service's parts share.
struct Inner {
    catalog: Catalog,
    store: Store,
    clock: Clock,
    targets: SharedTargets,
    seed: u64,
    dice: Mutex<fastrand::Rng>,
    /// The last event's number; taken only under the store's lock.
    number: AtomicI64,
    subscribers: broadcast::Sender<BusEvent>,
    /// Deliveries that have not ended.
    open: watch::Sender<usize>,
    /// Replays that have not ended; changed only under the store's lock.
    active_replays: watch::Sender<usize>,
    /// Committed deliveries on their way to the courier.
    inbox: Mutex<Vec<(Due, Arc<Route>)>>,
    courier_wake: Notify,
    replay_wake: Notify,
    /// An attempt ended: a replay that held back may look again.
    progress: Notify,
    /// After `shutdown` nothing reaches a target any more, even if a task runs once more before it is cancelled.
    closed: AtomicBool,
}

impl EventsService {
    /// Opens the tables in `store`, resumes what is queued there, and starts working on the current tokio runtime.
    pub fn start(
        config: EventsConfig,
        store: Store,
        clock: Clock,
        targets: SharedTargets,
    ) -> Result<Arc<Self>, StartError> {
        let seed = config.seed;
        let catalog = Catalog::compile(config)?;
        journal::create(&store.lock())?;
        let number = journal::last_number(&store.lock())?;
        let inner = Arc::new(Inner {
            catalog,
            store,
            clock,
            targets,
            seed,
            dice: Mutex::new(fastrand::Rng::with_seed(seed)),
            number: AtomicI64::new(number),
            subscribers: broadcast::Sender::new(SUBSCRIBER_LAG),
            open: watch::Sender::new(0),
            active_replays: watch::Sender::new(0),
            inbox: Mutex::default(),
            courier_wake: Notify::new(),
            replay_wake: Notify::new(),
            progress: Notify::new(),
            closed: AtomicBool::new(false),
        });
        inner.resume()?;
        let workers = vec![
            tokio::spawn(courier::run(Arc::clone(&inner))).abort_handle(),
            tokio::spawn(scheduler::run(Arc::clone(&inner))).abort_handle(),
            tokio::spawn(replay::run(Arc::clone(&inner))).abort_handle(),
        ];
        Ok(Arc::new(Self { inner, workers }))
    }

    /// Accepts an event as an AWS service would (S3, Step Functions …), durably; returns its id.
    pub async fn publish(&self, bus: &str, event: NewEvent) -> Result<String, PublishError> {
        let ids = self.publish_all(bus, vec![event]).await?;
        Ok(ids.into_iter().next().unwrap_or_default())
    }

    /// Several at once, all or none; ids in the same order.
    pub async fn publish_all(&self, bus: &str, events: Vec<NewEvent>) -> Result<Vec<String>, PublishError> {
        if !self.inner.catalog.buses.contains_key(bus) {
            return Err(PublishError::UnknownBus(bus.to_owned()));
        }
        let entries = events.into_iter().map(|event| (bus.to_owned(), event));
        Ok(self.inner.accept(entries.collect())?)
    }

    /// Every event accepted from now on, scheduled and replayed ones included.
    pub fn subscribe(&self) -> broadcast::Receiver<BusEvent> {
        self.inner.subscribers.subscribe()
    }

    /// Deliveries that have not ended, waiting for a retry included.
    pub fn pending(&self) -> usize {
        *self.inner.open.borrow()
    }

    /// Waits until no replay runs and no delivery is pending. Schedules go on.
    pub async fn settled(&self) {
        let mut replays = self.inner.active_replays.subscribe();
        let mut open = self.inner.open.subscribe();
        loop {
            // The senders live as long as `self`.
            let _ = replays.wait_for(|replays| *replays == 0).await;
            let _ = open.wait_for(|open| *open == 0).await;
            if *replays.borrow() == 0 {
                return;
            }
        }
    }

    /// The newest deliveries, newest first.
    pub fn deliveries(&self, limit: usize) -> Result<Vec<DeliveryRecord>, rusqlite::Error> {
        journal::records(&self.inner.store.lock(), limit)
    }

    /// Stops all work; what is queued goes on at the next start.
    pub fn shutdown(&self) {
        self.inner.closed.store(true, Ordering::Relaxed);
        for worker in &self.workers {
            worker.abort();
        }
    }
}

impl Drop for EventsService {
    fn drop(&mut self) {
        self.shutdown();
    }
}

impl Inner {
    fn resume(&self) -> rusqlite::Result<()> {
        self.tidy()?;
        self.prepare_schedules()?;
        let connection = self.store.lock();
        for (rule, enabled) in journal::rule_states(&connection)? {
            if let Some(rule) = self.catalog.rules.get(&rule) {
                rule.enable(enabled);
            }
        }
        let mut open = 0;
        let mut inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        for (due, rule, target) in journal::open_deliveries(&connection)? {
            if let Some(route) = self.catalog.route(&rule, &target) {
                inbox.push((due, Arc::clone(route)));
                open += 1;
            } else {
                tracing::warn!(rule, target, "delivery dropped: its rule or target is gone");
                journal::abandon(&connection, due.id)?;
            }
        }
        self.open.send_replace(open);
        self.active_replays
            .send_replace(replay::active_count(&connection)?);
        Ok(())
    }

    fn tidy(&self) -> rusqlite::Result<()> {
        let archives = self.catalog.archives.keys();
        let expired: Vec<_> = archives
            .map(|name| (name.clone(), self.retained_from(name)))
            .collect();
        let mut connection = self.store.lock();
        let tx = connection.transaction()?;
        journal::tidy(&tx, &expired)?;
        tx.commit()
    }

    fn next_number(&self) -> i64 {
        self.number.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn dice(&self) -> MutexGuard<'_, fastrand::Rng> {
        self.dice.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
