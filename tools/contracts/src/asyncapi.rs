//! An AsyncAPI 3 document of the bus and of the WebSocket: what Sojourn sends and receives, with every schema and an
//! example of every event.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::older_drafts::{Draft, definitions, translate};
use crate::source::{BUS, Contract, on_the_bus, socket_schemas};

const PLACE: &str = "#/components/schemas/";
/// Definitions of the socket that share a name with a different one of the events.
const OF_THE_SOCKET: &str = "Socket";

pub fn document(contracts: &[Contract]) -> Value {
    let mut schemas = Map::new();
    let mut messages = Map::new();
    for contract in contracts {
        schemas.extend(definitions(&contract.schema, Draft::Seven, PLACE));
        messages.insert(contract.name.into(), event_message(contract));
    }
    for (name, schema) in socket_schemas() {
        add_socket_schema(name, &schema, &mut schemas);
        messages.insert(name.into(), socket_message(name, &schema));
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Sojourn",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Business travel from one plain sentence. Every step is an event on the bus; people speak \
                            with it over a WebSocket. Delivery is at least once and in no particular order: remember \
                            meta.aggregateId with meta.sequence.",
            "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
        },
        "defaultContentType": "application/json",
        "servers": servers(),
        "channels": channels(contracts),
        "operations": operations(contracts),
        "components": { "messages": messages, "schemas": schemas },
    })
}

fn servers() -> Value {
    let region = json!({ "default": "eu-west-1", "description": "The AWS region." });
    json!({
        "bus": {
            "host": "events.{region}.amazonaws.com",
            "protocol": "eventbridge",
            "description": "Amazon EventBridge; subscribe by a rule on the bus.",
            "variables": { "region": region },
        },
        "sockets": {
            "host": "{api}.execute-api.{region}.amazonaws.com",
            "pathname": "/{stage}",
            "protocol": "wss",
            "description": "JSON text frames; the session token goes into Sec-WebSocket-Protocol.",
            "variables": {
                "api": { "description": "The API's id, an output of the stack." },
                "region": region,
                "stage": { "default": "live" },
            },
        },
    })
}

fn channels(contracts: &[Contract]) -> Value {
    let reference = |name: &str| json!({ "$ref": format!("#/components/messages/{name}") });
    let events: Map<_, _> = contracts
        .iter()
        .map(|contract| (contract.name.to_owned(), reference(contract.name)))
        .collect();
    let frames: Map<_, _> = socket_schemas()
        .iter()
        .map(|(name, _)| ((*name).to_owned(), reference(name)))
        .collect();
    json!({
        "bus": {
            "address": BUS,
            "description": "The custom event bus; a stack of another name has <stack>-bus.",
            "servers": [{ "$ref": "#/servers/bus" }],
            "messages": events,
        },
        "socket": {
            "address": "/",
            "servers": [{ "$ref": "#/servers/sockets" }],
            "messages": frames,
        },
    })
}

/// One per producer, and the two directions of the socket.
fn operations(contracts: &[Contract]) -> Value {
    let mut by_producer: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for contract in contracts {
        let reference = json!({ "$ref": format!("#/channels/bus/messages/{}", contract.name) });
        by_producer
            .entry(contract.event.producer.name())
            .or_default()
            .push(reference);
    }
    let mut operations = Map::new();
    for (producer, messages) in by_producer {
        let operation = json!({
            "action": "send",
            "channel": { "$ref": "#/channels/bus" },
            "summary": format!("What {producer} announces."),
            "messages": messages,
        });
        operations.insert(format!("{producer}Announces"), operation);
    }
    for (name, action, message) in [
        ("takeCommand", "receive", "SocketCommand"),
        ("sendFrame", "send", "SocketFrame"),
    ] {
        let operation = json!({
            "action": action,
            "channel": { "$ref": "#/channels/socket" },
            "messages": [{ "$ref": format!("#/channels/socket/messages/{message}") }],
        });
        operations.insert(name.into(), operation);
    }
    Value::Object(operations)
}

fn event_message(contract: &Contract) -> Value {
    let text = json!({ "type": "string" });
    json!({
        "name": contract.name,
        "title": contract.name,
        "summary": contract.schema["description"],
        "payload": {
            "type": "object",
            "required": ["source", "detail-type", "detail", "id", "time"],
            "properties": {
                "version": text,
                "id": text,
                "detail-type": { "type": "string", "const": contract.name },
                "source": { "type": "string", "const": contract.source },
                "account": text,
                "time": { "type": "string", "format": "date-time" },
                "region": text,
                "resources": { "type": "array", "items": text },
                "replay-name": { "description": "Present on a replayed event.", "type": "string" },
                "detail": translate(&without_title(&contract.schema), Draft::Seven, PLACE),
            },
        },
        "examples": [{ "name": contract.name, "payload": on_the_bus(&contract.example) }],
    })
}

fn socket_message(name: &str, schema: &Value) -> Value {
    json!({
        "name": name,
        "title": name,
        "summary": schema["description"],
        "payload": { "$ref": format!("{PLACE}{name}") },
    })
}

/// The definitions under their own names, or under the socket's where an event's says something else.
fn add_socket_schema(name: &str, schema: &Value, schemas: &mut Map<String, Value>) {
    let own = definitions(schema, Draft::Seven, PLACE);
    let clashing: Vec<_> = own
        .iter()
        .filter(|(name, schema)| schemas.get(*name).is_some_and(|other| other != *schema))
        .map(|(name, _)| name.clone())
        .collect();
    let mut added = own;
    added.insert(
        name.into(),
        translate(&without_title(schema), Draft::Seven, PLACE),
    );
    for (name, mut schema) in added {
        rename(&mut schema, &clashing);
        let prefix = if clashing.contains(&name) {
            OF_THE_SOCKET
        } else {
            ""
        };
        schemas.insert(format!("{prefix}{name}"), schema);
    }
}

fn rename(schema: &mut Value, names: &[String]) {
    match schema {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            let name = reference
                .and_then(|reference| reference.strip_prefix(PLACE))
                .map(str::to_owned);
            if let Some(name) = name.filter(|name| names.contains(name)) {
                members.insert("$ref".into(), format!("{PLACE}{OF_THE_SOCKET}{name}").into());
            }
            members.values_mut().for_each(|member| rename(member, names));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, names)),
        _ => {}
    }
}

fn without_title(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(members) = schema.as_object_mut() {
        members.remove("title");
    }
    schema
}
