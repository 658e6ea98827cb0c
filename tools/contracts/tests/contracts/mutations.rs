//! An example changed in one place at a time, in every place and every way that a careless producer might.

use serde_json::{Value, json};

/// The change in words, and the changed document.
pub fn mutated(example: &Value) -> Vec<(String, Value)> {
    let mut paths = Vec::new();
    collect(example, String::new(), &mut paths);
    let mut all = Vec::new();
    for path in paths {
        for value in replacements() {
            let mut changed = example.clone();
            if let Some(place) = changed.pointer_mut(&path) {
                place.clone_from(&value);
            }
            all.push((format!("{path} is {value}"), changed));
        }
        if let Some((parent, member)) = path.rsplit_once('/') {
            let mut changed = example.clone();
            if let Some(Value::Object(members)) = changed.pointer_mut(parent) {
                members.remove(member);
                all.push((format!("{path} is missing"), changed));
            }
        }
        let mut changed = example.clone();
        if let Some(Value::Object(members)) = changed.pointer_mut(&path) {
            members.insert("somethingNew".into(), json!(1));
            all.push((format!("{path} has a member more"), changed));
        }
    }
    all
}

/// 1.0 is left out: Draft 4 takes it for no integer and 2020-12 for one; our events never hold it.
fn replacements() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(0),
        json!(6),
        json!(300),
        json!(1.5),
        json!(""),
        json!("economy"),
        json!("not what is expected"),
        json!("x".repeat(201)),
        json!([]),
        json!([{}]),
        json!({}),
    ]
}

fn collect(value: &Value, path: String, paths: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                collect(member, format!("{path}/{name}"), paths);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, format!("{path}/{index}"), paths);
            }
        }
        _ => {}
    }
    paths.push(path);
}
