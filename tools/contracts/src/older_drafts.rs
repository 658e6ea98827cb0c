//! JSON Schema 2020-12 said in the words of older drafts: Draft 4 for the schema registry, Draft 7 for AsyncAPI.
//!
//! Both ignore what stands beside a `$ref` and keep definitions elsewhere; Draft 4 also lacks `const`. Formats that a
//! draft does not know are written as patterns, so that it refuses what the original refuses.

use serde_json::{Map, Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draft {
    Four,
    Seven,
}

/// Formats of ours that Draft 4 does not know.
const PATTERNS: &[(&str, &str)] = &[
    (
        "uuid",
        "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
    ),
    ("date", "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"),
];

/// `place` is where definitions will stand: `#/definitions/`.
pub fn translate(schema: &Value, draft: Draft, place: &str) -> Value {
    let Value::Object(members) = schema else {
        // Draft 4 has no `true`.
        return if schema == &Value::Bool(true) {
            json!({})
        } else {
            schema.clone()
        };
    };
    let mut written = Map::new();
    for (key, value) in members {
        match key.as_str() {
            "$schema" | "$defs" => {}
            "$ref" => {
                let name = value.as_str().unwrap_or_default();
                let name = name.rsplit('/').next().unwrap_or_default();
                written.insert("$ref".into(), format!("{place}{name}").into());
            }
            "const" if draft == Draft::Four => {
                written.insert("enum".into(), json!([value]));
            }
            "properties" => {
                let each = value.as_object().into_iter().flatten();
                let each = each.map(|(name, schema)| (name.clone(), translate(schema, draft, place)));
                written.insert(key.clone(), Value::Object(each.collect()));
            }
            "oneOf" | "anyOf" | "allOf" => {
                let each = value.as_array().into_iter().flatten();
                let each = each.map(|schema| translate(schema, draft, place));
                written.insert(key.clone(), each.collect());
            }
            "items" | "additionalProperties" => {
                written.insert(key.clone(), translate(value, draft, place));
            }
            _ => {
                written.insert(key.clone(), value.clone());
            }
        }
    }
    known_formats(&mut written, draft);
    beside_reference(written)
}

/// Definitions by name, translated.
pub fn definitions(schema: &Value, draft: Draft, place: &str) -> Map<String, Value> {
    let all = schema["$defs"].as_object().into_iter().flatten();
    all.map(|(name, schema)| (name.clone(), translate(schema, draft, place)))
        .collect()
}

fn known_formats(written: &mut Map<String, Value>, draft: Draft) {
    let format = written.get("format").and_then(Value::as_str).map(str::to_owned);
    let Some(format) = format.filter(|_| draft == Draft::Four) else {
        return;
    };
    let pattern = PATTERNS.iter().find(|(name, _)| *name == format);
    if let Some((_, pattern)) = pattern.filter(|_| !written.contains_key("pattern")) {
        written.insert("pattern".into(), (*pattern).into());
    }
}

/// What stands beside a reference is ignored there: the reference moves into an `allOf`.
fn beside_reference(mut written: Map<String, Value>) -> Value {
    if written.len() > 1
        && let Some(reference) = written.remove("$ref")
    {
        written.insert("allOf".into(), json!([{ "$ref": reference }]));
    }
    Value::Object(written)
}
