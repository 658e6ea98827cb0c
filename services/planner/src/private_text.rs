//! Table PrivateText: the travellers' words, and answers written for them.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use events_schema::ids::TextRef;
use events_schema::rows::TextRow;
use serde::Serialize;

pub struct PrivateText {
    dynamo: Client,
    table: String,
}

#[derive(Debug, thiserror::Error)]
pub enum TextError {
    #[error("reading PrivateText failed")]
    Read(#[source] Box<aws_sdk_dynamodb::Error>),
    #[error("a row does not have the shape of one")]
    Row(#[from] serde_dynamo::Error),
    #[error("a write is incomplete")]
    Build(#[from] BuildError),
}

impl PrivateText {
    pub fn new(dynamo: Client, table: impl Into<String>) -> Self {
        Self {
            dynamo,
            table: table.into(),
        }
    }

    pub fn table(&self) -> &str {
        &self.table
    }

    /// The words, or `None` if they were erased.
    pub async fn get(&self, text: &TextRef) -> Result<Option<String>, TextError> {
        let answer = self
            .dynamo
            .get_item()
            .table_name(&self.table)
            .key("ref", AttributeValue::S(text.to_string()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| TextError::Read(Box::new(error.into())))?;
        let row: Option<TextRow> = answer.item.map(serde_dynamo::from_item).transpose()?;
        Ok(row.map(|row| row.text))
    }
}

/// Writes a row as part of a transition.
pub fn put<R: Serialize>(table: &str, row: &R) -> Result<TransactWriteItem, TextError> {
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(serde_dynamo::to_item(row)?))
        .build()?;
    Ok(TransactWriteItem::builder().put(put).build())
}
