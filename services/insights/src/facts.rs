//! Table Insights.

use aws_sdk_dynamodb::Client;
use lambda_host::HandlerError;

use crate::fact::FactRow;

pub struct Facts {
    dynamo: Client,
    table: String,
}

impl Facts {
    pub fn new(dynamo: Client, table: impl Into<String>) -> Self {
        Self {
            dynamo,
            table: table.into(),
        }
    }

    /// Writing the same fact again changes nothing.
    pub async fn keep(&self, row: &FactRow) -> Result<(), HandlerError> {
        self.dynamo
            .put_item()
            .table_name(&self.table)
            .set_item(Some(serde_dynamo::to_item(row)?))
            .send()
            .await?;
        Ok(())
    }

    /// Every fact there is, for a report: a scan of the whole table.
    pub async fn all(&self) -> Result<Vec<FactRow>, HandlerError> {
        let items = self
            .dynamo
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await?;
        Ok(serde_dynamo::from_items(items)?)
    }
}
