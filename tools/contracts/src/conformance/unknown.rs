//! Members that a later, compatible version may bring: one more at every object that takes unknown ones, which the
//! event's schema tells. Those that are closed are not ours to open.

use serde_json::{Map, Value, json};

/// Nobody's name for a member.
const NAME: &str = "notYetKnown";

/// With more in `meta` and `data`, and nothing within what they hold.
pub(super) fn beside(event: &Value) -> Value {
    let mut event = event.clone();
    for place in ["/detail/meta", "/detail/data"] {
        if let Some(Value::Object(members)) = event.pointer_mut(place) {
            insert(members);
        }
    }
    event
}

/// With more at every object of `detail`, down to the smallest. `schema` is of `detail`.
pub(super) fn within(event: &Value, schema: &Value) -> Value {
    let mut event = event.clone();
    if let Some(detail) = event.get_mut("detail") {
        open(schema, schema, detail);
    }
    event
}

/// What is kept, without them: a consumer may keep a value whole. Text that is JSON is looked into, and so written anew.
pub(super) fn without(kept: &Value) -> Value {
    match kept {
        Value::Object(members) => {
            let known = members.iter().filter(|(name, _)| *name != NAME);
            Value::Object(
                known
                    .map(|(name, member)| (name.clone(), without(member)))
                    .collect(),
            )
        }
        Value::Array(items) => items.iter().map(without).collect(),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => {
                super::verdict::sorted(&without(&inner)).to_string().into()
            }
            _ => kept.clone(),
        },
        other => other.clone(),
    }
}

fn insert(members: &mut Map<String, Value>) {
    members.insert(NAME.into(), json!({ "is": "for later" }));
}

fn open(root: &Value, schema: &Value, value: &mut Value) {
    let parts = parts(root, schema, value);
    match value {
        Value::Array(items) => {
            if let Some(each) = parts.iter().find_map(|part| part.get("items")) {
                items.iter_mut().for_each(|item| open(root, each, item));
            }
        }
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                let known = parts.iter().find_map(|part| part["properties"].get(name));
                let of_a_map = || parts.iter().find_map(|part| part.get("additionalProperties"));
                if let Some(schema) = known.or_else(of_a_map) {
                    open(root, schema, member);
                }
            }
            let closed = ["additionalProperties", "unevaluatedProperties"];
            let is_closed = |part: &&&Value| closed.iter().any(|word| part.get(word).is_some());
            if !parts.is_empty() && !parts.iter().any(|part| is_closed(&part)) {
                insert(members);
            }
        }
        _ => {}
    }
}

/// Every schema that has a say about this value: its own, and of each choice the one that fits.
fn parts<'a>(root: &'a Value, schema: &'a Value, value: &Value) -> Vec<&'a Value> {
    let schema = resolved(root, schema);
    let mut all = vec![schema];
    for choice in ["anyOf", "oneOf"] {
        let choices = schema[choice].as_array().into_iter().flatten();
        let mut fitting = choices.filter(|choice| fits(root, choice, value));
        all.extend(
            fitting
                .next()
                .map(|fitting| parts(root, fitting, value))
                .into_iter()
                .flatten(),
        );
    }
    all
}

fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema["$ref"].as_str().and_then(|text| text.strip_prefix('#'));
    match reference.and_then(|pointer| root.pointer(pointer)) {
        Some(definition) => resolved(root, definition),
        None => schema,
    }
}

/// As far as kinds of a choice differ: by type, by what must be there, and by a member of one value.
fn fits(root: &Value, schema: &Value, value: &Value) -> bool {
    let schema = resolved(root, schema);
    let required = schema["required"].as_array().into_iter().flatten();
    let mut missing = required.filter(|name| value.get(name.as_str().unwrap_or_default()).is_none());
    let properties = schema["properties"].as_object().into_iter().flatten();
    let mut other = properties.filter(|(name, member)| match (value.get(name), member.get("const")) {
        (Some(given), Some(only)) => given != only,
        _ => false,
    });
    is_of_type(&schema["type"], value) && missing.next().is_none() && other.next().is_none()
}

