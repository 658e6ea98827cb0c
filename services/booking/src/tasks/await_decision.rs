//! The wait itself: keeps the task token where `wake` finds it.

use events_schema::ids::DecisionId;
use events_schema::rows::DecisionState;
use lambda_host::HandlerError;
use serde_json::{Value, json};

use super::Step;
use crate::wake;

/// The answer of this invocation is not the wait's result: Step Functions goes on only when the token is used.
pub(super) async fn await_decision(
    step: &Step<'_>,
    decision: &DecisionId,
    token: &str,
) -> Result<Value, HandlerError> {
    let row = step
        .deps
        .decisions
        .keep_token(step.booking(), decision, token)
        .await?;
    if row.state != DecisionState::Open {
        // Decided before the token was here: `wake` found none, so the wait wakes itself.
        wake::send(&step.live, &step.deps.step_functions, token).await?;
    }
    Ok(json!({"waiting": decision}))
}
