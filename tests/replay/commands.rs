//! The commands as people type them, against a cloud that is another process.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;
use sojourn::commands::outside::sdk_config;
use sojourn::commands::replay::dump::{Dump, dump};

use crate::consumers::scaffolds::wish;
use crate::deploy::python::words;
use crate::durability::process::{Process, executable};

/// A debug build on a busy machine.
const PATIENCE: usize = 600;
const LOOK: Duration = Duration::from_millis(100);

fn command(data: &Path, arguments: &[&str]) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(executable());
    command
        .args(arguments)
        .arg("--data")
        .arg(data)
        .env("NO_COLOR", "1");
    command.stdin(std::process::Stdio::null()).kill_on_drop(true);
    command
}

pub async fn said(data: &Path, arguments: &[&str]) -> Output {
    command(data, arguments).output().await.expect("the command runs")
}

/// What one that succeeds prints.
pub async fn printed(data: &Path, arguments: &[&str]) -> String {
    let output = said(data, arguments).await;
    assert!(output.status.success(), "{arguments:?}: {}", words(&output));
    String::from_utf8(output.stdout).expect("text")
}

async fn complaint(data: &Path, arguments: &[&str]) -> String {
    let output = said(data, arguments).await;
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", words(&output));
    words(&output)
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_looked_at_replayed_rebuilt_and_run_again() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let data = scratch.path().join("data");
    let cloud = Process::start(&data).await;
    for _ in 0..2 {
        printed(&data, &["book", "--yes", &wish()]).await;
    }
    replayed(&data).await;
    paused(&data).await;
    let text = printed(&data, &["replay", "rebuild", "insights"]).await;
    assert!(text.contains("insights is byte for byte what it was"), "{text}");
    let dynamo = Client::new(&sdk_config(&cloud.running));
    compared(&data, &dynamo).await;
    cloud.kill().await;
}

async fn replayed(data: &Path) {
    let text = printed(data, &["replay", "preview"]).await;
    assert!(text.starts_with("4 events of 2 histories, "), "{text}");
    assert!(text.contains("insights.on-booking-confirmed       2"), "{text}");
    let json = printed(data, &["replay", "preview", "--json", "--since", "2026-01-01"]).await;
    let preview: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(preview["events"], 4, "{preview}");

    let text = printed(
        data,
        &[
            "replay", "start", "--from", "journal", "--to", "insights", "--name", "one",
        ],
    )
    .await;
    assert_eq!(text, "one: completed, 4 of 4 deliveries\n");
    let pattern = r#"{"detail-type": ["BookingConfirmed"]}"#;
    let text = printed(data, &["replay", "start", "--pattern", pattern, "--name", "two"]).await;
    assert!(text.starts_with("two: completed, to 1 rules, reached "), "{text}");
    let text = complaint(
        data,
        &["replay", "start", "--to", "planner,insights", "--name", "three"],
    )
    .await;
    assert!(
        text.contains("planner.on-plan-rejected: its rule excludes replayed events"),
        "{text}"
    );
    let deep = r#"{"detail": {"meta": {"sequence": [16]}}}"#;
    let text = complaint(data, &["replay", "start", "--pattern", deep, "--name", "four"]).await;
    assert!(text.contains("--from journal"), "{text}");
    let text = complaint(data, &["replay", "start", "--pattern", "{", "--name", "five"]).await;
    assert!(text.contains("the pattern is no JSON"), "{text}");
    let text = printed(data, &["replay", "list"]).await;
    assert!(
        text.contains("one ") && text.contains("two ") && !text.contains("three"),
        "{text}"
    );
    let text = complaint(data, &["replay", "cancel", "two"]).await;
    assert!(text.contains("two is completed"), "{text}");
}

/// Unless it was built for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_deployed_one_is_not_asked_by_a_build_without_tls() {
    let mut list = tokio::process::Command::new(executable());
    let output = list
        .args(["replay", "list", "--aws", "sojourn"])
        .output()
        .await
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        words(&output).contains("cargo run --features aws"),
        "{}",
        words(&output)
    );
}

/// From another terminal.
async fn paused(data: &Path) {
    let slow = [
        "replay", "start", "--from", "journal", "--rate", "1", "--name", "slow",
    ];
    let running = command(data, &slow)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    for _ in 0..PATIENCE {
        let list = printed(data, &["replay", "list"]).await;
        if list
            .lines()
            .any(|line| line.starts_with("slow ") && line.contains("running"))
        {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    printed(data, &["replay", "pause", "slow"]).await;
    let stopped = running.wait_with_output().await.expect("it ends");
    let text = String::from_utf8_lossy(&stopped.stdout).into_owned();
    assert!(
        text.starts_with("slow: paused, ") && text.contains("`replay resume slow` goes on"),
        "{text}"
    );
    let text = printed(data, &["replay", "resume", "slow"]).await;
    assert_eq!(text, "slow: completed, 4 of 4 deliveries\n");
}

/// The code that said it says it again; and where the record says otherwise, that is shown. Nothing is written.
async fn compared(data: &Path, dynamo: &Client) {
    let before = everything(dynamo).await;
    let text = printed(data, &["replay", "diff"]).await;
    assert!(
        text.contains("2 bookings, 8 reactions run again: 8 as they were, 0 differ"),
        "{text}"
    );
    assert!(text.contains("effects withheld: none"), "{text}");
    assert!(
        text.contains("sojourn.search 2") && text.contains("sojourn.gateway"),
        "{text}"
    );
    assert_eq!(before, everything(dynamo).await, "nothing was written");

    let (booking, sequence) = misremember(dynamo).await;
    let text = complaint(data, &["replay", "diff", &booking]).await;
    assert!(
        text.contains(&format!("{sequence} PlanAccepted: would say otherwise")),
        "{text}"
    );
    assert!(text.contains("data.misremembered: true → null"), "{text}");
    assert!(
        text.contains("1 bookings, 4 reactions run again: 3 as they were, 1 differ"),
        "{text}"
    );
    let text = complaint(data, &["replay", "diff", "01890a5d-ac96-774b-bcce-b302099a8057"]).await;
    assert!(text.contains("there is no booking"), "{text}");
}

async fn everything(dynamo: &Client) -> Vec<Dump> {
    let tables = dynamo.list_tables().send().await.expect("tables");
    let mut all = Vec::new();
    for table in tables.table_names() {
        all.push(dump(dynamo, table).await.expect("a readable table"));
    }
    all
}

/// As if other code had accepted the plan with other words.
async fn misremember(dynamo: &Client) -> (String, String) {
    let rows = dump(dynamo, "sojourn-JournalTable").await.expect("Journal");
    let accepted = AttributeValue::S("PlanAccepted".into());
    let mut row = rows
        .into_values()
        .find(|row| row["eventType"] == accepted)
        .expect("an event");
    let mut event: Value = serde_json::from_str(row["event"].as_s().expect("text")).expect("JSON");
    event["detail"]["data"]["misremembered"] = true.into();
    row.insert("event".into(), AttributeValue::S(event.to_string()));
    let put = dynamo
        .put_item()
        .table_name("sojourn-JournalTable")
        .set_item(Some(row.clone()));
    put.send().await.expect("written");
    (
        row["aggregateId"].as_s().expect("text").clone(),
        row["sequence"].as_n().expect("a number").clone(),
    )
}
