//! What a schema says, as the few shapes our types are made of: what TypeScript, Python and the catalogue are written
//! from. A construct that is none of them is an error, so that a new one is noticed rather than written wrongly.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Another definition, by its name.
    Named(String),
    Text,
    Integer,
    Number,
    Boolean,
    Null,
    Anything,
    /// One of these values and nothing else.
    Literal(Vec<Value>),
    List(Box<Shape>),
    Object(Vec<Field>),
    Union(Vec<Shape>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub name: String,
    pub required: bool,
    /// Empty if the type says nothing of it.
    pub about: String,
    pub shape: Shape,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    pub name: String,
    pub about: String,
    pub shape: Shape,
}

#[derive(Debug, thiserror::Error)]
#[error("a schema has what no shape stands for: {0}")]
pub struct Unknown(String);

/// The definitions under `$defs`, every one after those it is made of.
pub fn definitions(schema: &Value) -> Result<Vec<Definition>, Unknown> {
    let none = Map::new();
    let named = schema["$defs"].as_object().unwrap_or(&none);
    let mut read = BTreeMap::new();
    for (name, schema) in named {
        let shape = shape(schema)?;
        let about = about(schema);
        read.insert(
            name.clone(),
            Definition {
                name: name.clone(),
                about,
                shape,
            },
        );
    }
    let mut ordered = Vec::new();
    let mut seen = BTreeSet::new();
    for name in named.keys() {
        visit(name, &read, &mut seen, &mut ordered);
    }
    Ok(ordered)
}

fn visit(
    name: &str,
    all: &BTreeMap<String, Definition>,
    seen: &mut BTreeSet<String>,
    ordered: &mut Vec<Definition>,
) {
    let Some(definition) = all.get(name).filter(|_| seen.insert(name.to_owned())) else {
        return;
    };
    for needed in definition.shape.names() {
        visit(&needed, all, seen, ordered);
    }
    ordered.push(definition.clone());
}

impl Shape {
    /// The definitions it refers to, in the order of their mention.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Named(name) => vec![name.clone()],
            Self::List(item) => item.names(),
            Self::Object(fields) => fields.iter().flat_map(|field| field.shape.names()).collect(),
            Self::Union(shapes) => shapes.iter().flat_map(Self::names).collect(),
            _ => Vec::new(),
        }
    }
}

/// What a schema says of itself, in one line.
pub fn about(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub fn shape(schema: &Value) -> Result<Shape, Unknown> {
    if let Some(name) = schema["$ref"].as_str() {
        return Ok(Shape::Named(name.rsplit('/').next().unwrap_or(name).to_owned()));
    }
    if let Some(value) = schema.get("const") {
        return Ok(Shape::Literal(vec![value.clone()]));
    }
    if let Some(values) = schema["enum"].as_array() {
        return Ok(Shape::Literal(values.clone()));
    }
    let choices = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
    match choices {
        Some(choices) if schema["properties"].is_object() => flattened(schema, choices),
        Some(choices) => Ok(union(choices.iter().map(shape).collect::<Result<_, _>>()?)),
        None => typed(schema),
    }
}

/// Fields of its own beside a choice of further ones: each choice has both.
fn flattened(schema: &Value, choices: &[Value]) -> Result<Shape, Unknown> {
    let own = fields(schema)?;
    let whole = |choice: &Value| {
        let mut all = own.clone();
        all.extend(fields(choice)?);
        Ok(Shape::Object(all))
    };
    Ok(union(choices.iter().map(whole).collect::<Result<_, Unknown>>()?))
}

fn typed(schema: &Value) -> Result<Shape, Unknown> {
    match &schema["type"] {
        Value::String(kind) => of_type(kind, schema),
        Value::Array(kinds) => {
            let kinds = kinds.iter().filter_map(Value::as_str);
            Ok(union(
                kinds
                    .map(|kind| of_type(kind, schema))
                    .collect::<Result<_, _>>()?,
            ))
        }
        Value::Null if schema == &Value::Bool(true) || says_nothing(schema) => Ok(Shape::Anything),
        _ => Err(Unknown(schema.to_string())),
    }
}

fn says_nothing(schema: &Value) -> bool {
    let silent = |(key, _): (&String, &Value)| matches!(key.as_str(), "description" | "title" | "default");
    schema
        .as_object()
        .is_some_and(|members| members.iter().all(silent))
}

fn of_type(kind: &str, schema: &Value) -> Result<Shape, Unknown> {
    Ok(match kind {
        "string" => Shape::Text,
        "integer" => Shape::Integer,
        "number" => Shape::Number,
        "boolean" => Shape::Boolean,
        "null" => Shape::Null,
        "array" if schema["items"].is_object() => Shape::List(Box::new(shape(&schema["items"])?)),
        "object" => Shape::Object(fields(schema)?),
        _ => return Err(Unknown(schema.to_string())),
    })
}

fn fields(schema: &Value) -> Result<Vec<Field>, Unknown> {
    let none = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&none);
    let required: BTreeSet<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let field = |(name, schema): (&String, &Value)| {
        Ok(Field {
            name: name.clone(),
            required: required.contains(name.as_str()),
            about: about(schema),
            shape: shape(schema)?,
        })
    };
    properties.iter().map(field).collect()
}

