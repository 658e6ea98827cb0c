//! DynamoDB stream → function. A table here is one shard, so records are handed over strictly in order and a
//! failing batch holds up everything behind it until it succeeds, its retries or its records' age run out, or
//! bisecting has narrowed it down to the record at fault.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::position::{Position, Positions};
use super::records::{GivenUp, failure_record};
use super::{Filters, InFlight, MappingConfig, MappingError, Surroundings, reported_failures};
use crate::dynamodb::DynamoDb;
use crate::ports::{Delivery, InvokeError};
use crate::wire::AwsError;

/// How many records are looked at to fill a batch; GetRecords gives no more at once.
const READ_LIMIT: usize = 1_000;
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(60);

pub(super) struct StreamMapping {
    config: MappingConfig,
    table: String,
    filters: Filters,
    positions: Positions,
    position: Mutex<Position>,
    around: Surroundings,
    in_flight: AtomicUsize,
    waiting_to_retry: AtomicUsize,
}

/// What a look at the stream gives: the batch to hand over, and how far the records passed over reach.
struct Batch {
    records: Vec<Value>,
    /// Sequence behind which to go on if there is nothing to hand over.
    passed: i64,
}

/// What became of an attempt.
enum Verdict {
    Settled,
    /// Records before this index are settled, the rest failed.
    FailedFrom(usize),
    /// The function was not reached; nothing is counted.
    NotReached,
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
        let position = match positions.read(&config.id)? {
            Some(position) => position,
            None => {
                let latest = || {
                    around
                        .dynamodb
                        .latest_position(&table)
                        .map_err(|e| MappingError::Stream(config.id.clone(), e))
                };
                let start = Position::at(if from_oldest { 0 } else { latest()? });
                positions.write(&config.id, start)?;
                start
            }
        };
        Ok(Self {
            config,
            table,
            filters,
            positions,
            position: Mutex::new(position),
            around: around.clone(),
            in_flight: AtomicUsize::new(0),
            waiting_to_retry: AtomicUsize::new(0),
        })
    }

    pub async fn run(&self) {
        let Some(mut written) = self.around.dynamodb.watch_writes(&self.table) else {
            return;
        };
        loop {
            written.mark_unchanged();
            while self.advance().await {}
            if written.changed().await.is_err() {
                return;
            }
        }
    }

    /// Records wait, or are in the function's hands.
    pub fn pending(&self) -> bool {
        let read_up = || {
            self.read(self.current().after, 1)
                .is_ok_and(|records| records.is_empty())
        };
        self.in_flight.load(Ordering::SeqCst) > 0 || !read_up()
    }

    /// As [`pending`](Self::pending), unless all that happens is that a delay runs.
    pub fn busy(&self) -> bool {
        self.waiting_to_retry.load(Ordering::SeqCst) == 0 && self.pending()
    }

    /// Handles one batch. False: there is nothing to do until the table is written to.
    async fn advance(&self) -> bool {
        let batch = match self.next_batch().await {
            Ok(Some(batch)) => batch,
            Ok(None) => return false,
            Err(error) => {
                tracing::error!(mapping = %self.config.id, %error, "the stream could not be read");
                self.pause(FIRST_RETRY).await;
                return true;
            }
        };
        if batch.records.is_empty() {
            self.settle(Position::at(batch.passed));
            return true;
        }
        let position = self.current();
        if let Some(too_old) = self.too_old(&batch.records) {
            self.give_up(
                &batch.records[..too_old],
                position.attempts,
                GivenUp::RecordAgeExceeded,
            )
            .await;
            return true;
        }
        match self.attempt(&batch.records).await {
            Verdict::Settled => self.settle(Position::at(last_sequence(&batch.records))),
            Verdict::FailedFrom(index) => self.failed(&batch.records, index, position).await,
            Verdict::NotReached => self.pause(LONGEST_RETRY).await,
        }
        true
    }

    /// The next records that pass the filter, after the batching window if they do not fill a batch.
    async fn next_batch(&self) -> Result<Option<Batch>, AwsError> {
        let batch = self.look()?;
        let fresh = self.current().held.is_none();
        let window = self.config.batching_window;
        let short = batch
            .as_ref()
            .is_some_and(|b| !b.records.is_empty() && b.records.len() < self.config.batch_size);
        if short && fresh && !window.is_zero() {
            let _waiting = InFlight::new(&self.waiting_to_retry);
            tokio::time::sleep(window).await;
            return self.look();
        }
        Ok(batch)
    }

    fn look(&self) -> Result<Option<Batch>, AwsError> {
        let position = self.current();
        let records = self.read(position.after, READ_LIMIT)?;
        let Some(passed) = records.last().and_then(DynamoDb::sequence_of) else {
            return Ok(None);
        };
        let size = position
            .held
            .unwrap_or(self.config.batch_size)
            .min(self.config.batch_size);
        let selected = records
            .into_iter()
            .filter(|r| self.filters.select(r))
            .take(size)
            .collect();
        Ok(Some(Batch {
            records: selected,
            passed,
        }))
    }

    async fn attempt(&self, records: &[Value]) -> Verdict {
        let _in_flight = InFlight::new(&self.in_flight);
        match self
            .around
            .functions
            .invoke(&self.config.function_arn, json!({ "Records": records }))
            .await
        {
            Ok(answer) if self.config.reports_item_failures => self.reported(records, &answer),
            Ok(_) => Verdict::Settled,
            Err(InvokeError::Function(error)) => {
                tracing::warn!(mapping = %self.config.id, %error, records = records.len(), "a batch failed");
                Verdict::FailedFrom(0)
            }
            Err(InvokeError::TooLarge { .. }) => Verdict::FailedFrom(0),
            Err(error @ InvokeError::NotFound(_)) => {
                tracing::error!(mapping = %self.config.id, %error, "the function was not reached");
                Verdict::NotReached
            }
        }
    }

    /// The earliest reported record decides: everything from it on is handed over again.
    fn reported(&self, records: &[Value], answer: &Value) -> Verdict {
        let Some(failures) = reported_failures(answer) else {
            return Verdict::FailedFrom(0);
        };
        let index_of = |id: &String| {
            records
                .iter()
                .position(|r| r["dynamodb"]["SequenceNumber"] == id.as_str())
        };
        let indexes: Option<Vec<usize>> = failures.iter().map(index_of).collect();
        match indexes.map(|all| all.into_iter().min()) {
            Some(None) => Verdict::Settled,
            Some(Some(first)) => Verdict::FailedFrom(first),
            None => Verdict::FailedFrom(0),
        }
    }

    async fn failed(&self, records: &[Value], from: usize, position: Position) {
        if from > 0 {
            // Progress: what failed starts over with its own retries.
            let after = last_sequence(&records[..from]);
            self.settle(Position {
                after,
                attempts: 0,
                held: Some(records.len() - from),
            });
            return self.pause(FIRST_RETRY).await;
        }
        if self.config.bisect && records.len() > 1 {
            // Splitting is not a retry: only the record at fault uses those up.
            self.settle(Position {
                attempts: 0,
                held: Some(records.len().div_ceil(2)),
                ..position
            });
            return self.pause(FIRST_RETRY).await;
        }
        let attempts = position.attempts + 1;
        if self.config.max_retries.is_some_and(|max| attempts > max) {
            return self
                .give_up(records, attempts, GivenUp::RetryAttemptsExhausted)
                .await;
        }
        self.settle(Position {
            attempts,
            held: Some(records.len()),
            ..position
        });
        self.pause(
            FIRST_RETRY
                .saturating_mul(1 << attempts.min(6).saturating_sub(1))
                .min(LONGEST_RETRY),
        )
        .await;
    }

    /// Tells the failure destination about these records and goes on behind them. As long as the destination does
    /// not take the record the stream stays where it is: going on would lose them.
    async fn give_up(&self, records: &[Value], attempts: u32, why: GivenUp) {
        let now = self.around.clock.now();
        match &self.config.on_failure {
            Some(arn) => {
                let payload = failure_record(&self.config.function_arn, records, attempts, why, now);
                let delivery = Delivery {
                    target_arn: arn.clone(),
                    payload,
                    attributes: vec![],
                };
                if let Err(error) = self.around.targets.deliver(delivery).await {
                    tracing::error!(mapping = %self.config.id, %error, "the failure destination did not take a batch");
                    return self.pause(LONGEST_RETRY).await;
                }
            }
            None => tracing::error!(
                mapping = %self.config.id, records = records.len(), ?why,
                "records were dropped: the mapping has no OnFailure destination"
            ),
        }
        self.settle(Position::at(last_sequence(records)));
    }

    /// How many records at the batch's start are older than the mapping allows.
    fn too_old(&self, records: &[Value]) -> Option<usize> {
        let max_age = SignedDuration::try_from(self.config.max_record_age?).ok()?;
        let now = self.around.clock.now();
        let old = |r: &&Value| {
            let created = r["dynamodb"]["ApproximateCreationDateTime"]
                .as_f64()
                .unwrap_or_default();
            Timestamp::from_second(created as i64).is_ok_and(|created| now.duration_since(created) > max_age)
        };
        Some(records.iter().take_while(old).count()).filter(|n| *n > 0)
    }

    fn read(&self, after: i64, limit: usize) -> Result<Vec<Value>, AwsError> {
        Ok(self
            .around
            .dynamodb
            .records_after(&self.table, after, limit)?
            .records)
    }

    fn current(&self) -> Position {
        *self.position.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self, position: Position) {
        if let Err(error) = self.positions.write(&self.config.id, position) {
            // Memory goes on; after a restart the records since the last write are handed over again.
            tracing::error!(mapping = %self.config.id, %error, "the position could not be written");
        }
        *self.position.lock().unwrap_or_else(PoisonError::into_inner) = position;
    }

    async fn pause(&self, how_long: Duration) {
        let _waiting = InFlight::new(&self.waiting_to_retry);
        tokio::time::sleep(how_long).await;
    }
}

fn last_sequence(records: &[Value]) -> i64 {
    records.last().and_then(DynamoDb::sequence_of).unwrap_or_default()
}
