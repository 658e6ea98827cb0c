//! What state machines call, each under its own policies: functions directly, other services through the endpoint.

use std::sync::Weak;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::endpoint::Endpoint;
use crate::functions::Lambda;
use crate::iam::Context;
use crate::ports::{Functions, InvokeError};
use crate::states::{Integrations, TaskError};
use crate::wire::{Access, AwsError, Caller};

pub(super) struct CloudIntegrations {
    endpoint: Endpoint,
    lambda: Weak<Lambda>,
}

impl CloudIntegrations {
    pub fn new(endpoint: Endpoint, lambda: Weak<Lambda>) -> Self {
        Self { endpoint, lambda }
    }

    async fn invoke(&self, caller: Caller, arguments: &Value) -> Result<Value, TaskError> {
        let name = arguments["FunctionName"].as_str().unwrap_or_default();
        let lambda = self
            .lambda
            .upgrade()
            .ok_or_else(|| task_error("Lambda.ServiceException", "Lambda is stopping"))?;
        let arn = lambda
            .find(name)
            .map_or_else(|| name.to_string(), |f| f.spec.arn.clone());
        let access = Access {
            action: "lambda:InvokeFunction".into(),
            resource: arn,
        };
        self.endpoint
            .authorize(&caller, &[access], &Context::default())
            .map_err(|e| aws_failure("Lambda", &e))?;
        lambda
            .invoke(name, arguments["Payload"].clone())
            .await
            .map_err(|error| match error {
                InvokeError::NotFound(_) => {
                    task_error("Lambda.ResourceNotFoundException", &error.to_string())
                }
                InvokeError::TooLarge { .. } => task_error("States.DataLimitExceeded", &error.to_string()),
                InvokeError::Function(error) => {
                    let cause = json!({ "errorMessage": error.message, "errorType": error.error_type });
                    TaskError {
                        error: error.error_type,
                        cause: cause.to_string(),
                    }
                }
            })
    }

    async fn put_events(&self, caller: Caller, mut arguments: Value) -> Result<Value, TaskError> {
        for entry in arguments["Entries"].as_array_mut().into_iter().flatten() {
            if entry["Detail"].is_object() {
                entry["Detail"] = Value::from(entry["Detail"].to_string());
            }
        }
        let answer = self
            .through_endpoint(caller, "events", "PutEvents", "EventBridge", &arguments)
            .await?;
        // The call succeeds even if entries fail; the task must not.
        match answer["FailedEntryCount"].as_u64() {
            Some(0) | None => Ok(answer),
            Some(_) => Err(task_error("EventBridge.FailedEntry", &answer.to_string())),
        }
    }

    /// An execution is started and not waited for. Step Functions gives and takes these members in upper case.
    async fn start_execution(&self, caller: Caller, arguments: &Value) -> Result<Value, TaskError> {
        let mut request = json!({ "stateMachineArn": arguments["StateMachineArn"] });
        if let Some(name) = arguments.get("Name") {
            request["name"] = name.clone();
        }
        request["input"] = match arguments.get("Input") {
            Some(Value::String(text)) => Value::from(text.clone()),
            Some(input) => Value::from(input.to_string()),
            None => Value::from("{}"),
        };
        let answer = self
            .through_endpoint(caller, "states", "StartExecution", "StepFunctions", &request)
            .await?;
        Ok(json!({ "ExecutionArn": answer["executionArn"], "StartDate": answer["startDate"] }))
    }

    async fn through_endpoint(
        &self,
        caller: Caller,
        service: &str,
        operation: &str,
        named: &str,
        arguments: &Value,
    ) -> Result<Value, TaskError> {
        let body = Bytes::from(arguments.to_string());
        let answer = self
            .endpoint
            .call_as(caller, service, operation, body)
            .await
            .map_err(|e| aws_failure(named, &e))?;
        serde_json::from_slice(&answer).or(Ok(Value::Null))
    }
}

#[async_trait]
impl Integrations for CloudIntegrations {
    async fn call(
        &self,
        machine: &str,
        service: &str,
        action: &str,
        arguments: Value,
    ) -> Result<Value, TaskError> {
        let caller = Caller::Resource(machine.to_string());
        match (service, action) {
            ("lambda", "invoke") => self.invoke(caller, &arguments).await,
            ("events", "putEvents") => self.put_events(caller, arguments).await,
            ("sqs", "sendMessage") => {
                let mut arguments = arguments;
                if !arguments["MessageBody"].is_string() {
                    arguments["MessageBody"] = Value::from(arguments["MessageBody"].to_string());
                }
                self.through_endpoint(caller, "sqs", "SendMessage", "SQS", &arguments)
                    .await
            }
            ("states", "startExecution") => self.start_execution(caller, &arguments).await,
            ("dynamodb", action) => {
                let operation = action[..1].to_ascii_uppercase() + &action[1..];
                self.through_endpoint(caller, "dynamodb", &operation, "DynamoDB", &arguments)
                    .await
            }
            _ => Err(task_error(
                "States.Runtime",
                &format!("the local cloud does not offer {service}:{action}"),
            )),
        }
    }
}

/// `DynamoDB.ConditionalCheckFailedException`, as Step Functions names the errors of its integrations.
/// Of Step Functions' own errors only some end so on the wire; here all do.
fn aws_failure(service: &str, error: &AwsError) -> TaskError {
    let suffix = match error.code.ends_with("Exception") || service != "StepFunctions" {
        true => "",
        false => "Exception",
    };
    task_error(&format!("{service}.{}{suffix}", error.code), &error.message)
}

fn task_error(error: &str, cause: &str) -> TaskError {
    TaskError {
        error: error.into(),
        cause: cause.into(),
    }
}
