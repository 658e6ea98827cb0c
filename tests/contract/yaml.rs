//! `template.yaml` as written: for what a loaded template no longer shows.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

use crate::repository::read;

pub fn template_text() -> String {
    read("template.yaml")
}

/// The document with every `!Ref` and `!Sub` replaced by its text: enough to compare names.
pub fn template() -> Value {
    read_as_written(&template_text())
}

/// Any template so.
pub fn read_as_written(text: &str) -> Value {
    let documents = Yaml::load_from_str(text).expect("a template is YAML");
    convert(&documents[0])
}

/// Logical ids and resources of one type.
pub fn resources(kind: &str) -> Vec<(String, Value)> {
    resources_of(&template(), kind)
}

pub fn resources_of(template: &Value, kind: &str) -> Vec<(String, Value)> {
    let all = template["Resources"]
        .as_object()
        .expect("a template has resources");
    all.iter()
        .filter(|(_, r)| r["Type"] == kind)
        .map(|(id, r)| (id.clone(), r.clone()))
        .collect()
}

fn convert(node: &Yaml<'_>) -> Value {
    match node {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(flag)) => Value::from(*flag),
        Yaml::Value(Scalar::Integer(number)) => Value::from(*number),
        Yaml::Value(Scalar::FloatingPoint(number)) => Value::from(number.into_inner()),
        Yaml::Value(Scalar::String(text)) => Value::from(text.as_ref()),
        Yaml::Representation(text, ..) => Value::from(text.as_ref()),
        Yaml::Sequence(items) => items.iter().map(convert).collect(),
        Yaml::Mapping(members) => {
            let member = |(key, value)| {
                (
                    convert(key).as_str().unwrap_or_default().to_owned(),
                    convert(value),
                )
            };
            Value::Object(members.iter().map(member).collect::<Map<_, _>>())
        }
        Yaml::Tagged(_, node) => convert(node),
        Yaml::Alias(_) | Yaml::BadValue => panic!("the template holds YAML that cannot be read"),
    }
}
