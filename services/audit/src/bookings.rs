//! A booking's chain, from the stream of Bookings: one row per event, without gaps, whatever the stream lost.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use lambda_host::history::History;
use lambda_host::parking::Parking;
use lambda_host::stream::{Rise, for_each_rise};
use lambda_host::{ConfigError, Function, HandlerError, Invocation, Live, Runtime};
use serde_json::{Value, json};

use crate::chain::link;
use crate::entry::Entry;
use crate::log::AuditLog;

struct Bookings {
    history: History,
    log: AuditLog,
    parking: Parking,
}

/// Settings: `JOURNAL_TABLE`, `AUDIT_LOG_TABLE`, `PARKED_TABLE`.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    Ok(Arc::new(Bookings {
        history: History::new(Client::new(&runtime.aws), runtime.setting("JOURNAL_TABLE")?),
        log: AuditLog::from_runtime(runtime)?,
        parking: Parking::from_runtime(runtime, "audit")?,
    }))
}

#[async_trait]
impl Function for Bookings {
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        if Live::of(&payload).is_none() {
            tracing::warn!("a replayed batch was ignored");
            return Ok(json!({"batchItemFailures": []}));
        }
        for_each_rise(
            payload,
            |rise| self.record(rise),
            |record, reason| async move { Ok(self.parking.park(&record, &reason).await?) },
        )
        .await
    }
}

impl Bookings {
    /// The chain's end says where to go on, not the record: what the stream lost is filled from Journal, and what
    /// came twice is there already.
    async fn record(&self, rise: Rise) -> Result<(), HandlerError> {
        let head = rise.head;
        let chain = head.booking_id.to_string();
        let mut newest = self.log.newest(&chain).await?;
        let written = newest.as_ref().map_or(0, |row| row.position());
        let rows = self.history.after(&head.booking_id.into(), written).await?;
        for row in rows.iter().take_while(|row| row.sequence <= head.sequence) {
            let next = link(&chain, row.sequence, newest.as_ref(), Entry::of_row(row)?)?;
            self.log.append(&next).await?;
            newest = Some(next);
        }
        Ok(())
    }
}
