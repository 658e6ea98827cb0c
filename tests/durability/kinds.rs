//! One of each kind of thing that must outlive the process, in one stack of its own, and `kill -9` while each is on its
//! way: a queue's messages and a bus's deliveries, a token that is waited for, retries of tasks, of invocations and of a
//! stream's batch, a schedule, an archive and a replay of it, a dead letter. What a restart at any single step does to each is tested with the part that keeps it.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, ReplayDestination, ReplayState};
use aws_sdk_sfn::types::{ExecutionStatus, HistoryEventType};
use aws_sdk_sqs::types::QueueAttributeName;
use aws_types::SdkConfig;
use rusqlite::OptionalExtension;
use serde_json::{Value, json};
use sojourn::commands::outside;

use super::invoked;
use super::process::Process;
use crate::repository::root;

const EVENTS: usize = 200;
/// Written to the table whose stream is read.
pub const RECORDS: usize = 40;
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(50);
const ARNS: &str = "eu-west-1:000000000000";

async fn start(data: &Path) -> (Process, SdkConfig) {
    let template = root().join("tests/durability/kinds.yaml");
    let process = Process::start_with(data, &["--template", template.to_str().expect("UTF-8")]).await;
    let aws = outside::sdk_config(&process.running);
    (process, aws)
}

#[tokio::test]
async fn whatever_is_on_its_way_when_the_process_is_killed_goes_on() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let (process, aws) = start(&data).await;
    let states = aws_sdk_sfn::Client::new(&aws);
    let waits = begin(&states, "kinds-waits").await;
    let tries = begin(&states, "kinds-tries").await;
    let token = take(&aws, "kinds-asked", 1, |_| true)
        .await
        .pop()
        .expect("it is asked")["token"]
        .clone();
    until("a first try has failed", async || {
        count(&states, &tries, HistoryEventType::TaskFailed).await >= 1
    })
    .await;
    put_events(&aws).await;
    let places = invoked::begin(&aws, &data).await;
    process.kill().await;

    let (before, due) = (frames(&data, &waits), schedule(&data));
    let (process, aws) = start(&data).await;
    invoked::went_on(&places, &invoked::places(&data));
    assert_eq!(
        frames(&data, &waits),
        before,
        "the wait's deadlines are where they were"
    );
    assert_eq!(schedule(&data), due, "the schedule is due when it was");
    let states = aws_sdk_sfn::Client::new(&aws);
    answer(&states, token.as_str().expect("a token"), &waits).await;
    gave_up_after_its_attempts(&states, &tries).await;
    take(&aws, "kinds-taken", EVENTS, |event| {
        event["replay-name"].is_null()
    })
    .await;

    invoked::was_read_to_the_end(&aws).await;
    invoked::is_dead(&aws).await;

    replay(&aws).await;
    process.kill().await;
    let (process, aws) = start(&data).await;
    // One of before may come a second time meanwhile: its delivery was not noted when the process was killed.
    take(&aws, "kinds-taken", EVENTS, |event| {
        event["replay-name"] == "again"
    })
    .await;
    replayed(&aws).await;
    invoked::is_redriven_once_cured(&aws, &data).await;
    process.kill().await;
}

pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .unwrap_or_else(|_| panic!("not so: {what}"));
}

async fn begin(states: &aws_sdk_sfn::Client, machine: &str) -> String {
    let arn = format!("arn:aws:states:{ARNS}:stateMachine:{machine}");
    let started = states.start_execution().state_machine_arn(arn).send().await;
    started.expect("it starts").execution_arn
}

