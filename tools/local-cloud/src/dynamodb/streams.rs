//! A table's stream as its readers see it: records after a position, and a signal when there are more.

use std::sync::PoisonError;

use dynoxide::actions::{get_records, get_shard_iterator};
use dynoxide::streams::shard_id;
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;

use super::DynamoDb;
use super::dispatch::at_once;
use super::error::{aws_error, unreadable};
use crate::endpoint::ACCOUNT;
use crate::wire::AwsError;

/// A record is readable for a day, as on AWS.
const RETENTION_S: i64 = 24 * 60 * 60;

/// What the engine adds to a stored sequence number to give it DynamoDB's 21 digits.
const SEQUENCE_OFFSET: u128 = 100_000_000_000_000_000_000;

/// Records in order, in the shape Lambda hands to a function.
#[derive(Clone, Debug, Default)]
pub struct StreamBatch {
    pub records: Vec<Value>,
}

/// The engine scans `_stream_records` on every write and read (7,700 puts a second fall to 800 after 10,000
/// records); these indexes match its queries, cast included.
pub(super) fn add_indexes(upkeep: &Connection) -> rusqlite::Result<()> {
    upkeep.execute_batch(
        "CREATE INDEX IF NOT EXISTS _local_stream_sequence ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
         CREATE INDEX IF NOT EXISTS _local_stream_shard ON _stream_records (table_name, shard_id, CAST(sequence_number AS INTEGER));",
    )
}

impl DynamoDb {
    /// Up to `limit` records after `position` (0: from the oldest kept). Positions come from [`sequence_of`].
    ///
    /// [`sequence_of`]: Self::sequence_of
    pub fn records_after(&self, table: &str, position: i64, limit: usize) -> Result<StreamBatch, AwsError> {
        let iterator = get_shard_iterator::encode_shard_iterator(table, &shard_id(table), position);
        let answer = self.get_records(
            json!({ "ShardIterator": iterator, "Limit": limit })
                .to_string()
                .as_bytes(),
        )?;
        let mut answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        let stream_arn = self.stream_arn(table).unwrap_or_default();
        let Value::Array(mut records) = answer["Records"].take() else {
            return Ok(StreamBatch::default());
        };
        for record in &mut records {
            record["eventSourceARN"] = Value::from(stream_arn.clone());
        }
        Ok(StreamBatch { records })
    }

    /// The position that reads on behind this record.
    pub fn sequence_of(record: &Value) -> Option<i64> {
        let public: u128 = record["dynamodb"]["SequenceNumber"].as_str()?.parse().ok()?;
        i64::try_from(public.checked_sub(SEQUENCE_OFFSET)?).ok()
    }

    /// The position behind everything written so far (`LATEST`).
    pub fn latest_position(&self, table: &str) -> Result<i64, AwsError> {
        let range = self
            .storage()
            .get_shard_sequence_range(table, &shard_id(table))
            .map_err(aws_error)?;
        Ok(range.1.and_then(|last| last.parse().ok()).unwrap_or(0))
    }

    /// Changes whenever the table has been written to. `None` for a table without a stream.
    pub fn watch_writes(&self, table: &str) -> Option<watch::Receiver<u64>> {
        self.writes.get(table).map(watch::Sender::subscribe)
    }

    pub fn stream_arn(&self, table: &str) -> Option<String> {
        let meta = self.storage().get_table_metadata(table).ok()??;
        let label = meta.stream_label.filter(|_| meta.stream_enabled)?;
        Some(format!(
            "arn:aws:dynamodb:{}:{ACCOUNT}:table/{table}/stream/{label}",
            self.region
        ))
    }

    /// The engine looks at a stream ARN's table and takes any label behind it.
    pub(super) fn known_stream(&self, body: &[u8]) -> Result<(), AwsError> {
        let request: Value = serde_json::from_slice(body).map_err(|e| unreadable(&e))?;
        // Without an ARN the engine itself says what is missing.
        let Some(arn) = request["StreamArn"].as_str() else {
            return Ok(());
        };
        let table = arn.split('/').nth(1).unwrap_or_default();
        if self.stream_arn(table).as_deref() == Some(arn) {
            return Ok(());
        }
        let message = format!("Requested resource not found: Stream: {arn} not found");
        Err(AwsError::new("ResourceNotFoundException", message))
    }

    pub(super) fn get_records(&self, body: &[u8]) -> Result<String, AwsError> {
        let request: get_records::GetRecordsRequest =
            serde_json::from_slice(body).map_err(|e| unreadable(&e))?;
        let mut answer = at_once(get_records::execute(&*self.storage(), request)).map_err(aws_error)?;
        for record in &mut answer.records {
            record.aws_region = self.region.clone();
            // The engine's id is random; a run replayed from its seed must see the same one.
            let name = format!("{}/{}", record.dynamodb.sequence_number, record.event_name);
            record.event_id = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
                .simple()
                .to_string();
        }
        serde_json::to_string(&answer)
            .map_err(|e| AwsError::new("InternalServerError", e.to_string()).with_status(500))
    }

    /// Drops records older than a day, keeping each table's last: sequence numbers grow from it.
    pub(super) fn trim_streams(&self) -> rusqlite::Result<usize> {
        let oldest = self.clock.now().as_second() - RETENTION_S;
        // The engine's connection stays untouched meanwhile: two writers of one file would wait for each other.
        let _engine = self.storage();
        let upkeep = self.upkeep.lock().unwrap_or_else(PoisonError::into_inner);
        upkeep.execute(
            "DELETE FROM _stream_records WHERE created_at < ?1
             AND id NOT IN (SELECT MAX(id) FROM _stream_records GROUP BY table_name)",
            [oldest],
        )
    }
}
