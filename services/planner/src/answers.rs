//! What models answered, kept by reference for as long as the archive.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use serde::Serialize;

#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    #[error("a row could not be written as an item")]
    Row(#[from] serde_dynamo::Error),
    #[error("a write is incomplete")]
    Build(#[from] BuildError),
}

/// Writes a row as part of a transition.
pub fn put<R: Serialize>(table: &str, row: &R) -> Result<TransactWriteItem, AnswerError> {
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(serde_dynamo::to_item(row)?))
        .build()?;
    Ok(TransactWriteItem::builder().put(put).build())
}
