//! To every open socket of a person, at once. One connection that is slow or gone keeps nobody waiting.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::{ConnectionId, EmployeeId};
use events_schema::rows::ConnectionRow;
use futures_util::future::join_all;
use lambda_host::sockets::{PostError, Sockets};
use lambda_host::{Clock, ConfigError, HandlerError, Live, Runtime};

pub struct FanOut {
    dynamo: Client,
    connections: String,
    sockets: Sockets,
    clock: Arc<dyn Clock>,
}

/// What one invocation learnt: a connection that was slow once is not waited for again in the same batch.
#[derive(Default)]
pub struct Round {
    slow: Mutex<BTreeSet<ConnectionId>>,
}

impl Round {
    fn is_slow(&self, connection: &ConnectionId) -> bool {
        let slow = self.slow.lock().unwrap_or_else(PoisonError::into_inner);
        slow.contains(connection)
    }

    fn mark_slow(&self, connection: &ConnectionId) {
        let mut slow = self.slow.lock().unwrap_or_else(PoisonError::into_inner);
        slow.insert(connection.clone());
    }
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

    /// Fails only if the connections cannot be read; a post that fails is the client's to make up for.
    pub async fn post(
        &self,
        live: &Live,
        round: &Round,
        to: &EmployeeId,
        text: &str,
    ) -> Result<(), HandlerError> {
        let connections = self.connections_of(to).await?;
        let open = connections
            .iter()
            .filter(|row| !round.is_slow(&row.connection_id));
        join_all(open.map(|row| self.post_to(live, round, row, text))).await;
        Ok(())
    }

    async fn post_to(&self, live: &Live, round: &Round, row: &ConnectionRow, text: &str) {
        let connection = &row.connection_id;
        let mut outcome = self.sockets.post(live, connection, text).await;
        if matches!(outcome, Err(PostError::Call { .. })) {
            outcome = self.sockets.post(live, connection, text).await;
        }
        let Err(error) = outcome else {
            return;
        };
        if error.ends(row, self.clock.now()) {
            self.forget(row).await;
            return;
        }
        if matches!(error, PostError::Slow(_)) {
            round.mark_slow(connection);
        }
        tracing::warn!(error = &error as &dyn std::error::Error, %connection, "frame not posted; the client resumes");
    }

    async fn connections_of(&self, to: &EmployeeId) -> Result<Vec<ConnectionRow>, HandlerError> {
        let items = self
            .dynamo
            .query()
            .table_name(&self.connections)
            // Whoever connected a moment ago must not miss the frame.
            .consistent_read(true)
            .key_condition_expression("employeeId = :employee")
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
                error = &error as &dyn std::error::Error,
                connection = %row.connection_id,
                "the row of a connection that is gone was not deleted"
            );
        }
    }
}
