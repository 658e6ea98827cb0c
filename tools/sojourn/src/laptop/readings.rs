//! Bedrock Data Automation on a laptop: a job reads the document with the policy's own parser and writes what it found to
//! S3 in the form of the real one's standard output. As there, S3 is reached with the caller's permissions.
//!
//! Jobs are not kept over a restart: whoever waits for one begins it again.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use aws_types::SdkConfig;
use local_cloud::wire::{Access, AwsError, Call, Caller};
use policy::parser::{Clause, parser_for};
use serde_json::{Value, json};
use uuid::Uuid;

const TARGET: &str = "AmazonBedrockKeystoneRuntimeService.";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Invoke,
    Status,
}

/// Configuration for clients that sign as somebody.
type Clients = Box<dyn Fn(&str) -> SdkConfig + Send + Sync>;

#[derive(Default)]
pub(super) struct Readings {
    /// Known once the cloud runs.
    clients: OnceLock<Clients>,
    /// By invocation: what `GetDataAutomationStatus` says.
    jobs: Mutex<BTreeMap<String, Value>>,
}

impl Readings {
    pub fn connect(&self, clients: impl Fn(&str) -> SdkConfig + Send + Sync + 'static) {
        // Set once, by whoever started the cloud.
        let _ = self.clients.set(Box::new(clients));
    }

    pub fn operation(call: &Call) -> Option<Operation> {
        let target = call.headers.get("x-amz-target")?.to_str().ok()?;
        match target.strip_prefix(TARGET)? {
            "InvokeDataAutomationAsync" => Some(Operation::Invoke),
            "GetDataAutomationStatus" => Some(Operation::Status),
            _ => None,
        }
    }

    pub fn access(&self, operation: Operation, call: &Call) -> Result<Vec<Access>, AwsError> {
        let body = body(call)?;
        let access = |action: &str, resource: &Value| Access {
            action: format!("bedrock:{action}"),
            resource: resource.as_str().unwrap_or_default().into(),
        };
        Ok(match operation {
            Operation::Invoke => vec![
                access("InvokeDataAutomationAsync", &body["dataAutomationProfileArn"]),
                access(
                    "InvokeDataAutomationAsync",
                    &body["dataAutomationConfiguration"]["dataAutomationProjectArn"],
                ),
            ],
            Operation::Status => vec![access("GetDataAutomationStatus", &body["invocationArn"])],
        })
    }

    pub async fn call(&self, operation: Operation, call: &Call) -> Result<Value, AwsError> {
        let body = body(call)?;
        match operation {
            Operation::Invoke => self.invoke(&call.caller, &body).await,
            Operation::Status => self.status(&body),
        }
    }

    fn status(&self, body: &Value) -> Result<Value, AwsError> {
        let invocation = body["invocationArn"].as_str().unwrap_or_default();
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let known = jobs.get(invocation).cloned();
        known.ok_or_else(|| AwsError::new("ResourceNotFoundException", "there is no such invocation"))
    }

