//! What the template keeps, for how long, and what it would lose: logs, traces, archives, messages nobody can handle, and
//! indexes that somebody pays for. Nothing fails without these until somebody needs them.

use std::collections::BTreeSet;

use serde_json::json;

use super::template::with_suppliers;
use super::yaml;
use crate::repository::{files_ending, read};

/// Read by auditors who ask after a person, by hand; no code of ours does.
const BY_HAND: &[&str] = &["byEmployee"];

/// A log group without retention keeps what people did for ever.
#[test]
fn every_log_expires() {
    let groups = yaml::resources("AWS::Logs::LogGroup");
    assert!(groups.len() >= 2, "{} log groups", groups.len());
    for (id, group) in groups {
        let days = group["Properties"]["RetentionInDays"].as_u64();
        assert!(days.is_some_and(|days| days > 0), "{id} keeps logs for ever");
    }
}

/// What goes wrong in an execution is logged where it expires, without what people said in it; and it is traced.
#[test]
fn executions_are_logged_without_their_data_and_traced() {
    let groups = yaml::resources("AWS::Logs::LogGroup");
    let groups: BTreeSet<_> = groups.into_iter().map(|(id, _)| format!("{id}.Arn")).collect();
    let machines = yaml::resources("AWS::Serverless::StateMachine");
    assert!(!machines.is_empty(), "no state machine");
    for (id, machine) in machines {
        let logging = &machine["Properties"]["Logging"];
        let level = logging["Level"].as_str().unwrap_or_default();
        assert!(["ERROR", "ALL", "FATAL"].contains(&level), "{id} logs {level:?}");
        assert_eq!(
            logging["IncludeExecutionData"],
            json!(false),
            "{id}: tokens and decisions stay out of the log"
        );
        let [destination] = logging["Destinations"].as_array().map_or(&[][..], Vec::as_slice) else {
            panic!("{id} logs to one place: {logging}");
        };
        let group = destination["CloudWatchLogsLogGroup"]["LogGroupArn"]
            .as_str()
            .unwrap_or_default();
        assert!(
            groups.contains(group),
            "{id} logs to {group:?}, which is no log group of the template"
        );
        assert_eq!(machine["Properties"]["Tracing"]["Enabled"], json!(true), "{id}");
    }
}

/// A message that its function fails on comes again until it expires, unless its queue gives it up before.
#[test]
fn a_queue_that_feeds_a_function_gives_up_what_cannot_be_handled() {
    let template = with_suppliers();
    let feeding: Vec<_> = template
        .mappings
        .iter()
        .filter(|mapping| mapping.source_arn.contains(":sqs:"))
        .collect();
    assert!(!feeding.is_empty(), "no queue feeds a function");
    for mapping in feeding {
        let find = |arn: &str| template.queues.iter().find(|queue| queue.arn == arn);
        let queue = find(&mapping.source_arn).expect("loaded with it");
        let (letters, times) = queue
            .redrive
            .as_ref()
            .unwrap_or_else(|| panic!("{} has no RedrivePolicy", queue.logical_id));
        assert!(
            *letters != queue.arn && find(letters).is_some(),
            "{}: {letters}",
            queue.logical_id
        );
        // Once is too few: a function that is only slow or throttled would lose its messages.
        assert!(*times >= 2, "{} gives up after {times}", queue.logical_id);
        let function = template
            .functions
            .iter()
            .find(|function| function.arn == mapping.function_arn);
        let function = function.expect("loaded with it");
        assert!(
            queue
                .visibility_timeout
                .is_some_and(|shown_again| shown_again >= function.timeout * 6),
            "{}: AWS asks for six times the time-out of {}",
            queue.logical_id,
            function.logical_id
        );
    }
}

/// Every bus is archived, whole, and not for ever.
#[test]
fn every_bus_has_an_archive_that_ends() {
    let template = with_suppliers();
    for bus in &template.buses {
        let archives = template.archives.iter().filter(|archive| archive.bus == bus.name);
        let archives: Vec<_> = archives.collect();
        let [archive] = archives.as_slice() else {
            panic!("{} archives of {}", archives.len(), bus.name);
        };
        assert!(
            archive.retention_days > 0,
            "{} keeps events for ever",
            archive.logical_id
        );
        assert_eq!(archive.pattern, None, "{} leaves events out", archive.logical_id);
    }
}

/// An index is written with every row; one that nobody reads is paid for in vain.
#[test]
fn every_index_is_read_by_somebody() {
    let code: String = ["services", "tools"]
        .into_iter()
        .flat_map(|folder| files_ending(folder, ".rs"))
        .filter(|file| !file.contains("/tests/") && !file.ends_with("tests.rs"))
        .map(|file| read(&file))
        .collect();
    let mut seen = BTreeSet::new();
    for (id, table) in yaml::resources("AWS::DynamoDB::Table") {
        for kind in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
            for index in table["Properties"][kind].as_array().into_iter().flatten() {
                let name = index["IndexName"].as_str().expect("an index has a name");
                assert_ne!(
                    code.contains(&format!("\"{name}\"")),
                    BY_HAND.contains(&name),
                    "who reads {name} of {id}?"
                );
                seen.insert(name.to_owned());
            }
        }
    }
    assert!(seen.len() >= 10, "{seen:?}");
}
