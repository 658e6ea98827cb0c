//! Walking a flow from state to state until it ends or must wait.

use serde_json::{Map, Value, json};

use super::frames::{Activity, Branch, Position};
use super::scope::{Extras, Scope};
use super::{Failure, Machine, within_limit};
use crate::states::definition::{Flow, Kind, Next, Rule, State, Wait};
use crate::states::history;
use crate::states::template::Template;
use crate::states::validate::MAX_SECONDS;

/// How far a line of control came.
pub enum Drive {
    Blocked,
    Done(Value),
    Failed(Failure),
}

/// How far a state came.
pub enum Turn<'a> {
    Blocked,
    /// It has moved on within itself: look again.
    Again,
    Finished(Box<Exit<'a>>),
}

impl<'a> Turn<'a> {
    pub fn finished(exit: Exit<'a>) -> Self {
        Self::Finished(Box::new(exit))
    }
}

/// How a state is left.
pub struct Exit<'a> {
    pub next: Option<&'a str>,
    pub assign: Option<&'a Template>,
    pub output: Option<&'a Template>,
    /// The output if there is no `Output`.
    pub default_output: Value,
    pub result: Option<Value>,
    pub error_output: Option<Value>,
}

impl<'a> Exit<'a> {
    /// The way that the state itself names, with the result its task gave, if it has one.
    pub fn of(state: &'a State, input: &Value, result: Option<Value>) -> Self {
        let next = match &state.next {
            Next::State(next) => Some(next.as_str()),
            Next::End | Next::Chosen => None,
        };
        let default_output = result.clone().unwrap_or_else(|| input.clone());
        let (assign, output) = (state.assign.as_ref(), state.output.as_ref());
        Self {
            next,
            assign,
            output,
            default_output,
            result,
            error_output: None,
        }
    }
}

