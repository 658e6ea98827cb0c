//! Table Insights.

use aws_sdk_dynamodb::Client;
use events_schema::insights::FactRow;
use lambda_host::HandlerError;

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
}
