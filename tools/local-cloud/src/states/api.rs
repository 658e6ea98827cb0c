//! AWS's protocol: what the SDKs, the CLI and boto3 send, answered.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde_json::{Value, json};

use super::definition::Definition;
use super::history::epoch;
use super::journal::{Execution, Status};
use super::service::{Loaded, StatesService, broken, no_execution, no_machine};
use crate::wire::{Access, AwsError, AwsService, Call, Protocol};

const MAX_PAGE: usize = 1_000;

/// Which member of the request names what IAM checks; operations that are not here need `*`.
const RESOURCES: &[(&str, &str)] = &[
    ("StartExecution", "stateMachineArn"),
    ("ListExecutions", "stateMachineArn"),
    ("DescribeStateMachine", "stateMachineArn"),
    ("StopExecution", "executionArn"),
    ("DescribeExecution", "executionArn"),
    ("GetExecutionHistory", "executionArn"),
    ("DescribeStateMachineForExecution", "executionArn"),
    ("ListTagsForResource", "resourceArn"),
];

#[async_trait]
impl AwsService for StatesService {
    fn signing_name(&self) -> &'static str {
        "states"
    }

    fn protocol(&self) -> Protocol {
        Protocol::AwsJson10
    }

    fn access(&self, call: &Call) -> Result<Vec<Access>, AwsError> {
        let member = RESOURCES
            .iter()
            .find(|(operation, _)| *operation == call.operation)
            .map(|(_, member)| *member);
        let resource = match member {
            Some(member) => text(&body(call)?, member)?.to_owned(),
            None => "*".to_owned(),
        };
        Ok(vec![Access {
            action: format!("states:{}", call.operation),
            resource,
        }])
    }

    async fn call(&self, call: Call) -> Result<http::Response<Bytes>, AwsError> {
        let request = body(&call)?;
        let answer = match call.operation.as_str() {
            "StartExecution" => self.begin_execution(&request),
            "StopExecution" => self.stop(&request),
            "DescribeExecution" => self.describe_execution(&request),
            "ListExecutions" => self.list_executions(&request),
            "GetExecutionHistory" => self.history(&request),
            "SendTaskSuccess" => self
                .send_task_success(text(&request, "taskToken")?, text(&request, "output")?)
                .map(|()| json!({})),
            "SendTaskFailure" => {
                let (error, cause) = (request["error"].as_str(), request["cause"].as_str());
                let token = text(&request, "taskToken")?;
                self.send_task_failure(token, error.unwrap_or_default(), cause.unwrap_or_default())
                    .map(|()| json!({}))
            }
            "SendTaskHeartbeat" => self
                .send_task_heartbeat(text(&request, "taskToken")?)
                .map(|()| json!({})),
            "ListStateMachines" => Ok(self.list_machines()),
            "DescribeStateMachine" => self.describe_machine(&request),
            "DescribeStateMachineForExecution" => self.describe_machine_of(&request),
            "ValidateStateMachineDefinition" => validate(&request),
            "ListTagsForResource" => self.tags(&request),
            other => Err(AwsError::not_offered("states", other)),
        }?;
        Ok(http::Response::new(Bytes::from(answer.to_string())))
    }
}

impl StatesService {
    fn begin_execution(&self, request: &Value) -> Result<Value, AwsError> {
        let input = match request["input"].as_str() {
            Some(input) => serde_json::from_str(input).map_err(|error| {
                AwsError::new(
                    "InvalidExecutionInput",
                    format!("Invalid State Machine Execution Input: '{error}'"),
                )
            })?,
            None => json!({}),
        };
        let name = request["name"].as_str().map(str::to_owned);
        let started = self.start_execution(text(request, "stateMachineArn")?, name, input)?;
        Ok(json!({ "executionArn": started.execution_arn, "startDate": epoch(started.started_at) }))
    }

