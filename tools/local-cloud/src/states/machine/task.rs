//! A Task: scheduled, answered or called back, timed out.

use serde_json::{Value, json};

use super::flow::{Exit, Turn, whole_seconds};
use super::frames::{Activity, Branch, Call, TaskRun};
use super::scope::{Extras, Scope};
use super::{Failure, Machine, Signal, TokenWord, within_limit};
use crate::states::definition::{Kind, State, Task};
use crate::states::history;
use crate::states::integrations::{Resource, TaskError};
use crate::states::template::Template;

/// How a task's wait ended, if it did.
enum Verdict {
    Open,
    Result(Value),
    Failed { event: &'static str, failure: Failure },
}

impl Machine<'_> {
    pub(super) fn start_task(
        &mut self,
        task: &Task,
        branch: &mut Branch,
        outer: Option<&Scope<'_>>,
    ) -> Result<(), Failure> {
        let scope = Scope::of(branch, outer);
        let at = &branch.at;
        let token = task.resource.waits_for_token().then(|| self.new_token());
        let extras = Extras {
            token: token.as_deref(),
            ..Extras::default()
        };
        let arguments = match &task.arguments {
            Some(template) => self.evaluate(template, "Arguments", at, &scope, &extras)?,
            None => at.input.clone(),
        };
        within_limit(&arguments, &at.state)?;
        let mut seconds = |template: &Option<Template>, field: &str| {
            let given = template
                .as_ref()
                .map(|template| self.evaluate(template, field, at, &scope, &Extras::default()));
            given.map(|value| whole_seconds(&value?, field, 1)).transpose()
        };
        let timeout_s = seconds(&task.timeout_s, "TimeoutSeconds")?;
        // Only who holds a token can send heartbeats; without one the field has no effect.
        let heartbeat_s = seconds(&task.heartbeat_s, "HeartbeatSeconds")?.filter(|_| token.is_some());

        self.counters.last_call += 1;
        let id = self.counters.last_call;
        let (service, action) = (
            task.resource.service().to_owned(),
            task.resource.action().to_owned(),
        );
        let call = Call {
            id,
            service,
            action,
            arguments: task.resource.call_arguments(&arguments),
        };
        self.write_scheduled(&task.resource, &arguments, timeout_s, heartbeat_s, branch);
        self.calls.push(call.clone());
        branch.at.activity = Activity::Task(TaskRun {
            id,
            call: Some(call),
            token,
            deadline: timeout_s.map(|seconds| self.after(seconds)),
            heartbeat_s,
            heartbeat_deadline: heartbeat_s.map(|seconds| self.after(seconds)),
        });
        Ok(())
    }

    /// A token that nobody guesses: 256 bits drawn for this execution alone.
    fn new_token(&mut self) -> String {
        format!(
            "{}{}",
            TOKEN_PREFIX,
            hex::encode(self.draw().bytes(b"task token"))
        )
    }

    fn write_scheduled(
        &mut self,
        resource: &Resource,
        arguments: &Value,
        timeout_s: Option<u64>,
        heartbeat_s: Option<u64>,
        branch: &mut Branch,
    ) {
        let mut details = match resource {
            Resource::Function { arn } => {
                json!({ "resource": arn, "input": arguments.to_string(), "inputDetails": history::whole() })
            }
            Resource::Integration { .. } => json!({
                "resourceType": resource.service(),
                "resource": resource.history_name(),
                "region": self.facts.region,
                "parameters": arguments.to_string(),
            }),
        };
        if let Some(seconds) = timeout_s {
            details["timeoutInSeconds"] = json!(seconds);
        }
        if let Some(seconds) = heartbeat_s {
            details["heartbeatInSeconds"] = json!(seconds);
        }
        self.write(&mut branch.last_event, &event(resource, "Scheduled"), details);
        let started = if resource.is_function() {
            json!({})
        } else {
            about(resource)
        };
        self.write(&mut branch.last_event, &event(resource, "Started"), started);
    }

