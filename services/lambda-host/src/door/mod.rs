//! # The door: what every function behind a socket does alike
//!
//! One message from a client becomes one command, carried out and answered on the same socket. Who sends it comes from
//! the verified connection ([`Caller`]), never from the message; how often, from a count ([`limit`]); what may not be
//! is answered ([`Refusal`]) and, if it was an attempt at what is not allowed, settled or not there, or at being
//! somebody else, written down ([`Refusals`], in the gateway's name: the door is its). Decisions about money need a
//! fresh token ([`fresh`]). What a command means is the [`Desk`]'s business.
//!
//! Whatever a client sends, the connection stays open: what cannot be understood or is not allowed is answered with
//! an `error` frame that says what to do. Only what goes wrong on our side is logged as an error, and even then the
//! client is told, so that it can send the same command, with the same id, again.

pub mod answer;
mod attempt;
mod caller;
mod fresh;
mod limit;
mod refusals;
mod refuse;
pub mod texts;

use std::future::Future;

use async_trait::async_trait;
use aws_lambda_events::event::apigw::ApiGatewayWebsocketProxyRequest;
use events_schema::gateway::AccessRefused;
use events_schema::ids::ActionId;
use events_schema::person::Role;
use events_schema::problem::ErrorCode;
use events_schema::socket::Frame;
use serde_json::{Value, json};

pub use attempt::{check_id, check_text, parsed};
pub use caller::{Caller, PROTOCOL, Unidentified, issued_to_context, roles_to_context};
pub use limit::Limit;
pub use refusals::Refusals;
pub use refuse::{CommandError, Refusal};

use crate::error::HandlerError;
use crate::function::{Function, Invocation};
use crate::live::Live;
use crate::runtime::{ConfigError, Runtime};
use crate::sockets::{PostError, Sockets};
use fresh::Freshness;

/// In bytes: what API Gateway takes in one frame. In several it would pass on up to 128 KB.
const MAX_MESSAGE_BYTES: usize = 32 * 1024;
/// Of what comes too late from one person, in ten seconds: an honest race is one, and a flood need not fill the audit.
const OVERTAKEN_WRITTEN_DOWN: u32 = 5;
/// Of one person's tries at being somebody else, in ten seconds: counted apart, so that neither hides the other.
const PRETENCES_WRITTEN_DOWN: u32 = 5;

/// Whoever carries commands out.
pub trait Desk: Send + Sync {
    /// What `action` may be.
    const ACTIONS: &'static [&'static str];

    type Command: Send;

    fn read(body: &str) -> Result<Self::Command, Refusal>;

    /// Whether the command decides about money: only a fresh token may.
    fn moves_money(command: &Self::Command) -> bool;

    fn carry_out(
        &self,
        live: &Live,
        caller: &Caller,
        command: Self::Command,
    ) -> impl Future<Output = Result<Vec<Frame>, CommandError>> + Send;
}

/// A desk behind its door: a function of the WebSocket API.
pub struct Door<D> {
    desk: D,
    limit: Limit,
    freshness: Freshness,
    refusals: Refusals,
    overtaken: Limit,
    pretences: Limit,
    sockets: Sockets,
}

impl<D: Desk> Door<D> {
    /// Settings: `CONNECTIONS_TABLE`, `JOURNAL_TABLE`, `BUS_NAME`, `MANAGEMENT_ENDPOINT`; optionally
    /// `MESSAGES_PER_10_S`, per person, 50, and `FRESH_TOKEN_S`, 300.
    pub fn new(desk: D, runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            desk,
            limit: Limit::from_runtime(runtime, runtime.setting_or("MESSAGES_PER_10_S", 50)?)?,
            freshness: Freshness::from_runtime(runtime)?,
            refusals: Refusals::from_runtime(runtime)?,
            overtaken: Limit::from_runtime(runtime, OVERTAKEN_WRITTEN_DOWN)?,
            pretences: Limit::from_runtime(runtime, PRETENCES_WRITTEN_DOWN)?,
            sockets: Sockets::from_runtime(runtime)?,
        })
    }

    async fn answers(&self, live: &Live, caller: &Caller, body: &str) -> Vec<Frame> {
        let action_id = attempt::action_id(body);
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
        let command = D::read(body)?;
        if D::moves_money(&command) {
            self.freshness.check(caller)?;
        }
        self.desk.carry_out(live, caller, command).await
    }

    /// Tried what they may not, what is settled or not there, or to be somebody else: a fact for the audit. That it
    /// could not be recorded must not keep the answer back.
    async fn remember(
        &self,
        live: &Live,
        caller: &Caller,
        body: &str,
        action_id: Option<&ActionId>,
        refusal: &Refusal,
    ) {
        let attempt = attempt::attempt(body, D::ACTIONS, &caller.employee);
        let pretends = attempt.pretence.is_some();
        let event = AccessRefused {
            code: refusal.code,
            action: attempt.action,
            booking: attempt.booking,
            connection: caller.connection.clone(),
            reason: attempt
                .pretence
                .or_else(|| refusal.overtaken.then(|| refusal.message.clone())),
        };
        let under = action_id.map_or("unnamed", |id| id.as_str());
        let recorded = async {
            if self.is_evidence(caller, refusal, pretends).await? {
                let by = Some(&caller.employee);
                self.refusals.record(live, by, under, &event).await?;
            }
            Ok::<(), HandlerError>(())
        };
        if let Err(error) = recorded.await {
            tracing::error!(%error, connection = %caller.connection, "a refused attempt was not recorded");
        }
    }

    /// Mistakes are none; of a flood the first drops are enough.
    async fn is_evidence(
        &self,
        caller: &Caller,
        refusal: &Refusal,
        pretends: bool,
    ) -> Result<bool, HandlerError> {
        match refusal.code {
            ErrorCode::Forbidden | ErrorCode::AuthFailed => Ok(true),
            ErrorCode::RateLimited => self.limit.is_news(&caller.employee).await,
            _ if refusal.overtaken => {
                let counter = format!("limit#answers#{}", caller.employee);
                self.overtaken.take(&counter).await
            }
            _ if pretends => {
                let counter = format!("limit#pretences#{}", caller.employee);
                self.pretences.take(&counter).await
            }
            _ => Ok(false),
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

#[async_trait]
impl<D: Desk> Function for Door<D> {
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

impl Caller {
    /// Refuses whoever is neither a travel manager nor an administrator.
    pub fn must_be_travel_manager(&self) -> Result<(), Refusal> {
        let allowed = [Role::TravelManager, Role::Administrator];
        match self.roles.iter().any(|role| allowed.contains(role)) {
            true => Ok(()),
            false => Err(Refusal::forbidden(texts::NOT_FOR_YOU)),
        }
    }
}
