//! The state machine's tasks, one file each; a step beside its undo.

mod await_decision;
mod book_leg;
pub(crate) mod budget;
mod claim;
mod confirm;
mod end;
mod hold;
mod present_options;
mod quote_cancellation;
mod request_approval;
mod request_confirmation;
mod requote;
mod settle;
mod undo_leg;
mod void_approval;

use std::future::Future;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use events_schema::approval::Silence;
use events_schema::ids::{BookingId, DecisionId, EmployeeId, ExecutionId, OptionId};
use events_schema::rows::{BookingRow, DecisionKind, DecisionRow, DecisionState, OptionRow};
use events_schema::state::BookingState;
use jiff::Timestamp;
use lambda_host::error::report;
use lambda_host::head::BookingKey;
use lambda_host::transition::TransitionError;
use lambda_host::{Cause, ConfigError, Function, HandlerError, Invocation, Live, Next, Outcome, Runtime};
use serde::Deserialize;
use serde_json::{Value, json};
use suppliers::SupplierError;

use crate::decide::Ending;
use crate::deps::Deps;

/// What the state machine sends.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    employee_id: EmployeeId,
    booking_id: BookingId,
    execution_id: ExecutionId,
    #[serde(flatten)]
    task: Task,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case", rename_all_fields = "camelCase")]
enum Task {
    Claim {
        event: String,
    },
    PresentOptions {
        round: u32,
    },
    AwaitDecision {
        decision: DecisionId,
        task_token: String,
    },
    Settle {
        decision: DecisionId,
    },
    Requote {
        option: OptionId,
        quote: u32,
        approved: bool,
    },
    VoidApproval {
        option: OptionId,
        quote: u32,
    },
    RequestApproval {
        option: OptionId,
        quote: u32,
        step: u32,
        quote_hash: String,
    },
    RequestConfirmation {
        option: OptionId,
        quote: u32,
        quote_hash: String,
    },
    QuoteCancellation {
        round: u32,
    },
    ReserveBudget {
        option: OptionId,
    },
    BookLeg {
        option: OptionId,
        leg: u32,
        quote: u32,
    },
    ReconcileLeg {
        option: OptionId,
        leg: u32,
        last: bool,
    },
    UndoLeg,
    GiveUpLeg,
    ReleaseHolds,
    CaptureBudget,
    ReleaseBudget,
    Confirm {
        option: OptionId,
    },
    End {
        ending: Ending,
    },
}

/// The Lambda function behind every task of the state machine.
pub fn task(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    Ok(Arc::new(TaskFunction(Deps::from_runtime(runtime)?)))
}

struct TaskFunction(Deps);

#[async_trait]
impl Function for TaskFunction {
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        let live =
            Live::of(&payload).ok_or_else(|| HandlerError::named("Replayed", "tasks are never replayed"))?;
        let Input {
            employee_id,
            booking_id,
            execution_id,
            task,
        } = serde_json::from_value(payload)?;
        let key = BookingKey::new(employee_id, booking_id);
        let step = Step {
            deps: &self.0,
            live,
            key,
            execution: execution_id,
        };
        match task {
            Task::Claim { event } => claim::claim(&step, &event).await,
            Task::PresentOptions { round } => present_options::present_options(&step, round).await,
            Task::AwaitDecision { decision, task_token } => {
                await_decision::await_decision(&step, &decision, &task_token).await
            }
            Task::Settle { decision } => settle::settle(&step, &decision).await,
            Task::Requote {
                option,
                quote,
                approved,
            } => requote::requote(&step, &option, quote, approved).await,
            Task::VoidApproval { option, quote } => void_approval::void_approval(&step, &option, quote).await,
            Task::RequestApproval {
                option,
                quote,
                step: number,
                quote_hash,
            } => request_approval::request_approval(&step, &option, quote, number, &quote_hash).await,
            Task::RequestConfirmation {
                option,
                quote,
                quote_hash,
            } => request_confirmation::request_confirmation(&step, &option, quote, &quote_hash).await,
            Task::QuoteCancellation { round } => quote_cancellation::quote_cancellation(&step, round).await,
            Task::ReserveBudget { option } => budget::reserve(&step, &option).await,
            Task::BookLeg { option, leg, quote } => book_leg::book_leg(&step, &option, leg, quote).await,
            Task::ReconcileLeg { option, leg, last } => {
                book_leg::reconcile_leg(&step, &option, leg, last).await
            }
            Task::UndoLeg => undo_leg::undo_leg(&step).await,
            Task::GiveUpLeg => undo_leg::give_up_leg(&step).await,
            Task::ReleaseHolds => hold::release_holds(&step).await,
            Task::CaptureBudget => budget::capture(&step).await,
            Task::ReleaseBudget => budget::release(&step).await,
            Task::Confirm { option } => confirm::confirm(&step, &option).await,
            Task::End { ending } => end::end(&step, &ending).await,
        }
    }
}

