//! What is generated below `events-schema/` is what the Rust types say.

use contracts::{committed, generated};
use events_schema::catalogue::catalogue;
use events_schema::socket;

use crate::repository::root;

const REWRITE: &str = "cargo run -- contracts generate";

/// With `UPDATE_CONTRACTS` set it rewrites what differs, as the command does.
#[test]
fn what_is_committed_is_what_the_types_say() {
    let consumers = committed::consumers(root()).expect("rules");
    let generated = generated(&consumers).unwrap_or_else(|error| panic!("{error}"));
    if update_wanted() {
        committed::write(root(), &generated).expect("the files can be written");
    }
    let differing = committed::differing(root(), &generated).expect("the files can be read");
    assert!(
        differing.is_empty(),
        "rewrite with `{REWRITE}`:\n{}",
        differing.join("\n")
    );
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

#[allow(
    clippy::disallowed_methods,
    reason = "a test asks its caller, nobody else could tell it"
)]
fn update_wanted() -> bool {
    std::env::var("UPDATE_CONTRACTS").is_ok()
}
