//! The commands as people type them, against a cloud that is another process.

use std::collections::HashMap;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
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
    let dynamo = Client::new(&sdk_config(&cloud.running));
    of_one_booking(&data, &dynamo).await;
    let text = printed(&data, &["replay", "rebuild", "insights"]).await;
    assert!(text.contains("insights is byte for byte what it was"), "{text}");
    compared(&data, &dynamo).await;
    confirm_often(&dynamo).await;
    let preview = printed(&data, &["replay", "preview", "--json"]).await;
    let preview: Value = serde_json::from_str(&preview).expect("JSON");
    let many = preview["events"].as_u64().expect("a number");
    paused(&data, many).await;
    cancelled(&data, many).await;
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
    assert!(text.starts_with("two: completed, to 1 rule, reached "), "{text}");
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
    let text = complaint(data, &["replay", "resume", "two", "--rate", "5"]).await;
    assert!(text.contains("two cannot go on at a rate"), "{text}");
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

/// A history that is replayed for minutes at one delivery a second, however long another terminal takes meanwhile: a
/// confirmation again and again, a minute apart, long ago.
async fn confirm_often(dynamo: &Client) {
    let confirmed = row_of(dynamo, "BookingConfirmed", None).await;
    let before: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
    for minute in 0..300_u32 {
        let mut row = confirmed.clone();
        let at = before + SignedDuration::from_mins(minute.into());
        row.insert("occurredAt".into(), AttributeValue::S(at.to_string()));
        row.insert("sequence".into(), AttributeValue::N((1_000 + minute).to_string()));
        let put = dynamo.put_item().table_name("sojourn-JournalTable");
        put.set_item(Some(row)).send().await.expect("written");
    }
}

/// One that takes its time, seen to be under way.
async fn slow(data: &Path, name: &str) -> tokio::process::Child {
    let start = [
        "replay", "start", "--from", "journal", "--rate", "1", "--name", name,
    ];
    let running = command(data, &start)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    for _ in 0..PATIENCE {
        let list = printed(data, &["replay", "list"]).await;
        if standing(&list, name).is_some_and(|line| line.contains("running")) {
            return running;
        }
        tokio::time::sleep(LOOK).await;
    }
    panic!("{name} does not begin");
}

/// The line of `replay list` about this one.
fn standing<'a>(list: &'a str, name: &str) -> Option<&'a str> {
    list.lines().find(|line| line.split(' ').next() == Some(name))
}

/// From another terminal.
async fn paused(data: &Path, many: u64) {
    let running = slow(data, "slow").await;
    printed(data, &["replay", "pause", "slow"]).await;
    let stopped = running.wait_with_output().await.expect("it ends");
    let text = String::from_utf8_lossy(&stopped.stdout).into_owned();
    assert!(
        text.starts_with("slow: paused, ")
            && text.contains(&format!(" of {many} deliveries"))
            && text.contains("`replay resume slow` goes on"),
        "{text}"
    );
    let text = printed(data, &["replay", "resume", "slow", "--rate", "1000"]).await;
    assert_eq!(text, format!("slow: completed, {many} of {many} deliveries\n"));
}

/// For good: it ends where it is, and nobody takes it up.
async fn cancelled(data: &Path, many: u64) {
    let running = slow(data, "stopped").await;
    let text = printed(data, &["replay", "cancel", "stopped"]).await;
    assert_eq!(text, "stopped is cancelled\n");
    let ended = running.wait_with_output().await.expect("it ends");
    assert_eq!(ended.status.code(), Some(1), "{}", words(&ended));
    let text = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(
        text.starts_with("stopped: cancelled, ")
            && !text.contains(&format!(" {many} of "))
            && !text.contains("resume"),
        "{text}"
    );
    let list = printed(data, &["replay", "list"]).await;
    assert!(
        standing(&list, "stopped").is_some_and(|line| line.contains("cancelled")),
        "{list}"
    );
    for again in ["resume", "cancel", "pause"] {
        let text = complaint(data, &["replay", again, "stopped"]).await;
        assert!(text.contains("stopped is cancelled"), "{again}: {text}");
    }
}

