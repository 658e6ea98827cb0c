//! Which IAM actions on which tables and indexes a DynamoDB call needs.
//!
//! Source: the service authorization reference. A transaction needs the action of each of its items; a batch needs
//! its own action on every table.

use serde_json::Value;

use crate::endpoint::ACCOUNT;
use crate::wire::{Access, AwsError, Call};

pub(super) fn required(call: &Call, region: &str) -> Result<Vec<Access>, AwsError> {
    let body: Value = serde_json::from_slice(&call.body)
        .map_err(|e| AwsError::new("SerializationException", format!("the request is not JSON: {e}")))?;
    let on = |action: &str, resource: String| Access {
        action: format!("dynamodb:{action}"),
        resource,
    };
    let operation = call.operation.as_str();
    let mut accesses = match operation {
        "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem" | "DescribeTable" | "DescribeTimeToLive" => {
            vec![on(operation, table_arn(&body["TableName"], region))]
        }
        "Query" | "Scan" => vec![on(operation, indexed_arn(&body, region))],
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            tables
                .map(|(table, _)| on(operation, table_arn(&Value::from(table.as_str()), region)))
                .collect()
        }
        "TransactGetItems" | "TransactWriteItems" => transaction(&body, region),
        "DescribeStream" | "GetShardIterator" => {
            vec![on(
                operation,
                body["StreamArn"].as_str().unwrap_or_default().to_string(),
            )]
        }
        "GetRecords" => vec![on(operation, stream_of_iterator(&body, region)?)],
        "ListTables" | "ListStreams" => vec![on(operation, "*".to_string())],
        _ => return Err(AwsError::not_offered("dynamodb", operation)),
    };
    accesses.sort_by(|a, b| (&a.action, &a.resource).cmp(&(&b.action, &b.resource)));
    accesses.dedup();
    Ok(accesses)
}

fn transaction(body: &Value, region: &str) -> Vec<Access> {
    let items = body["TransactItems"].as_array().into_iter().flatten();
    let actions = items
        .flat_map(|item| item.as_object().into_iter().flatten())
        .filter_map(|(kind, item)| {
            let action = match kind.as_str() {
                "Get" => "GetItem",
                "Put" => "PutItem",
                "Update" => "UpdateItem",
                "Delete" => "DeleteItem",
                "ConditionCheck" => "ConditionCheckItem",
                _ => return None,
            };
            Some(Access {
                action: format!("dynamodb:{action}"),
                resource: table_arn(&item["TableName"], region),
            })
        });
    actions.collect()
}

fn table_arn(table: &Value, region: &str) -> String {
    let table = table.as_str().unwrap_or_default();
    if table.starts_with("arn:") {
        return table.to_string();
    }
    format!("arn:aws:dynamodb:{region}:{ACCOUNT}:table/{table}")
}

fn indexed_arn(body: &Value, region: &str) -> String {
    let table = table_arn(&body["TableName"], region);
    match body["IndexName"].as_str() {
        Some(index) => format!("{table}/index/{index}"),
        None => table,
    }
}

fn stream_of_iterator(body: &Value, region: &str) -> Result<String, AwsError> {
    let iterator = body["ShardIterator"].as_str().unwrap_or_default();
    let (table, _, _) = dynoxide::actions::get_shard_iterator::decode_shard_iterator(iterator)
        .ok_or_else(|| AwsError::new("ValidationException", "Invalid ShardIterator"))?;
    Ok(format!("{}/stream/*", table_arn(&Value::from(table), region)))
}
