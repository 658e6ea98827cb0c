//! Python types of every event, as `TypedDict`s: nothing to install, and an event from the bus is one as it is.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::shape::{Definition, Field, Shape, Unknown, definitions};
use crate::source::Contract;

const HEAD: &str = r#""""The events of Sojourn, typed. Generated from the Rust types: cargo run -- contracts generate.

Long because every event is in it. Needs Python 3.11 or newer, and nothing else. An event from the bus needs no
conversion: `event: BookingConfirmedEvent = json.loads(body)`.
"""

from typing import Any, Literal, NotRequired, TypedDict, Union
"#;

/// Names that cannot be attributes of a class.
const KEYWORDS: &[&str] = &[
    "from", "to", "in", "is", "as", "class", "for", "not", "or", "and", "if", "with", "pass",
];

/// `sojourn_events.py`.
pub fn events(contracts: &[Contract]) -> Result<String, Unknown> {
    let mut text = String::from(HEAD);
    let mut written = BTreeSet::new();
    for contract in contracts {
        for definition in definitions(&contract.schema)? {
            if written.insert(definition.name.clone()) {
                write_definition(&mut text, &definition);
            }
        }
    }
    for contract in contracts {
        write_event(&mut text, contract);
    }
    text.push_str("\n\n# Any event; `detail-type` tells which.\nAnyEvent = Union[\n");
    for contract in contracts {
        let _ = writeln!(text, "    {}Event,", contract.name);
    }
    text.push_str(
        "]\n\n# Who announces an event: the `source` to match in a rule.\nSOURCES: dict[str, str] = {\n",
    );
    for contract in contracts {
        let _ = writeln!(text, "    \"{}\": \"{}\",", contract.name, contract.source);
    }
    text.push_str(
        "}\n\n# The version of an event's data that these types describe.\nVERSIONS: dict[str, int] = {\n",
    );
    for contract in contracts {
        let _ = writeln!(text, "    \"{}\": {},", contract.name, contract.version);
    }
    text.push_str("}\n");
    Ok(text)
}

fn write_event(text: &mut String, contract: &Contract) {
    let (name, source) = (contract.name, &contract.source);
    let _ = write!(
        text,
        r#"

class {name}Detail(TypedDict):
    meta: Meta
    data: {name}


{name}Event = TypedDict(
    "{name}Event",
    {{
        "version": str,
        "id": str,
        "detail-type": Literal["{name}"],
        "source": Literal["{source}"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": {name}Detail,
    }},
)
"#
    );
}

fn write_definition(text: &mut String, definition: &Definition) {
    let name = &definition.name;
    text.push_str("\n\n");
    match &definition.shape {
        Shape::Object(fields) => write_object(text, name, &definition.about, fields),
        Shape::Union(members) if members.iter().any(|member| matches!(member, Shape::Object(_))) => {
            write_choice(text, definition, members);
        }
        other => {
            write_comment(text, &definition.about, "");
            let _ = writeln!(text, "{name} = {}", written(other));
        }
    }
}

/// A class of its own per member, named by what tells it apart.
fn write_choice(text: &mut String, definition: &Definition, members: &[Shape]) {
    let mut names = Vec::new();
    for (index, member) in members.iter().enumerate() {
        match member {
            Shape::Object(fields) => {
                let name = format!("{}{}", definition.name, told_apart(fields, index));
                write_object(text, &name, "", fields);
                text.push_str("\n\n");
                names.push(name);
            }
            other => names.push(written(other)),
        }
    }
    write_comment(text, &definition.about, "");
    let _ = writeln!(text, "{} = Union[{}]", definition.name, names.join(", "));
}

fn told_apart(fields: &[Field], index: usize) -> String {
    let tag = fields.iter().find_map(|field| match &field.shape {
        Shape::Literal(values) if values.len() == 1 => values[0].as_str(),
        _ => None,
    });
    let own = || {
        fields
            .first()
            .filter(|_| fields.len() == 1)
            .map(|field| field.name.as_str())
    };
    match tag.or_else(own) {
        Some(tag) => tag.split(['_', '-']).map(capitalised).collect(),
        None => index.to_string(),
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

/// As a class where its fields can be attributes, else as a call.
fn write_object(text: &mut String, name: &str, about: &str, fields: &[Field]) {
    if fields.iter().any(|field| KEYWORDS.contains(&field.name.as_str())) {
        write_comment(text, about, "");
        let _ = writeln!(text, "{name} = TypedDict(\n    \"{name}\",\n    {{");
        for field in fields {
            write_comment(text, &field.about, "        ");
            let _ = writeln!(text, "        \"{}\": {},", field.name, optional(field));
        }
        text.push_str("    },\n)\n");
        return;
    }
    let _ = writeln!(text, "class {name}(TypedDict):");
    if !about.is_empty() {
        let _ = writeln!(text, "    \"\"\"{}\"\"\"\n", about.replace('\\', "\\\\"));
    }
    for field in fields {
        write_comment(text, &field.about, "    ");
        let _ = writeln!(text, "    {}: {}", field.name, optional(field));
    }
    if fields.is_empty() && about.is_empty() {
        text.push_str("    pass\n");
    }
}

fn optional(field: &Field) -> String {
    match field.required {
        true => written(&field.shape),
        false => format!("NotRequired[{}]", written(&field.shape)),
    }
}

fn write_comment(text: &mut String, about: &str, indent: &str) {
    if !about.is_empty() {
        let _ = writeln!(text, "{indent}# {about}");
    }
}

fn written(shape: &Shape) -> String {
    match shape {
        Shape::Named(name) => name.clone(),
        Shape::Text => "str".into(),
        Shape::Integer => "int".into(),
        Shape::Number => "float".into(),
        Shape::Boolean => "bool".into(),
        Shape::Null => "None".into(),
        Shape::Anything => "Any".into(),
        Shape::Literal(values) => {
            let values: Vec<_> = values.iter().map(ToString::to_string).collect();
            format!("Literal[{}]", values.join(", "))
        }
        Shape::List(item) => format!("list[{}]", written(item)),
        // Nested objects have no name of their own; none of ours is nested.
        Shape::Object(_) => "dict[str, Any]".into(),
        Shape::Union(shapes) => {
            let shapes: Vec<_> = shapes.iter().map(written).collect();
            format!("Union[{}]", shapes.join(", "))
        }
    }
}
