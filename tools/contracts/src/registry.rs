//! The form that the EventBridge schema registry takes: Draft 4 of the whole event, and the template that registers
//! every schema. A schema's `Content` is a string, which is why this part of the template is generated.

use serde_json::{Value, json};

use crate::older_drafts::{Draft, definitions, translate};
use crate::source::Contract;

const PLACE: &str = "#/definitions/";

/// Draft 4 of the event as EventBridge hands it over, `detail` and all.
pub fn schema(contract: &Contract) -> Value {
    let mut defined = definitions(&contract.schema, Draft::Four, PLACE);
    let mut detail = translate(&contract.schema, Draft::Four, PLACE);
    if let Some(members) = detail.as_object_mut() {
        members.remove("title");
        members.remove("description");
    }
    defined.insert("Detail".into(), detail);
    json!({
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": contract.name,
        "description": contract.schema["description"],
        "x-amazon-events-detail-type": contract.name,
        "x-amazon-events-source": contract.source,
        "type": "object",
        "required": ["detail-type", "resources", "detail", "id", "source", "time", "region", "version", "account"],
        "properties": {
            "version": { "type": "string" },
            "id": { "type": "string" },
            "detail-type": { "type": "string", "enum": [contract.name] },
            "source": { "type": "string", "enum": [contract.source] },
            "account": { "type": "string" },
            "time": { "type": "string", "format": "date-time" },
            "region": { "type": "string" },
            "resources": { "type": "array", "items": { "type": "string" } },
            "replay-name": { "description": "Present on a replayed event.", "type": "string" },
            "detail": { "$ref": "#/definitions/Detail" },
        },
        "definitions": defined,
    })
}

/// A template of its own, nested in the stack's: the registry and one schema per event.
pub fn template(contracts: &[Contract]) -> Value {
    let mut resources = serde_json::Map::new();
    resources.insert(
        "Registry".into(),
        json!({
            "Type": "AWS::EventSchemas::Registry",
            "Properties": {
                "RegistryName": { "Ref": "RegistryName" },
                "Description": "The events of Sojourn, as its Rust types say.",
            },
        }),
    );
    for contract in contracts {
        resources.insert(format!("{}Schema", contract.name), resource(contract));
    }
    json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The schema registry of Sojourn's bus. Generated: cargo run -- contracts generate",
        "Parameters": {
            "RegistryName": { "Type": "String", "Description": "What the registry is called." },
        },
        "Resources": resources,
    })
}

fn resource(contract: &Contract) -> Value {
    json!({
        "Type": "AWS::EventSchemas::Schema",
        "Properties": {
            "RegistryName": { "Fn::GetAtt": ["Registry", "RegistryName"] },
            "SchemaName": format!("{}@{}", contract.source, contract.name),
            "Type": "JSONSchemaDraft4",
            "Description": shortened(contract.schema["description"].as_str().unwrap_or_default()),
            "Content": schema(contract).to_string(),
        },
    })
}

/// The registry takes 256 characters.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(255) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
