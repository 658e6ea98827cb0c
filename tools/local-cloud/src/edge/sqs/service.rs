//! SQS over the wire: the AWS JSON protocol that current SDKs, the CLI and boto3 speak.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::batch::{self, Batch, answer_batch};
use super::message::{self, Message, MessageAttribute, MessageAttributes, md5_hex, md5_of_attributes};
use super::{Outgoing, Queue, Queues, Receive, SqsError};
use crate::edge::reply;
use crate::wire::{Access, AwsError, AwsService, Call, Caller, Protocol};

#[async_trait]
impl AwsService for Queues {
    fn signing_name(&self) -> &'static str {
        "sqs"
    }

    fn protocol(&self) -> Protocol {
        Protocol::AwsJson10
    }

    fn access(&self, call: &Call) -> Result<Vec<Access>, AwsError> {
        let body: Addressed = serde_json::from_slice(&call.body)
            .map_err(|error| AwsError::new("SerializationException", error.to_string()))?;
        let operation = call.operation.trim_end_matches("Batch");
        let by_url = body
            .queue_url
            .as_deref()
            .map(name_in_url)
            .or(body.queue_name.as_deref());
        let resource = match (body.source_arn, by_url) {
            (Some(arn), _) => arn,
            (None, name) => format!(
                "arn:aws:sqs:{}:{}:{}",
                self.config.region,
                self.config.account,
                name.unwrap_or("*")
            ),
        };
        Ok(vec![Access {
            action: format!("sqs:{operation}"),
            resource,
        }])
    }

    async fn call(&self, call: Call) -> Result<Response<Bytes>, AwsError> {
        Ok(match self.answer(&call).await {
            Ok(Value::Null) => reply::with_body(200, "application/x-amz-json-1.0", Bytes::new()),
            Ok(answer) => reply::with_body(200, "application/x-amz-json-1.0", answer.to_string()),
            Err(error) => {
                if !error.is_senders_fault() {
                    tracing::error!(
                        operation = call.operation,
                        error = &error as &dyn std::error::Error,
                        "queue call failed"
                    );
                }
                error.response()
            }
        })
    }
}

