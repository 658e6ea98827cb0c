//! Once per event, for consumers on the bus whose effect is a write: the Inbox row and the effect go into one
//! transaction, so a redelivery finds the row and does nothing.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use events_schema::envelope::Meta;
use jiff::SignedDuration;
use std::sync::Arc;

use crate::runtime::{Clock, ConfigError, Runtime};

/// Longer than an event can come back: 14 days in a dead-letter queue and 24 hours of retries, with room to spare.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

#[derive(Clone)]
pub struct Inbox {
    dynamo: Client,
    table: String,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, thiserror::Error)]
pub enum InboxError {
    #[error("the effect could not be saved")]
    Write(#[source] Box<aws_sdk_dynamodb::Error>),
    #[error("the transaction is malformed")]
    Build(#[from] aws_sdk_dynamodb::error::BuildError),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    Now,
    Before,
}

impl Inbox {
    /// Setting: `INBOX_TABLE`.
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            dynamo: Client::new(&runtime.aws),
            table: runtime.setting("INBOX_TABLE")?.into(),
            clock: runtime.clock.clone(),
        })
    }

    /// Carries out `writes` unless `consumer` has seen this event. `namespace` keeps a replay's memory apart from
    /// that of live events: the replay's name, or empty.
    pub async fn apply(
        &self,
        consumer: &str,
        namespace: &str,
        event: &Meta,
        writes: Vec<TransactWriteItem>,
    ) -> Result<Applied, InboxError> {
        // Separated: otherwise a replay called `in` of consumer `sights` would be the live `insights`.
        let key = format!("{namespace}#{consumer}#{}#{}", event.aggregate_id, event.sequence);
        let ttl = (self.clock.now() + REMEMBERED).as_second();
        let seen = Put::builder()
            .table_name(&self.table)
            .item("inboxKey", AttributeValue::S(key))
            .item("ttl", AttributeValue::N(ttl.to_string()))
            .condition_expression("attribute_not_exists(inboxKey)")
            .build()?;
        let mut items = vec![TransactWriteItem::builder().put(seen).build()];
        items.extend(writes);
        let outcome = self
            .dynamo
            .transact_write_items()
            .set_transact_items(Some(items))
            .send()
            .await;
        match outcome.map_err(|error| error.into_service_error()) {
            Ok(_) => Ok(Applied::Now),
            Err(error) if seen_before(&error) => Ok(Applied::Before),
            Err(error) => Err(InboxError::Write(Box::new(error.into()))),
        }
    }
}

/// Reasons are index-aligned; the Inbox row is the first write.
fn seen_before(error: &aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError) -> bool {
    use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException;
    let TransactionCanceledException(canceled) = error else {
        return false;
    };
    let first = canceled.cancellation_reasons().first();
    first.and_then(|reason| reason.code()) == Some("ConditionalCheckFailed")
}
