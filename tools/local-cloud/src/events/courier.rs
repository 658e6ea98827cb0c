//! Carrying queued events to their targets.
//!
//! Every route has a lane of its own: an event that fails waits for its next attempt outside the lane, and a target
//! that hangs fills only its own lane. So neither a poison event nor a dead target holds up anything else.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::JoinSet;

use super::Inner;
use super::catalog::Route;
use super::journal::Due;

/// Attempts under way to one target at a time.
const LANE_WIDTH: usize = 32;
/// Deliveries between two rounds of tidying.
const TIDY_EVERY: usize = 1_000;

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
    attempts: JoinSet<Attempted>,
    since_tidying: usize,
}

/// What an attempt at some deliveries of one lane came to.
struct Attempted {
    lane: String,
    deliveries: usize,
    /// Those of them that are to be tried again.
    again: Vec<Due>,
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
            while lane.under_way < LANE_WIDTH && !lane.ready.is_empty() {
                lane.under_way += 1;
                let (inner, route) = (Arc::clone(&self.inner), Arc::clone(&self.routes[key]));
                let at_once = inner
                    .targets
                    .at_once(&route.target.arn)
                    .clamp(1, lane.ready.len());
                let ids: Vec<_> = lane.ready.drain(..at_once).collect();
                let lane = key.clone();
                self.attempts.spawn(async move {
                    let again = inner.attempt(&ids, &route).await;
                    let deliveries = ids.len();
                    Attempted {
                        lane,
                        deliveries,
                        again,
                    }
                });
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
                Ok(attempted) => self.finished(attempted),
                // Attempts catch panics; only the runtime's shutdown cancels them.
                Err(error) => tracing::error!(%error, "a delivery attempt was cancelled"),
            },
            () = self.inner.courier_wake.notified() => {}
            () = wake => {}
        }
    }

    fn finished(&mut self, attempted: Attempted) {
        let Attempted {
            lane: key,
            deliveries,
            again,
        } = attempted;
        if let Some(lane) = self.lanes.get_mut(&key) {
            lane.under_way -= 1;
        }
        self.inner.progress.notify_one();
        let ended = deliveries - again.len();
        let waiting = again.into_iter().map(|due| Reverse((due, key.clone())));
        self.waiting.extend(waiting);
        if ended == 0 {
            return;
        }
        self.inner.open.send_modify(|open| *open -= ended);
        self.since_tidying += ended;
        if self.since_tidying >= TIDY_EVERY {
            self.since_tidying = 0;
            if let Err(error) = self.inner.tidy() {
                tracing::error!(%error, "the event store could not be tidied");
            }
        }
    }
}