/// Without choices within choices, and with all literals as one.
fn union(shapes: Vec<Shape>) -> Shape {
    let mut literals = Vec::new();
    let mut others = Vec::new();
    for shape in shapes {
        match shape {
            Shape::Literal(values) => literals.extend(values),
            Shape::Union(inner) => others.extend(inner),
            other => others.push(other),
        }
    }
    if !literals.is_empty() {
        others.insert(0, Shape::Literal(literals));
    }
    match others.len() {
        1 => others.remove(0),
        _ => Shape::Union(others),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn constructs_and_their_shapes() {
        let named = || Shape::Named("Money".into());
        let cases = [
            (json!({ "$ref": "#/$defs/Money", "description": "d" }), named()),
            (
                json!({ "type": "string", "const": "yes" }),
                Shape::Literal(vec![json!("yes")]),
            ),
            (
                json!({ "oneOf": [{ "enum": ["a", "b"] }, { "const": "c" }] }),
                Shape::Literal(vec![json!("a"), json!("b"), json!("c")]),
            ),
            (
                json!({ "anyOf": [{ "$ref": "#/$defs/Money" }, { "type": "null" }] }),
                Shape::Union(vec![named(), Shape::Null]),
            ),
            (
                json!({ "type": ["integer", "null"] }),
                Shape::Union(vec![Shape::Integer, Shape::Null]),
            ),
            (
                json!({ "type": "array", "items": { "type": "number" } }),
                Shape::List(Box::new(Shape::Number)),
            ),
            (json!({ "description": "whatever" }), Shape::Anything),
        ];
        for (schema, expected) in cases {
            assert_eq!(shape(&schema).unwrap(), expected, "{schema}");
        }
    }

    #[test]
    fn fields_beside_a_choice_belong_to_each_of_its_members() {
        let schema = json!({
            "type": "object",
            "properties": { "sequence": { "type": "integer" } },
            "oneOf": [{ "type": "object", "properties": { "type": { "const": "pong" } }, "required": ["type"] }],
        });
        let Shape::Object(fields) = shape(&schema).unwrap() else {
            panic!("one choice is no choice")
        };
        let names: Vec<_> = fields
            .iter()
            .map(|field| (field.name.as_str(), field.required))
            .collect();
        assert_eq!(names, [("sequence", false), ("type", true)]);
    }

    #[test]
    fn what_has_no_shape_is_said() {
        for schema in [
            json!({ "type": "array", "prefixItems": [] }),
            json!({ "not": {} }),
        ] {
            assert!(shape(&schema).is_err(), "{schema}");
        }
    }

    #[test]
    fn what_a_definition_is_made_of_comes_before_it() {
        let schema = json!({ "$defs": {
            "Trip": { "type": "object", "properties": { "total": { "$ref": "#/$defs/Money" } } },
            "Money": { "type": "string" },
        }});
        let names: Vec<_> = definitions(&schema)
            .unwrap()
            .into_iter()
            .map(|d| d.name)
            .collect();
        assert_eq!(names, ["Money", "Trip"]);
    }
}
