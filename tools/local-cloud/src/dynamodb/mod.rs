//! DynamoDB and its streams: dynoxide's engine on one SQLite file, driven by the cloud's clock, with the tables that
//! the template declares.
//!
//! The engine's `actions` are called on a `Storage` of our own rather than through its `Database`, because only
//! that takes a clock in file mode. Its futures never wait (SQLite answers at once), so each is polled once.

mod access;
mod dispatch;
mod error;
mod streams;
mod tables;
mod tokens;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use dynoxide::storage::Storage;
use http::Response;
use http::header::{CONTENT_TYPE, HeaderValue};
use tokio::sync::watch;

pub use streams::StreamBatch;
pub use tables::{STREAM_LABEL, TableError, TableSpec};

use crate::clock::Clock;
use crate::wire::{Access, AwsError, AwsService, Call, Protocol};
use tokens::Tokens;

/// Every table is looked through for what has expired. AWS takes up to a few days over it.
const SWEEP_EVERY: Duration = Duration::from_mins(15);

pub struct DynamoDb {
    clock: Clock,
    region: String,
    storage: Mutex<Storage>,
    /// A second connection to the same file, for indexes and trimming that the engine leaves out.
    upkeep: Mutex<rusqlite::Connection>,
    tokens: Mutex<Tokens>,
    /// One counter per streamed table, raised after every write to it.
    writes: BTreeMap<String, watch::Sender<u64>>,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the file could not be opened")]
    Engine(#[source] dynoxide::DynoxideError),
    #[error("the file could not be prepared: it is damaged, or the disk is full")]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Table(#[from] TableError),
}

impl DynamoDb {
    /// Opens or creates the database file and every table that it does not have yet.
    pub fn open(
        path: &Path,
        clock: Clock,
        region: &str,
        tables: &[TableSpec],
    ) -> Result<Arc<Self>, OpenError> {
        // Before the engine, which takes a damaged file for an encrypted one.
        let upkeep = rusqlite::Connection::open(path)?;
        upkeep.query_row("PRAGMA schema_version", [], |_| Ok(()))?;
        let storage = Storage::new(&path.to_string_lossy()).map_err(OpenError::Engine)?;
        // Sets `synchronous=NORMAL`: with WAL a killed process loses nothing, and a commit costs no fsync.
        storage.disable_bulk_loading().map_err(OpenError::Engine)?;
        let storage = storage.with_clock(Arc::new(CloudClock(clock)));
        upkeep.busy_timeout(std::time::Duration::from_secs(5))?;
        streams::add_indexes(&upkeep)?;
        tables::create_missing(&storage, &upkeep, tables)?;
        let streamed = tables.iter().filter(|t| t.stream_view.is_some());
        Ok(Arc::new(Self {
            clock,
            region: region.to_string(),
            storage: Mutex::new(storage),
            upkeep: Mutex::new(upkeep),
            tokens: Mutex::default(),
            writes: streamed
                .map(|t| (t.name.clone(), watch::Sender::new(0)))
                .collect(),
        }))
    }

    /// Deletes expired items and stream records past their day, for as long as it is polled.
    pub async fn housekeeping(self: Arc<Self>) {
        loop {
            tokio::time::sleep(SWEEP_EVERY).await;
            if let Err(error) = self.sweep_expired() {
                tracing::error!(%error, "expired items could not be deleted");
            }
            if let Err(error) = self.trim_streams() {
                tracing::error!(%error, "old stream records could not be trimmed");
            }
        }
    }

    /// Deletes what its TTL says has expired; each deletion appears in the table's stream as AWS writes it.
    pub fn sweep_expired(&self) -> Result<usize, AwsError> {
        let deleted = {
            let storage = self.storage();
            dispatch::at_once(dynoxide::ttl::sweep_expired_items(&*storage)).map_err(error::aws_error)?
        };
        if deleted > 0 {
            self.writes
                .values()
                .for_each(|writes| writes.send_modify(|n| *n += 1));
        }
        Ok(deleted)
    }

    fn storage(&self) -> MutexGuard<'_, Storage> {
        self.storage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn announce_writes(&self, accesses: &[Access]) {
        for access in accesses {
            let table = access.resource.rsplit("table/").next().unwrap_or_default();
            if let Some(writes) = self.writes.get(table) {
                writes.send_modify(|n| *n += 1);
            }
        }
    }
}

#[async_trait]
impl AwsService for DynamoDb {
    fn signing_name(&self) -> &'static str {
        "dynamodb"
    }

    fn protocol(&self) -> Protocol {
        Protocol::AwsJson10
    }

    fn access(&self, call: &Call) -> Result<Vec<Access>, AwsError> {
        access::required(call, &self.region)
    }

    async fn call(&self, call: Call) -> Result<Response<Bytes>, AwsError> {
        let answer = self.dispatch(&call.operation, &call.body)?;
        if !self.writes.is_empty() && dispatch::writes(&call.operation) {
            self.announce_writes(&access::required(&call, &self.region)?);
        }
        let mut response = Response::new(Bytes::from(answer));
        response.headers_mut().insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-amz-json-1.0"),
        );
        Ok(response)
    }
}

struct CloudClock(Clock);

impl dynoxide::storage_backend::Clock for CloudClock {
    fn now_unix_secs(&self) -> u64 {
        u64::try_from(self.0.now().as_second()).unwrap_or_default()
    }

    fn now_unix_secs_f64(&self) -> f64 {
        self.0.now().as_microsecond() as f64 / 1e6
    }
}

#[cfg(test)]
mod tests;
