//! The Insights table. A fact put twice is one row.

use aws_sdk_dynamodb::Client;
use lambda_host::{ConfigError, Runtime};

use crate::fact::Fact;

pub(crate) struct Facts {
    dynamo: Client,
    table: String,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum FactsError {
    #[error("a fact could not be written as an item")]
    Row(#[from] serde_dynamo::Error),
    #[error("a fact could not be saved")]
    Put(#[source] Box<aws_sdk_dynamodb::Error>),
}

impl Facts {
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            dynamo: Client::new(&runtime.aws),
            table: runtime.setting("INSIGHTS_TABLE")?.into(),
        })
    }

    pub async fn put(&self, fact: &Fact) -> Result<(), FactsError> {
        self.dynamo
            .put_item()
            .table_name(&self.table)
            .set_item(Some(serde_dynamo::to_item(fact)?))
            .send()
            .await
            .map_err(|error| FactsError::Put(Box::new(error.into())))?;
        Ok(())
    }
}
