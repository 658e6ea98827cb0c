//! The document as AsyncAPI's own parser reads it.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::json;

use super::tools::{events_schema, node, scratch, words};

const SCRIPT: &str = r#"
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
const require = createRequire(process.argv[2] + "/");
const { Parser } = require("@asyncapi/parser");
const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[3], "utf8"));
const errors = diagnostics.filter((d) => d.severity === 0);
for (const d of errors.slice(0, 20)) console.log(d.code, d.path.join("/"), d.message);
if (errors.length > 0 || !document) process.exit(1);
const events = document.channels().get("bus").messages().all().length;
console.log(events + " events, " + document.operations().all().length + " operations");
for (const operation of document.operations().all()) {
  const messages = operation.messages().all().map((message) => message.name());
  console.log([operation.id(), operation.action(), ...messages].join(" "));
}
"#;

#[test]
fn its_own_parser_takes_the_document() {
    let said = parse(&events_schema().join("asyncapi/asyncapi.json")).expect("valid");
    let contracts = contracts::source::contracts();
    let producers: BTreeSet<_> = contracts.iter().map(|one| one.event.producer.name()).collect();
    // One for each producer, and the two directions of the socket.
    let expected = format!("{} events, {} operations\n", contracts.len(), producers.len() + 2);
    assert!(said.contains(&expected), "{said}");
    let has = |line: &str| said.lines().any(|said| said == line);
    for line in ["takeCommand receive SocketCommand", "sendFrame send SocketFrame"] {
        assert!(has(line), "{line} in\n{said}");
    }
    for producer in producers {
        let own = contracts
            .iter()
            .filter(|one| one.event.producer.name() == producer);
        let names: Vec<_> = own.map(|one| one.name).collect();
        let line = format!("{producer}Announces send {}", names.join(" "));
        assert!(has(&line), "{line} in\n{said}");
    }
}

/// The parser looks: what an operation sends must be on its channel.
#[test]
fn its_own_parser_refuses_a_message_that_is_nowhere() {
    let mut document = contracts::asyncapi::document(&contracts::source::contracts());
    let messages = &mut document["channels"]["bus"]["messages"];
    messages
        .as_object_mut()
        .expect("messages")
        .remove("BookingConfirmed");
    let path = scratch("asyncapi").join("asyncapi.json");
    std::fs::write(&path, document.to_string()).expect("a file below target");
    let said = parse(&path).expect_err("refused");
    assert!(said.contains("BookingConfirmed"), "{said}");
}

/// The parser does not look at examples in this version of the format: here they are held to Draft 7.
#[test]
fn every_example_fits_its_message() {
    let document = contracts::asyncapi::document(&contracts::source::contracts());
    for (name, message) in document["components"]["messages"].as_object().expect("messages") {
        let schema = json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "allOf": [message["payload"]],
            "components": document["components"],
        });
        let validator = jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
        for example in message["examples"].as_array().into_iter().flatten() {
            let mut payload = example["payload"].clone();
            assert!(validator.is_valid(&payload), "{name}");
            payload["detail"]["meta"]["sequence"] = json!("one");
            assert!(!validator.is_valid(&payload), "{name} takes anything");
        }
    }
}

fn parse(document: &std::path::Path) -> Result<String, String> {
    let modules = node();
    let script = modules.join("parse.mjs");
    std::fs::write(&script, SCRIPT).expect("a file below target");
    let mut command = Command::new("node");
    command.arg(&script).arg(&modules).arg(document);
    let output = command.output().unwrap_or_else(|error| panic!("node: {error}"));
    match output.status.success() {
        true => Ok(words(&output)),
        false => Err(words(&output)),
    }
}
