//! What conditions can ask about a call: the keys the local cloud supplies, and nothing else.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::wire::Call;

/// Keys a condition may name; a policy with any other is refused when it is read.
const SUPPLIED: &[&str] = &[
    "aws:requestedregion", "aws:securetransport", "aws:resourceaccount", "aws:principalaccount",
    "dynamodb:enclosingoperation", "events:source", "events:detail-type", "kms:viaservice",
    "cloudwatch:namespace",
];

pub fn is_supplied(key: &str) -> bool {
    SUPPLIED.contains(&key.to_ascii_lowercase().as_str())
}

/// A call's condition keys (lower case, as IAM compares them) with their values.
#[derive(Clone, Debug, Default)]
pub struct Context {
    values: BTreeMap<String, Vec<String>>,
}

impl Context {
    pub fn of(service: &str, call: &Call, region: &str, account: &str) -> Self {
        let mut context = Self::default()
            .with("aws:requestedregion", [region])
            .with("aws:securetransport", ["true"])
            .with("aws:resourceaccount", [account])
            .with("aws:principalaccount", [account]);
        match (service, call.operation.as_str()) {
            (
                "dynamodb",
                operation @ ("TransactWriteItems" | "TransactGetItems" | "BatchWriteItem" | "BatchGetItem"),
            ) => {
                context = context.with("dynamodb:enclosingoperation", [operation]);
            }
            ("events", "PutEvents") => {
                let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
                for (key, member) in [("events:source", "Source"), ("events:detail-type", "DetailType")] {
                    let entries = body["Entries"].as_array().into_iter().flatten();
                    context = context.with(key, entries.filter_map(|e| e[member].as_str()));
                }
            }
            _ => {}
        }
        context
    }

    pub fn with<'a>(mut self, key: &str, values: impl IntoIterator<Item = &'a str>) -> Self {
        self.values.insert(
            key.to_ascii_lowercase(),
            values.into_iter().map(str::to_string).collect(),
        );
        self
    }

    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.values.get(key).map(Vec::as_slice)
    }
}
