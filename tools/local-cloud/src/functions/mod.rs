//! Lambda: invokes the template's functions, synchronously with their timeout, or through the asynchronous queue
//! with its retries and destinations.
//!
//! It does not know what a function does: [`FunctionCode`] comes from whoever starts the cloud. Several copies of a
//! function run at once here, as on AWS.

mod api;
mod destinations;
pub mod process;
mod queue;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_types::SdkConfig;
use futures_util::FutureExt;
use serde_json::Value;

use crate::clock::Clock;
use crate::ports::{FunctionCode, FunctionError, Functions, Invocation, InvokeError, SharedTargets};
use crate::store::Store;
use queue::AsyncQueue;

/// Request and response of a synchronous invocation.
pub const SYNC_PAYLOAD_BYTES: usize = 6 * 1024 * 1024;
/// Payload of an asynchronous invocation: 1 MB since October 2025 (256 KB before).
pub const ASYNC_PAYLOAD_BYTES: usize = 1024 * 1024;

/// A function as its code's provider sees it.
#[derive(Clone, Debug)]
pub struct FunctionSpec {
    pub logical_id: String,
    pub name: String,
    pub arn: String,
    /// The binary that `Metadata: BuildProperties: Binary` names; the logical id where the template names none.
    pub binary: String,
    /// `Runtime`, `Handler` and the folder of the code, as the template gives them.
    pub runtime: Option<String>,
    pub handler: Option<String>,
    pub code: PathBuf,
    pub timeout: Duration,
    pub memory_mb: u32,
    /// `Environment: Variables`, resolved, with what Lambda itself sets (`AWS_REGION` and the like).
    pub environment: BTreeMap<String, String>,
    /// For this function's AWS clients: they sign as the function, so its policies apply.
    pub sdk_config: SdkConfig,
}

/// `AWS::Lambda::EventInvokeConfig`: what becomes of an asynchronous invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsyncConfig {
    /// 0 to 2; Lambda's default is 2.
    pub max_retries: u32,
    /// 60 s to 6 h; Lambda's default is 6 h.
    pub max_age: Duration,
    pub on_success: Option<String>,
    pub on_failure: Option<String>,
    /// The function's own `DeadLetterQueue`, the older mechanism: gets the bare event.
    pub dead_letter_arn: Option<String>,
}

impl Default for AsyncConfig {
    fn default() -> Self {
        let max_age = Duration::from_secs(6 * 60 * 60);
        Self {
            max_retries: 2,
            max_age,
            on_success: None,
            on_failure: None,
            dead_letter_arn: None,
        }
    }
}

/// Finds the code of a function; `Err` says why there is none, and the cloud does not start.
pub type CodeProvider = dyn Fn(&FunctionSpec) -> Result<Arc<dyn FunctionCode>, String> + Send + Sync;

#[derive(Clone)]
pub struct Function {
    pub spec: FunctionSpec,
    pub code: Arc<dyn FunctionCode>,
    pub asynchronous: AsyncConfig,
}

pub struct Lambda {
    functions: BTreeMap<String, Function>,
    queue: AsyncQueue,
    request_ids: Mutex<fastrand::Rng>,
}

impl Lambda {
    /// Opens the durable queue; what was queued before a restart is invoked again once [`run`](Self::run) is polled.
    pub fn open(
        functions: Vec<Function>,
        store: Store,
        clock: Clock,
        targets: SharedTargets,
        seed: u64,
    ) -> rusqlite::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            functions: functions.into_iter().map(|f| (f.spec.name.clone(), f)).collect(),
            queue: AsyncQueue::open(store, clock, targets)?,
            request_ids: Mutex::new(fastrand::Rng::with_seed(seed)),
        }))
    }

    /// Works off the asynchronous queue for as long as it is polled.
    pub async fn run(self: Arc<Self>) {
        queue::run(self).await;
    }

    /// Asynchronous invocations not finished yet, retries and destinations included.
    pub fn pending(&self) -> usize {
        self.queue.pending()
    }

    /// Of those, the ones that are due now or running: zero once nothing happens without time passing.
    pub fn busy(&self) -> usize {
        self.queue.busy()
    }

    /// By name, ARN (a `:$LATEST` or alias suffix is ignored) or logical id.
    pub fn find(&self, function: &str) -> Option<&Function> {
        let name = match function.split(":function:").nth(1) {
            Some(qualified) => qualified.split(':').next().unwrap_or(qualified),
            None => function,
        };
        self.functions
            .get(name)
            .or_else(|| self.functions.values().find(|f| f.spec.logical_id == name))
    }

    fn required(&self, function: &str) -> Result<&Function, InvokeError> {
        self.find(function)
            .ok_or_else(|| InvokeError::NotFound(function.to_string()))
    }

    fn new_request_id(&self) -> String {
        let mut ids = self.request_ids.lock().unwrap_or_else(PoisonError::into_inner);
        uuid::Builder::from_random_bytes(ids.u128(..).to_be_bytes())
            .into_uuid()
            .to_string()
    }
}

#[async_trait]
impl Functions for Lambda {
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, InvokeError> {
        let function = self.required(function)?;
        limit(&payload, SYNC_PAYLOAD_BYTES, "RequestResponse")?;
        Ok(execute(function, self.new_request_id(), payload).await?)
    }

    async fn invoke_async(&self, function: &str, payload: Value) -> Result<(), InvokeError> {
        let function = self.required(function)?;
        limit(&payload, ASYNC_PAYLOAD_BYTES, "Event")?;
        self.queue
            .push(&function.spec.name, &self.new_request_id(), &payload)
            .map_err(|error| {
                FunctionError {
                    error_type: "ServiceException".into(),
                    message: error.to_string(),
                }
                .into()
            })
    }
}

fn limit(payload: &Value, limit: usize, kind: &'static str) -> Result<(), InvokeError> {
    let bytes = payload.to_string().len();
    if bytes > limit {
        Err(InvokeError::TooLarge { bytes, limit, kind })
    } else {
        Ok(())
    }
}

/// One attempt, ended by the function's timeout. A panic is the crash of that one copy.
async fn execute(function: &Function, request_id: String, payload: Value) -> Result<Value, FunctionError> {
    let timeout = function.spec.timeout;
    let invocation = Invocation {
        request_id: request_id.clone(),
        payload,
        timeout,
    };
    let attempt = AssertUnwindSafe(function.code.invoke(invocation)).catch_unwind();
    let answer = match tokio::time::timeout(timeout, attempt).await {
        Ok(Ok(answer)) => answer?,
        Ok(Err(_panic)) => {
            let message =
                format!("RequestId: {request_id} Error: Runtime exited with error: exit status 101");
            return Err(FunctionError {
                error_type: "Runtime.ExitError".into(),
                message,
            });
        }
        Err(_elapsed) => {
            let message = format!(
                "RequestId: {request_id} Error: Task timed out after {:.2} seconds",
                timeout.as_secs_f64()
            );
            return Err(FunctionError {
                error_type: "Sandbox.Timedout".into(),
                message,
            });
        }
    };
    match limit(&answer, SYNC_PAYLOAD_BYTES, "RequestResponse") {
        Ok(()) => Ok(answer),
        Err(_) => Err(FunctionError {
            error_type: "Function.ResponseSizeTooLarge".into(),
            message: format!(
                "Response payload size exceeded maximum allowed payload size ({SYNC_PAYLOAD_BYTES} bytes)."
            ),
        }),
    }
}
