//! What the cloud itself says on the default bus: executions that start and end, objects that come and go. The
//! latter also reach the functions that a bucket notifies directly.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::targets::CloudTargets;
use crate::edge::s3::{ObjectEvent, ObjectEvents, PublishError};
use crate::events::NewEvent;
use crate::ports::Functions;
use crate::states::{StatusChange, StatusObserver};
use crate::template::{BucketNotification, BucketResource, Template};

const DEFAULT_BUS: &str = "default";

pub(super) struct ExecutionEvents {
    targets: Arc<CloudTargets>,
}

impl ExecutionEvents {
    pub fn new(targets: Arc<CloudTargets>) -> Self {
        Self { targets }
    }
}

#[async_trait]
impl StatusObserver for ExecutionEvents {
    async fn status_changed(&self, changes: Vec<StatusChange>) -> Result<(), String> {
        let event = |change: StatusChange| NewEvent {
            source: "aws.states".into(),
            detail_type: "Step Functions Execution Status Change".into(),
            detail: change.detail,
            resources: vec![change.execution_arn],
            time: Some(change.at),
        };
        let events = self.targets.events().map_err(|e| e.to_string())?;
        events
            .publish_all(DEFAULT_BUS, changes.into_iter().map(event).collect())
            .await
            .map(|_| ())
            .map_err(|e| e.to_string())
    }
}

pub(super) struct BucketEvents {
    targets: Arc<CloudTargets>,
    buckets: BTreeMap<String, BucketResource>,
}

impl BucketEvents {
    pub fn new(targets: Arc<CloudTargets>, template: &Template) -> Self {
        let buckets = template
            .buckets
            .iter()
            .map(|b| (b.name.clone(), b.clone()))
            .collect();
        Self { targets, buckets }
    }

    async fn notify(
        &self,
        notification: &BucketNotification,
        event: &ObjectEvent,
    ) -> Result<(), PublishError> {
        let lambda = self.targets.lambda().map_err(|e| PublishError(e.to_string()))?;
        let record = json!({ "Records": [notification_record(event)] });
        lambda
            .invoke_async(&notification.function_arn, record)
            .await
            .map_err(|e| PublishError(e.to_string()))
    }
}

#[async_trait]
impl ObjectEvents for BucketEvents {
    async fn publish(&self, event: ObjectEvent) -> Result<(), PublishError> {
        let name = event.detail["bucket"]["name"].as_str().unwrap_or_default();
        let Some(bucket) = self.buckets.get(name) else {
            return Ok(());
        };
        for notification in bucket.notifications.iter().filter(|n| wants(n, &event)) {
            self.notify(notification, &event).await?;
        }
        if !bucket.event_bridge {
            return Ok(());
        }
        let new = NewEvent {
            source: ObjectEvent::SOURCE.into(),
            detail_type: event.detail_type,
            detail: event.detail,
            resources: vec![event.resource],
            time: Timestamp::from_millisecond(event.time_ms).ok(),
        };
        let events = self.targets.events().map_err(|e| PublishError(e.to_string()))?;
        events
            .publish(DEFAULT_BUS, new)
            .await
            .map(|_| ())
            .map_err(|e| PublishError(e.to_string()))
    }
}

/// `ObjectCreated:Put` and the like, as notifications call what the bus calls `Object Created`.
fn event_name(event: &ObjectEvent) -> &'static str {
    match (event.detail_type.as_str(), event.detail["reason"].as_str()) {
        ("Object Created", Some("CompleteMultipartUpload")) => "ObjectCreated:CompleteMultipartUpload",
        ("Object Created", _) => "ObjectCreated:Put",
        _ => "ObjectRemoved:Delete",
    }
}

fn wants(notification: &BucketNotification, event: &ObjectEvent) -> bool {
    let key = event.detail["object"]["key"].as_str().unwrap_or_default();
    let name = format!("s3:{}", event_name(event));
    notification
        .events
        .iter()
        .any(|wanted| crate::iam::wildcard::matches(wanted, &name))
        && notification
            .prefix
            .as_ref()
            .is_none_or(|p| key.starts_with(p.as_str()))
        && notification
            .suffix
            .as_ref()
            .is_none_or(|s| key.ends_with(s.as_str()))
}

fn notification_record(event: &ObjectEvent) -> Value {
    let object = &event.detail["object"];
    let bucket = &event.detail["bucket"]["name"];
    let at = Timestamp::from_millisecond(event.time_ms).unwrap_or_default();
    json!({
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventTime": at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        "eventName": event_name(event),
        "userIdentity": { "principalId": "AIDALOCAL" },
        "requestParameters": { "sourceIPAddress": "127.0.0.1" },
        "responseElements": {},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "local",
            "bucket": { "name": bucket, "ownerIdentity": { "principalId": "AIDALOCAL" }, "arn": event.resource },
            "object": {
                "key": object["key"], "size": object["size"], "eTag": object["etag"], "sequencer": object["sequencer"],
            },
        },
    })
}
