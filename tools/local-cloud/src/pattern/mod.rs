//! Amazon EventBridge's event pattern language: which JSON documents does a pattern select?
//!
//! The whole language is here (exact values, prefix, suffix, equals-ignore-case, wildcard, anything-but and its
//! nested forms, numeric, exists, cidr, `$or`), because rules, archives and stream filters all speak it and no
//! crate offers all of it. Fields of a pattern are joined by *and*, values in one array by *or*.
//!
//! An array in an event matches when one of its elements does. If several fields lead through the same array, the
//! same element must satisfy all of them. `$or` is multiplied out when the pattern is parsed, so that this also
//! holds between a field inside `$or` and one outside it.
//!
//! This module knows nothing of buses, rules or AWS calls.

mod compile;
mod operators;
#[cfg(test)]
mod tests;
mod value;

use serde_json::Value;

use compile::Alternative;

/// The longest pattern EventBridge takes for a rule, in characters.
pub const MAX_RULE_PATTERN: usize = 2_048;
/// The longest pattern Lambda takes for an event source mapping and EventBridge for an archive, in characters.
pub const MAX_FILTER_PATTERN: usize = 4_096;

/// A parsed pattern, ready to be matched against any number of documents.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// One per way through the pattern's `$or`s; never empty.
    alternatives: Vec<Alternative>,
    text: String,
}

/// Why a pattern is not one. `Display` reads as EventBridge's InvalidEventPatternException does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Event pattern is not valid. Reason: {reason}{}", self.place())]
pub struct PatternError {
    /// The field it is about, as names joined by dots; empty for the pattern as a whole.
    pub field: String,
    pub reason: String,
}

impl PatternError {
    fn place(&self) -> String {
        if self.field.is_empty() {
            String::new()
        } else {
            format!(" at {}", self.field)
        }
    }
}

/// What a pattern can be parsed from: JSON text as the API takes it, or a document as a template holds it.
pub trait PatternSource {
    /// The document, and the text whose length counts against the limit.
    fn read(&self) -> Result<(Value, String), PatternError>;
}

impl PatternSource for str {
    fn read(&self) -> Result<(Value, String), PatternError> {
        let document = serde_json::from_str(self).map_err(|error| PatternError {
            field: String::new(),
            reason: format!("not JSON: {error}"),
        })?;
        Ok((document, self.to_owned()))
    }
}

impl PatternSource for Value {
    fn read(&self) -> Result<(Value, String), PatternError> {
        Ok((self.clone(), self.to_string()))
    }
}

impl Pattern {
    /// Parses a rule's pattern: at most [`MAX_RULE_PATTERN`] characters.
    pub fn parse<S: PatternSource + ?Sized>(source: &S) -> Result<Self, PatternError> {
        Self::parse_within(source, MAX_RULE_PATTERN)
    }

    /// Parses a pattern of at most `limit` characters.
    pub fn parse_within<S: PatternSource + ?Sized>(source: &S, limit: usize) -> Result<Self, PatternError> {
        let (document, text) = source.read()?;
        let length = text.chars().count();
        if length > limit {
            let reason = format!("{length} characters, the limit is {limit}");
            return Err(PatternError {
                field: String::new(),
                reason,
            });
        }
        Ok(Self {
            alternatives: compile::compile(&document)?,
            text,
        })
    }

    /// Whether the pattern selects `event`.
    pub fn matches(&self, event: &Value) -> bool {
        self.alternatives
            .iter()
            .any(|alternative| alternative.matches(event))
    }

    /// The pattern as JSON text, as it was given (for a document: without white space).
    pub fn text(&self) -> &str {
        &self.text
    }
}
