//! The files under `events-schema/schemas` and `events-schema/examples` are what the Rust types say.

use std::collections::BTreeMap;

use events_schema::catalogue::catalogue;
use events_schema::socket;
use serde::Serialize;

use crate::repository::{entries, root};

const REWRITE: &str = "UPDATE_CONTRACTS=1 cargo test -p sojourn-tests contract::schemas";

/// File contents by path.
type Files = BTreeMap<String, String>;

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    let mut expected = Files::new();
    for event in catalogue() {
        expected.insert(format!("{}.json", event.name), pretty(&event.schema()));
    }
    expected.insert("socket-command.json".into(), pretty(&socket::command_schema()));
    expected.insert("socket-frame.json".into(), pretty(&socket::frame_schema()));
    compare("events-schema/schemas", &expected);
}

#[test]
fn the_committed_examples_are_those_of_the_types() {
    let examples = catalogue()
        .into_iter()
        .map(|event| (format!("{}.json", event.name), pretty(&event.example())))
        .collect();
    compare("events-schema/examples", &examples);
}

#[test]
fn every_schema_says_what_it_is_of() {
    let schemas = catalogue().into_iter().map(|event| (event.name, event.schema()));
    let socket = [
        ("SocketCommand", socket::command_schema()),
        ("SocketFrame", socket::frame_schema()),
    ];
    for (name, schema) in schemas.chain(socket) {
        let text = |key: &str| {
            schema
                .get(key)
                .and_then(|value| value.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        assert_eq!(
            text("$schema"),
            "https://json-schema.org/draft/2020-12/schema",
            "{name}"
        );
        assert_eq!(text("title"), name);
        assert!(
            !text("description").is_empty(),
            "{name} has no description: document the type"
        );
    }
}

/// Fails on every file that differs, is missing or is left over; with `UPDATE_CONTRACTS` set it rewrites them.
fn compare(folder: &str, expected: &Files) {
    let path = root().join(folder);
    if update_wanted() {
        std::fs::create_dir_all(&path).expect("the folder can be made");
        for name in entries(folder)
            .iter()
            .filter(|name| !expected.contains_key(*name))
        {
            std::fs::remove_file(path.join(name)).expect("a left-over file can be removed");
        }
        for (name, text) in expected {
            std::fs::write(path.join(name), text).expect("the file can be written");
        }
    }
    let mut differing: Vec<String> = entries(folder)
        .into_iter()
        .filter(|name| !expected.contains_key(name))
        .map(|name| format!("{folder}/{name}: no such type"))
        .collect();
    for (name, text) in expected {
        match std::fs::read_to_string(path.join(name)) {
            Ok(found) if found == *text => {}
            Ok(_) => differing.push(format!("{folder}/{name}: differs")),
            Err(error) => differing.push(format!("{folder}/{name}: {error}")),
        }
    }
    assert!(
        differing.is_empty(),
        "rewrite with `{REWRITE}`:\n{}",
        differing.join("\n")
    );
}

#[allow(
    clippy::disallowed_methods,
    reason = "a test asks its caller, nobody else could tell it"
)]
fn update_wanted() -> bool {
    std::env::var("UPDATE_CONTRACTS").is_ok()
}

fn pretty(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value).expect("contracts are JSON");
    format!("{text}\n")
}
