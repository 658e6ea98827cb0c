//! Where the process cannot go on it says what is wrong and where, ends, and has changed nothing.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use sojourn::commands::outside;
use tokio::process::Command;

use super::process::{Process, executable};
use crate::repository::root;

const PATIENCE: Duration = Duration::from_secs(120);

/// What `sojourn up` on `data` says before it ends with a failure.
pub async fn refusal(data: &Path, more: &[&str]) -> String {
    let mut command = Command::new(executable());
    command.args(["up", "--web-port", "0", "--data"]).arg(data);
    match more {
        [] => command.args(["--port", "0"]),
        more => command.args(more),
    };
    ended(command).await
}

async fn ended(mut command: Command) -> String {
    let command = command
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    let output = output.expect("it ends by itself").expect("sojourn starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let last = said.lines().last().unwrap_or_default();
    assert!(last.starts_with("sojourn: "), "{said}");
    last.to_owned()
}

fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in: {message}");
    }
}

#[tokio::test]
async fn a_port_in_use_is_named_with_the_option_that_changes_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let port = taken.local_addr().expect("bound").port().to_string();
    let message = refusal(&folder.path().join("data"), &["--port", &port]).await;
    says(&message, &[&format!("port {port} is in use"), "--port"]);
    assert!(!folder.path().join("data").exists(), "nothing was begun");
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("file"), "not a folder").expect("room");
    let data = folder.path().join("file/data");
    let message = refusal(&data, &[]).await;
    says(
        &message,
        &[&data.display().to_string(), "cannot be used", "Not a directory"],
    );
}

/// A damaged file is named, and left for whoever wants to look at it.
#[tokio::test]
async fn a_damaged_file_is_named_and_left_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    Process::start(&data).await.kill().await;
    for file in [
        "cloud.sqlite", "dynamodb.sqlite", "sample-supplier.sqlite", "identity-key.pem",
    ] {
        let path = data.join(file);
        let whole = std::fs::read(&path).expect("the file is there");
        let log = data.join(format!("{file}-wal"));
        let whole_log = std::fs::read(&log).ok();
        // A write-ahead log would mend the page it holds.
        let _ = std::fs::remove_file(&log);
        std::fs::write(&path, "damaged by something else entirely").expect("room");
        let message = refusal(&data, &[]).await;
        says(&message, &[&path.display().to_string()]);
        assert!(
            !message.contains("encrypt"),
            "a guess that leads nowhere: {message}"
        );
        let left = std::fs::read_to_string(&path).expect("the file is there");
        assert_eq!(left, "damaged by something else entirely", "{file} was touched");
        std::fs::write(&path, whole).expect("room");
        if let Some(whole_log) = whole_log {
            std::fs::write(&log, whole_log).expect("room");
        }
    }
    Process::start(&data).await.kill().await;
}

/// One of the repository's own rules, spoilt in a copy of what deploys.
#[tokio::test]
async fn a_rule_that_is_no_pattern_is_named_by_its_file_and_nothing_is_begun() {
    const RULE: &str = "rules/search.on-plan-accepted.json";
    let folder = tempfile::tempdir().expect("a temporary folder");
    for part in ["rules", "statemachine"] {
        std::fs::create_dir(folder.path().join(part)).expect("room");
        for file in std::fs::read_dir(root().join(part)).expect("it deploys") {
            let file = file.expect("readable");
            std::fs::copy(file.path(), folder.path().join(part).join(file.file_name())).expect("room");
        }
    }
    let template = folder.path().join("template.yaml");
    std::fs::copy(root().join("template.yaml"), &template).expect("room");
    let spoilt = r#"{"source": ["sojourn.compliance"], "detail-type": "PlanAccepted"}"#;
    std::fs::write(folder.path().join(RULE), spoilt).expect("room");
    let data = folder.path().join("data");
    let template = template.display().to_string();
    let message = refusal(&data, &["--port", "0", "--template", &template]).await;
    says(
        &message,
        &[
            RULE,
            "SearchFunction",
            "must be an object or an array at detail-type",
        ],
    );
    assert!(!data.join("cloud.sqlite").exists(), "nothing was begun");
}

#[tokio::test]
async fn one_process_at_a_time_uses_a_data_directory() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let first = Process::start(&data).await;
    let message = refusal(&data, &[]).await;
    says(
        &message,
        &[&data.display().to_string(), "in use by another process"],
    );
    first.kill().await;
    // Nothing has to be cleaned up behind a killed process.
    Process::start(&data).await.kill().await;
}

/// A file that may not grow is as good as a full disk, and needs no disk of its own.
#[tokio::test]
async fn a_disk_too_full_to_start_is_said_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut shell = Command::new("sh");
    let line = "trap '' XFSZ; ulimit -f 64; exec \"$0\" up --port 0 --web-port 0 --data \"$1\"";
    shell
        .arg("-c")
        .arg(line)
        .arg(executable())
        .arg(folder.path().join("data"));
    let message = ended(shell).await;
    says(&message, &["dynamodb.sqlite", "disk"]);
}

/// A write that finds no room is refused, what was accepted before stays, and with room again everything goes on.
#[tokio::test]
async fn a_disk_that_fills_up_refuses_writes_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let limits = |process: &Process, bytes: &str| {
        let pid = process.running.process.to_string();
        let set = std::process::Command::new("prlimit")
            .args(["--pid", &pid, &format!("--fsize={bytes}:")])
            .status();
        set.is_ok_and(|status| status.success())
    };
    let process = Process::start_ignoring_file_limits(&data).await;
    let dynamo = aws_sdk_dynamodb::Client::new(&outside::sdk_config(&process.running));
    let put = |id: &'static str| {
        dynamo
            .put_item()
            .table_name("sojourn-InsightsTable")
            .item("fact", AttributeValue::S(id.into()))
            .item("sort", AttributeValue::S("test".into()))
            .item("padding", AttributeValue::S("x".repeat(300_000)))
    };
    put("before").send().await.expect("there is room");
    assert!(
        limits(&process, "4096"),
        "util-linux's prlimit sets the limit of a running process"
    );
    let refused = put("without room").send().await.expect_err("there is no room");
    let refused = refused.into_service_error();
    assert_eq!(refused.meta().code(), Some("InternalServerError"), "{refused:?}");
    assert!(limits(&process, "unlimited"), "and lifts it");
    put("after").send().await.expect("there is room again");
    let scanned = dynamo
        .scan()
        .table_name("sojourn-InsightsTable")
        .send()
        .await
        .expect("readable");
    assert_eq!(scanned.count(), 2, "{:?}", scanned.items().len());
    process.kill().await;
    Process::start(&data).await.kill().await;
}
