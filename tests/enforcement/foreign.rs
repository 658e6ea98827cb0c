//! `up --template`: a stack that has nothing to do with Sojourn, driven over HTTP by AWS clients. Nothing in the local
//! cloud is made for our names.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, ReplayDestination};
use aws_types::SdkConfig;
use serde_json::{Value, json};
use sojourn::commands::outside;

use crate::durability::process::Process;
use crate::durability::refusals::refusal;

const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(50);

fn template() -> PathBuf {
    crate::repository::root().join("tests/enforcement/foreign.yaml")
}

async fn start(data: &Path) -> Process {
    let file = template();
    Process::start_with(data, &["--template", file.to_str().expect("UTF-8")]).await
}

async fn put(aws: &SdkConfig, parcel: &str) {
    let entry = PutEventsRequestEntry::builder()
        .event_bus_name("parcels")
        .source("door");
    let entry = entry
        .detail_type("ParcelArrived")
        .detail(json!({ "parcel": parcel, "grams": 1200 }).to_string());
    let events = aws_sdk_eventbridge::Client::new(aws);
    let answer = events
        .put_events()
        .entries(entry.build())
        .send()
        .await
        .expect("taken");
    assert_eq!(answer.failed_entry_count(), 0);
}

/// The body of the next message of a queue, which is deleted.
async fn take(aws: &SdkConfig, queue: &str) -> Value {
    let sqs = aws_sdk_sqs::Client::new(aws);
    let url = sqs
        .get_queue_url()
        .queue_name(queue)
        .send()
        .await
        .expect("a queue");
    let url = url.queue_url().expect("an address").to_owned();
    let wait = async {
        loop {
            let received = sqs
                .receive_message()
                .queue_url(&url)
                .wait_time_seconds(5)
                .send()
                .await
                .expect("SQS answers");
            if let [message] = received.messages() {
                let receipt = message.receipt_handle().expect("a receipt");
                sqs.delete_message()
                    .queue_url(&url)
                    .receipt_handle(receipt)
                    .send()
                    .await
                    .expect("deleted");
                return serde_json::from_str(message.body().expect("a body")).expect("JSON");
            }
        }
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .unwrap_or_else(|_| panic!("nothing comes to {queue}"))
}

#[tokio::test]
async fn queues_rules_archives_tables_and_state_machines_of_others_work_together() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let process = start(&data).await;
    let aws = outside::sdk_config(&process.running);
    put(&aws, "p-1").await;
    assert_eq!(take(&aws, "parcels-labels").await, json!({ "parcel": "p-1" }));
    let weighed = take(&aws, "parcels-weighed").await;
    assert_eq!(weighed["detail"], json!({ "parcel": "p-1", "grams": 1200 }));
    assert!(weighed["replay-name"].is_null());
    let dynamo = aws_sdk_dynamodb::Client::new(&aws);
    let kept = dynamo
        .get_item()
        .table_name("parcels-weights")
        .key("parcel", AttributeValue::S("p-1".into()));
    let kept = kept.send().await.expect("readable").item.expect("kept");
    assert_eq!(kept["grams"], AttributeValue::N("1200".into()));

    // All of it is still there after the process was killed, the archive too.
    process.kill().await;
    let process = start(&data).await;
    let aws = outside::sdk_config(&process.running);
    replay(&aws, &weighed).await;
    let again = take(&aws, "parcels-weighed").await;
    assert_eq!(
        (&again["detail"], again["replay-name"].as_str()),
        (&weighed["detail"], Some("again"))
    );
    process.kill().await;
}

/// Of everything, to the one rule that fills the queue.
async fn replay(aws: &SdkConfig, event: &Value) {
    let events = aws_sdk_eventbridge::Client::new(aws);
    let archive = events
        .describe_archive()
        .archive_name("parcels-history")
        .send()
        .await
        .expect("an archive");
    assert_eq!(archive.event_count(), 2);
    let bus = events
        .describe_event_bus()
        .name("parcels")
        .send()
        .await
        .expect("a bus");
    let rule = events
        .describe_rule()
        .event_bus_name("parcels")
        .name("parcels-weighed")
        .send()
        .await
        .expect("a rule");
    let at: jiff::Timestamp = event["time"].as_str().expect("a time").parse().expect("a time");
    let destination = ReplayDestination::builder()
        .arn(bus.arn().expect("an ARN"))
        .filter_arns(rule.arn().expect("an ARN"));
    events
        .start_replay()
        .replay_name("again")
        .event_source_arn(archive.archive_arn().expect("an ARN"))
        .event_start_time(DateTime::from_secs(at.as_second() - 60))
        .event_end_time(DateTime::from_secs(at.as_second() + 60))
        .destination(destination.build().expect("complete"))
        .send()
        .await
        .expect("started");
    let completed = async {
        while events
            .describe_replay()
            .replay_name("again")
            .send()
            .await
            .expect("known")
            .state()
            != Some(&aws_sdk_eventbridge::types::ReplayState::Completed)
        {
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(PATIENCE, completed)
        .await
        .expect("the replay ends");
}

#[tokio::test]
async fn a_function_without_code_is_refused_by_its_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("other.yaml");
    let text = std::fs::read_to_string(template()).expect("readable");
    let function = "  LabelPrinterFunction:\n    Type: AWS::Serverless::Function\n    Properties: { Runtime: provided.al2023, Handler: bootstrap }\n";
    std::fs::write(
        &file,
        text.replace("Outputs:\n", &format!("{function}Outputs:\n")),
    )
    .expect("room");
    let file = file.to_str().expect("UTF-8");
    let message = refusal(&folder.path().join("data"), &["--port", "0", "--template", file]).await;
    assert!(message.contains("LabelPrinterFunction has no code"), "{message}");
}
