//! DynamoDB stream → function: the reading side. A table here is one shard. It is read once, in order, into the
//! mapping's lanes; `lane` hands over what is in them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::sync::{Notify, watch};

use super::lane::FIRST_RETRY;
use super::lanes::Lanes;
use super::position::{Places, Positions};
use super::{Filters, InFlight, MappingConfig, MappingError, Surroundings};
use crate::dynamodb::DynamoDb;
use crate::wire::AwsError;

/// GetRecords gives no more at once.
const READ_LIMIT: usize = 1_000;
/// How many records are held, for each lane there is. A lane that is stuck may fill all of it; then nothing more is
/// read until it goes on.
const HELD_PER_LANE: usize = 1_000;

pub(super) struct StreamMapping {
    pub(super) config: MappingConfig,
    pub(super) around: Surroundings,
    table: String,
    filters: Filters,
    positions: Positions,
    lanes: Mutex<Lanes>,
    /// Tells the lanes that something was read.
    arrived: watch::Sender<()>,
    /// Tells the reader that something was settled.
    settled: Notify,
    reader_waits: AtomicUsize,
    /// By lane: whether all that happens in it is that a delay runs.
    pub(super) lane_waits: Vec<AtomicUsize>,
}

impl StreamMapping {
    pub fn open(
        config: MappingConfig,
        table: String,
        from_oldest: bool,
        filters: Filters,
        positions: Positions,
        around: &Surroundings,
    ) -> Result<Self, MappingError> {
        if around.dynamodb.watch_writes(&table).is_none() {
            return Err(MappingError::NoStream(config.id, table));
        }
        let lanes = config.batches_at_once.max(1);
        let places = match positions.read(&config.id, lanes)? {
            Some(places) => places,
            None => {
                let latest = || {
                    around
                        .dynamodb
                        .latest_position(&table)
                        .map_err(|e| MappingError::Stream(config.id.clone(), e))
                };
                let start = if from_oldest { 0 } else { latest()? };
                positions.write_whole(&config.id, start)?;
                Places::at(start, lanes)
            }
        };
        Ok(Self {
            config,
            around: around.clone(),
            table,
            filters,
            positions,
            lanes: Mutex::new(Lanes::starting_at(places)),
            arrived: watch::Sender::new(()),
            settled: Notify::new(),
            reader_waits: AtomicUsize::new(0),
            lane_waits: (0..lanes).map(|_| AtomicUsize::new(0)).collect(),
        })
    }

    /// One reads, and one hands over for each lane.
    pub fn loops(self: &Arc<Self>) -> Vec<BoxFuture<'static, ()>> {
        let mapping = self.clone();
        let mut loops: Vec<BoxFuture<'static, ()>> = vec![Box::pin(async move { mapping.read_on().await })];
        for lane in 0..self.lane_waits.len() {
            let mapping = self.clone();
            loops.push(Box::pin(async move { mapping.feed(lane).await }));
        }
        loops
    }

    /// Records wait, or are in the function's hands.
    pub fn pending(&self) -> bool {
        self.lanes().unsettled() > 0 || self.unread()
    }

    /// As [`pending`](Self::pending), unless all that happens is that delays run.
    pub fn busy(&self) -> bool {
        let works = |(lane, waits): (usize, &AtomicUsize)| {
            waits.load(Ordering::SeqCst) == 0 && self.lanes().has_work(lane)
        };
        let reads = || self.reader_waits.load(Ordering::SeqCst) == 0 && self.unread();
        self.lane_waits.iter().enumerate().any(works) || reads()
    }

    fn unread(&self) -> bool {
        let read = self.lanes().read();
        !self.read(read, 1).is_ok_and(|records| records.is_empty())
    }

    async fn read_on(&self) {
        let Some(mut written) = self.around.dynamodb.watch_writes(&self.table) else {
            return;
        };
        loop {
            written.mark_unchanged();
            while self.take_in().await {}
            if written.changed().await.is_err() {
                return;
            }
        }
    }

    /// Reads what there is room for. False: there is nothing to read until the table is written to.
    async fn take_in(&self) -> bool {
        let room = self.room().await;
        let read = self.lanes().read();
        match self.read(read, room.min(READ_LIMIT)) {
            Ok(records) => {
                let mut lanes = self.lanes();
                let before = lanes.places().through;
                lanes.take_in(records, |record| self.filters.select(record));
                let through = lanes.places().through;
                if through > before {
                    // Nothing of it is anybody's, so no lane will write this.
                    self.noted(self.positions.write_whole(&self.config.id, through));
                }
                let more = lanes.read() > read;
                drop(lanes);
                if more {
                    self.arrived.send_replace(());
                }
                more
            }
            Err(error) => {
                tracing::error!(mapping = %self.config.id, %error, "the stream could not be read");
                let _waits = InFlight::new(&self.reader_waits);
                tokio::time::sleep(FIRST_RETRY).await;
                true
            }
        }
    }

    /// Waits until there is room, and says how much.
    async fn room(&self) -> usize {
        loop {
            let held = self.lanes().unsettled();
            let room = (HELD_PER_LANE * self.lane_waits.len()).saturating_sub(held);
            if room > 0 {
                return room;
            }
            let _waits = InFlight::new(&self.reader_waits);
            self.settled.notified().await;
        }
    }

    /// Hands over the lane's records for as long as it is polled.
    async fn feed(&self, lane: usize) {
        let mut arrived = self.arrived.subscribe();
        loop {
            arrived.mark_unchanged();
            while self.advance(lane).await {}
            if arrived.changed().await.is_err() {
                return;
            }
        }
    }

    /// Changes where a lane stands, and writes it down.
    pub(super) fn change(&self, lane: usize, change: impl FnOnce(&mut Lanes)) {
        let mut lanes = self.lanes();
        change(&mut lanes);
        // Still locked: of two lanes that settle at once, what the second one writes must hold the first one's place.
        let places = lanes.places();
        self.noted(self.positions.write_lane(&self.config.id, &places, lane));
        drop(lanes);
        self.settled.notify_one();
    }

    fn noted(&self, written: rusqlite::Result<()>) {
        if let Err(error) = written {
            // Memory goes on; after a restart the records since the last write are handed over again.
            tracing::error!(mapping = %self.config.id, %error, "the position could not be written");
        }
    }

    /// Sequence of the oldest record that the stream still holds.
    pub(super) fn oldest(&self) -> Option<i64> {
        let records = self.read(0, 1).ok()?;
        records.first().and_then(DynamoDb::sequence_of)
    }

    fn read(&self, after: i64, limit: usize) -> Result<Vec<Value>, AwsError> {
        Ok(self
            .around
            .dynamodb
            .records_after(&self.table, after, limit)?
            .records)
    }

    pub(super) fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
