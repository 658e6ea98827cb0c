//! The pattern language against tables of cases, and against quamina where that speaks the same language.
//! It cannot tell whether AWS itself agrees: the tables follow its documentation.

mod differential;
mod rejected;
mod selected;

use serde_json::Value;

use super::Pattern;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn selects(pattern: &str, event: &str) -> bool {
    Pattern::parse(pattern)
        .unwrap_or_else(|error| panic!("{error}: {pattern}"))
        .matches(&json(event))
}
