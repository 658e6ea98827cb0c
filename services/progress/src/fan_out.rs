//! To every open socket of a person, at once. One that does not take a frame is let go, once: it is marked as behind, so
//! that no later frame, batch or other copy of this function waits for it again, and closed, so that its client connects
//! again and resumes. Left open it would wait for the next frame to see the hole, and after the last there is none. One
//! that cannot even be closed keeps its mark, and Heartbeat closes it.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::EmployeeId;
use events_schema::rows::ConnectionRow;
use futures_util::future::join_all;
use lambda_host::condition::held;
use lambda_host::error::report;
use lambda_host::sockets::{PostError, Sockets};
use lambda_host::{Clock, ConfigError, HandlerError, Live, Runtime};
use tokio::time::Instant;

/// A frame has this long to be taken, a second try included: whatever else the batch holds waits meanwhile.
const LIMIT: Duration = Duration::from_millis(500);

pub struct FanOut {
    dynamo: Client,
    connections: String,
    sockets: Sockets,
    clock: Arc<dyn Clock>,
}

impl FanOut {
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            dynamo: Client::new(&runtime.aws),
            connections: runtime.setting("CONNECTIONS_TABLE")?.into(),
            sockets: Sockets::from_runtime(runtime)?,
            clock: runtime.clock.clone(),
        })
    }

    /// Fails only if the connections cannot be read or one that is behind cannot be marked; a post that fails is the
    /// client's to make up for.
    pub async fn post(&self, live: &Live, to: &EmployeeId, text: &str) -> Result<(), HandlerError> {
        let connections = self.connections_of(to).await?;
        let posts = connections.iter().map(|row| self.post_to(live, row, text));
        join_all(posts).await.into_iter().collect()
    }

    async fn post_to(&self, live: &Live, row: &ConnectionRow, text: &str) -> Result<(), HandlerError> {
        let connection = &row.connection_id;
        let by = Instant::now() + LIMIT;
        let mut outcome = self.sockets.post_within(LIMIT, live, connection, text).await;
        if matches!(outcome, Err(PostError::Call { .. })) {
            let left = by.saturating_duration_since(Instant::now());
            outcome = self.sockets.post_within(left, live, connection, text).await;
        }
        let Err(error) = outcome else {
            return Ok(());
        };
        if error.ends(row, self.clock.now()) {
            self.forget(row).await;
            return Ok(());
        }
        tracing::warn!(error = report(&error), %connection, "frame not posted; the client resumes");
        match error {
            PostError::Slow { .. } | PostError::Call { .. } => self.let_go(live, row).await,
            // Still being opened, its client asks for everything once it is; what is too large stays so.
            PostError::Gone(_) | PostError::TooLarge(_) => Ok(()),
        }
    }

    /// Marked first: dying in between leaves it to Heartbeat.
    async fn let_go(&self, live: &Live, row: &ConnectionRow) -> Result<(), HandlerError> {
        self.mark_behind(row).await?;
        if let Err(error) = self.sockets.hang_up(LIMIT, live, &row.connection_id).await {
            tracing::warn!(
                error = report(&error),
                connection = %row.connection_id,
                "a connection that is behind was not closed"
            );
        }
        Ok(())
    }

    async fn mark_behind(&self, row: &ConnectionRow) -> Result<(), HandlerError> {
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.connections)
            .key("employeeId", AttributeValue::S(row.employee_id.to_string()))
            .key("connectionId", AttributeValue::S(row.connection_id.to_string()))
            .update_expression("SET behindSince = :now")
            // It may have ended by itself.
            .condition_expression("attribute_exists(connectionId)")
            .expression_attribute_values(
                ":now",
                AttributeValue::N(self.clock.now().as_second().to_string()),
            )
            .send()
            .await;
        held(outcome)?;
        Ok(())
    }

    /// Those that have had every frame so far.
    async fn connections_of(&self, to: &EmployeeId) -> Result<Vec<ConnectionRow>, HandlerError> {
        let items = self
            .dynamo
            .query()
            .table_name(&self.connections)
            // Whoever connected a moment ago must not miss the frame.
            .consistent_read(true)
            .key_condition_expression("employeeId = :employee")
            .filter_expression("attribute_not_exists(behindSince)")
            .expression_attribute_values(":employee", AttributeValue::S(to.to_string()))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await?;
        Ok(serde_dynamo::from_items(items)?)
    }

    async fn forget(&self, row: &ConnectionRow) {
        let outcome = self
            .dynamo
            .delete_item()
            .table_name(&self.connections)
            .key("employeeId", AttributeValue::S(row.employee_id.to_string()))
            .key("connectionId", AttributeValue::S(row.connection_id.to_string()))
            .send()
            .await;
        if let Err(error) = outcome {
            // Heartbeat finds it again.
            tracing::warn!(
                error = report(&error),
                connection = %row.connection_id,
                "the row of a connection that is gone was not deleted"
            );
        }
    }
}
