//! planner: from a request's words to a plan, to questions, or to an answer about the policy.
//!
//! The service reads from top to bottom: an event comes in ([`on_policy_retrieved`], [`on_clarification_given`],
//! [`on_plan_rejected`]), the request is loaded ([`request`]), understood ([`understand`]) and what follows is decided
//! ([`decide`]). Understanding is a model's draft ([`model`]) or the grammar's ([`grammar`]); both are only drafts
//! ([`draft`]) until our own check ([`check`]) made a plan or questions of them. [`converse_stand_in`] answers the
//! model's API by rule, for places without a model.
//!
//! It must not know prices, offers or limits: what a plan may be is compliance's to judge.

pub mod answers;
pub mod check;
pub mod converse_stand_in;
pub mod decide;
pub mod draft;
pub mod grammar;
pub mod model;
mod on_clarification_given;
mod on_plan_rejected;
mod on_policy_retrieved;
pub mod policy_answer;
mod policy_clauses;
pub mod question;
pub mod request;
pub mod revise;
pub mod understand;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use events_schema::compliance::PlanRejected;
use events_schema::gateway::ClarificationGiven;
use events_schema::policy::PolicyRetrieved;
use lambda_host::delivery::live_event;
use lambda_host::private_text::PrivateText;
use lambda_host::runtime::Clock;
use lambda_host::{ConfigError, Deadlines, Function, HandlerError, Invocation, Next, Runtime, Transitions};
use serde_json::Value;

use crate::answers::Answers;
use crate::decide::Write;
use crate::model::converse::Model;
use crate::policy_clauses::PolicyClauses;

/// Names this consumer in cause keys; never changed.
const CONSUMER: &str = "planner";
/// Kept back from the invocation's time for saving and announcing.
const TIME_TO_SAVE: Duration = Duration::from_secs(10);

/// The planner with everything it needs from outside.
pub struct Planner {
    transitions: Transitions,
    texts: PrivateText,
    clauses: PolicyClauses,
    answers: Answers,
    model: Model,
    deadlines: Deadlines,
    clock: Arc<dyn Clock>,
}

/// Settings: `MODEL_ID`, `MODEL_CALL_TIMEOUT_S` (45), `PRIVATE_TEXT_TABLE`, `POLICY_CLAUSES_TABLE`,
/// `PLANNER_ANSWERS_TABLE`, and those of the transition protocol.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    let dynamo = aws_sdk_dynamodb::Client::new(&runtime.aws);
    let call_timeout = Duration::from_secs(runtime.setting_or("MODEL_CALL_TIMEOUT_S", 45)?);
    Ok(Arc::new(Planner {
        transitions: Transitions::from_runtime(runtime)?,
        texts: PrivateText::from_runtime(runtime)?,
        clauses: PolicyClauses::new(dynamo, runtime.setting("POLICY_CLAUSES_TABLE")?),
        answers: Answers::from_runtime(runtime)?,
        model: Model::new(&runtime.aws, runtime.setting("MODEL_ID")?, call_timeout),
        deadlines: Deadlines::from_settings(runtime)?,
        clock: runtime.clock.clone(),
    }))
}

#[async_trait]
impl Function for Planner {
    async fn call(&self, payload: Value, invocation: &Invocation) -> Result<Value, HandlerError> {
        let Some((event, live)) = live_event(payload)? else {
            return Ok(Value::Null);
        };
        if event.is::<PolicyRetrieved>() {
            self.on_policy_retrieved(&live, event.read()?, invocation).await?;
        } else if event.is::<ClarificationGiven>() {
            self.on_clarification_given(&live, event.read()?, invocation)
                .await?;
        } else {
            // A rule that sends anything else is a mistake, and reading it as the last of the three says so.
            self.on_plan_rejected(&live, event.read::<PlanRejected>()?, invocation)
                .await?;
        }
        Ok(Value::Null)
    }
}

impl Planner {
    fn time_left(&self, invocation: &Invocation) -> Duration {
        let left = invocation.deadline.duration_since(self.clock.now());
        Duration::try_from(left)
            .unwrap_or(Duration::ZERO)
            .saturating_sub(TIME_TO_SAVE)
    }

    /// A decision as a transition: what it writes is written with it, so that no event refers to a missing row.
    async fn next(&self, decision: decide::Decision) -> Result<Next, HandlerError> {
        let mut next = decision.next;
        for write in decision.writes {
            next = next.with(match write {
                Write::Answer(row) => self.answers.keep(&row).await?,
                Write::Text(row) => self.texts.keep(&row).await?,
            });
        }
        Ok(next)
    }
}
