//! Takes the booking for this execution.

use events_schema::state::BookingState;
use lambda_host::HandlerError;
use serde_json::{Value, json};

use super::Step;

pub(super) async fn claim(step: &Step<'_>) -> Result<Value, HandlerError> {
    let state = BookingState::OptionsRanked;
    let claimed = step
        .deps
        .transitions
        .claim(&step.live, &step.key, &step.execution, state)
        .await?;
    Ok(json!({"claimed": claimed}))
}
