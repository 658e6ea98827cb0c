//! A template that would not deploy, or cannot be run here, is refused at start with file, resource and reason.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use local_cloud::clock::Clock;
use local_cloud::functions::FunctionSpec;
use local_cloud::ports::{FunctionCode, FunctionError, Invocation};
use local_cloud::{LocalCloud, Options};
use serde_json::Value;

use crate::repository;

struct Nothing;

#[async_trait]
impl FunctionCode for Nothing {
    async fn invoke(&self, _: Invocation) -> Result<Value, FunctionError> {
        Ok(Value::Null)
    }
}

/// The repository's template, rules and state machine after `change`, in a folder of their own.
async fn refusal(change: impl FnOnce(&Path)) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copies = repository::files("rules")
        .into_iter()
        .chain(repository::files("statemachine"));
    for file in copies.chain(["template.yaml".to_owned()]) {
        let to = folder.path().join(&file);
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("room");
        std::fs::copy(repository::root().join(&file), to).expect("room");
    }
    change(folder.path());
    let clock = Clock::starting_at(Timestamp::UNIX_EPOCH);
    let options = Options::new(
        folder.path().join("template.yaml"),
        folder.path().join("data"),
        clock,
        1,
    );
    let code = |_: &FunctionSpec| Ok(Arc::new(Nothing) as Arc<dyn FunctionCode>);
    match LocalCloud::start(options, &code).await {
        Ok(_) => panic!("it started"),
        Err(error) => sojourn::commands::report(&error),
    }
}

fn replace(file: std::path::PathBuf, from: &str, to: &str) {
    let text = std::fs::read_to_string(&file).expect("readable");
    assert!(text.contains(from), "{} has no {from}", file.display());
    std::fs::write(file, text.replacen(from, to, 1)).expect("room");
}

/// Each: the file that is changed, what becomes what, and what must be said.
const CASES: &[(&str, &str, &str, &[&str])] = &[
    (
        "template.yaml",
        "Location: rules/policy.on-booking-requested.json",
        "Location: rules/nowhere.json",
        &[
            "template.yaml", "PolicyRetrieveFunction", "rules/nowhere.json", "No such file",
        ],
    ),
    (
        "rules/policy.on-booking-requested.json",
        "\"exists\"",
        "\"exits\"",
        &[
            "PolicyRetrieveFunction",
            "rules/policy.on-booking-requested.json",
            "unrecognized match type exits",
        ],
    ),
    (
        "rules/policy.on-booking-requested.json",
        "{",
        "{{",
        &["PolicyRetrieveFunction", "rules/policy.on-booking-requested.json"],
    ),
    (
        "statemachine/booking.asl.json",
        "\"Default\": \"AwaitChoice\"",
        "\"Default\": \"Nowhere\"",
        &["BookingMachine", "statemachine/booking.asl.json", "Nowhere"],
    ),
    (
        "template.yaml",
        "  FunctionLogs:\n    Type: AWS::Logs::LogGroup",
        "  FunctionLogs:\n    Type: AWS::RDS::DBInstance",
        &["template.yaml", "FunctionLogs", "AWS::RDS::DBInstance"],
    ),
    (
        "template.yaml",
        "Action: [dynamodb:PutItem]\n              Resource: !GetAtt ConnectionsTable.Arn",
        "Action: [dynamodb:PutItem]",
        &["template.yaml", "GatewayConnectFunction", "Resource"],
    ),
    (
        "template.yaml",
        "Timeout: 300",
        "Timeout: soon",
        &["template.yaml", "PolicyIngestFunction", "Timeout is soon"],
    ),
    (
        "template.yaml",
        "SourceArn: !GetAtt Bus.Arn",
        "SourceArn: !GetAtt Buss.Arn",
        &["template.yaml", "Archive", "Buss"],
    ),
    // EventBridge is let in by a queue's policy, or drops what it could not deliver.
    (
        "template.yaml",
        "        - !Ref PlannerDeadLetters\n",
        "",
        &[
            "template.yaml",
            "PlannerFunction",
            "no AWS::SQS::QueuePolicy lets events.amazonaws.com",
            "PlannerDeadLetters",
        ],
    ),
    (
        "template.yaml",
        "              - !GetAtt WebhooksQueue.Arn\n",
        "",
        &[
            "template.yaml",
            "WebhooksBookingConfirmedRule",
            "no AWS::SQS::QueuePolicy lets events.amazonaws.com",
            "WebhooksQueue",
        ],
    ),
    (
        "template.yaml",
        "Principal: { Service: events.amazonaws.com }\n            Action: sqs:SendMessage",
        "Principal: { Service: events.amazonaws.com }\n            Action: sqs:ReceiveMessage",
        &[
            "template.yaml",
            "no AWS::SQS::QueuePolicy lets events.amazonaws.com",
        ],
    ),
    (
        "template.yaml",
        "Resources:\n",
        "Resources: [\n",
        &["template.yaml", "not YAML"],
    ),
];

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_a_template_is_said_with_file_resource_and_reason() {
    for (file, from, to, parts) in CASES {
        let message = refusal(|folder| replace(folder.join(file), from, to)).await;
        for part in *parts {
            assert!(
                message.contains(part),
                "{from:?} → {to:?}: {part:?} is not in: {message}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_template_that_is_not_there_is_said_so() {
    let message =
        refusal(|folder| std::fs::remove_file(folder.join("template.yaml")).expect("it was there")).await;
    assert!(
        message.contains("template.yaml: cannot be read: No such file"),
        "{message}"
    );
}
