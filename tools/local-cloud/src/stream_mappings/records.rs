//! What a failure destination is told about a batch of stream records: where they are, not what they hold.
//!
//! Source: the Lambda developer guide, "retain discarded batches" for DynamoDB streams.

use jiff::Timestamp;
use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GivenUp {
    RetryAttemptsExhausted,
    RecordAgeExceeded,
}

pub(super) fn failure_record(
    function_arn: &str,
    records: &[Value],
    attempts: u32,
    why: GivenUp,
    now: Timestamp,
) -> Value {
    let sequence = |record: Option<&Value>| {
        record
            .map(|r| r["dynamodb"]["SequenceNumber"].clone())
            .unwrap_or_default()
    };
    let arrival = |record: Option<&Value>| {
        let created = record
            .and_then(|r| r["dynamodb"]["ApproximateCreationDateTime"].as_f64())
            .unwrap_or_default();
        Timestamp::from_second(created as i64)
            .unwrap_or_default()
            .strftime("%Y-%m-%dT%H:%M:%SZ")
            .to_string()
    };
    let stream_arn = records
        .first()
        .map(|r| r["eventSourceARN"].clone())
        .unwrap_or_default();
    let table = stream_arn
        .as_str()
        .and_then(|arn| arn.split('/').nth(1))
        .unwrap_or_default();
    // One id per batch given up: the same batch told twice is recognisable as one.
    let name = format!(
        "{function_arn}/{}/{}",
        sequence(records.first()),
        sequence(records.last())
    );
    let request_id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes());
    json!({
        "requestContext": {
            "requestId": request_id.to_string(),
            "functionArn": function_arn,
            "condition": format!("{why:?}"),
            "approximateInvokeCount": attempts,
        },
        "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
        "version": "1.0",
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        "DDBStreamBatchInfo": {
            "shardId": dynoxide::streams::shard_id(table),
            "startSequenceNumber": sequence(records.first()),
            "endSequenceNumber": sequence(records.last()),
            "approximateArrivalOfFirstRecord": arrival(records.first()),
            "approximateArrivalOfLastRecord": arrival(records.last()),
            "batchSize": records.len(),
            "streamArn": stream_arn,
        },
    })
}
