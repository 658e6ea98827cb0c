//! `$default`: one message from a client becomes one command, carried out and answered on the same socket.
//!
//! Whatever a client sends, the connection stays open: what cannot be understood or is not allowed is answered with
//! an `error` frame that says what to do. Only what goes wrong on our side is logged as an error, and even then the
//! client is told, so that it can send the same command, with the same id, again.

mod answer;
mod commands;
mod decision;
mod limit;
mod parse;
mod refusals;
mod refuse;
mod tables;

use std::sync::Arc;

use async_trait::async_trait;
use aws_lambda_events::event::apigw::ApiGatewayWebsocketProxyRequest;
use events_schema::ids::ActionId;
use events_schema::problem::ErrorCode;
use events_schema::socket::Frame;
use lambda_host::sockets::{PostError, Sockets};
use lambda_host::{ConfigError, Function, HandlerError, Invocation, Live, Runtime};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::texts;
use commands::Desk;
use limit::Limit;
use refuse::{CommandError, Refusal};

/// In bytes: API Gateway's bound on one frame.
const MAX_MESSAGE_BYTES: usize = 32 * 1024;

struct Message {
    desk: Desk,
    limit: Limit,
    sockets: Sockets,
}

/// Settings: those of `Transitions`, and `CONNECTIONS_TABLE`, `PRIVATE_TEXT_TABLE`, `PEOPLE_TABLE`,
/// `PASSENGERS_TABLE`, `DECISIONS_TABLE`, `OPTIONS_TABLE`, `FRAMES_TABLE`, `MANAGEMENT_ENDPOINT`; optionally
/// `MESSAGES_PER_10_S`, per person, 50.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    Ok(Arc::new(Message {
        desk: Desk::from_runtime(runtime)?,
        limit: Limit::from_runtime(runtime)?,
        sockets: Sockets::from_runtime(runtime)?,
    }))
}

#[async_trait]
impl Function for Message {
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        let Some(live) = Live::of(&payload) else {
            tracing::warn!("a replayed message was ignored");
            return Ok(json!({"statusCode": 200}));
        };
        let request: ApiGatewayWebsocketProxyRequest = serde_json::from_value(payload)?;
        let caller = Caller::of(&request.request_context)?;
        let frames = self
            .answers(&live, &caller, request.body.as_deref().unwrap_or(""))
            .await;
        self.send(&live, &caller, &frames).await?;
        Ok(json!({"statusCode": 200}))
    }
}

impl Message {
    async fn answers(&self, live: &Live, caller: &Caller, body: &str) -> Vec<Frame> {
        let action_id = parse::action_id(body);
        match self.carry_out(live, caller, body).await {
            Ok(frames) => frames,
            Err(CommandError::Refused(refusal)) => {
                self.remember(live, caller, body, action_id.as_ref(), &refusal)
                    .await;
                vec![answer::refused(&refusal, action_id)]
            }
            Err(CommandError::Failed(error)) => {
                tracing::error!(%error, connection = %caller.connection, "command failed");
                let refusal = Refusal::new(ErrorCode::Internal, texts::INTERNAL);
                vec![answer::refused(&refusal, action_id)]
            }
        }
    }

    async fn carry_out(&self, live: &Live, caller: &Caller, body: &str) -> Result<Vec<Frame>, CommandError> {
        if body.len() > MAX_MESSAGE_BYTES {
            return Err(Refusal::new(ErrorCode::TooLarge, texts::TOO_LARGE).into());
        }
        self.limit.check(&caller.employee).await?;
        let command = parse::command(body)?;
        self.desk.carry_out(live, caller, command).await
    }

    /// Tried what they may not: a fact for the audit. That it could not be recorded must not keep the answer back.
    async fn remember(
        &self,
        live: &Live,
        caller: &Caller,
        body: &str,
        action_id: Option<&ActionId>,
        refusal: &Refusal,
    ) {
        if refusal.code != ErrorCode::Forbidden {
            return;
        }
        let attempt = parse::attempt(body);
        if let Err(error) = self
            .desk
            .refusals
            .record(live, caller, action_id, attempt, refusal.code)
            .await
        {
            tracing::error!(%error, connection = %caller.connection, "a refused attempt was not recorded");
        }
    }

    async fn send(&self, live: &Live, caller: &Caller, frames: &[Frame]) -> Result<(), HandlerError> {
        for frame in frames {
            let text = serde_json::to_string(frame)?;
            match self.sockets.post(live, &caller.connection, &text).await {
                Ok(()) => {}
                // They left while we worked: the command stands, the frames wait for `resume`.
                Err(PostError::Gone(_)) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
