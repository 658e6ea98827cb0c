//! What a Task may call, and the port through which it does. Only the assembler knows who answers.

use async_trait::async_trait;
use serde_json::{Value, json};

/// Calls other services on behalf of a state machine.
#[async_trait]
pub trait Integrations: Send + Sync {
    /// `machine` is the calling machine's logical id: its role decides what is allowed. `service` and `action` are as
    /// in the resource's ARN (`lambda`/`invoke`, `events`/`putEvents`, `sqs`/`sendMessage`, `dynamodb`/`getItem`, `states`/`startExecution` …),
    /// `arguments` as the state gives them (`{FunctionName, Payload}` for Lambda).
    ///
    /// The answer is the service's response, except for Lambda: there it is the function's result alone, and a
    /// function error is a [`TaskError`] with the function's `errorType` as its name and
    /// `{"errorMessage", "errorType"}` as a JSON text for its cause.
    async fn call(
        &self,
        machine: &str,
        service: &str,
        action: &str,
        arguments: Value,
    ) -> Result<Value, TaskError>;
}

/// A task's failure: `error` is the name that Retry and Catch match.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {cause}")]
pub struct TaskError {
    pub error: String,
    pub cause: String,
}

/// The optimised integrations offered, by the service and action of the ARN, and whether a callback is too.
const OFFERED: &[(&str, &str, bool)] = &[
    ("lambda", "invoke", true),
    ("sqs", "sendMessage", true),
    ("events", "putEvents", true),
    ("dynamodb", "getItem", false),
    ("dynamodb", "putItem", false),
    ("dynamodb", "updateItem", false),
    ("dynamodb", "deleteItem", false),
    // Not `.sync`: nothing here waits for another machine's end.
    ("states", "startExecution", true),
];

/// A Task's `Resource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A function's ARN: the arguments are its payload, its result is the state's.
    Function { arn: String },
    /// `arn:aws:states:::service:action[.waitForTaskToken]`.
    Integration {
        service: String,
        action: String,
        callback: bool,
    },
}

impl Resource {
    pub fn parse(resource: &str) -> Result<Self, String> {
        if let Some(call) = resource.strip_prefix("arn:aws:states:::") {
            return Self::integration(resource, call);
        }
        if resource.starts_with("arn:aws:lambda:") && resource.contains(":function:") {
            return Ok(Self::Function {
                arn: resource.to_owned(),
            });
        }
        Err(format!("Resource `{resource}` is not offered by the local cloud"))
    }

    fn integration(resource: &str, call: &str) -> Result<Self, String> {
        let (call, callback) = match call.strip_suffix(".waitForTaskToken") {
            Some(call) => (call, true),
            None => (call, false),
        };
        let refused = || {
            let offered: Vec<_> = OFFERED
                .iter()
                .map(|(service, action, _)| format!("{service}:{action}"))
                .collect();
            format!(
                "Resource `{resource}` is not offered by the local cloud, which has {}",
                offered.join(", ")
            )
        };
        let (service, action) = call.split_once(':').ok_or_else(refused)?;
        let known = OFFERED
            .iter()
            .find(|(known, does, _)| *known == service && *does == action)
            .ok_or_else(refused)?;
        if callback && !known.2 {
            return Err(format!(
                "Resource `{resource}`: {service}:{action} cannot wait for a task token"
            ));
        }
        Ok(Self::Integration {
            service: service.to_owned(),
            action: action.to_owned(),
            callback,
        })
    }

    pub fn waits_for_token(&self) -> bool {
        matches!(self, Self::Integration { callback: true, .. })
    }

    pub fn is_function(&self) -> bool {
        matches!(self, Self::Function { .. })
    }

    /// What its `Arguments` cannot be without.
    pub fn required_argument(&self) -> Option<&'static str> {
        match self {
            Self::Integration { service, .. } if service == "lambda" => Some("FunctionName"),
            Self::Integration { service, .. } if service == "states" => Some("StateMachineArn"),
            _ => None,
        }
    }

    /// `resourceType` in history events.
    pub fn service(&self) -> &str {
        match self {
            Self::Function { .. } => "lambda",
            Self::Integration { service, .. } => service,
        }
    }

    /// The action to call.
    pub fn action(&self) -> &str {
        match self {
            Self::Function { .. } => "invoke",
            Self::Integration { action, .. } => action,
        }
    }

    /// `resource` in history events.
    pub fn history_name(&self) -> String {
        match self {
            Self::Function { arn } => arn.clone(),
            Self::Integration {
                action,
                callback: true,
                ..
            } => format!("{action}.waitForTaskToken"),
            Self::Integration { action, .. } => action.clone(),
        }
    }

    /// What the port is given for the state's `arguments`.
    pub fn call_arguments(&self, arguments: &Value) -> Value {
        match self {
            Self::Function { arn } => json!({ "FunctionName": arn, "Payload": arguments }),
            Self::Integration { .. } => arguments.clone(),
        }
    }

    /// The state's result for the port's `answer`: only `lambda:invoke` wraps it.
    pub fn result(&self, answer: Value) -> Value {
        match self {
            Self::Integration { service, .. } if service == "lambda" => {
                json!({ "ExecutedVersion": "$LATEST", "Payload": answer, "StatusCode": 200 })
            }
            _ => answer,
        }
    }
}
