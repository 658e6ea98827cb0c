//! What the bus is told when an object of a bucket with EventBridge notifications is written or deleted.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::index::{ObjectEvent, ObjectHead};

/// Takes events for the default bus, durably: after `Ok` the bus has it.
#[async_trait]
pub trait ObjectEvents: Send + Sync {
    /// An error keeps the event; it is offered again by `Buckets::resume_events`, so consumers may see one twice.
    async fn publish(&self, event: ObjectEvent) -> Result<(), PublishError>;
}

#[derive(Clone, Debug, thiserror::Error)]
#[error("the bus did not take the event: {0}")]
pub struct PublishError(pub String);

/// `reason` is the operation that wrote it: `PutObject` or `CompleteMultipartUpload`.
pub(super) fn created(
    bucket: &str,
    account: &str,
    object: &ObjectHead,
    reason: &str,
    sequence: i64,
) -> ObjectEvent {
    let about = json!({
        "key": object.key,
        "size": object.size,
        "etag": object.etag.trim_matches('"'),
        "sequencer": sequencer(sequence),
    });
    event(
        "Object Created", reason, bucket, account, about, sequence, object.modified_ms,
    )
}

pub(super) fn deleted(bucket: &str, account: &str, key: &str, sequence: i64, now_ms: i64) -> ObjectEvent {
    let about = json!({ "key": key, "sequencer": sequencer(sequence) });
    let mut event = event(
        "Object Deleted", "DeleteObject", bucket, account, about, sequence, now_ms,
    );
    event.detail["deletion-type"] = json!("Permanently Deleted");
    event
}

fn event(
    detail_type: &str,
    reason: &str,
    bucket: &str,
    account: &str,
    object: Value,
    sequence: i64,
    time_ms: i64,
) -> ObjectEvent {
    ObjectEvent {
        detail_type: detail_type.into(),
        resource: format!("arn:aws:s3:::{bucket}"),
        time_ms,
        detail: json!({
            "version": "0",
            "bucket": { "name": bucket },
            "object": object,
            "request-id": sequencer(sequence),
            "requester": account,
            "source-ip-address": "127.0.0.1",
            "reason": reason,
        }),
    }
}

/// Orders the events about one key, as S3's does: compared as text, later is greater.
fn sequencer(sequence: i64) -> String {
    format!("{sequence:016X}")
}