impl Machine<'_> {
    pub(super) fn drive(&mut self, flow: &Flow, branch: &mut Branch, outer: Option<&Scope<'_>>) -> Drive {
        loop {
            let Some(state) = flow.states.get(&branch.at.state) else {
                let cause = format!("The definition has no state '{}'.", branch.at.state);
                return Drive::Failed(Failure {
                    error: "States.Runtime".into(),
                    cause,
                    fatal: true,
                });
            };
            let turn = match self.turn(state, branch, outer) {
                Ok(Turn::Finished(exit)) => self.leave(state, branch, outer, *exit),
                Ok(Turn::Blocked) => Ok(Left::Blocked),
                Ok(Turn::Again) => Ok(Left::On),
                Err(failure) => Err(failure),
            };
            let failed = match turn {
                _ if self.counters.history_full => return Drive::Failed(Failure::history_full()),
                Ok(Left::Blocked) => return Drive::Blocked,
                Ok(Left::On) => None,
                Ok(Left::Ended(output)) => return Drive::Done(output),
                Err(failure) => Some(failure),
            };
            if let Some(failure) = failed
                && let Err(failure) = self.recover(state, branch, outer, failure)
            {
                return Drive::Failed(failure);
            }
        }
    }

    fn turn<'s>(
        &mut self,
        state: &'s State,
        branch: &mut Branch,
        outer: Option<&Scope<'_>>,
    ) -> Result<Turn<'s>, Failure> {
        match &branch.at.activity {
            Activity::Entering => {
                self.enter(state, branch);
                Ok(Turn::Again)
            }
            Activity::Starting => self.start(state, branch, outer),
            Activity::Retrying { until } if *until <= self.now => {
                branch.at.activity = Activity::Starting;
                Ok(Turn::Again)
            }
            Activity::Waiting { until } if *until <= self.now => {
                Ok(Turn::finished(Exit::of(state, &branch.at.input, None)))
            }
            Activity::Retrying { .. } | Activity::Waiting { .. } => Ok(Turn::Blocked),
            Activity::Task(_) => self.attend(state, branch),
            Activity::Children(_) => self.drive_children(state, branch, outer),
        }
    }

    fn enter(&mut self, state: &State, branch: &mut Branch) {
        let input = branch.at.input.to_string();
        let details = json!({ "name": branch.at.state, "input": input, "inputDetails": history::whole() });
        self.write(
            &mut branch.last_event,
            &format!("{}StateEntered", state.kind.name()),
            details,
        );
        branch.at.activity = Activity::Starting;
    }

    fn start<'s>(
        &mut self,
        state: &'s State,
        branch: &mut Branch,
        outer: Option<&Scope<'_>>,
    ) -> Result<Turn<'s>, Failure> {
        match &state.kind {
            Kind::Pass | Kind::Succeed => Ok(Turn::finished(Exit::of(state, &branch.at.input, None))),
            Kind::Choice { rules, default } => self.choose(state, rules, default.as_deref(), branch, outer),
            Kind::Wait(wait) => self.start_wait(wait, branch, outer),
            Kind::Fail { error, cause } => {
                Err(self.declared_failure(error.as_ref(), cause.as_ref(), branch, outer))
            }
            Kind::Task(task) => self.start_task(task, branch, outer).map(|()| Turn::Again),
            Kind::Parallel { branches, arguments } => self
                .start_parallel(branches, arguments.as_ref(), branch, outer)
                .map(|()| Turn::Again),
            Kind::Map(map) => self.start_map(map, branch, outer).map(|()| Turn::Again),
        }
    }

    fn choose<'s>(
        &mut self,
        state: &'s State,
        rules: &'s [Rule],
        default: Option<&'s str>,
        branch: &mut Branch,
        outer: Option<&Scope<'_>>,
    ) -> Result<Turn<'s>, Failure> {
        let scope = Scope::of(branch, outer);
        for (at, rule) in rules.iter().enumerate() {
            let field = format!("Choices[{at}]/Condition");
            let verdict = self.evaluate(&rule.condition, &field, &branch.at, &scope, &Extras::default())?;
            let Some(verdict) = verdict.as_bool() else {
                return Err(Failure::query(format!(
                    "The field '{field}' gave {verdict}, not true or false."
                )));
            };
            if verdict {
                let exit = Exit::of(state, &branch.at.input, None);
                let (assign, output) = (rule.assign.as_ref(), rule.output.as_ref());
                return Ok(Turn::finished(Exit {
                    next: Some(&rule.next),
                    assign,
                    output,
                    ..exit
                }));
            }
        }
        let exit = Exit::of(state, &branch.at.input, None);
        match default {
            Some(next) => Ok(Turn::finished(Exit {
                next: Some(next),
                ..exit
            })),
            None => {
                let cause = format!(
                    "No choice of the state '{}' matched, and it has no Default.",
                    branch.at.state
                );
                Err(Failure::new("States.NoChoiceMatched", cause))
            }
        }
    }

    fn start_wait<'s>(
        &mut self,
        wait: &Wait,
        branch: &mut Branch,
        outer: Option<&Scope<'_>>,
    ) -> Result<Turn<'s>, Failure> {
        let scope = Scope::of(branch, outer);
        let none = Extras::default();
        let until = match wait {
            Wait::Seconds(seconds) => {
                let seconds = self.evaluate(seconds, "Seconds", &branch.at, &scope, &none)?;
                let seconds = whole_seconds(&seconds, "Seconds", 0)?;
                self.after(seconds)
            }
            Wait::Timestamp(timestamp) => {
                let timestamp = self.evaluate(timestamp, "Timestamp", &branch.at, &scope, &none)?;
                let parsed = timestamp.as_str().and_then(|text| text.parse().ok());
                parsed.ok_or_else(|| {
                    Failure::query(format!(
                        "The field 'Timestamp' gave {timestamp}, not a timestamp."
                    ))
                })?
            }
        };
        branch.at.activity = Activity::Waiting { until };
        Ok(Turn::Again)
    }

    fn declared_failure(
        &mut self,
        error: Option<&Template>,
        cause: Option<&Template>,
        branch: &Branch,
        outer: Option<&Scope<'_>>,
    ) -> Failure {
        let scope = Scope::of(branch, outer);
        let mut text = |template: Option<&Template>, field: &str| match template {
            None => Ok(String::new()),
            Some(template) => match self.evaluate(template, field, &branch.at, &scope, &Extras::default())? {
                Value::String(text) => Ok(text),
                other => Err(Failure::query(format!(
                    "The field '{field}' gave {other}, not a string."
                ))),
            },
        };
        match (text(error, "Error"), text(cause, "Cause")) {
            (Ok(error), Ok(cause)) => Failure {
                error,
                cause,
                fatal: false,
            },
            (Err(failure), _) | (_, Err(failure)) => failure,
        }
    }

    /// Leaves a state: `Assign` and `Output` both see the variables as they were on entry.
    pub(super) fn leave(
        &mut self,
        state: &State,
        branch: &mut Branch,
        outer: Option<&Scope<'_>>,
        exit: Exit<'_>,
    ) -> Result<Left, Failure> {
        let scope = Scope::of(branch, outer);
        let (result, error_output) = (exit.result.as_ref(), exit.error_output.as_ref());
        let extras = Extras {
            result,
            error_output,
            ..Extras::default()
        };
        let output = match exit.output {
            Some(template) => self.evaluate(template, "Output", &branch.at, &scope, &extras)?,
            None => exit.default_output,
        };
        within_limit(&output, &branch.at.state)?;
        let assigned = match exit.assign {
            Some(template) => match self.evaluate(template, "Assign", &branch.at, &scope, &extras)? {
                Value::Object(assigned) => assigned,
                other => {
                    return Err(Failure::query(format!(
                        "The field 'Assign' gave {other}, not an object."
                    )));
                }
            },
            None => Map::new(),
        };
        for value in assigned.values() {
            within_limit(value, &branch.at.state)?;
        }
        self.write_exit(state, branch, &output, &assigned);
        branch.variables.extend(assigned);
        Ok(match exit.next {
            Some(next) => {
                branch.at = Position::new(next, output, self.now);
                Left::On
            }
            None => Left::Ended(output),
        })
    }

    fn write_exit(
        &mut self,
        state: &State,
        branch: &mut Branch,
        output: &Value,
        assigned: &Map<String, Value>,
    ) {
        let output = output.to_string();
        let mut details =
            json!({ "name": branch.at.state, "output": output, "outputDetails": history::whole() });
        if !assigned.is_empty() {
            let texts = assigned
                .iter()
                .map(|(name, value)| (name.clone(), Value::String(value.to_string())));
            details["assignedVariables"] = Value::Object(texts.collect());
            details["assignedVariablesDetails"] = history::whole();
        }
        self.write(
            &mut branch.last_event,
            &format!("{}StateExited", state.kind.name()),
            details,
        );
    }

    pub(super) fn after(&self, seconds: u64) -> jiff::Timestamp {
        let ahead = jiff::SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        self.now.saturating_add(ahead).unwrap_or(jiff::Timestamp::MAX)
    }
}

/// Where a line of control is after a state.
pub enum Left {
    Blocked,
    On,
    Ended(Value),
}

/// A number of seconds that an expression gave.
pub fn whole_seconds(value: &Value, field: &str, least: u64) -> Result<u64, Failure> {
    let seconds = value
        .as_u64()
        .filter(|seconds| (least..=MAX_SECONDS).contains(seconds));
    let wrong =
        || format!("The field '{field}' gave {value}, not a whole number from {least} to {MAX_SECONDS}.");
    seconds.ok_or_else(|| Failure::query(wrong()))
}