/// Of two bookings one; and of it what came of the choice.
async fn of_one_booking(data: &Path, dynamo: &Client) {
    let choice = row_of(dynamo, "OptionSelected", None).await;
    let booking = choice["aggregateId"].as_s().expect("text").as_str();
    let sequence = choice["sequence"].as_n().expect("a number").as_str();
    let by_booking = ["--booking", booking];
    let by_cause = ["--booking", booking, "--caused-by", sequence];
    // All that welcomes replays are the facts of the options and of the end.
    for (name, of, events, deliveries) in [
        (
            "of-one",
            &by_booking[..],
            "2 events of 1 history, ",
            "2 of 2 deliveries",
        ),
        (
            "of-the-choice",
            &by_cause[..],
            "1 event of 1 history, ",
            "1 of 1 delivery",
        ),
    ] {
        let preview = [&["replay", "preview"][..], of].concat();
        let text = printed(data, &preview).await;
        assert!(text.starts_with(events), "{name}: {text}");
        let start = [&["replay", "start", "--name", name][..], of].concat();
        let text = printed(data, &start).await;
        assert_eq!(text, format!("{name}: completed, {deliveries}\n"));
    }
    let beyond = ["replay", "start", "--booking", booking, "--caused-by", "99"];
    let text = complaint(data, &beyond).await;
    assert!(text.contains("no 99"), "{text}");
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

    let accepted = row_of(dynamo, "PlanAccepted", None).await;
    let booking = accepted["aggregateId"].as_s().expect("text").clone();
    let sequence = misremember(dynamo, accepted, |event| {
        event["detail"]["data"]["misremembered"] = true.into();
    })
    .await;
    let text = complaint(data, &["replay", "diff", &booking]).await;
    assert!(
        text.contains(&format!("{sequence} PlanAccepted: would say otherwise")),
        "{text}"
    );
    assert!(text.contains("data.misremembered: true → null"), "{text}");
    assert!(
        text.contains("1 booking, 4 reactions run again: 3 as they were, 1 differ"),
        "{text}"
    );
    another_state(data, dynamo, &booking).await;
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

/// As if other code had found nothing among the offers to rank, and had asked for another plan.
async fn another_state(data: &Path, dynamo: &Client, booking: &str) {
    let ranked = row_of(dynamo, "OptionsRanked", Some(booking)).await;
    let sequence = misremember(dynamo, ranked, |event| {
        event["detailType"] = "PlanRejected".into()
    })
    .await;
    let text = complaint(data, &["replay", "diff", "--booking", booking]).await;
    let line = format!(
        "{sequence} PlanRejected: would be OptionsRanked, state options_ranked instead of plan_rejected"
    );
    assert!(text.contains(&line), "{line} in\n{text}");
    assert!(
        text.contains("1 booking, 4 reactions run again: 2 as they were, 2 differ"),
        "{text}"
    );
}

type Row = HashMap<String, AttributeValue>;

/// A row of Journal, of any booking or of this one.
async fn row_of(dynamo: &Client, event: &str, booking: Option<&str>) -> Row {
    let rows = dump(dynamo, "sojourn-JournalTable").await.expect("Journal");
    let is = |row: &Row, member: &str, text: &str| row[member] == AttributeValue::S(text.into());
    let mut fitting = rows.into_values().filter(|row| {
        is(row, "eventType", event) && booking.is_none_or(|booking| is(row, "aggregateId", booking))
    });
    fitting.next().unwrap_or_else(|| panic!("no {event}"))
}

/// As if other code had said this event; its place.
async fn misremember(dynamo: &Client, mut row: Row, change: impl Fn(&mut Value)) -> String {
    let mut event: Value = serde_json::from_str(row["event"].as_s().expect("text")).expect("JSON");
    change(&mut event);
    let name = event["detailType"].as_str().expect("a name").to_owned();
    row.insert("eventType".into(), AttributeValue::S(name));
    row.insert("event".into(), AttributeValue::S(event.to_string()));
    let put = dynamo
        .put_item()
        .table_name("sojourn-JournalTable")
        .set_item(Some(row.clone()));
    put.send().await.expect("written");
    row["sequence"].as_n().expect("a number").clone()
}