    /// Looks whether the task at `branch` has been answered or has run out of time.
    pub(super) fn attend<'s>(&mut self, state: &'s State, branch: &mut Branch) -> Result<Turn<'s>, Failure> {
        let (Kind::Task(task), Activity::Task(mut run)) = (&state.kind, branch.at.activity.clone()) else {
            return Err(Failure::new(
                "States.Runtime",
                "A task runs in a state that is none.",
            ));
        };
        let resource = &task.resource;
        let mut verdict = self.hear(resource, &mut run, branch);
        if matches!(verdict, Verdict::Open) {
            verdict = self.out_of_time(&run);
        }
        match verdict {
            Verdict::Open => {
                branch.at.activity = Activity::Task(run);
                Ok(Turn::Blocked)
            }
            Verdict::Result(result) => {
                within_limit(&result, &branch.at.state)?;
                let mut details = about(resource);
                details["output"] = json!(result.to_string());
                details["outputDetails"] = history::whole();
                self.write(&mut branch.last_event, &event(resource, "Succeeded"), details);
                Ok(Turn::finished(Exit::of(state, &branch.at.input, Some(result))))
            }
            Verdict::Failed { event: kind, failure } => {
                let mut details = about(resource);
                details["error"] = json!(failure.error);
                details["cause"] = json!(failure.cause);
                self.write(&mut branch.last_event, &event(resource, kind), details);
                Err(failure)
            }
        }
    }

    /// Takes the signal if it is for this task.
    fn hear(&mut self, resource: &Resource, run: &mut TaskRun, branch: &mut Branch) -> Verdict {
        match self.signal.take() {
            Some(Signal::Answered { call, answer }) if call == run.id && run.call.is_some() => match answer {
                Ok(answer) if run.token.is_some() => {
                    run.call = None;
                    let mut details = about(resource);
                    details["output"] = json!(resource.result(answer).to_string());
                    details["outputDetails"] = history::whole();
                    self.write(&mut branch.last_event, "TaskSubmitted", details);
                    Verdict::Open
                }
                Ok(answer) => Verdict::Result(resource.result(answer)),
                Err(error) if run.token.is_some() => failed("SubmitFailed", error),
                Err(error) => failed("Failed", error),
            },
            Some(Signal::Token { token, word }) if run.token.as_ref() == Some(&token) => match word {
                TokenWord::Success(output) => Verdict::Result(output),
                TokenWord::Failure(error) => failed("Failed", error),
                TokenWord::Heartbeat => {
                    run.heartbeat_deadline = run.heartbeat_s.map(|seconds| self.after(seconds));
                    Verdict::Open
                }
            },
            other => {
                self.signal = other;
                Verdict::Open
            }
        }
    }

    /// TimeoutSeconds is looked at first: it ends the task whatever heartbeats came.
    fn out_of_time(&self, run: &TaskRun) -> Verdict {
        let passed =
            |deadline: Option<jiff::Timestamp>| deadline.is_some_and(|deadline| deadline <= self.now);
        let failure = if passed(run.deadline) {
            Failure::new(
                "States.Timeout",
                "The task did not finish within its TimeoutSeconds.",
            )
        } else if passed(run.heartbeat_deadline) {
            Failure::new(
                "States.HeartbeatTimeout",
                "The task sent no heartbeat within its HeartbeatSeconds.",
            )
        } else {
            return Verdict::Open;
        };
        Verdict::Failed {
            event: "TimedOut",
            failure,
        }
    }
}

/// How every task token of the local cloud begins; anything else is InvalidToken.
pub const TOKEN_PREFIX: &str = "SJRN";

fn failed(event: &'static str, error: TaskError) -> Verdict {
    Verdict::Failed {
        event,
        failure: Failure::new(&error.error, error.cause),
    }
}

/// A task's event type: AWS has a family of its own for functions named by ARN.
fn event(resource: &Resource, what: &str) -> String {
    if resource.is_function() {
        format!("LambdaFunction{what}")
    } else {
        format!("Task{what}")
    }
}

fn about(resource: &Resource) -> Value {
    if resource.is_function() {
        return json!({});
    }
    json!({ "resourceType": resource.service(), "resource": resource.history_name() })
}
