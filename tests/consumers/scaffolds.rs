//! Each language's consumer: its own tests (run as it is made), the conformance kit, and a booking made while it listens.

use std::path::{Path, PathBuf};
use std::process::Command;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::ToSpan;
use local_cloud::template::{LoadOptions, Template};
use serde_json::json;
use sojourn::commands::outside::sdk_config;

use super::made::{made, run};
use crate::contract::template::{has_both_retry_layers, may_send_to};
use crate::contract::yaml::{read_as_written, resources_of};
use crate::deploy::python::{Tools, words};
use crate::deploy::stack::machine_clock;
use crate::durability::process::{Process, executable};

pub const EVENTS: &[&str] = &["BookingConfirmed", "BookingCancelled", "AttentionResolved"];
const LANGUAGES: &[&str] = &["python", "ts", "rust"];

#[test]
fn a_consumer_in_python_conforms() {
    conforms(&made("python", EVENTS), "refused");
}

#[test]
fn a_consumer_in_typescript_conforms() {
    conforms(&made("ts", EVENTS), "refused");
}

#[test]
fn a_consumer_in_rust_conforms() {
    conforms(&made("rust", EVENTS), "taken");
}

/// Duplicates, other orders, replays, other versions and unknown members, through the function as a process. `earlier`:
/// what it does with an event of an earlier version, which only the one in Rust says it reads.
fn conforms(folder: &Path, earlier: &str) {
    let output = run(
        Command::new(executable()).args(["consumer", "check"]).arg(folder),
        "the conformance kit",
    );
    let said = words(&output);
    for event in EVENTS {
        for case in [
            "plain", "duplicate", "reordered", "late", "replayed", "unknown-field", "unknown-field-within",
            "newer-version",
        ] {
            let line = format!("ok      {event} {case}");
            let is_it = |said: &str| said == line || said.starts_with(&format!("{line}:"));
            assert!(said.lines().any(is_it), "{line} in\n{said}");
        }
    }
    let older = format!("ok      AttentionResolved older-version-1: {earlier}\n");
    assert!(said.contains(&older) && said.contains("\n0 of "), "{said}");
}

#[test]
fn their_templates_deploy() {
    for language in LANGUAGES {
        let folder = made(language, EVENTS);
        let template = folder.join("template.yaml");
        for program in [
            ["cfn-lint"].as_slice(),
            &["sam", "validate", "--lint", "--template-file"],
        ] {
            let output = Tools::ready()
                .program(program[0])
                .args(&program[1..])
                .arg(&template)
                .output();
            let output = output.unwrap_or_else(|error| panic!("{}: {error}", program[0]));
            assert!(output.status.success(), "{language}: {}", words(&output));
        }
    }
}

/// As our own functions have them, with a queue behind both that keeps what neither could deliver.
#[test]
fn their_functions_have_both_retry_layers() {
    for language in LANGUAGES {
        let path = made(language, EVENTS).join("template.yaml");
        let written = read_as_written(&std::fs::read_to_string(&path).expect("a template"));
        let functions = resources_of(&written, "AWS::Serverless::Function");
        let [(id, function)] = functions.as_slice() else {
            panic!("{language}: {} functions", functions.len())
        };
        let queue = has_both_retry_layers(id, function)
            .unwrap_or_else(|| panic!("{language}: no rule starts the function"));
        let rules = function["Properties"]["Events"].as_object().expect("rules");
        assert_eq!(rules.len(), EVENTS.len(), "{language}: {rules:?}");

        let stack = format!("{language}-expenses");
        let options = LoadOptions {
            stack_name: stack.clone(),
            other_buses: vec!["sojourn-bus".into()],
            ..LoadOptions::default()
        };
        let loaded = Template::load(&path, &options).unwrap_or_else(|error| panic!("{language}: {error}"));
        assert!(
            may_send_to(&stack, &loaded.functions[0], &queue),
            "{language}: what failed may not be sent to {queue}"
        );
        keeps_what_rules_could_not_deliver(&written, &queue);
    }
}

fn keeps_what_rules_could_not_deliver(written: &serde_json::Value, queue: &str) {
    let queues = resources_of(written, "AWS::SQS::Queue");
    let [(id, kept)] = queues.as_slice() else {
        panic!("one queue: {queues:?}")
    };
    assert_eq!(id, queue);
    assert_eq!(
        kept["Properties"]["MessageRetentionPeriod"], 1_209_600,
        "{queue}: 14 days"
    );
    let policies = resources_of(written, "AWS::SQS::QueuePolicy");
    let [(_, policy)] = policies.as_slice() else {
        panic!("one policy: {policies:?}")
    };
    let properties = &policy["Properties"];
    assert_eq!(properties["Queues"], json!([queue]));
    let statement = &properties["PolicyDocument"]["Statement"][0];
    assert_eq!(statement["Effect"], "Allow", "{queue}");
    assert_eq!(
        statement["Principal"]["Service"], "events.amazonaws.com",
        "{queue}"
    );
    assert_eq!(statement["Action"], json!(["sqs:SendMessage"]), "{queue}");
    assert_eq!(statement["Resource"], json!([format!("{queue}.Arn")]), "{queue}");
}

/// All three listen to one running cloud, under the permissions of their templates.
#[tokio::test(flavor = "multi_thread")]
async fn all_three_keep_a_booking_confirmed_while_they_listen() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let data = scratch.path().join("data");
    let folders: Vec<PathBuf> = LANGUAGES.iter().map(|language| made(language, EVENTS)).collect();
    let more: Vec<_> = folders
        .iter()
        .flat_map(|folder| ["--with", folder.to_str().expect("UTF-8")])
        .collect();
    let cloud = Process::start_with(&data, &more).await;
    let booked = tokio::process::Command::new(executable())
        .args(["book", "--yes", "--data"])
        .arg(&data)
        .arg(wish())
        .output()
        .await
        .expect("sojourn starts");
    assert!(booked.status.success(), "{}", words(&booked));
    let dynamo = Client::new(&sdk_config(&cloud.running));
    for language in LANGUAGES {
        let mut name = language.to_string();
        name[..1].make_ascii_uppercase();
        let table = format!("{language}-expenses-{name}ExpensesFacts");
        let row = kept(&dynamo, &table).await;
        assert_eq!(
            row["event"],
            AttributeValue::S("BookingConfirmed".into()),
            "{table}"
        );
        let says = row["says"].as_s().expect("text");
        assert!(
            says.contains("\"costCentre\"") && says.contains("EUR"),
            "{table}: {says}"
        );
    }
    cloud.kill().await;
}

/// Three weeks ahead or a little more: both days in one month.
pub fn wish() -> String {
    let mut day = machine_clock().now().to_zoned(jiff::tz::TimeZone::UTC).date() + 21.days();
    while day.day() > 25 {
        day = day + 1.day();
    }
    format!(
        "Berlin to Lisbon {}-{} {}, flight only",
        day.day(),
        day.day() + 2,
        day.strftime("%B")
    )
}

/// Its one row, waited for: a process of its own starts for the first event.
async fn kept(dynamo: &Client, table: &str) -> std::collections::HashMap<String, AttributeValue> {
    for _ in 0..600 {
        let scanned = dynamo
            .scan()
            .table_name(table)
            .send()
            .await
            .expect("the table is there");
        if let [row] = scanned.items() {
            return row.clone();
        }
        assert!(scanned.count() < 2, "{table}: one event, one row");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{table} stays empty");
}