    /// The job is done when its name is given out: nobody waits longer than they must.
    async fn invoke(&self, caller: &Caller, body: &Value) -> Result<Value, AwsError> {
        let token = body["clientToken"].as_str().unwrap_or_default();
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, token.as_bytes());
        let invocation = format!("arn:aws:bedrock:eu-west-1:000000000000:data-automation-invocation/{id}");
        let known = self
            .jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(&invocation);
        if !known {
            let ended = self.read(caller, body, id).await?;
            let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            jobs.insert(invocation.clone(), ended);
        }
        Ok(json!({"invocationArn": invocation}))
    }

    async fn read(&self, caller: &Caller, body: &Value, id: Uuid) -> Result<Value, AwsError> {
        let starting =
            || AwsError::new("ServiceUnavailableException", "the cloud is starting").with_status(503);
        let clients = self.clients.get().ok_or_else(starting)?;
        let name = match caller {
            Caller::Resource(name) => name.as_str(),
            Caller::Outside => "sojourn",
        };
        let s3 = aws_sdk_s3::Client::new(&clients(name));
        let (bucket, key) = place(&body["inputConfiguration"]["s3Uri"])?;
        let object = s3
            .get_object()
            .bucket(bucket)
            .key(key)
            .send()
            .await
            .map_err(|error| failed(&error))?;
        let bytes = object
            .body
            .collect()
            .await
            .map_err(|error| failed(&error))?
            .into_bytes();
        let document = match parser_for(key).and_then(|parser| parser.parse(&bytes)) {
            Ok(document) => document,
            Err(unreadable) => {
                return Ok(
                    json!({"status": "ClientError", "errorType": "ValidationException",
                    "errorMessage": unreadable.to_string()}),
                );
            }
        };
        let (out, prefix) = place(&body["outputConfiguration"]["s3Uri"])?;
        let folder = format!("{}/{id}", prefix.trim_end_matches('/'));
        let result = format!("{folder}/0/standard_output/0/result.json");
        let metadata = json!({"job_id": id.to_string(), "job_status": "PROCESSED", "semantic_modality": "DOCUMENT",
            "output_metadata": [{"asset_id": 0, "asset_input_path": {"s3_bucket": bucket, "s3_key": key},
                "segment_metadata": [{"standard_output_path": format!("s3://{out}/{result}")}]}]});
        let metadata_key = format!("{folder}/job_metadata.json");
        for (key, content) in [
            (&result, standard_output(bucket, key, &document.clauses)),
            (&metadata_key, metadata),
        ] {
            let put = s3
                .put_object()
                .bucket(out)
                .key(key)
                .body(content.to_string().into_bytes().into());
            put.send().await.map_err(|error| failed(&error))?;
        }
        Ok(json!({"status": "Success",
            "outputConfiguration": {"s3Uri": format!("s3://{out}/{metadata_key}")}}))
    }
}

/// A document's clauses as elements in reading order: a title where a section begins, paragraphs, tables.
fn standard_output(bucket: &str, key: &str, clauses: &[Clause]) -> Value {
    let mut elements: Vec<Value> = Vec::new();
    let mut section = "";
    for clause in clauses {
        let page = clause.page.unwrap_or(1).saturating_sub(1);
        let mut add = |kind: &str, sub_type: &str, markdown: String| {
            let order = elements.len();
            elements.push(
                json!({"id": format!("element-{order}"), "type": kind, "sub_type": sub_type,
                "reading_order": order, "page_indices": [page],
                "representation": {"text": markdown, "markdown": markdown}}),
            );
        };
        if clause.section != section {
            section = &clause.section;
            add("TEXT", "SECTION_TITLE", format!("## {section}"));
        }
        let text = format!("{} {}", clause.id, clause.text);
        let mut rows: Vec<&str> = Vec::new();
        for line in text.lines() {
            if line.contains(" | ") {
                rows.push(line);
                continue;
            }
            if !rows.is_empty() {
                add("TABLE", "", table(&std::mem::take(&mut rows)));
            }
            let sub_type = if line.starts_with("- ") {
                "LIST"
            } else {
                "PARAGRAPH"
            };
            add("TEXT", sub_type, line.to_owned());
        }
        if !rows.is_empty() {
            add("TABLE", "", table(&rows));
        }
    }
    json!({"metadata": {"logical_subdocument_id": "0", "semantic_modality": "DOCUMENT", "s3_bucket": bucket,
        "s3_key": key}, "elements": elements})
}

fn table(rows: &[&str]) -> String {
    let columns = rows.first().map_or(1, |row| row.split(" | ").count());
    let row = |row: &&str| format!("| {row} |");
    let mut lines: Vec<String> = rows.iter().map(row).collect();
    lines.insert(1, format!("|{}", "---|".repeat(columns)));
    lines.join("\n")
}

fn body(call: &Call) -> Result<Value, AwsError> {
    serde_json::from_slice(&call.body)
        .map_err(|error| AwsError::new("ValidationException", error.to_string()))
}

fn place(uri: &Value) -> Result<(&str, &str), AwsError> {
    let uri = uri.as_str().unwrap_or_default();
    let place = uri.strip_prefix("s3://").and_then(|rest| rest.split_once('/'));
    place.ok_or_else(|| {
        AwsError::new(
            "ValidationException",
            format!("{uri:?} is no address of an object"),
        )
    })
}

/// S3 refused what the caller may not do, or broke off.
fn failed(error: &dyn std::error::Error) -> AwsError {
    let mut message = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        message = format!("{message}: {source}");
        next = source.source();
    }
    AwsError::new("AccessDeniedException", message).with_status(403)
}