/// One task under way: for which booking, on behalf of which execution.
struct Step<'a> {
    deps: &'a Deps,
    live: Live,
    key: BookingKey,
    execution: ExecutionId,
}

/// What a task's decision comes to: a transition, or an answer that explains why there is none.
enum Decided {
    Go(Next),
    Stay(Value),
}

impl Step<'_> {
    fn booking(&self) -> BookingId {
        self.key.booking_id
    }

    fn now(&self) -> Timestamp {
        self.deps.clock.now()
    }

    /// Makes the transition named `name` (unique within the execution) and gives the task's answer: the result of
    /// the transition, also when an earlier try of the same task made it.
    async fn carry_out<F, D>(
        &self,
        name: String,
        legal: &[BookingState],
        decide: F,
    ) -> Result<Value, HandlerError>
    where
        F: Fn(BookingRow) -> D + Send + Sync,
        D: Future<Output = Result<Decided, HandlerError>> + Send,
    {
        let stay = Mutex::new(Value::Null);
        let cause = Cause::Task {
            execution: self.execution.clone(),
            step: name,
        };
        let decide = |head| {
            let decided = decide(head);
            async {
                Ok(match decided.await? {
                    Decided::Go(next) => Some(next),
                    Decided::Stay(answer) => {
                        *stay.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = answer;
                        None
                    }
                })
            }
        };
        let applied = self
            .deps
            .transitions
            .apply(&self.live, &self.key, &cause, legal, decide)
            .await;
        let outcome = applied.map_err(|error| match error {
            // The state machine catches some errors by their name.
            TransitionError::Decide(named) => named,
            other => other.into(),
        })?;
        match outcome {
            Outcome::Done { result, .. } => Ok(result),
            Outcome::Unchanged => Ok(stay
                .into_inner()
                .unwrap_or_else(std::sync::PoisonError::into_inner)),
            Outcome::NotAllowed(head) => Err(superseded(&format!(
                "booking {} is {} and held by {:?}",
                head.booking_id,
                head.state.as_str(),
                head.execution_id
            ))),
            Outcome::Obsolete | Outcome::NotFound => Err(superseded("there is no such booking")),
        }
    }

    /// The head, if this execution holds the booking and it has not ended. Whatever touches a supplier asks first:
    /// an execution that lost the claim, or whose booking was closed meanwhile, must neither buy nor cancel.
    async fn held(&self) -> Result<BookingRow, HandlerError> {
        let head = self.deps.transitions.head(&self.key).await?;
        head.filter(|head| head.execution_id.as_ref() == Some(&self.execution) && !head.state.is_terminal())
            .ok_or_else(|| superseded("the booking has ended or belongs to another execution"))
    }

    async fn option(&self, option: &OptionId) -> Result<OptionRow, HandlerError> {
        Ok(self.deps.options.read(self.booking(), option).await?)
    }

    /// A new wait for one person.
    fn question(
        &self,
        kind: DecisionKind,
        id: DecisionId,
        deadline: Timestamp,
        quote_hash: &str,
    ) -> DecisionRow {
        // Not a secret: it ties an answer to this very question, so that a stale screen cannot answer a newer one.
        let nonce = BookingId::derived(&["nonce", &self.booking().to_string(), id.as_str(), quote_hash]);
        DecisionRow {
            booking_id: self.booking(),
            decision: id,
            kind,
            state: DecisionState::Open,
            employee_id: self.key.employee_id.clone(),
            approver: self.key.employee_id.clone(),
            delegate: None,
            chain: Vec::new(),
            deadline_at: deadline.as_second(),
            nonce: nonce.to_string(),
            quote_hash: quote_hash.into(),
            options: Vec::new(),
            total: None,
            reasons: Vec::new(),
            silence: Silence::Declines,
            answer: None,
            decided_by: None,
            decided_at: None,
        }
    }

    /// The one deadline, truncated to the second so that row, event and task time-out say the same.
    fn deadline(&self, wait: jiff::SignedDuration) -> Timestamp {
        let at = self.now() + wait;
        Timestamp::from_second(at.as_second()).unwrap_or(at)
    }

    /// When the sweeper should look: after the machine has had its chance to act on the deadline.
    fn overdue(&self, deadline: Timestamp) -> Timestamp {
        deadline + self.deps.deadlines.automated_step
    }
}

