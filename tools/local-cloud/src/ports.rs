//! How the cloud's parts reach each other, so that each can be built and tested alone.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use serde_json::Value;

/// The code behind a template's functions. The local cloud knows none of it: whoever starts the cloud brings it.
#[async_trait]
pub trait FunctionCode: Send + Sync {
    /// Runs one invocation. `Err` is what AWS calls a function error: retried and dead-lettered by the caller's rules.
    async fn invoke(&self, invocation: Invocation) -> Result<Value, FunctionError>;
}

#[derive(Clone, Debug)]
pub struct Invocation {
    pub request_id: String,
    pub payload: Value,
    /// What is left of the function's timeout.
    pub timeout: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error_type}: {message}")]
pub struct FunctionError {
    /// As the Lambda runtime reports it in `errorType`; state machines catch by this name.
    pub error_type: String,
    pub message: String,
}

/// Invoking functions by ARN or name (implemented by the Lambda emulation).
#[async_trait]
pub trait Functions: Send + Sync {
    /// `RequestResponse`: waits for the result; enforces the function's timeout and the 6 MB payload limit.
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, InvokeError>;
    /// `Event`: durably queued before this returns; then up to 2 retries and the OnFailure destination.
    async fn invoke_async(&self, function: &str, payload: Value) -> Result<(), InvokeError>;
}

#[derive(Clone, Debug, thiserror::Error)]
pub enum InvokeError {
    #[error("function not found: {0}")]
    NotFound(String),
    #[error("{bytes} byte payload is too large for the {kind} invocation type (limit {limit} bytes)")]
    TooLarge {
        bytes: usize,
        limit: usize,
        /// `RequestResponse` or `Event`.
        kind: &'static str,
    },
    #[error(transparent)]
    Function(#[from] FunctionError),
}

/// A delivery to a target that the rule, schedule, or destination names by ARN (function, queue, machine, bus).
#[async_trait]
pub trait Targets: Send + Sync {
    async fn deliver(&self, delivery: Delivery) -> Result<(), DeliveryError>;

    /// Several to one target, each of which succeeds or fails alone; answered in their order.
    async fn deliver_all(&self, deliveries: Vec<Delivery>) -> Vec<Result<(), DeliveryError>> {
        join_all(deliveries.into_iter().map(|delivery| self.deliver(delivery))).await
    }

    /// How many deliveries this target is best given together: one, unless taking many costs it little more.
    fn at_once(&self, _target_arn: &str) -> usize {
        1
    }
}

#[derive(Clone, Debug)]
pub struct Delivery {
    pub target_arn: String,
    /// The JSON document the target receives.
    pub payload: Value,
    /// For SQS FIFO or message attributes of a DLQ record: RULE_ARN, TARGET_ARN, ERROR_CODE, ERROR_MESSAGE …
    pub attributes: Vec<(String, String)>,
}

#[derive(Clone, Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub struct DeliveryError {
    pub code: String,
    pub message: String,
    /// Whether the rule's retry policy applies; if not, straight to the dead-letter queue.
    pub retryable: bool,
}

/// Resolves ARNs late: parts are built one after another but refer to each other.
pub type SharedTargets = Arc<dyn Targets>;
