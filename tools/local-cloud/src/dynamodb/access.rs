//! Which IAM actions on which tables and indexes a DynamoDB call needs.
//!
//! Source: the service authorization reference. A transaction needs the action of each of its items; a batch needs
//! its own action on every table.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use crate::endpoint::ACCOUNT;
use crate::wire::{Access, AwsError, Call};

pub(super) fn required(call: &Call, region: &str) -> Result<Vec<Access>, AwsError> {
    let on = |action: &str, resource: String| Access {
        action: format!("dynamodb:{action}"),
        resource,
    };
    let operation = call.operation.as_str();
    let mut accesses = match operation {
        "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem" | "DescribeTable" | "DescribeTimeToLive"
        | "Query" | "Scan" => {
            let named: OnTable = read(call)?;
            vec![on(operation, named.arn(region))]
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let batch: Batch = read(call)?;
            let tables = batch.request_items.into_keys();
            tables
                .map(|table| on(operation, table_arn(&table, region)))
                .collect()
        }
        "TransactGetItems" | "TransactWriteItems" => transaction(read(call)?, region),
        "DescribeStream" | "GetShardIterator" => {
            let body: Value = read(call)?;
            let stream = body["StreamArn"].as_str().unwrap_or_default();
            vec![on(operation, stream.to_string())]
        }
        "GetRecords" => vec![on(operation, stream_of_iterator(&read(call)?, region)?)],
        "ListTables" | "ListStreams" => vec![on(operation, "*".to_string())],
        _ => return Err(AwsError::not_offered("dynamodb", operation)),
    };
    accesses.sort_by(|a, b| (&a.action, &a.resource).cmp(&(&b.action, &b.resource)));
    accesses.dedup();
    Ok(accesses)
}

/// What a call on one table is about. Here and below items are passed over: they are read once, by the engine.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OnTable {
    table_name: Option<String>,
    index_name: Option<String>,
}

impl OnTable {
    fn arn(&self, region: &str) -> String {
        let table = table_arn(self.table_name.as_deref().unwrap_or_default(), region);
        match &self.index_name {
            Some(index) => format!("{table}/index/{index}"),
            None => table,
        }
    }
}

/// By table.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch {
    #[serde(default)]
    request_items: BTreeMap<String, IgnoredAny>,
}

/// Of each item what is done, and to which table.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Transaction {
    #[serde(default)]
    transact_items: Vec<BTreeMap<String, Option<OnTable>>>,
}

fn read<T: DeserializeOwned>(call: &Call) -> Result<T, AwsError> {
    serde_json::from_slice(&call.body)
        .map_err(|e| AwsError::new("SerializationException", format!("the request is not JSON: {e}")))
}

fn transaction(transaction: Transaction, region: &str) -> Vec<Access> {
    let items = transaction.transact_items.into_iter().flatten();
    let actions = items.filter_map(|(kind, item)| {
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
            resource: item?.arn(region),
        })
    });
    actions.collect()
}

fn table_arn(table: &str, region: &str) -> String {
    if table.starts_with("arn:") {
        return table.to_string();
    }
    format!("arn:aws:dynamodb:{region}:{ACCOUNT}:table/{table}")
}

fn stream_of_iterator(body: &Value, region: &str) -> Result<String, AwsError> {
    let iterator = body["ShardIterator"].as_str().unwrap_or_default();
    let (table, _, _) = dynoxide::actions::get_shard_iterator::decode_shard_iterator(iterator)
        .ok_or_else(|| AwsError::new("ValidationException", "Invalid ShardIterator"))?;
    Ok(format!("{}/stream/*", table_arn(&table, region)))
}