    fn stop(&self, request: &Value) -> Result<Value, AwsError> {
        let owned = |member: &str| request[member].as_str().map(str::to_owned);
        let stopped_at =
            self.stop_execution(text(request, "executionArn")?, owned("error"), owned("cause"))?;
        Ok(json!({ "stopDate": epoch(stopped_at) }))
    }

    fn execution(&self, request: &Value) -> Result<Execution, AwsError> {
        let arn = text(request, "executionArn")?;
        self.shared
            .journal
            .execution(arn)
            .map_err(broken)?
            .ok_or_else(|| no_execution(arn))
    }

    fn machine(&self, arn: &str) -> Result<&Loaded, AwsError> {
        self.shared.machines.get(arn).ok_or_else(|| no_machine(arn))
    }

    fn describe_execution(&self, request: &Value) -> Result<Value, AwsError> {
        let execution = self.execution(request)?;
        let mut answer = summary(&execution);
        answer["input"] = json!(execution.input);
        answer["inputDetails"] = json!({ "included": true });
        let texts = [
            ("output", &execution.output),
            ("error", &execution.error),
            ("cause", &execution.cause),
        ];
        for (member, value) in texts {
            if let Some(value) = value {
                answer[member] = json!(value);
            }
        }
        if execution.output.is_some() {
            answer["outputDetails"] = json!({ "included": true });
        }
        answer["redriveCount"] = json!(0);
        answer["redriveStatus"] = json!("NOT_REDRIVABLE");
        answer["redriveStatusReason"] = json!("The local cloud does not redrive executions.");
        Ok(answer)
    }

    fn list_executions(&self, request: &Value) -> Result<Value, AwsError> {
        let arn = text(request, "stateMachineArn")?;
        self.machine(arn)?;
        let filter = request["statusFilter"].as_str();
        let status = filter.map(|name| {
            let unknown =
                || AwsError::new("ValidationException", format!("statusFilter `{name}` is unknown"));
            Status::of_name(name).ok_or_else(unknown)
        });
        let (limit, before) = (page_size(request), page_token(request)?);
        let mut found = self
            .shared
            .journal
            .list(arn, status.transpose()?, before, limit + 1)
            .map_err(broken)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let mut answer = json!({ "executions": found.iter().map(summary).collect::<Vec<_>>() });
        if let Some(last) = found.last().filter(|_| more) {
            answer["nextToken"] = json!(BASE64.encode(last.number.to_string()));
        }
        Ok(answer)
    }

    fn history(&self, request: &Value) -> Result<Value, AwsError> {
        let execution = self.execution(request)?;
        let reverse = request["reverseOrder"].as_bool().unwrap_or(false);
        let (limit, after) = (page_size(request), page_token(request)?);
        let found = self
            .shared
            .journal
            .history(&execution.arn, after, reverse, limit + 1)
            .map_err(broken)?;
        let page = &found[..found.len().min(limit)];
        let data = request["includeExecutionData"].as_bool().unwrap_or(true);
        let read = |body: &str| -> Value {
            let mut event: Value = serde_json::from_str(body).unwrap_or_default();
            if !data {
                without_data(&mut event);
            }
            event
        };
        let mut answer = json!({ "events": page.iter().map(|(_, body)| read(body)).collect::<Vec<_>>() });
        if let Some((last, _)) = page.last().filter(|_| found.len() > limit) {
            answer["nextToken"] = json!(BASE64.encode(last.to_string()));
        }
        Ok(answer)
    }

    fn list_machines(&self) -> Value {
        let described = |(arn, loaded): (&String, &Loaded)| {
            json!({
                "stateMachineArn": arn,
                "name": loaded.machine.name,
                "type": "STANDARD",
                "creationDate": epoch(loaded.created_at),
            })
        };
        json!({ "stateMachines": self.shared.machines.iter().map(described).collect::<Vec<_>>() })
    }

