//! # heartbeat: keeps sockets open, finds the dead ones
//!
//! Every five minutes a frame to every connection: API Gateway closes what is idle for ten, and a connection whose
//! end it never noticed answers 410, so its row can go. One that Progress marked as behind, and could not close, is
//! closed: its client connects again and resumes. Knows nothing of bookings.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::rows::ConnectionRow;
use events_schema::socket::{Frame, FrameBody};
use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;
use lambda_host::error::report;
use lambda_host::sockets::Sockets;
use lambda_host::{Clock, ConfigError, Function, HandlerError, Invocation, Live, Runtime};
use serde_json::{Value, json};

/// Posts under way at once.
const AT_ONCE: usize = 256;
/// A beat is waited for this long. If every connection hung, 15,000 would still have theirs in the function's minute.
const LIMIT: Duration = Duration::from_secs(1);

struct Heartbeat {
    dynamo: Client,
    connections: String,
    sockets: Sockets,
    clock: Arc<dyn Clock>,
}

/// What became of one connection's frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beat {
    Alive,
    Gone,
    /// Of one that was behind.
    Closed,
    /// Slow or failing: the next beat asks again.
    Unclear,
}

/// Settings: `CONNECTIONS_TABLE`, `MANAGEMENT_ENDPOINT`.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    Ok(Arc::new(Heartbeat {
        dynamo: Client::new(&runtime.aws),
        connections: runtime.setting("CONNECTIONS_TABLE")?.into(),
        sockets: Sockets::from_runtime(runtime)?,
        clock: runtime.clock.clone(),
    }))
}

#[async_trait]
impl Function for Heartbeat {
    /// Answers how many connections are alive, gone, closed, unclear.
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        let Some(live) = Live::of(&payload) else {
            tracing::warn!("a replayed tick was ignored");
            return Ok(Value::Null);
        };
        let text = frame(self.clock.now())?;
        let (live, text) = (&live, text.as_str());
        let connections = self.connections().await?;
        let beats: Vec<_> = stream::iter(connections)
            .map(|row| async move {
                match row.behind_since {
                    // It has missed a frame, and its client does not know.
                    Some(_) => self.close(live, &row).await,
                    None => self.beat(live, &row, text).await,
                }
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let count = |wanted| beats.iter().filter(|beat| **beat == wanted).count();
        Ok(json!({
            "alive": count(Beat::Alive),
            "gone": count(Beat::Gone),
            "closed": count(Beat::Closed),
            "unclear": count(Beat::Unclear),
        }))
    }
}

impl Heartbeat {
    async fn connections(&self) -> Result<Vec<ConnectionRow>, HandlerError> {
        let items = self
            .dynamo
            .scan()
            .table_name(&self.connections)
            // The table also holds message counts, which are no connections.
            .filter_expression("attribute_exists(connectedAt)")
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await?;
        Ok(serde_dynamo::from_items(items)?)
    }

    async fn beat(&self, live: &Live, row: &ConnectionRow, text: &str) -> Beat {
        let connection = &row.connection_id;
        let Err(error) = self.sockets.post_within(LIMIT, live, connection, text).await else {
            return Beat::Alive;
        };
        if !error.ends(row, self.clock.now()) {
            tracing::warn!(error = report(&error), %connection, "no heartbeat");
            return Beat::Unclear;
        }
        self.forgotten(row, Beat::Gone).await
    }

    async fn close(&self, live: &Live, row: &ConnectionRow) -> Beat {
        let connection = &row.connection_id;
        match self.sockets.hang_up(LIMIT, live, connection).await {
            Ok(()) => self.forgotten(row, Beat::Closed).await,
            Err(error) => {
                tracing::warn!(error = report(&error), %connection, "still behind, and not closed");
                Beat::Unclear
            }
        }
    }

    async fn forgotten(&self, row: &ConnectionRow, beat: Beat) -> Beat {
        let connection = &row.connection_id;
        match self.forget(row).await {
            Ok(()) => beat,
            Err(error) => {
                tracing::warn!(%error, %connection, "the row of a connection that has ended was not deleted");
                Beat::Unclear
            }
        }
    }

    async fn forget(&self, row: &ConnectionRow) -> Result<(), HandlerError> {
        self.dynamo
            .delete_item()
            .table_name(&self.connections)
            .key("employeeId", AttributeValue::S(row.employee_id.to_string()))
            .key("connectionId", AttributeValue::S(row.connection_id.to_string()))
            .send()
            .await?;
        Ok(())
    }
}

fn frame(now: Timestamp) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Frame {
        body: FrameBody::Heartbeat { at: now },
        booking_id: None,
        cursor: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heartbeat_belongs_to_no_booking_and_moves_no_cursor() {
        let now = events_schema::samples::now();
        let frame: Value = serde_json::from_str(&frame(now).unwrap()).unwrap();
        assert_eq!(frame, json!({"type": "heartbeat", "at": now.to_string()}));
    }
}
