//! Typing and checking what a document says. A policy that is malformed or contradicts itself is refused as a whole,
//! with every problem found: half a policy would be worse than the old one.

pub(crate) mod contradictions;
pub(crate) mod limits;

use std::collections::{BTreeMap, BTreeSet};

use events_schema::ids::{ClauseId, PolicyVersion, RuleId};
use events_schema::rows::{PolicyRules, Rule, StrictDefaults};
use iso_currency::Currency;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use crate::parser::{Document, RuleText, Unreadable};

/// More than a person would read at once.
const MOST_PROBLEMS: usize = 5;

/// The `policy` block.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Settings {
    currency: Currency,
    #[serde(default)]
    rates: BTreeMap<String, Decimal>,
    strict: StrictDefaults,
}

/// The rules of a parsed document, every one citing a clause that exists.
pub fn read_rules(version: &PolicyVersion, document: &Document) -> Result<PolicyRules, Unreadable> {
    let settings = document.settings.clone().ok_or_else(|| {
        Unreadable("there is no policy block: add one with currency, rates and strict defaults".into())
    })?;
    let settings: Settings = serde_json::from_value(settings)
        .map_err(|error| Unreadable(format!("the policy block cannot be read: {error}")))?;
    if document.rules.is_empty() {
        return Err(Unreadable(
            "there is no typed rule: add rules blocks under the clauses they come from".into(),
        ));
    }
    let mut problems = Vec::new();
    let rules = document
        .rules
        .iter()
        .enumerate()
        .filter_map(|(position, rule)| {
            read_rule(position, rule)
                .map_err(|problem| problems.push(problem))
                .ok()
        })
        .collect();
    let rules = PolicyRules {
        version: version.clone(),
        currency: settings.currency,
        rates: settings.rates,
        strict: settings.strict,
        rules,
    };
    problems.extend(unknown_clauses(&rules, document));
    problems.extend(repeated_ids(&rules.rules));
    problems.extend(limits::problems(&rules));
    problems.extend(contradictions::problems(&rules.rules));
    if problems.is_empty() {
        return Ok(rules);
    }
    let more = problems.len().saturating_sub(MOST_PROBLEMS);
    problems.truncate(MOST_PROBLEMS);
    if more > 0 {
        problems.push(format!("and {more} more"));
    }
    Err(Unreadable(problems.join("; ")))
}

fn read_rule(position: usize, text: &RuleText) -> Result<Rule, String> {
    let mut json = text.rule.clone();
    let name = json["id"].as_str().map_or_else(
        || format!("the {}. rule", position + 1),
        |id| format!("rule {id}"),
    );
    if let (Some(fields), Some(clause)) = (json.as_object_mut(), &text.under) {
        fields
            .entry("clause")
            .or_insert_with(|| Value::String(clause.to_string()));
    }
    let rule: Rule =
        serde_json::from_value(json.clone()).map_err(|error| format!("{name} cannot be read: {error}"))?;
    // Flattening keeps serde from refusing unknown fields, and a misspelt optional field would weaken the rule unseen.
    let known = serde_json::to_value(&rule).map_err(|error| format!("{name} cannot be read: {error}"))?;
    match unknown_field(&json, &known) {
        Some(field) => Err(format!(
            "{name} has a field {field} that rules of its kind do not have"
        )),
        None => Ok(rule),
    }
}

/// The first field of `given` that reading did not keep.
fn unknown_field(given: &Value, known: &Value) -> Option<String> {
    match (given, known) {
        (Value::Object(given), Value::Object(known)) => {
            given.iter().find_map(|(field, value)| match known.get(field) {
                None => Some(field.clone()),
                Some(known) => unknown_field(value, known).map(|inner| format!("{field}.{inner}")),
            })
        }
        (Value::Array(given), Value::Array(known)) => given
            .iter()
            .zip(known)
            .find_map(|(given, known)| unknown_field(given, known)),
        _ => None,
    }
}

fn unknown_clauses(rules: &PolicyRules, document: &Document) -> Vec<String> {
    let exists = |clause: &ClauseId| document.clauses.iter().any(|known| known.id == *clause);
    let strict = (!exists(&rules.strict.clause)).then(|| {
        format!(
            "the strict defaults cite clause {}, which the document does not have",
            rules.strict.clause
        )
    });
    let cited = rules
        .rules
        .iter()
        .filter(|rule| !exists(&rule.clause))
        .map(|rule| {
            format!(
                "rule {} cites clause {}, which the document does not have",
                rule.id, rule.clause
            )
        });
    strict.into_iter().chain(cited).collect()
}

fn repeated_ids(rules: &[Rule]) -> Vec<String> {
    let mut seen: BTreeSet<&RuleId> = BTreeSet::new();
    rules
        .iter()
        .filter(|rule| !seen.insert(&rule.id))
        .map(|rule| format!("two rules are called {}: give each a name of its own", rule.id))
        .collect()
}

#[cfg(test)]
mod tests;
