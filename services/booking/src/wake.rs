//! Wakes the state machine when somebody decided. It carries no decision: the machine reads the row.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_sfn::operation::send_task_success::SendTaskSuccessError;
use events_schema::catalogue::AnyEvent;
use events_schema::ids::{BookingId, DecisionId};
use lambda_host::delivery::live_event;
use lambda_host::{ConfigError, Function, HandlerError, Invocation, Live, Runtime, steps};
use serde_json::Value;

use crate::tables::Decisions;

/// Settings: `DECISIONS_TABLE`.
pub fn wake(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    Ok(Arc::new(Wake {
        decisions: Decisions::new(
            Client::new(&runtime.aws),
            runtime.setting("DECISIONS_TABLE")?.into(),
        ),
        step_functions: aws_sdk_sfn::Client::new(&runtime.aws),
    }))
}

struct Wake {
    decisions: Decisions,
    step_functions: aws_sdk_sfn::Client,
}

#[async_trait]
impl Function for Wake {
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        let Some((event, live)) = live_event(payload)? else {
            return Ok(Value::Null);
        };
        let booking: BookingId = event.detail.meta.aggregate_id.as_str().parse()?;
        let tokens = match decided(&AnyEvent::read(&event)?) {
            Some(decision) => self
                .decisions
                .token(booking, &decision)
                .await?
                .into_iter()
                .collect(),
            None => self.decisions.tokens_of_cancelled(booking).await?,
        };
        steps::came_of_it(format!("{} waits woken", tokens.len()));
        for token in tokens {
            send(&live, &self.step_functions, &token).await?;
        }
        Ok(Value::Null)
    }
}

/// The wait that an event ends; `None` for a cancellation, which ends whichever is open.
fn decided(event: &AnyEvent) -> Option<DecisionId> {
    match event {
        AnyEvent::OptionSelected(event) => Some(event.decision.clone()),
        AnyEvent::ApprovalGranted(event) => Some(event.decision.clone()),
        AnyEvent::ApprovalDeclined(event) => Some(event.decision.clone()),
        AnyEvent::PurchaseConfirmed(event) => Some(event.decision.clone()),
        AnyEvent::PurchaseDeclined(event) => Some(event.decision.clone()),
        AnyEvent::CancellationConfirmed(event) => Some(event.decision.clone()),
        AnyEvent::CancellationDeclined(event) => Some(event.decision.clone()),
        _ => None,
    }
}

#[derive(Debug, thiserror::Error)]
#[error("SendTaskSuccess failed")]
pub(crate) struct WakeError(#[source] Box<aws_sdk_sfn::Error>);

/// A wait that is over needs no waking: that its token is gone is success.
pub(crate) async fn send(_live: &Live, client: &aws_sdk_sfn::Client, token: &str) -> Result<(), WakeError> {
    let outcome = client
        .send_task_success()
        .task_token(token)
        .output("{}")
        .send()
        .await;
    match outcome.map_err(|error| error.into_service_error()) {
        Ok(_)
        | Err(
            SendTaskSuccessError::TaskTimedOut(_)
            | SendTaskSuccessError::TaskDoesNotExist(_)
            | SendTaskSuccessError::InvalidToken(_),
        ) => Ok(()),
        Err(error) => Err(WakeError(Box::new(error.into()))),
    }
}
