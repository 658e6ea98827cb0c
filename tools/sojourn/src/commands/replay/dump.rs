//! A table as text that two equal tables give alike: an item a line, members and lines sorted, types kept.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use crate::commands::CommandError;

/// By canonical line, the item.
pub type Dump = BTreeMap<String, HashMap<String, AttributeValue>>;

pub async fn dump(dynamo: &Client, table: &str) -> Result<Dump, CommandError> {
    let scan = dynamo.scan().table_name(table).consistent_read(true);
    let mut items = scan.into_paginator().items().send();
    let mut found = Dump::new();
    while let Some(row) = items.next().await {
        let row = row?;
        found.insert(item(&row).to_string(), row);
    }
    Ok(found)
}

/// An item in the JSON that DynamoDB speaks, members sorted.
pub(super) fn item(item: &HashMap<String, AttributeValue>) -> Value {
    let sorted: BTreeMap<_, _> = item
        .iter()
        .map(|(name, value)| (name, canonical(value)))
        .collect();
    json!(sorted)
}

fn canonical(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::Bool(flag) => json!({"BOOL": flag}),
        AttributeValue::Null(_) => json!({"NULL": true}),
        AttributeValue::L(items) => json!({"L": items.iter().map(canonical).collect::<Vec<_>>()}),
        AttributeValue::M(inner) => json!({"M": item(inner)}),
        AttributeValue::B(bytes) => json!({"B": bytes.as_ref()}),
        // Sets have no order of their own.
        AttributeValue::Ss(texts) => json!({"SS": sorted(texts)}),
        AttributeValue::Ns(numbers) => json!({"NS": sorted(numbers)}),
        other => json!(format!("{other:?}")),
    }
}

fn sorted(values: &[String]) -> Vec<&String> {
    let mut values: Vec<_> = values.iter().collect();
    values.sort();
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_does_not_show_and_types_do() {
        let text = |value: &str| AttributeValue::S(value.into());
        let one = HashMap::from([("b".to_owned(), text("1")), ("a".to_owned(), text("2"))]);
        let other = HashMap::from([("a".to_owned(), text("2")), ("b".to_owned(), text("1"))]);
        assert_eq!(item(&one).to_string(), item(&other).to_string());
        let number = HashMap::from([
            ("a".to_owned(), AttributeValue::N("2".into())),
            ("b".to_owned(), text("1")),
        ]);
        assert_ne!(item(&one).to_string(), item(&number).to_string());
        let set = |values: [&str; 2]| canonical(&AttributeValue::Ss(values.map(str::to_owned).into()));
        assert_eq!(set(["x", "y"]), set(["y", "x"]));
    }
}
