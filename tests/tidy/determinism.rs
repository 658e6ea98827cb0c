//! Clock, randomness and configuration reach a function through its dependencies: a run can then be repeated from its
//! seed. One ambient call anywhere would end that, and could not be found later.

use super::source::{nowhere, sources};
use crate::repository::read;

/// Code, and what to use instead.
const BANNED: &[(&str, &str)] = &[
    ("Timestamp::now(", "the `Clock` you were given"),
    ("Zoned::now(", "the `Clock` you were given"),
    ("SystemTime::now(", "the `Clock` you were given"),
    ("Utc::now(", "the `Clock` you were given"),
    (
        "std::time::Instant",
        "`tokio::time::Instant`, which a test can pause",
    ),
    ("Uuid::new_v4(", "an id derived from what caused it"),
    ("Uuid::now_v7(", "an id derived from what caused it"),
    ("env::var(", "`Runtime::setting`"),
    ("env::vars(", "`Runtime::setting`"),
    ("env::var_os(", "`Runtime::setting`"),
    (
        "spawn_blocking(",
        "an await: a blocking thread runs outside the simulation",
    ),
    ("block_in_place(", "an await"),
    ("thread::spawn(", "a task"),
    ("thread::sleep(", "`tokio::time::sleep`"),
    ("rand::", "a value derived from the event"),
];

/// Where the real world is read on behalf of everybody else.
const ALLOWED: &[(&str, &str)] = &[
    ("services/lambda-host/src/runtime.rs", "Timestamp::now("),
    ("services/lambda-host/src/run.rs", "env::vars("),
];

#[test]
fn nothing_below_main_reads_the_ambient_world() {
    let sources = sources(&["services", "events-schema"]);
    for (code, instead) in BANNED {
        let places = sources
            .iter()
            .filter(|source| !ALLOWED.contains(&(source.path.as_str(), code)))
            .flat_map(|source| source.places_of(code))
            .collect();
        nowhere(&format!("`{code}` is banned, use {instead}"), places);
    }
}

#[test]
fn the_exceptions_are_still_needed() {
    let sources = sources(&["services/lambda-host"]);
    for (path, code) in ALLOWED {
        let source = sources
            .iter()
            .find(|source| source.path == *path)
            .unwrap_or_else(|| panic!("{path} is gone"));
        assert!(
            !source.places_of(code).is_empty(),
            "{path} does without `{code}`: take it off the list"
        );
    }
}

#[test]
fn clippy_is_not_told_to_look_away() {
    let allowed: Vec<_> = ALLOWED.iter().map(|(path, _)| *path).collect();
    let places = sources(&["services", "events-schema"])
        .iter()
        .filter(|source| !allowed.contains(&source.path.as_str()))
        .flat_map(|source| source.places_of("disallowed_methods"))
        .collect();
    nowhere(
        "only the two places that read the real world allow banned methods",
        places,
    );
}

#[test]
fn clippy_bans_the_same_with_a_reason_each() {
    let bans = read(".clippy.toml");
    let paths = [
        "env::var\"", "SystemTime::now", "Instant::now", "Timestamp::now", "Uuid::new_v4", "spawn_blocking",
    ];
    for path in paths {
        let line = bans
            .lines()
            .find(|line| line.contains(path))
            .unwrap_or_else(|| panic!("{path} is not banned"));
        assert!(line.contains("reason = \""), "{path} is banned without a reason");
    }
}