/// The members that say which queue a call is about.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Addressed {
    queue_url: Option<String>,
    queue_name: Option<String>,
    source_arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendEntry {
    /// Only in batches.
    id: Option<String>,
    #[serde(default)]
    message_body: String,
    delay_seconds: Option<u64>,
    #[serde(default)]
    message_attributes: MessageAttributes,
    #[serde(default)]
    message_system_attributes: MessageAttributes,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReceiveRequest {
    max_number_of_messages: Option<usize>,
    visibility_timeout: Option<u64>,
    wait_time_seconds: Option<u64>,
    /// The older name of `message_system_attribute_names`; the CLI still sends it.
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

/// An entry of DeleteMessage or ChangeMessageVisibility, alone or in a batch.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HandleEntry {
    id: Option<String>,
    receipt_handle: Option<String>,
    visibility_timeout: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributesRequest {
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListRequest {
    queue_name_prefix: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MoveRequest {
    source_arn: Option<String>,
    destination_arn: Option<String>,
    max_results: Option<u32>,
}

impl Queues {
    async fn answer(&self, call: &Call) -> Result<Value, SqsError> {
        let sender = sender_id(&call.caller);
        match call.operation.as_str() {
            "SendMessage" => self.send_one(self.addressed(call)?, request(call)?, &sender),
            "SendMessageBatch" => {
                let (queue, batch) = (self.addressed(call)?, request::<Batch<SendEntry>>(call)?);
                let sizes = batch
                    .entries
                    .iter()
                    .map(|entry| message::size(&entry.message_body, &entry.message_attributes));
                batch::check_size(sizes.sum())?;
                let send = |entry: SendEntry| self.send_one(queue, entry, &sender);
                answer_batch(batch.entries, |entry| entry.id.clone(), send)
            }
            "ReceiveMessage" => self.receive_request(self.addressed(call)?, request(call)?).await,
            "DeleteMessage" => self
                .delete_entry(self.addressed(call)?, request(call)?)
                .map(|_| Value::Null),
            "DeleteMessageBatch" => {
                let queue = self.addressed(call)?;
                let delete = |entry| self.delete_entry(queue, entry);
                answer_batch(
                    request::<Batch<HandleEntry>>(call)?.entries,
                    |entry| entry.id.clone(),
                    delete,
                )
            }
            "ChangeMessageVisibility" => self
                .visibility_entry(self.addressed(call)?, request(call)?)
                .map(|_| Value::Null),
            "ChangeMessageVisibilityBatch" => {
                let queue = self.addressed(call)?;
                let change = |entry| self.visibility_entry(queue, entry);
                answer_batch(
                    request::<Batch<HandleEntry>>(call)?.entries,
                    |entry| entry.id.clone(),
                    change,
                )
            }
            "GetQueueUrl" => Ok(json!({ "QueueUrl": self.url(self.addressed(call)?) })),
            "GetQueueAttributes" => self.attributes(self.addressed(call)?, &request(call)?),
            "ListQueues" => Ok(self.list(&request(call)?)),
            "PurgeQueue" => {
                let queue = self.addressed(call)?;
                super::table::purge(&self.store.lock(), &queue.config)?;
                Ok(Value::Null)
            }
            "StartMessageMoveTask" => self.start_move(request(call)?),
            "ListMessageMoveTasks" => self.list_moves(request(call)?),
            other => Err(SqsError::NotOffered(other.into())),
        }
    }

    fn addressed(&self, call: &Call) -> Result<&Queue, SqsError> {
        let body: Addressed = request(call)?;
        match (body.queue_url, body.queue_name) {
            (Some(url), _) => self.by_name(name_in_url(&url)),
            (None, Some(name)) => self.by_name(&name),
            (None, None) => Err(SqsError::MissingParameter("QueueUrl")),
        }
    }

    fn send_one(&self, queue: &Queue, entry: SendEntry, sender: &str) -> Result<Value, SqsError> {
        let delay = entry
            .delay_seconds
            .map(|delay| seconds("DelaySeconds", delay, 900))
            .transpose()?;
        let trace_header = entry
            .message_system_attributes
            .get("AWSTraceHeader")
            .and_then(|header| header.string_value.clone());
        let message = Outgoing {
            body: entry.message_body,
            attributes: entry.message_attributes,
            trace_header,
            delay,
            sender: sender.into(),
        };
        let id = self.send_message(queue, &message)?;
        let mut answer = json!({ "MessageId": id, "MD5OfMessageBody": md5_hex(message.body.as_bytes()) });
        if let Some(digest) = md5_of_attributes(&message.attributes) {
            answer["MD5OfMessageAttributes"] = json!(digest);
        }
        if let Some(digest) = md5_of_attributes(&entry.message_system_attributes) {
            answer["MD5OfMessageSystemAttributes"] = json!(digest);
        }
        Ok(answer)
    }

    async fn receive_request(&self, queue: &Queue, request: ReceiveRequest) -> Result<Value, SqsError> {
        let max = request.max_number_of_messages.unwrap_or(1);
        if !(1..=10).contains(&max) {
            return Err(out_of_range("MaxNumberOfMessages", max as u64, "1", 10));
        }
        let wait = request
            .wait_time_seconds
            .map(|wait| seconds("WaitTimeSeconds", wait, 20))
            .transpose()?;
        let visibility = request.visibility_timeout.map(visibility).transpose()?;
        let wanted = Receive {
            max,
            wait: wait.unwrap_or(queue.config.receive_wait),
            visibility,
        };
        let messages = self.receive_messages(queue, wanted).await?;
        if messages.is_empty() {
            return Ok(json!({}));
        }
        let messages: Vec<_> = messages
            .iter()
            .map(|message| received(message, &request))
            .collect();
        Ok(json!({ "Messages": messages }))
    }

    fn delete_entry(&self, queue: &Queue, entry: HandleEntry) -> Result<Value, SqsError> {
        let handle = entry
            .receipt_handle
            .ok_or(SqsError::MissingParameter("ReceiptHandle"))?;
        self.delete_message(queue, &handle)?;
        Ok(json!({}))
    }

    fn visibility_entry(&self, queue: &Queue, entry: HandleEntry) -> Result<Value, SqsError> {
        let handle = entry
            .receipt_handle
            .ok_or(SqsError::MissingParameter("ReceiptHandle"))?;
        let timeout = visibility(
            entry
                .visibility_timeout
                .ok_or(SqsError::MissingParameter("VisibilityTimeout"))?,
        )?;
        self.change_visibility(queue, &handle, timeout)?;
        Ok(json!({}))
    }

    fn attributes(&self, queue: &Queue, request: &AttributesRequest) -> Result<Value, SqsError> {
        let counts = super::table::counts(&self.store.lock(), &queue.config, self.now_ms())?;
        let config = &queue.config;
        let mut attributes = BTreeMap::from([
            ("ApproximateNumberOfMessages", counts.visible.to_string()),
            ("ApproximateNumberOfMessagesDelayed", counts.delayed.to_string()),
            (
                "ApproximateNumberOfMessagesNotVisible",
                counts.in_flight.to_string(),
            ),
            ("DelaySeconds", config.delay.as_secs().to_string()),
            ("MaximumMessageSize", config.max_message_bytes.to_string()),
            ("MessageRetentionPeriod", config.retention.as_secs().to_string()),
            ("QueueArn", queue.arn.clone()),
            (
                "ReceiveMessageWaitTimeSeconds",
                config.receive_wait.as_secs().to_string(),
            ),
            ("SqsManagedSseEnabled", "false".into()),
            (
                "VisibilityTimeout",
                config.visibility_timeout.as_secs().to_string(),
            ),
        ]);
        if let Some(redrive) = &config.redrive {
            let target = &self.by_name(&redrive.dead_letter_queue)?.arn;
            let policy =
                json!({ "deadLetterTargetArn": target, "maxReceiveCount": redrive.max_receive_count });
            attributes.insert("RedrivePolicy", policy.to_string());
        }
        attributes.retain(|name, _| asked_for(&request.attribute_names, name));
        Ok(if attributes.is_empty() {
            json!({})
        } else {
            json!({ "Attributes": attributes })
        })
    }

    fn list(&self, request: &ListRequest) -> Value {
        let prefix = request.queue_name_prefix.as_deref().unwrap_or_default();
        let matching = self
            .queues
            .values()
            .filter(|queue| queue.config.name.starts_with(prefix));
        let urls: Vec<_> = matching.map(|queue| self.url(queue)).collect();
        if urls.is_empty() {
            json!({})
        } else {
            json!({ "QueueUrls": urls })
        }
    }

    fn start_move(&self, request: MoveRequest) -> Result<Value, SqsError> {
        let source = request
            .source_arn
            .ok_or(SqsError::MissingParameter("SourceArn"))?;
        let (id, _) = self.move_messages(&source, request.destination_arn.as_deref())?;
        Ok(json!({ "TaskHandle": format!("{source}/{id}") }))
    }

    fn list_moves(&self, request: MoveRequest) -> Result<Value, SqsError> {
        let source = request
            .source_arn
            .ok_or(SqsError::MissingParameter("SourceArn"))?;
        let tasks = super::table::moves(
            &self.store.lock(),
            &source,
            request.max_results.unwrap_or(1).clamp(1, 10),
        )?;
        let results: Vec<_> = tasks
            .into_iter()
            .map(|task| {
                let mut result = json!({
                    "Status": "COMPLETED",
                    "SourceArn": task.source_arn,
                    "ApproximateNumberOfMessagesMoved": task.moved,
                    "ApproximateNumberOfMessagesToMove": task.moved,
                    "StartedTimestamp": task.started_ms,
                });
                if let Some(arn) = task.destination_arn {
                    result["DestinationArn"] = json!(arn);
                }
                result
            })
            .collect();
        Ok(json!({ "Results": results }))
    }
}

fn request<T: DeserializeOwned>(call: &Call) -> Result<T, SqsError> {
    serde_json::from_slice(&call.body)
        .map_err(|error| SqsError::invalid(format!("the request is not valid: {error}")))
}

fn name_in_url(url: &str) -> &str {
    url.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

fn sender_id(caller: &Caller) -> String {
    match caller {
        Caller::Resource(logical_id) => format!("AROALOCAL:{logical_id}"),
        Caller::Outside => "AIDALOCAL".into(),
    }
}

fn seconds(name: &str, value: u64, max: u64) -> Result<Duration, SqsError> {
    if value > max {
        Err(out_of_range(name, value, "0", max))
    } else {
        Ok(Duration::from_secs(value))
    }
}

fn visibility(value: u64) -> Result<Duration, SqsError> {
    seconds("VisibilityTimeout", value, 43_200)
}

fn out_of_range(name: &str, value: u64, min: &str, max: u64) -> SqsError {
    SqsError::invalid(format!(
        "Value {value} for parameter {name} is invalid. Reason: Must be between {min} and {max}, if provided."
    ))
}

/// `All`, `.*`, the name itself, or a prefix written `prefix.*`.
fn asked_for(names: &[String], name: &str) -> bool {
    let covers = |asked: &String| {
        asked == "All"
            || asked == name
            || asked
                .strip_suffix(".*")
                .is_some_and(|prefix| name.starts_with(prefix))
    };
    names.iter().any(covers)
}

fn received(message: &Message, request: &ReceiveRequest) -> Value {
    let mut answer = json!({
        "MessageId": message.message_id,
        "ReceiptHandle": message.receipt_handle,
        "Body": message.body,
        "MD5OfBody": md5_hex(message.body.as_bytes()),
    });
    let mut system = message.system_attributes();
    system.retain(|name, _| {
        asked_for(&request.message_system_attribute_names, name) || asked_for(&request.attribute_names, name)
    });
    if !system.is_empty() {
        answer["Attributes"] = json!(system);
    }
    // The digest covers the attributes in the answer, so it is taken after the choice.
    let chosen: BTreeMap<&String, &MessageAttribute> = message
        .attributes
        .iter()
        .filter(|(name, _)| asked_for(&request.message_attribute_names, name))
        .collect();
    if let Some(digest) = md5_of_attributes(chosen.iter().map(|(name, value)| (*name, *value))) {
        answer["MD5OfMessageAttributes"] = json!(digest);
        answer["MessageAttributes"] = json!(chosen);
    }
    answer
}
