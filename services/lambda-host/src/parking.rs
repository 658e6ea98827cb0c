//! Where a stream consumer puts what it can never read, so that it blocks nobody: table Parked, for people to look at.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::Value;

use crate::runtime::{Clock, ConfigError, Runtime};

const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

#[derive(Clone)]
pub struct Parking {
    dynamo: Client,
    table: String,
    consumer: &'static str,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, thiserror::Error)]
#[error("the record could not be parked")]
pub struct ParkError(#[source] Box<aws_sdk_dynamodb::Error>);

impl Parking {
    /// Setting: `PARKED_TABLE`.
    pub fn from_runtime(runtime: &Runtime, consumer: &'static str) -> Result<Self, ConfigError> {
        Ok(Self {
            dynamo: Client::new(&runtime.aws),
            table: runtime.setting("PARKED_TABLE")?.into(),
            consumer,
            clock: runtime.clock.clone(),
        })
    }

    /// Parking the same record again rewrites its row.
    pub async fn park(&self, record: &Value, reason: &str) -> Result<(), ParkError> {
        let id = ["/dynamodb/SequenceNumber", "/eventID"]
            .iter()
            .find_map(|pointer| record.pointer(pointer)?.as_str())
            .unwrap_or("unnumbered");
        tracing::error!(
            consumer = self.consumer,
            record = id,
            reason,
            "stream record parked"
        );
        let ttl = (self.clock.now() + KEPT).as_second();
        self.dynamo
            .put_item()
            .table_name(&self.table)
            .item("consumer", AttributeValue::S(self.consumer.into()))
            .item("record", AttributeValue::S(id.into()))
            .item("reason", AttributeValue::S(reason.into()))
            .item("body", AttributeValue::S(record.to_string()))
            .item("ttl", AttributeValue::N(ttl.to_string()))
            .send()
            .await
            .map_err(|error| ParkError(Box::new(error.into())))?;
        Ok(())
    }
}
