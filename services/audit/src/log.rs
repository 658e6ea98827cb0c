//! Table AuditLog.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Put};
use lambda_host::{ConfigError, HandlerError, Runtime};

use crate::chain::AuditRow;

pub struct AuditLog {
    dynamo: Client,
    table: String,
}

impl AuditLog {
    /// Setting: `AUDIT_LOG_TABLE`.
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            dynamo: Client::new(&runtime.aws),
            table: runtime.setting("AUDIT_LOG_TABLE")?.into(),
        })
    }

    /// The end of a chain.
    pub async fn newest(&self, chain: &str) -> Result<Option<AuditRow>, HandlerError> {
        let answer = self
            .dynamo
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("bookingId = :chain")
            .expression_attribute_values(":chain", AttributeValue::S(chain.into()))
            .scan_index_forward(false)
            .limit(1)
            .send()
            .await?;
        let newest = answer.items.unwrap_or_default().into_iter().next();
        Ok(newest.map(serde_dynamo::from_item).transpose()?)
    }

    /// Writes a row that is not there, or is there exactly so. Another row in its place is an error: nothing here
    /// ever overwrites history.
    pub async fn append(&self, row: &AuditRow) -> Result<(), HandlerError> {
        self.dynamo
            .put_item()
            .table_name(&self.table)
            .set_item(Some(serde_dynamo::to_item(row)?))
            .condition_expression("attribute_not_exists(auditId) OR #hash = :hash")
            .expression_attribute_names("#hash", "hash")
            .expression_attribute_values(":hash", AttributeValue::S(row.hash.clone()))
            .send()
            .await?;
        Ok(())
    }

    /// The same as part of a transaction, for a row that must be new.
    pub fn put_new(&self, row: &AuditRow) -> Result<Put, HandlerError> {
        Ok(Put::builder()
            .table_name(&self.table)
            .set_item(Some(serde_dynamo::to_item(row)?))
            .condition_expression("attribute_not_exists(auditId)")
            .build()?)
    }
}