    fn describe_machine(&self, request: &Value) -> Result<Value, AwsError> {
        let arn = text(request, "stateMachineArn")?;
        let loaded = self.machine(arn)?;
        Ok(json!({
            "stateMachineArn": arn,
            "name": loaded.machine.name,
            "status": "ACTIVE",
            "definition": loaded.machine.definition,
            "roleArn": loaded.machine.role_arn,
            "type": "STANDARD",
            "creationDate": epoch(loaded.created_at),
            "loggingConfiguration": { "level": "OFF", "includeExecutionData": false },
            "tracingConfiguration": { "enabled": false },
        }))
    }

    fn describe_machine_of(&self, request: &Value) -> Result<Value, AwsError> {
        let execution = self.execution(request)?;
        let definition = self
            .shared
            .journal
            .definition(&execution.definition)
            .map_err(broken)?;
        Ok(json!({
            "stateMachineArn": execution.machine_arn,
            "name": execution.machine_name,
            "definition": definition,
            "roleArn": execution.role_arn,
            "updateDate": epoch(execution.started_at),
        }))
    }

    fn tags(&self, request: &Value) -> Result<Value, AwsError> {
        let arn = text(request, "resourceArn")?;
        let unknown = |_| AwsError::new("ResourceNotFound", format!("Resource not found: '{arn}'"));
        let tags = &self.machine(arn).map_err(unknown)?.machine.tags;
        let tags: Vec<_> = tags
            .iter()
            .map(|(key, value)| json!({ "key": key, "value": value }))
            .collect();
        Ok(json!({ "tags": tags }))
    }
}

fn validate(request: &Value) -> Result<Value, AwsError> {
    let diagnostics = match Definition::parse(text(request, "definition")?) {
        Ok(_) => Vec::new(),
        Err(error) => {
            let location = error.state.as_ref().map(|state| format!("/States/{state}"));
            let (code, message) = ("SCHEMA_VALIDATION_FAILED", error.to_string());
            vec![json!({ "severity": "ERROR", "code": code, "message": message, "location": location })]
        }
    };
    let result = if diagnostics.is_empty() { "OK" } else { "FAIL" };
    Ok(json!({ "result": result, "diagnostics": diagnostics, "truncated": false }))
}

fn summary(execution: &Execution) -> Value {
    let mut answer = json!({
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine_arn,
        "name": execution.name,
        "status": execution.status.name(),
        "startDate": epoch(execution.started_at),
    });
    if let Some(stopped_at) = execution.stopped_at {
        answer["stopDate"] = epoch(stopped_at);
    }
    answer
}

/// Takes inputs and outputs out of a history event.
fn without_data(event: &mut Value) {
    for details in event
        .as_object_mut()
        .into_iter()
        .flat_map(|event| event.values_mut())
    {
        if let Some(details) = details.as_object_mut() {
            for member in ["input", "output", "parameters", "assignedVariables"] {
                details.shift_remove(member);
            }
        }
    }
}

fn body(call: &Call) -> Result<Value, AwsError> {
    if call.body.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(&call.body)
        .map_err(|error| AwsError::new("SerializationException", error.to_string()))
}

fn text<'a>(request: &'a Value, member: &str) -> Result<&'a str, AwsError> {
    let missing = || AwsError::new("ValidationException", format!("{member} is missing or no string"));
    request[member].as_str().ok_or_else(missing)
}

fn page_size(request: &Value) -> usize {
    match request["maxResults"].as_u64() {
        None | Some(0) => 100,
        Some(size) => usize::try_from(size).unwrap_or(MAX_PAGE).min(MAX_PAGE),
    }
}

fn page_token(request: &Value) -> Result<Option<i64>, AwsError> {
    let Some(token) = request["nextToken"].as_str() else {
        return Ok(None);
    };
    let number = BASE64
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok());
    number
        .map(Some)
        .ok_or_else(|| AwsError::new("InvalidToken", "Invalid Token: 'Invalid token'"))
}
