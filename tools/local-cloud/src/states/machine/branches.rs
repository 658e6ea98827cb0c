//! Parallel and Map: lines of control inside a state. All must end well; the first to fail ends the others.

use serde_json::{Value, json};

use super::flow::{Drive, Exit, Turn, whole_seconds};
use super::frames::{Activity, Branch, Child, Children, Item};
use super::scope::{Extras, Scope};
use super::{Failure, Machine, within_limit};
use crate::states::definition::{Flow, Kind, Map, State};
use crate::states::template::Template;

/// How many iterations an inline Map runs at once if it sets no limit of its own, as on AWS.
const INLINE_CONCURRENCY: usize = 40;

impl Machine<'_> {
    pub(super) fn start_parallel(
        &mut self,
        branches: &[Flow],
        arguments: Option<&Template>,
        branch: &mut Branch,
        outer: Option<&Scope<'_>>,
    ) -> Result<(), Failure> {
        let scope = Scope::of(branch, outer);
        let input = match arguments {
            Some(template) => self.evaluate(template, "Arguments", &branch.at, &scope, &Extras::default())?,
            None => branch.at.input.clone(),
        };
        within_limit(&input, &branch.at.state)?;
        self.write(&mut branch.last_event, "ParallelStateStarted", json!({}));
        let list = branches.iter().map(|_| Child::Pending(input.clone())).collect();
        branch.at.activity = Activity::Children(Children {
            list,
            limit: branches.len(),
        });
        Ok(())
    }

    pub(super) fn start_map(
        &mut self,
        map: &Map,
        branch: &mut Branch,
        outer: Option<&Scope<'_>>,
    ) -> Result<(), Failure> {
        let scope = Scope::of(branch, outer);
        let none = Extras::default();
        let items = match &map.items {
            Some(template) => self.evaluate(template, "Items", &branch.at, &scope, &none)?,
            None => branch.at.input.clone(),
        };
        let Value::Array(items) = items else {
            return Err(Failure::query("The field 'Items' of a Map must give a list."));
        };
        let limit = match &map.max_concurrency {
            Some(template) => {
                let value = self.evaluate(template, "MaxConcurrency", &branch.at, &scope, &none)?;
                whole_seconds(&value, "MaxConcurrency", 0)? as usize
            }
            None => 0,
        };
        self.write(
            &mut branch.last_event,
            "MapStateStarted",
            json!({ "length": items.len() }),
        );
        let list = items.into_iter().map(Child::Pending).collect();
        let limit = if limit == 0 {
            INLINE_CONCURRENCY
        } else {
            limit.min(INLINE_CONCURRENCY)
        };
        branch.at.activity = Activity::Children(Children { list, limit });
        Ok(())
    }

    pub(super) fn drive_children<'s>(
        &mut self,
        state: &'s State,
        branch: &mut Branch,
        outer: Option<&Scope<'_>>,
    ) -> Result<Turn<'s>, Failure> {
        let idle = std::mem::replace(&mut branch.at.activity, Activity::Starting);
        let Activity::Children(mut children) = idle else {
            branch.at.activity = idle;
            return Ok(Turn::Again);
        };
        let mut moved = true;
        while moved {
            moved = false;
            for at in 0..children.list.len() {
                match self.drive_child(state, branch, outer, &mut children, at) {
                    Ok(ended) => moved |= ended,
                    Err(failure) => {
                        self.abort_children(&mut children, state, branch);
                        self.write_failed(state, branch, &failure);
                        return Err(failure);
                    }
                }
            }
        }
        let done = |child: &Child| {
            if let Child::Done(output) = child {
                Some(output.clone())
            } else {
                None
            }
        };
        let Some(results) = children.list.iter().map(done).collect() else {
            branch.at.activity = Activity::Children(children);
            return Ok(Turn::Blocked);
        };
        let result = Value::Array(results);
        within_limit(&result, &branch.at.state)?;
        self.write(
            &mut branch.last_event,
            &format!("{}StateSucceeded", state.kind.name()),
            json!({}),
        );
        Ok(Turn::finished(Exit::of(state, &branch.at.input, Some(result))))
    }

    /// Starts the child if its turn has come and moves it as far as it goes; whether it ended.
    fn drive_child(
        &mut self,
        state: &State,
        branch: &mut Branch,
        outer: Option<&Scope<'_>>,
        children: &mut Children,
        at: usize,
    ) -> Result<bool, Failure> {
        let Some(flow) = flow_of(&state.kind, at) else {
            return Ok(false);
        };
        let running = children
            .list
            .iter()
            .filter(|child| matches!(child, Child::Running(_)))
            .count();
        if let Child::Pending(input) = &children.list[at] {
            if running >= children.limit {
                return Ok(false);
            }
            let input = input.clone();
            children.list[at] =
                Child::Running(Box::new(self.start_child(state, flow, branch, outer, at, input)?));
        }
        let Child::Running(child) = &mut children.list[at] else {
            return Ok(false);
        };
        let scope = Scope::of(branch, outer);
        match self.drive(flow, child, Some(&scope)) {
            Drive::Blocked => Ok(false),
            Drive::Done(output) => {
                self.write_iteration(state, at, branch, &mut child.last_event, "Succeeded");
                branch.last_event = child.last_event;
                children.list[at] = Child::Done(output);
                Ok(true)
            }
            Drive::Failed(failure) => {
                self.write_iteration(state, at, branch, &mut child.last_event, "Failed");
                branch.last_event = child.last_event;
                // Its own end is told: the abort of its siblings must not tell it again.
                children.list[at] = Child::Done(Value::Null);
                Err(failure)
            }
        }
    }

    fn start_child(
        &mut self,
        state: &State,
        flow: &Flow,
        branch: &mut Branch,
        outer: Option<&Scope<'_>>,
        at: usize,
        input: Value,
    ) -> Result<Branch, Failure> {
        let Kind::Map(map) = &state.kind else {
            return Ok(Branch::new(&flow.start_at, input, self.now, branch.last_event));
        };
        let item = Item {
            index: at,
            value: input.clone(),
        };
        let input = match &map.item_selector {
            Some(template) => {
                let scope = Scope::of(branch, outer);
                let extras = Extras {
                    item: Some(&item),
                    ..Extras::default()
                };
                self.evaluate(template, "ItemSelector", &branch.at, &scope, &extras)?
            }
            None => input,
        };
        let mut last_event = branch.last_event;
        self.write_iteration(state, at, branch, &mut last_event, "Started");
        let child = Branch::new(&flow.start_at, input, self.now, last_event);
        Ok(Branch {
            item: Some(item),
            ..child
        })
    }

    fn write_iteration(&mut self, state: &State, at: usize, branch: &Branch, previous: &mut u64, what: &str) {
        if matches!(state.kind, Kind::Map(_)) {
            let details = json!({ "name": branch.at.state, "index": at });
            self.write(previous, &format!("MapIteration{what}"), details);
        }
    }

    fn write_failed(&mut self, state: &State, branch: &mut Branch, failure: &Failure) {
        let details = json!({ "error": failure.error, "cause": failure.cause });
        self.write(
            &mut branch.last_event,
            &format!("{}StateFailed", state.kind.name()),
            details,
        );
    }

    /// Ends the children that still run. Their tasks are not called back: an answer finds nobody waiting.
    fn abort_children(&mut self, children: &mut Children, state: &State, parent: &Branch) {
        for (at, child) in children.list.iter_mut().enumerate() {
            let (Child::Running(branch), Some(flow)) = (child, flow_of(&state.kind, at)) else {
                continue;
            };
            let Some(inner) = flow.states.get(&branch.at.state) else {
                continue;
            };
            if let Activity::Children(mut grandchildren) = branch.at.activity.clone() {
                self.abort_children(&mut grandchildren, inner, branch);
            }
            let kind = inner.kind.name();
            if ["Task", "Wait", "Parallel", "Map"].contains(&kind) {
                self.write(&mut branch.last_event, &format!("{kind}StateAborted"), json!({}));
            }
            self.write_iteration(state, at, parent, &mut branch.last_event, "Aborted");
        }
    }
}

/// The flow that the child at this place runs.
fn flow_of(kind: &Kind, at: usize) -> Option<&Flow> {
    match kind {
        Kind::Parallel { branches, .. } => branches.get(at),
        Kind::Map(map) => Some(&map.processor),
        _ => None,
    }
}
