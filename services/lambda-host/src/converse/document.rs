//! Between the SDK's JSON documents and ours.

use aws_smithy_types::{Document, Number};
use serde_json::Value;

pub fn document(value: &Value) -> Document {
    match value {
        Value::Null => Document::Null,
        Value::Bool(bool) => Document::Bool(*bool),
        Value::Number(number) => Document::Number(match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Number::PosInt(number),
            (None, Some(number)) => Number::NegInt(number),
            (None, None) => Number::Float(number.as_f64().unwrap_or(f64::NAN)),
        }),
        Value::String(text) => Document::String(text.clone()),
        Value::Array(values) => Document::Array(values.iter().map(document).collect()),
        Value::Object(object) => Document::Object(
            object
                .iter()
                .map(|(name, value)| (name.clone(), document(value)))
                .collect(),
        ),
    }
}

/// Names in alphabetical order: the SDK's map has none, and what is hashed or kept must not depend on chance.
pub fn value(document: &Document) -> Value {
    match document {
        Document::Null => Value::Null,
        Document::Bool(bool) => Value::Bool(*bool),
        Document::Number(Number::PosInt(number)) => Value::from(*number),
        Document::Number(Number::NegInt(number)) => Value::from(*number),
        Document::Number(Number::Float(number)) => Value::from(*number),
        Document::String(text) => Value::String(text.clone()),
        Document::Array(documents) => documents.iter().map(value).collect(),
        Document::Object(object) => {
            let mut names: Vec<&String> = object.keys().collect();
            names.sort();
            names
                .into_iter()
                .map(|name| (name.clone(), value(&object[name])))
                .collect()
        }
    }
}
