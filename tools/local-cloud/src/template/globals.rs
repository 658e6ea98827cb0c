//! SAM's `Globals`, merged into each resource as SAM does: maps member by member, lists one behind the other (the
//! global part first), anything else replaced by what the resource says.

use serde_json::Value;

pub(super) fn merge(globals: &Value, kind: &str, properties: &Value) -> Value {
    let section = match kind {
        "AWS::Serverless::Function" => &globals["Function"],
        "AWS::Serverless::StateMachine" => &globals["StateMachine"],
        "AWS::Serverless::SimpleTable" => &globals["SimpleTable"],
        _ => &Value::Null,
    };
    match section {
        Value::Null => properties.clone(),
        section => merge_values(section, properties),
    }
}

fn merge_values(global: &Value, own: &Value) -> Value {
    match (global, own) {
        (global, Value::Null) => global.clone(),
        (Value::Object(g), Value::Object(o)) if !is_intrinsic(global) && !is_intrinsic(own) => {
            let mut merged = g.clone();
            for (name, value) in o {
                let value = merged
                    .get(name)
                    .map_or_else(|| value.clone(), |g| merge_values(g, value));
                merged.insert(name.clone(), value);
            }
            Value::Object(merged)
        }
        (Value::Array(g), Value::Array(o)) => Value::Array(g.iter().chain(o).cloned().collect()),
        (_, own) => own.clone(),
    }
}

/// `{"Ref": …}` is a value, not a map to merge into.
fn is_intrinsic(value: &Value) -> bool {
    let Value::Object(members) = value else {
        return false;
    };
    members.len() == 1
        && members
            .keys()
            .all(|name| name == "Ref" || name.starts_with("Fn::"))
}
