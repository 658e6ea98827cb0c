//! TypeScript types of every event, of the envelope that EventBridge puts around it, and of the WebSocket protocol.
//!
//! Written here rather than by a generator from npm: the shapes are few, and one command without a network makes them.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::shape::{Definition, Field, Shape, Unknown, definitions, shape};
use crate::source::{Contract, socket_schemas};

const HEAD: &str = "\
// Generated from the Rust types: cargo run -- contracts generate. Long because every event is in it.
";

const ENVELOPE: &str = r#"
/** An event as EventBridge hands it over. */
export interface BusEvent<Name extends string, Source extends string, Data> {
  version: string;
  id: string;
  "detail-type": Name;
  source: Source;
  account: string;
  time: string;
  region: string;
  resources: string[];
  /** Present on a replayed event. */
  "replay-name"?: string;
  detail: { meta: Meta; data: Data };
}
"#;

/// `events.ts`.
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
    text.push_str(ENVELOPE);
    for contract in contracts {
        let (name, source) = (contract.name, &contract.source);
        let _ = write!(
            text,
            "\nexport type {name}Event = BusEvent<\"{name}\", \"{source}\", {name}>;"
        );
    }
    text.push_str("\n\n/** Every event's data, by its name. */\nexport interface Events {\n");
    for contract in contracts {
        let _ = writeln!(text, "  {0}: {0};", contract.name);
    }
    text.push_str("}\n\nexport type EventName = keyof Events;\n\n");
    text.push_str("/** Any event; `detail-type` tells which. */\nexport type AnyEvent =");
    for contract in contracts {
        let _ = write!(text, "\n  | {}Event", contract.name);
    }
    text.push_str(";\n\n/** Who announces an event: the `source` to match in a rule. */\n");
    text.push_str("export const SOURCES: Record<EventName, string> = {\n");
    for contract in contracts {
        let _ = writeln!(text, "  {}: \"{}\",", contract.name, contract.source);
    }
    text.push_str("};\n\n/** The version of an event's data that these types describe. */\n");
    text.push_str("export const VERSIONS: Record<EventName, number> = {\n");
    for contract in contracts {
        let _ = writeln!(text, "  {}: {},", contract.name, contract.version);
    }
    text.push_str("};\n");
    Ok(text)
}

/// `socket.ts`: what a client of the WebSocket sends and receives.
pub fn socket() -> Result<String, Unknown> {
    let mut text = String::from(HEAD);
    let mut written = BTreeSet::new();
    for (name, schema) in socket_schemas() {
        for definition in definitions(&schema)? {
            // Both directions have a `Verdict`, and they are not the same one.
            let other = |d: &Definition| name == "SocketCommand" && d.name == "Verdict";
            let definition = if other(&definition) {
                renamed(definition)
            } else {
                definition
            };
            if written.insert(definition.name.clone()) {
                write_definition(&mut text, &with_renamed(definition, name));
            }
        }
        let about = crate::shape::about(&schema);
        let whole = Definition {
            name: name.into(),
            about,
            shape: shape(&schema)?,
        };
        write_definition(&mut text, &whole);
    }
    Ok(text)
}

fn renamed(mut definition: Definition) -> Definition {
    definition.name = "Choice".into();
    definition
}

fn with_renamed(mut definition: Definition, of: &str) -> Definition {
    if of == "SocketCommand" {
        rename(&mut definition.shape);
    }
    definition
}

fn rename(shape: &mut Shape) {
    match shape {
        Shape::Named(name) if name == "Verdict" => *name = "Choice".into(),
        Shape::List(item) => rename(item),
        Shape::Object(fields) => fields.iter_mut().for_each(|field| rename(&mut field.shape)),
        Shape::Union(shapes) => shapes.iter_mut().for_each(rename),
        _ => {}
    }
}

fn write_definition(text: &mut String, definition: &Definition) {
    text.push('\n');
    write_about(text, &definition.about, "");
    let name = &definition.name;
    let _ = match &definition.shape {
        Shape::Object(fields) => writeln!(text, "export interface {name} {}", object(fields, "")),
        other => writeln!(text, "export type {name} = {};", written(other, "")),
    };
}

fn write_about(text: &mut String, about: &str, indent: &str) {
    if !about.is_empty() {
        let _ = writeln!(text, "{indent}/** {} */", about.replace("*/", "* /"));
    }
}

fn object(fields: &[Field], indent: &str) -> String {
    let inner = format!("{indent}  ");
    let mut text = String::from("{\n");
    for field in fields {
        write_about(&mut text, &field.about, &inner);
        let mark = if field.required { "" } else { "?" };
        let _ = writeln!(
            text,
            "{inner}{}{mark}: {};",
            field.name,
            written(&field.shape, &inner)
        );
    }
    let _ = write!(text, "{indent}}}");
    text
}

fn written(shape: &Shape, indent: &str) -> String {
    match shape {
        Shape::Named(name) => name.clone(),
        Shape::Text => "string".into(),
        Shape::Integer | Shape::Number => "number".into(),
        Shape::Boolean => "boolean".into(),
        Shape::Null => "null".into(),
        Shape::Anything => "unknown".into(),
        Shape::Literal(values) => {
            let values: Vec<_> = values.iter().map(ToString::to_string).collect();
            values.join(" | ")
        }
        Shape::List(item) => match item.as_ref() {
            Shape::Named(name) => format!("{name}[]"),
            Shape::Text => "string[]".into(),
            item => format!("Array<{}>", written(item, indent)),
        },
        Shape::Object(fields) => object(fields, indent),
        Shape::Union(shapes) => {
            let shapes: Vec<_> = shapes.iter().map(|shape| written(shape, indent)).collect();
            shapes.join(" | ")
        }
    }
}