/// The error the state machine catches when this execution no longer has the booking.
fn superseded(reason: &str) -> HandlerError {
    HandlerError::named("Superseded", reason)
}

/// A supplier's answer as a person is shown it, with its causes, cut to what a row has room for.
fn said(error: &SupplierError) -> String {
    report(error).chars().take(600).collect()
}

/// The state machine tells an unreachable supplier from a fault of ours.
fn supplier_failed(error: SupplierError) -> HandlerError {
    match error {
        SupplierError::Unavailable { .. } => HandlerError::named("SupplierUnavailable", error),
        other => other.into(),
    }
}

/// For what is allowed at any time before the end.
fn open_states() -> Vec<BookingState> {
    let all = BookingState::ALL.into_iter();
    all.filter(|state| !state.is_terminal()).collect()
}

fn cancelled() -> Decided {
    Decided::Stay(json!({"outcome": "cancelled"}))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a JSONata expression of the definition may come to, by the member it is given for.
    fn sample(member: &str, given: &Value) -> Value {
        match member {
            "task" => given.clone(),
            "bookingId" => json!(events_schema::samples::booking()),
            "round" | "quote" | "step" | "leg" => json!(1),
            "approved" | "last" => json!(true),
            "ending" => json!({"as": "failed", "code": "INTERNAL", "reason": "as tested"}),
            _ => json!("text"),
        }
    }

    /// The definition and this function agree: every task it calls is here, with all that it needs and nothing else.
    #[test]
    fn every_payload_of_the_state_machine_is_understood() {
        let definition = include_str!("../../../../statemachine/booking.asl.json");
        let definition: Value = serde_json::from_str(definition).unwrap();
        let states = definition["States"].as_object().unwrap();
        let mut tasks = 0;
        for (name, state) in states {
            let Some(payload) = state["Arguments"]["Payload"].as_object() else {
                continue;
            };
            let payload: serde_json::Map<_, _> = payload
                .iter()
                .map(|(member, given)| (member.clone(), sample(member, given)))
                .collect();
            serde_json::from_value::<Input>(payload.clone().into())
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            for member in payload.keys() {
                let mut less = payload.clone();
                less.remove(member);
                assert!(
                    serde_json::from_value::<Input>(less.into()).is_err(),
                    "{name}: {member} is of no use"
                );
            }
            tasks += 1;
        }
        assert_eq!(tasks, 25);
    }
}
