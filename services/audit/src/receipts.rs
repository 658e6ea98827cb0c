//! What the bus received, written down: table Receipts. The archive gets the same events by the same road, and on AWS
//! nobody can read an archive; so this is what may be asked whether an event ever arrived there.
//!
//! EventBridge names every entry that is put on the bus. A delivery that comes twice has the same name, an event that
//! was said twice has two: a receipt keeps the names apart from each other, and the contents.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::AggregateId;
use jiff::{SignedDuration, Timestamp};
use lambda_host::delivery::live_event;
use lambda_host::{Clock, ConfigError, Function, HandlerError, Invocation, Runtime};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chain::content_hash;

/// As long as the archive keeps what it received.
pub const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// One row of table Receipts, key (aggregateId, sequence), index `byTime` (receivedOn, receivedAt).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    pub aggregate_id: AggregateId,
    pub sequence: u64,
    pub event_type: String,
    /// The event as it first came, JSON of `Recorded`.
    pub event: String,
    pub received_at: Timestamp,
    /// What EventBridge called it each time that it was put on the bus.
    pub entries: Vec<String>,
    /// Of everything that came under this place: more than one, and two different things were said.
    pub contents: Vec<String>,
}

/// The partition of index `byTime`.
pub fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

struct Receipts {
    dynamo: Client,
    table: String,
    clock: Arc<dyn Clock>,
}

/// Setting: `RECEIPTS_TABLE`.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    Ok(Arc::new(Receipts {
        dynamo: Client::new(&runtime.aws),
        table: runtime.setting("RECEIPTS_TABLE")?.into(),
        clock: runtime.clock.clone(),
    }))
}

#[async_trait]
impl Function for Receipts {
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        let entry = payload["id"].as_str().unwrap_or("unnamed").to_owned();
        let Some((recorded, _live)) = live_event(payload)? else {
            return Ok(Value::Null);
        };
        let now = self.clock.now();
        let meta = &recorded.detail.meta;
        self.write(Receipt {
            aggregate_id: meta.aggregate_id.clone(),
            sequence: meta.sequence,
            event_type: recorded.detail_type.clone(),
            event: serde_json::to_string(&recorded)?,
            received_at: now,
            entries: vec![entry],
            contents: vec![content_hash(&recorded)?],
        })
        .await?;
        Ok(Value::Null)
    }
}

impl Receipts {
    /// The first keeps its words; whatever comes later under the same place is added by name and by hash. The same
    /// delivery again changes nothing.
    async fn write(&self, receipt: Receipt) -> Result<(), HandlerError> {
        let text = |text: String| AttributeValue::S(text);
        let number = |number: String| AttributeValue::N(number);
        let ttl = (receipt.received_at + KEPT).as_second();
        self.dynamo
            .update_item()
            .table_name(&self.table)
            .key("aggregateId", text(receipt.aggregate_id.to_string()))
            .key("sequence", number(receipt.sequence.to_string()))
            .update_expression(
                "SET #event = if_not_exists(#event, :event), eventType = if_not_exists(eventType, :type), \
                 receivedAt = if_not_exists(receivedAt, :now), receivedOn = if_not_exists(receivedOn, :day), \
                 #ttl = if_not_exists(#ttl, :ttl) \
                 ADD entries :entries, contents :contents",
            )
            .expression_attribute_names("#event", "event")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":event", text(receipt.event))
            .expression_attribute_values(":type", text(receipt.event_type))
            .expression_attribute_values(":now", text(receipt.received_at.to_string()))
            .expression_attribute_values(":day", text(day(receipt.received_at)))
            .expression_attribute_values(":ttl", number(ttl.to_string()))
            .expression_attribute_values(":entries", AttributeValue::Ss(receipt.entries))
            .expression_attribute_values(":contents", AttributeValue::Ss(receipt.contents))
            .send()
            .await?;
        Ok(())
    }
}