fn is_of_type(kind: &Value, value: &Value) -> bool {
    match kind {
        Value::String(kind) => match value {
            Value::Null => kind == "null",
            Value::Bool(_) => kind == "boolean",
            Value::Number(_) => kind == "number" || kind == "integer",
            Value::String(_) => kind == "string",
            Value::Array(_) => kind == "array",
            Value::Object(_) => kind == "object",
        },
        Value::Array(kinds) => kinds.iter().any(|kind| is_of_type(kind, value)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::contracts;

    /// Pointers of all objects in a value.
    fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                found.push(at.to_owned());
                for (name, member) in members {
                    objects(member, &format!("{at}/{name}"), found);
                }
            }
            Value::Array(items) => {
                for (place, item) in items.iter().enumerate() {
                    objects(item, &format!("{at}/{place}"), found);
                }
            }
            _ => {}
        }
    }

    /// Whether an object takes one is asked of a validator, object by object.
    #[test]
    fn every_object_that_takes_a_member_more_has_one_and_no_other() {
        let (mut opened, mut nested) = (0, 0);
        for contract in contracts() {
            let validator = jsonschema::validator_for(&contract.schema).expect("a schema");
            let all = within(&contract.example, &contract.schema);
            assert!(validator.is_valid(&all["detail"]), "{}", contract.name);
            crate::gate::recorded::read(&all).unwrap_or_else(|error| panic!("{}: {error}", contract.name));
            let mut places = Vec::new();
            objects(&contract.example["detail"], "", &mut places);
            for place in places {
                let mut one = contract.example["detail"].clone();
                let there = one.pointer_mut(&place).and_then(Value::as_object_mut);
                insert(there.expect("an object"));
                let takes = validator.is_valid(&one);
                let has = all["detail"].pointer(&place).and_then(|there| there.get(NAME));
                assert_eq!(has.is_some(), takes, "{} {place}", contract.name);
                opened += usize::from(takes);
                nested += usize::from(takes && place.matches('/').count() > 1);
            }
        }
        assert!(
            opened > 150 && nested > 50,
            "{opened} objects, {nested} within others"
        );
    }

    #[test]
    fn closed_objects_and_maps_stay_as_they_are() {
        let schema = json!({
            "type": "object",
            "properties": {
                "closed": { "type": "object", "additionalProperties": false },
                "map": { "type": "object", "additionalProperties": { "$ref": "#/$defs/Open" } },
                "choice": { "oneOf": [
                    { "type": "object", "properties": { "kind": { "const": "a" } }, "additionalProperties": false },
                    { "type": "object", "properties": { "kind": { "const": "b" } } },
                ] },
            },
            "$defs": { "Open": { "type": "object" } },
        });
        let more = json!({ "is": "for later" });
        let cases = [
            (
                json!({ "closed": {} }),
                json!({ "closed": {}, "notYetKnown": more }),
            ),
            (
                json!({ "map": { "key": {} } }),
                json!({ "map": { "key": { "notYetKnown": more } }, "notYetKnown": more }),
            ),
            (
                json!({ "choice": { "kind": "a" } }),
                json!({ "choice": { "kind": "a" }, "notYetKnown": more }),
            ),
            (
                json!({ "choice": { "kind": "b" } }),
                json!({ "choice": { "kind": "b", "notYetKnown": more }, "notYetKnown": more }),
            ),
        ];
        for (detail, expected) in cases {
            let opened = within(&json!({ "detail": detail }), &schema);
            assert_eq!(opened["detail"], expected);
            assert_eq!(without(&opened["detail"]), detail, "and away again");
        }
    }

    #[test]
    fn text_that_is_json_is_looked_into() {
        let kept =
            json!({ "says": "{\"total\": {\"notYetKnown\": 1, \"amount\": \"5\"}}", "note": "[as it is" });
        assert_eq!(
            without(&kept),
            json!({ "says": "{\"total\":{\"amount\":\"5\"}}", "note": "[as it is" })
        );
    }
}
