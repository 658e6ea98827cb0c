//! What a table keeps under one partition key.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_host::HandlerError;
use serde::de::DeserializeOwned;

/// All its rows by their sort key, as last written.
pub(crate) async fn of<T: DeserializeOwned>(
    dynamo: &Client,
    table: &str,
    key: &str,
    value: &str,
) -> Result<Vec<T>, HandlerError> {
    let mut items = dynamo
        .query()
        .table_name(table)
        .consistent_read(true)
        .key_condition_expression("#key = :value")
        .expression_attribute_names("#key", key)
        .expression_attribute_values(":value", AttributeValue::S(value.into()))
        .into_paginator()
        .items()
        .send();
    let mut rows = Vec::new();
    while let Some(item) = items.next().await {
        rows.push(serde_dynamo::from_item(item?)?);
    }
    Ok(rows)
}
