//! `StartAt` and `States`: every name leads to a state, some state is an end, every state can be reached, no name is
//! used twice, and no inner flow assigns a variable of an outer one.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::Fields;
use super::state;
use crate::states::definition::{DefinitionError, Flow, Kind, Next, State};
use crate::states::template::Template;

/// What has been named so far.
#[derive(Default)]
pub struct Names {
    /// States of the whole machine: AWS wants their names unique across all flows.
    states: BTreeSet<String>,
    /// Variables that the flows around this one assign.
    outer_variables: BTreeSet<String>,
}

pub fn read(fields: &mut Fields<'_>, names: &mut Names) -> Result<Flow, DefinitionError> {
    let outside = |reason: String| DefinitionError { state: None, reason };
    let start_at = fields.required_text("StartAt").map_err(outside)?.to_owned();
    let states = fields
        .take("States")
        .ok_or_else(|| outside("States is missing".into()))?;
    let states = states
        .as_object()
        .ok_or_else(|| outside("States must be an object".into()))?;
    if states.is_empty() {
        return Err(outside("States is empty".into()));
    }
    let mut own_variables = BTreeSet::new();
    for value in states.values() {
        state::assigned_names(value, &mut own_variables);
    }
    let mut read = BTreeMap::new();
    for (name, value) in states {
        check_name(name, names)?;
        check_variables(name, value, &names.outer_variables)?;
        let outer = names.outer_variables.clone();
        names.outer_variables.extend(own_variables.iter().cloned());
        let state = state::read(name, value, names)?;
        names.outer_variables = outer;
        read.insert(name.clone(), state);
    }
    let flow = Flow {
        start_at,
        states: read,
    };
    check_names_lead_somewhere(&flow)?;
    check_ends(&flow)?;
    check_reachable(&flow)?;
    Ok(flow)
}

fn check_name(name: &str, names: &mut Names) -> Result<(), DefinitionError> {
    let fault = |reason: &str| {
        Err(DefinitionError {
            state: Some(name.to_owned()),
            reason: reason.to_owned(),
        })
    };
    if name.is_empty() || name.chars().count() > 80 {
        return fault("a state's name has 1 to 80 characters");
    }
    if !names.states.insert(name.to_owned()) {
        return fault("the name is used by another state of this machine");
    }
    Ok(())
}

fn check_variables(
    name: &str,
    value: &serde_json::Value,
    outer: &BTreeSet<String>,
) -> Result<(), DefinitionError> {
    let mut assigned = BTreeSet::new();
    state::assigned_names(value, &mut assigned);
    let fault = |reason: String| {
        Err(DefinitionError {
            state: Some(name.to_owned()),
            reason,
        })
    };
    for variable in assigned {
        if outer.contains(&variable) {
            return fault(format!(
                "Assign: the variable `{variable}` belongs to the flow around this one"
            ));
        }
        if variable == "states" || variable.starts_with('_') || !is_identifier(&variable) {
            return fault(format!("Assign: `{variable}` cannot name a variable"));
        }
    }
    Ok(())
}

fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    let starts = characters.next().is_some_and(char::is_alphabetic);
    starts
        && characters.all(|character| character.is_alphanumeric() || character == '_')
        && name.chars().count() <= 80
}

/// Every state that `state` can go to, with the field that says so.
fn exits(state: &State) -> Vec<(&'static str, &str)> {
    let mut exits: Vec<_> = state
        .catch
        .iter()
        .map(|catcher| ("Catch", catcher.next.as_str()))
        .collect();
    if let Next::State(next) = &state.next {
        exits.push(("Next", next));
    }
    if let Kind::Choice { rules, default } = &state.kind {
        exits.extend(rules.iter().map(|rule| ("Choices", rule.next.as_str())));
        exits.extend(default.iter().map(|next| ("Default", next.as_str())));
    }
    exits
}

fn check_names_lead_somewhere(flow: &Flow) -> Result<(), DefinitionError> {
    if !flow.states.contains_key(&flow.start_at) {
        let reason = format!("StartAt: there is no state `{}` here", flow.start_at);
        return Err(DefinitionError { state: None, reason });
    }
    for (name, state) in &flow.states {
        for (field, next) in exits(state) {
            if !flow.states.contains_key(next) {
                let reason = format!("{field}: there is no state `{next}` here");
                return Err(DefinitionError {
                    state: Some(name.clone()),
                    reason,
                });
            }
        }
    }
    Ok(())
}

/// AWS's words and, as there, no state is named: it is the flow as a whole that cannot end.
fn check_ends(flow: &Flow) -> Result<(), DefinitionError> {
    if flow.states.values().any(|state| state.next == Next::End) {
        return Ok(());
    }
    Err(DefinitionError {
        state: None,
        reason: "Workflow has no terminal state".into(),
    })
}

fn check_reachable(flow: &Flow) -> Result<(), DefinitionError> {
    let mut reached = BTreeSet::from([flow.start_at.as_str()]);
    let mut open = vec![flow.start_at.as_str()];
    while let Some(state) = open.pop().and_then(|name| flow.states.get(name)) {
        for (_, next) in exits(state) {
            if reached.insert(next) {
                open.push(next);
            }
        }
    }
    match flow.states.keys().find(|name| !reached.contains(name.as_str())) {
        Some(name) => Err(DefinitionError {
            state: Some(name.clone()),
            reason: "no state leads to it".into(),
        }),
        None => Ok(()),
    }
}

/// An `Assign` is an object of variables.
pub fn check_assign(assign: Option<&Template>) -> Result<(), String> {
    match assign {
        None | Some(Template::Object(_)) => Ok(()),
        Some(_) => Err("Assign must be an object".into()),
    }
}
