//! What an expression of a state can see: variables from the inside out, and `$states`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::frames::{Branch, Item, Position};
use super::{Failure, Machine};
use crate::states::jsonata::{Surroundings, Variables};
use crate::states::template::Template;

/// The variables of one flow, and of those around it.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub variables: &'a BTreeMap<String, Value>,
    pub item: Option<&'a Item>,
    pub outer: Option<&'a Scope<'a>>,
}

impl Variables for Scope<'_> {
    fn lookup(&self, name: &str) -> Option<&Value> {
        self.variables
            .get(name)
            .or_else(|| self.outer.and_then(|outer| outer.lookup(name)))
    }
}

impl<'a> Scope<'a> {
    pub fn of(branch: &'a Branch, outer: Option<&'a Scope<'a>>) -> Self {
        Self {
            variables: &branch.variables,
            item: branch.item.as_ref(),
            outer,
        }
    }

    fn nearest_item(&self) -> Option<&Item> {
        self.item.or_else(|| self.outer.and_then(Scope::nearest_item))
    }
}

/// The members of `$states` that only some fields have.
#[derive(Default)]
pub struct Extras<'a> {
    pub result: Option<&'a Value>,
    pub error_output: Option<&'a Value>,
    pub token: Option<&'a str>,
    /// For a Map's ItemSelector: the item about to be processed.
    pub item: Option<&'a Item>,
}

impl Machine<'_> {
    /// Evaluates a field of the state at `at`.
    pub(super) fn evaluate(
        &mut self,
        template: &Template,
        field: &str,
        at: &Position,
        scope: &Scope<'_>,
        extras: &Extras<'_>,
    ) -> Result<Value, Failure> {
        let states = self.states(at, scope, extras);
        let draw = self.draw();
        let around = Surroundings {
            variables: scope,
            states: &states,
            now: self.now,
            draw,
        };
        Ok(template.evaluate(&around, field)?)
    }

    fn states(&self, at: &Position, scope: &Scope<'_>, extras: &Extras<'_>) -> Value {
        let mut states = Map::new();
        states.insert("input".into(), at.input.clone());
        states.insert("context".into(), self.context(at, scope, extras));
        if let Some(result) = extras.result {
            states.insert("result".into(), result.clone());
        }
        if let Some(error_output) = extras.error_output {
            states.insert("errorOutput".into(), error_output.clone());
        }
        Value::Object(states)
    }

    /// The context object.
    fn context(&self, at: &Position, scope: &Scope<'_>, extras: &Extras<'_>) -> Value {
        let facts = self.facts;
        let mut context = json!({
            "Execution": {
                "Id": facts.execution_arn,
                "Input": facts.input,
                "StartTime": moment(facts.started_at),
                "Name": facts.execution_name,
                "RoleArn": facts.role_arn,
                "RedriveCount": 0,
            },
            "State": { "EnteredTime": moment(at.entered_at), "Name": at.state, "RetryCount": at.retry_count() },
            "StateMachine": { "Id": facts.machine_arn, "Name": facts.machine_name },
        });
        if let Some(token) = extras.token {
            context["Task"] = json!({ "Token": token });
        }
        if let Some(item) = extras.item.or_else(|| scope.nearest_item()) {
            context["Map"] = json!({ "Item": { "Index": item.index, "Value": item.value } });
        }
        context
    }
}

/// As AWS writes moments in the context object: UTC with milliseconds.
fn moment(at: jiff::Timestamp) -> String {
    format!("{at:.3}")
}
