//! YAML with CloudFormation's short tags as the JSON that the long forms would give: `!Ref X` → `{"Ref": "X"}`.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Number, Value, json};

use super::Reason;

/// Parses YAML or JSON (every JSON document is YAML).
pub(super) fn parse(text: &str) -> Result<Value, Reason> {
    let documents = Yaml::load_from_str(text).map_err(|e| format!("is not YAML: {e}"))?;
    match documents.as_slice() {
        [document] => convert(document),
        [] => Err("is empty".into()),
        _ => Err("holds more than one YAML document".into()),
    }
}

fn convert(node: &Yaml<'_>) -> Result<Value, Reason> {
    Ok(match node {
        Yaml::Value(scalar) => convert_scalar(scalar),
        Yaml::Representation(text, _, None) => Value::from(text.as_ref()),
        Yaml::Representation(text, _, Some(tag)) => tagged(&tag.suffix, Value::from(text.as_ref()))?,
        Yaml::Sequence(items) => Value::Array(items.iter().map(convert).collect::<Result<_, _>>()?),
        Yaml::Mapping(members) => {
            let mut object = Map::new();
            for (key, value) in members {
                let key = match convert(key)? {
                    Value::String(key) => key,
                    other => other.to_string(),
                };
                object.insert(key, convert(value)?);
            }
            Value::Object(object)
        }
        Yaml::Tagged(tag, node) => tagged(&tag.suffix, convert(node)?)?,
        Yaml::Alias(_) | Yaml::BadValue => return Err("holds a YAML value that cannot be read".into()),
    })
}

fn convert_scalar(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(b) => Value::Bool(*b),
        Scalar::Integer(n) => Value::from(*n),
        Scalar::FloatingPoint(f) => Number::from_f64(f.into_inner()).map_or(Value::Null, Value::Number),
        Scalar::String(s) => Value::from(s.as_ref()),
    }
}

fn tagged(tag: &str, value: Value) -> Result<Value, Reason> {
    Ok(match tag {
        "Ref" | "Condition" => json!({ tag: scalar_text(value) }),
        "GetAtt" => match value {
            Value::String(path) => {
                let (resource, attribute) = path
                    .split_once('.')
                    .ok_or_else(|| format!("!GetAtt {path} names no attribute"))?;
                json!({ "Fn::GetAtt": [resource, attribute] })
            }
            list => json!({ "Fn::GetAtt": list }),
        },
        "Sub" => json!({ "Fn::Sub": if value.is_array() { value } else { scalar_text(value) } }),
        "Join" | "Select" | "Split" | "FindInMap" | "If" | "Equals" | "And" | "Or" | "Not" | "Base64"
        | "Transform" | "GetAZs" | "ImportValue" | "Cidr" | "ToJsonString" | "Length" => {
            json!({ format!("Fn::{tag}"): value })
        }
        "str" => scalar_text(value),
        "int" | "bool" | "float" | "null" | "seq" | "map" => value,
        other => return Err(format!("uses the unknown tag !{other}")),
    })
}

/// A tag's text that YAML has read as a number or boolean (`!Sub 5`, `!!str true`).
fn scalar_text(value: Value) -> Value {
    match value {
        Value::String(_) | Value::Array(_) | Value::Object(_) => value,
        Value::Null => Value::from(""),
        other => Value::from(other.to_string()),
    }
}
