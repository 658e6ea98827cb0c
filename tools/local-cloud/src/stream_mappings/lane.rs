//! DynamoDB stream → function: the handing over. A lane's records are handed over strictly in order, and a failing
//! batch holds up everything behind it in its lane, and nothing in others, until it succeeds, its retries or its
//! records' age run out, or bisecting has narrowed it down to the record at fault.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::lanes::Batch;
use super::records::{GivenUp, failure_record};
use super::stream::StreamMapping;
use super::{InFlight, reported_failures};
use crate::ports::{Delivery, InvokeError};

pub(super) const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(60);

/// What became of an attempt.
enum Verdict {
    Settled,
    /// Records before this index are settled, the rest failed.
    FailedFrom(usize),
    /// The function was not reached; nothing is counted.
    NotReached,
}

impl StreamMapping {
    /// Handles one batch of the lane. False: there is nothing to do until more is read.
    pub(super) async fn advance(&self, lane: usize) -> bool {
        let Some(batch) = self.next_batch(lane).await else {
            return false;
        };
        let records = &batch.records;
        if let Some(too_old) = self.too_old(records) {
            let why = GivenUp::RecordAgeExceeded;
            self.give_up(lane, &records[..too_old], batch.attempts, why).await;
            return true;
        }
        match self.attempt(records).await {
            Verdict::Settled => self.change(lane, |lanes| lanes.settle(lane, records.len())),
            Verdict::FailedFrom(index) => self.failed(lane, &batch, index).await,
            Verdict::NotReached => self.pause(lane, LONGEST_RETRY).await,
        }
        true
    }

    /// The lane's next records, after the batching window if they do not fill a batch.
    async fn next_batch(&self, lane: usize) -> Option<Batch> {
        let size = self.config.batch_size;
        let batch = self.lanes().batch(lane, size)?;
        let window = self.config.batching_window;
        if batch.again || batch.records.len() >= size || window.is_zero() {
            return Some(batch);
        }
        let _waits = InFlight::new(&self.lane_waits[lane]);
        tokio::time::sleep(window).await;
        self.lanes().batch(lane, size)
    }

    async fn attempt(&self, records: &[Value]) -> Verdict {
        match self
            .around
            .functions
            .invoke(&self.config.function_arn, json!({ "Records": records }))
            .await
        {
            Ok(answer) if self.config.reports_item_failures => reported(records, &answer),
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

    async fn failed(&self, lane: usize, batch: &Batch, from: usize) {
        let count = batch.records.len();
        if from > 0 {
            // Progress: what failed starts over with its own retries.
            self.change(lane, |lanes| {
                lanes.settle(lane, from);
                lanes.hold(lane, count - from, 0);
            });
            return self.pause(lane, FIRST_RETRY).await;
        }
        if self.config.bisect && count > 1 {
            // Splitting is not a retry: only the record at fault uses those up.
            self.change(lane, |lanes| lanes.hold(lane, count.div_ceil(2), 0));
            return self.pause(lane, FIRST_RETRY).await;
        }
        let attempts = batch.attempts + 1;
        if self.config.max_retries.is_some_and(|max| attempts > max) {
            let why = GivenUp::RetryAttemptsExhausted;
            return self.give_up(lane, &batch.records, attempts, why).await;
        }
        self.change(lane, |lanes| lanes.hold(lane, count, attempts));
        let delay = FIRST_RETRY.saturating_mul(1 << attempts.min(6).saturating_sub(1));
        self.pause(lane, delay.min(LONGEST_RETRY)).await;
    }

    /// Tells the failure destination about the lane's first records and goes on behind them. As long as the
    /// destination does not take the record the lane stays where it is: going on would lose them.
    async fn give_up(&self, lane: usize, records: &[Value], attempts: u32, why: GivenUp) {
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
                    return self.pause(lane, LONGEST_RETRY).await;
                }
            }
            None => tracing::error!(
                mapping = %self.config.id, records = records.len(), ?why,
                "records were dropped: the mapping has no OnFailure destination"
            ),
        }
        self.change(lane, |lanes| lanes.settle(lane, records.len()));
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

    /// Waits, and lets go of what has left the stream meanwhile: nothing is retried for longer than it is there.
    async fn pause(&self, lane: usize, how_long: Duration) {
        {
            let _waits = InFlight::new(&self.lane_waits[lane]);
            tokio::time::sleep(how_long).await;
        }
        let gone = self.oldest().map_or(0, |oldest| self.lanes().gone(lane, oldest));
        if gone > 0 {
            tracing::error!(mapping = %self.config.id, records = gone, "records left the stream before they were taken");
            self.change(lane, |lanes| lanes.settle(lane, gone));
        }
    }
}

/// The earliest reported record decides: everything from it on is handed over again.
fn reported(records: &[Value], answer: &Value) -> Verdict {
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
