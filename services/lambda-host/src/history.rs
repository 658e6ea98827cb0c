//! Reading what happened: a booking's Journal rows, in order.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::envelope::{Envelope, ReadError};
use events_schema::event::Event;
use events_schema::ids::AggregateId;
use events_schema::rows::JournalRow;

#[derive(Clone)]
pub struct History {
    dynamo: Client,
    table: String,
}

#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error("reading Journal failed")]
    Read(#[source] Box<aws_sdk_dynamodb::Error>),
    #[error("a Journal row does not have the shape of one")]
    Row(#[from] serde_dynamo::Error),
}

impl History {
    pub fn new(dynamo: Client, journal_table: impl Into<String>) -> Self {
        Self {
            dynamo,
            table: journal_table.into(),
        }
    }

    /// Every row of `aggregate` behind `after`, in order; strongly consistent.
    pub async fn after(&self, aggregate: &AggregateId, after: u64) -> Result<Vec<JournalRow>, HistoryError> {
        let mut pages = self
            .dynamo
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("aggregateId = :aggregate AND #sequence > :after")
            .expression_attribute_names("#sequence", "sequence")
            .expression_attribute_values(":aggregate", AttributeValue::S(aggregate.to_string()))
            .expression_attribute_values(":after", AttributeValue::N(after.to_string()))
            .into_paginator()
            .items()
            .send();
        let mut rows = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| HistoryError::Read(Box::new(error.into())))?;
            rows.push(serde_dynamo::from_item(item)?);
        }
        Ok(rows)
    }

    pub async fn all(&self, aggregate: &AggregateId) -> Result<Vec<JournalRow>, HistoryError> {
        self.after(aggregate, 0).await
    }
}

/// The newest event of one type in a history.
pub fn newest<E: Event>(rows: &[JournalRow]) -> Result<Option<Envelope<E>>, ReadError> {
    let Some(row) = rows.iter().rev().find(|row| row.event_type == E::NAME) else {
        return Ok(None);
    };
    let recorded = row.recorded().map_err(|source| ReadError::Malformed {
        name: E::NAME,
        source,
    })?;
    recorded.read().map(Some)
}
