//! Live connections and what waits to be sent on each.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// What a waiting frame costs besides its text.
const FRAME_OVERHEAD: usize = 64;

/// Why a connection ended: a close code and its reason, as `$disconnect` is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    pub code: u16,
    pub reason: String,
}

impl Ending {
    pub(super) fn new(code: u16, reason: &str) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    #[error("the connection is gone")]
    Gone,
    #[error("a message may have at most {limit} bytes")]
    TooLarge { limit: usize },
}

pub(super) struct Connection {
    pub id: String,
    pub connected_at: Timestamp,
    pub source_ip: String,
    pub user_agent: Option<String>,
    /// What the authorizer said, flat; part of every later event.
    pub authorizer: Map<String, Value>,
    last_active: Mutex<(Timestamp, Instant)>,
    outgoing: mpsc::UnboundedSender<String>,
    waiting_bytes: AtomicUsize,
    ending: watch::Sender<Option<Ending>>,
}

/// The sending end's counterpart: frames in the order of posting.
pub(super) struct Outgoing {
    frames: mpsc::UnboundedReceiver<String>,
    connection: Arc<Connection>,
}

pub(super) struct Opening {
    pub id: String,
    pub connected_at: Timestamp,
    pub source_ip: String,
    pub user_agent: Option<String>,
    pub authorizer: Map<String, Value>,
}

impl Connection {
    pub fn open(opening: Opening) -> (Arc<Self>, Outgoing) {
        let (outgoing, frames) = mpsc::unbounded_channel();
        let connection = Arc::new(Self {
            id: opening.id,
            last_active: Mutex::new((opening.connected_at, Instant::now())),
            connected_at: opening.connected_at,
            source_ip: opening.source_ip,
            user_agent: opening.user_agent,
            authorizer: opening.authorizer,
            outgoing,
            waiting_bytes: AtomicUsize::new(0),
            ending: watch::Sender::new(None),
        });
        (Arc::clone(&connection), Outgoing { frames, connection })
    }

    /// Queues a frame. One too many for the bound ends the connection instead: a frame left out would be a silent gap.
    pub fn send(&self, frame: String, bound: usize) -> Result<(), PostError> {
        if self.ending.borrow().is_some() {
            return Err(PostError::Gone);
        }
        let cost = frame.len() + FRAME_OVERHEAD;
        if self.waiting_bytes.fetch_add(cost, Ordering::Relaxed) + cost > bound {
            self.end(Ending::new(1008, "the client reads too slowly"));
            return Err(PostError::Gone);
        }
        self.outgoing.send(frame).map_err(|_| PostError::Gone)
    }

    /// Asks for the connection to be closed; the first reason stands.
    pub fn end(&self, ending: Ending) {
        self.ending.send_if_modified(|current| {
            let is_first = current.is_none();
            current.get_or_insert(ending);
            is_first
        });
    }

    /// Waits until somebody asked for the connection's end.
    pub async fn asked_to_end(&self) -> Ending {
        let mut ending = self.ending.subscribe();
        let asked = ending
            .wait_for(Option::is_some)
            .await
            .map(|ending| ending.clone());
        asked
            .ok()
            .flatten()
            .unwrap_or_else(|| Ending::new(1001, "Going away"))
    }

    pub fn touch(&self, now: Timestamp) {
        *locked(&self.last_active) = (now, Instant::now());
    }

    pub fn last_active(&self) -> (Timestamp, Instant) {
        *locked(&self.last_active)
    }
}

impl Outgoing {
    /// The next frame; `None` never comes while the connection is held.
    pub async fn next(&mut self) -> Option<String> {
        let frame = self.frames.recv().await?;
        self.connection
            .waiting_bytes
            .fetch_sub(frame.len() + FRAME_OVERHEAD, Ordering::Relaxed);
        Some(frame)
    }
}

/// The connections that are established, by id.
#[derive(Default)]
pub(super) struct Connections(Mutex<BTreeMap<String, Arc<Connection>>>);

impl Connections {
    pub fn add(&self, connection: Arc<Connection>) {
        locked(&self.0).insert(connection.id.clone(), connection);
    }

    pub fn get(&self, id: &str) -> Result<Arc<Connection>, PostError> {
        locked(&self.0).get(id).cloned().ok_or(PostError::Gone)
    }

    pub fn remove(&self, id: &str) {
        locked(&self.0).remove(id);
    }

    pub fn count(&self) -> usize {
        locked(&self.0).len()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