async fn count(states: &aws_sdk_sfn::Client, execution: &str, kind: HistoryEventType) -> usize {
    let history = states
        .get_execution_history()
        .execution_arn(execution)
        .send()
        .await;
    let history = history.expect("a history");
    history
        .events()
        .iter()
        .filter(|event| *event.r#type() == kind)
        .count()
}

async fn status(states: &aws_sdk_sfn::Client, execution: &str) -> ExecutionStatus {
    let described = states.describe_execution().execution_arn(execution).send().await;
    described.expect("it is known").status
}

/// The token that was handed out before is still good, and for the same execution.
async fn answer(states: &aws_sdk_sfn::Client, token: &str, execution: &str) {
    assert_eq!(status(states, execution).await, ExecutionStatus::Running);
    let sent = states
        .send_task_success()
        .task_token(token)
        .output(r#"{"said":"yes"}"#);
    sent.send().await.expect("the token is good");
    until("the wait is over", async || {
        status(states, execution).await == ExecutionStatus::Succeeded
    })
    .await;
    assert_eq!(
        count(states, execution, HistoryEventType::TaskScheduled).await,
        1,
        "nobody was asked twice"
    );
}

/// Five in all. An attempt that was under way when the process died is made again without being counted.
async fn gave_up_after_its_attempts(states: &aws_sdk_sfn::Client, execution: &str) {
    until("it gave up", async || {
        status(states, execution).await == ExecutionStatus::Failed
    })
    .await;
    assert_eq!(count(states, execution, HistoryEventType::TaskFailed).await, 5);
}

async fn put_events(aws: &SdkConfig) {
    let events = aws_sdk_eventbridge::Client::new(aws);
    for first in (0..EVENTS).step_by(10) {
        let entries = (first..first + 10).map(|number| {
            let entry = PutEventsRequestEntry::builder()
                .event_bus_name("kinds")
                .source("kinds");
            entry
                .detail_type("Numbered")
                .detail(json!({ "number": number }).to_string())
                .build()
        });
        let answer = events
            .put_events()
            .set_entries(Some(entries.collect()))
            .send()
            .await
            .expect("taken");
        assert_eq!(answer.failed_entry_count(), 0);
    }
}

/// The bodies of the next messages that `count`, until `wanted` different ones have come; what comes twice counts once.
pub async fn take(aws: &SdkConfig, queue: &str, wanted: usize, count: impl Fn(&Value) -> bool) -> Vec<Value> {
    let counted = |taken: &[Value]| -> BTreeSet<String> {
        let counted = taken.iter().filter(|body| count(body));
        counted.map(ToString::to_string).collect()
    };
    let taken = take_until(aws, queue, |taken| counted(taken).len() >= wanted).await;
    let read = |body: &String| serde_json::from_str(body).expect("JSON");
    counted(&taken).iter().map(read).collect()
}

/// The bodies of all messages that come, until they are `enough`.
pub async fn take_until(
    aws: &SdkConfig,
    queue: &str,
    mut enough: impl FnMut(&[Value]) -> bool,
) -> Vec<Value> {
    let sqs = aws_sdk_sqs::Client::new(aws);
    let url = address(&sqs, queue).await;
    let mut taken = Vec::new();
    let wait = async {
        while !enough(&taken) {
            let ask = sqs.receive_message().queue_url(&url).max_number_of_messages(10);
            let received = ask.wait_time_seconds(5).send().await.expect("SQS answers");
            for message in received.messages() {
                let body = message.body().expect("a body");
                taken.push(serde_json::from_str(body).expect("JSON"));
                let receipt = message.receipt_handle().expect("a receipt");
                let delete = sqs.delete_message().queue_url(&url).receipt_handle(receipt);
                delete.send().await.expect("deleted");
            }
        }
    };
    let in_time = tokio::time::timeout(PATIENCE, wait).await;
    assert!(in_time.is_ok(), "only {} came to {queue}: {taken:?}", taken.len());
    taken
}

async fn address(sqs: &aws_sdk_sqs::Client, queue: &str) -> String {
    let found = sqs.get_queue_url().queue_name(queue).send().await;
    found.expect("a queue").queue_url.expect("an address")
}

/// How many messages lie in the queue.
pub async fn waiting(aws: &SdkConfig, queue: &str) -> usize {
    let sqs = aws_sdk_sqs::Client::new(aws);
    let names = [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
    ];
    let ask = sqs
        .get_queue_attributes()
        .queue_url(address(&sqs, queue).await)
        .set_attribute_names(Some(names.to_vec()));
    let answer = ask.send().await.expect("SQS answers");
    let counts = answer.attributes().expect("counts").values();
    counts.map(|count| count.parse::<usize>().expect("a count")).sum()
}

async fn replay(aws: &SdkConfig) {
    let events = aws_sdk_eventbridge::Client::new(aws);
    let archive = events
        .describe_archive()
        .archive_name("kinds-history")
        .send()
        .await
        .expect("it is kept");
    assert_eq!(archive.event_count(), i64::try_from(EVENTS).expect("few"));
    let bus = format!("arn:aws:events:{ARNS}:event-bus/kinds");
    let rule = format!("arn:aws:events:{ARNS}:rule/kinds/kinds-taken");
    let destination = ReplayDestination::builder()
        .arn(bus)
        .filter_arns(rule)
        .build()
        .expect("complete");
    let started = events
        .start_replay()
        .replay_name("again")
        .event_source_arn(archive.archive_arn().expect("an ARN"))
        .event_start_time(DateTime::from_secs(0))
        .event_end_time(DateTime::from_secs(4_000_000_000))
        .destination(destination);
    started.send().await.expect("it starts");
}

async fn replayed(aws: &SdkConfig) {
    let events = aws_sdk_eventbridge::Client::new(aws);
    until("the replay is through", async || {
        let described = events
            .describe_replay()
            .replay_name("again")
            .send()
            .await
            .expect("it is known");
        described.state() == Some(&ReplayState::Completed)
    })
    .await;
}

/// Where an execution stands, deadlines included, as the file has it.
fn frames(data: &Path, execution: &str) -> Value {
    let text: String = look(
        data,
        "SELECT frames FROM states_executions WHERE arn = ?1",
        execution,
    )
    .expect("an execution");
    let frames: Value = serde_json::from_str(&text).expect("JSON");
    let deadlines = text.matches("deadline").count();
    assert!(deadlines >= 2, "a time limit and a heartbeat: {text}");
    frames
}

fn schedule(data: &Path) -> i64 {
    look(
        data,
        "SELECT due_at FROM events_schedules WHERE rule LIKE ?1",
        "%kinds-daily",
    )
    .expect("a schedule")
}

/// The first column of the row, if there is one.
pub fn look<T: rusqlite::types::FromSql>(data: &Path, sql: &str, of: &str) -> Option<T> {
    let file = rusqlite::Connection::open(data.join("cloud.sqlite")).expect("the store");
    file.busy_timeout(PATIENCE).expect("patience");
    let row = file.query_row(sql, [of], |row| row.get(0));
    row.optional().expect("a readable store")
}
