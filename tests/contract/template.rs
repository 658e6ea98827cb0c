//! What every resource of a kind must have in `template.yaml`: the properties that are easily forgotten because
//! nothing fails without them until something else does.

use std::collections::{BTreeMap, BTreeSet};

use local_cloud::template::{FunctionResource, LoadOptions, Template};
use serde_json::{Value, json};

use super::yaml;
use crate::repository::{root, services};

pub fn load() -> Template {
    Template::load(&root().join("template.yaml"), &LoadOptions::default())
        .expect("template.yaml can be loaded")
}

/// With what only a deployment that buys from real suppliers has.
pub fn with_suppliers() -> Template {
    let secrets = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:suppliers/*";
    let options = LoadOptions {
        parameters: BTreeMap::from([("SupplierSecrets".into(), secrets.into())]),
        ..LoadOptions::default()
    };
    Template::load(&root().join("template.yaml"), &options).expect("template.yaml can be loaded")
}

/// Functions that need other than the default 512 MB and 30 s: (MB, s).
const SIZED: &[(&str, u32, u64)] = &[
    ("PolicyIngestFunction", 1024, 300),
    ("PlannerFunction", 512, 180),
    // Suppliers are slow to book.
    ("BookingTaskFunction", 512, 60),
    // It walks over all that is kept.
    ("AuditReconciliationFunction", 512, 300),
    // Connections may hang, many of them.
    ("HeartbeatFunction", 512, 60),
    // So may receivers of webhooks be: five of them in a batch, ten seconds each.
    ("WebhooksFunction", 512, 120),
];

#[test]
fn functions_have_the_memory_and_time_they_need() {
    for function in with_suppliers().functions {
        let sized = SIZED.iter().find(|(id, ..)| *id == function.logical_id);
        let (memory_mb, timeout_s) = sized.map_or((512, 30), |(_, memory, timeout)| (*memory, *timeout));
        assert_eq!(
            (function.memory_mb, function.timeout.as_secs()),
            (memory_mb, timeout_s),
            "{}: MB and s",
            function.logical_id
        );
    }
}

#[test]
fn functions_log_where_logs_expire_and_are_traced() {
    let globals = &yaml::template()["Globals"]["Function"];
    let groups: BTreeMap<_, _> = yaml::resources("AWS::Logs::LogGroup").into_iter().collect();
    for (id, function) in yaml::resources("AWS::Serverless::Function") {
        let property = |name: &str| match &function["Properties"][name] {
            Value::Null => globals[name].clone(),
            own => own.clone(),
        };
        assert_eq!(property("Tracing"), "Active", "{id}");
        let logging = property("LoggingConfig");
        assert_eq!(logging["LogFormat"], "JSON", "{id}");
        let group = logging["LogGroup"]
            .as_str()
            .unwrap_or_else(|| panic!("{id} names no log group"));
        let days = &groups
            .get(group)
            .unwrap_or_else(|| panic!("{id}: no log group {group}"))["Properties"]["RetentionInDays"];
        assert!(
            days.as_i64().is_some_and(|days| days > 0),
            "{group} keeps logs for ever"
        );
        assert_eq!(property("Runtime"), "provided.al2023", "{id}");
        assert_eq!(property("Architectures"), json!(["arm64"]), "{id}");
    }
}

/// EventBridge's retries cover the hand-over to Lambda's queue, Lambda's own cover the handler. Without a dead-letter
/// queue behind each of them an event is lost in silence.
#[test]
fn whoever_the_bus_or_a_schedule_starts_has_both_retry_layers() {
    let template = load();
    let mut checked = 0;
    for (id, function) in yaml::resources("AWS::Serverless::Function") {
        let Some(queue) = has_both_retry_layers(&id, &function) else {
            continue;
        };
        checked += 1;
        let resource = template
            .functions
            .iter()
            .find(|f| f.logical_id == id)
            .expect("loaded");
        assert!(
            may_send_to("sojourn", resource, &queue),
            "{id} may not send what it failed on to {queue}"
        );
    }
    assert_eq!(checked, 14);
    for (id, machine) in yaml::resources("AWS::Serverless::StateMachine") {
        for event in events_of(&machine, &["EventBridgeRule"]) {
            has_delivery_layer(&id, &event, "BookingMachineDeadLetters");
        }
    }
}

/// The dead-letter queue behind both, if the bus or a schedule starts the function at all.
pub fn has_both_retry_layers(id: &str, function: &Value) -> Option<String> {
    let started = events_of(function, &["EventBridgeRule", "Schedule"]);
    if started.is_empty() {
        return None;
    }
    let name = id.strip_suffix("Function").expect("functions end so");
    let queue = format!("{name}DeadLetters");
    has_asynchronous_layer(id, &function["Properties"]["EventInvokeConfig"], &queue);
    for event in started {
        has_delivery_layer(id, &event, &queue);
    }
    Some(queue)
}

fn has_asynchronous_layer(id: &str, config: &Value, queue: &str) {
    assert_eq!(config["MaximumRetryAttempts"], 2, "{id}");
    assert_eq!(config["MaximumEventAgeInSeconds"], 21_600, "{id}");
    let failure = &config["DestinationConfig"]["OnFailure"];
    assert_eq!(failure["Type"], "SQS", "{id}");
    assert_eq!(failure["Destination"], format!("{queue}.Arn"), "{id}");
}

fn has_delivery_layer(id: &str, event: &Value, queue: &str) {
    let properties = &event["Properties"];
    assert_eq!(
        properties["DeadLetterConfig"]["Arn"],
        format!("{queue}.Arn"),
        "{id}"
    );
    // A schedule comes again by itself: the default policy will do.
    if event["Type"] == "EventBridgeRule" {
        assert_eq!(properties["RetryPolicy"]["MaximumRetryAttempts"], 185, "{id}");
        assert_eq!(
            properties["RetryPolicy"]["MaximumEventAgeInSeconds"], 86_400,
            "{id}"
        );
    }
}

pub fn may_send_to(stack: &str, function: &FunctionResource, queue: &str) -> bool {
    let arn = format!(
        "arn:aws:sqs:eu-west-1:{}:{stack}-{queue}",
        local_cloud::endpoint::ACCOUNT
    );
    let access = local_cloud::wire::Access {
        action: "sqs:SendMessage".into(),
        resource: arn,
    };
    let policies = local_cloud::iam::Policies::new(function.grants.statements.clone());
    policies.decide(&access, &local_cloud::iam::Context::default()) == local_cloud::iam::Decision::Allowed
}

#[test]
fn dead_letter_queues_keep_for_fourteen_days_and_take_from_eventbridge() {
    let policy = yaml::resources("AWS::SQS::QueuePolicy");
    let [(_, policy)] = policy.as_slice() else {
        panic!("one policy for all dead-letter queues")
    };
    let statement = &policy["Properties"]["PolicyDocument"]["Statement"][0];
    let open: BTreeSet<_> = policy["Properties"]["Queues"]
        .as_array()
        .into_iter()
        .flatten()
        .map(Value::to_string)
        .collect();
    let named = |queue: &str| {
        statement["Resource"]
            .as_array()
            .is_some_and(|all| all.contains(&json!(format!("{queue}.Arn"))))
    };
    let from_eventbridge = dead_letters_of_rules();
    for (id, queue) in yaml::resources("AWS::SQS::Queue") {
        assert_eq!(
            queue["Properties"]["MessageRetentionPeriod"], 1_209_600,
            "{id}: 14 days"
        );
        assert_eq!(queue["Properties"]["SqsManagedSseEnabled"], true, "{id}");
        let needed = from_eventbridge.contains(&id);
        assert_eq!(
            open.contains(&json!(id).to_string()),
            needed,
            "{id} in the queue policy"
        );
        assert_eq!(named(&id), needed, "{id} among the policy's resources");
    }
}

fn dead_letters_of_rules() -> BTreeSet<String> {
    let kinds = ["AWS::Serverless::Function", "AWS::Serverless::StateMachine"];
    let resources = kinds.into_iter().flat_map(yaml::resources);
    resources
        .flat_map(|(_, resource)| events_of(&resource, &["EventBridgeRule", "Schedule"]))
        .filter_map(|event| {
            event["Properties"]["DeadLetterConfig"]["Arn"]
                .as_str()
                .map(str::to_owned)
        })
        .map(|arn| arn.trim_end_matches(".Arn").to_owned())
        .chain(queues_of_plain_rules())
        .collect()
}

/// Where rules that stand for themselves put events, and what they could not put there.
fn queues_of_plain_rules() -> Vec<String> {
    let mut queues = Vec::new();
    for (id, rule) in yaml::resources("AWS::Events::Rule") {
        for target in rule["Properties"]["Targets"].as_array().into_iter().flatten() {
            assert_eq!(target["RetryPolicy"]["MaximumRetryAttempts"], 185, "{id}");
            for arn in [&target["Arn"], &target["DeadLetterConfig"]["Arn"]] {
                let arn = arn
                    .as_str()
                    .unwrap_or_else(|| panic!("{id} has no dead-letter queue"));
                queues.push(arn.trim_end_matches(".Arn").to_owned());
            }
        }
    }
    queues
}

/// A table's stream defaults to retrying for ever and blocks meanwhile.
#[test]
fn stream_readers_give_up_on_a_bad_batch_and_report_single_records() {
    let mut readers = BTreeMap::<String, usize>::new();
    for (id, function) in yaml::resources("AWS::Serverless::Function") {
        for event in events_of(&function, &["DynamoDB"]) {
            let properties = &event["Properties"];
            *readers.entry(properties["Stream"].to_string()).or_default() += 1;
            assert_eq!(properties["BisectBatchOnFunctionError"], true, "{id}");
            assert_eq!(
                properties["FunctionResponseTypes"],
                json!(["ReportBatchItemFailures"]),
                "{id}"
            );
            let within =
                |name: &str, most: i64| properties[name].as_i64().is_some_and(|n| (1..=most).contains(&n));
            assert!(
                within("MaximumRetryAttempts", 100),
                "{id}: a bounded number of retries"
            );
            assert!(
                within("MaximumRecordAgeInSeconds", 86_400),
                "{id}: less than the stream keeps"
            );
            assert_eq!(
                properties["StartingPosition"], "TRIM_HORIZON",
                "{id}: no record is missed at the start"
            );
            let queue = properties["DestinationConfig"]["OnFailure"]["Destination"].as_str();
            assert_eq!(
                queue,
                Some(format!("{}DeadLetters.Arn", id.trim_end_matches("Function")).as_str())
            );
        }
    }
    assert_eq!(readers.len(), 1, "streams with readers");
    assert!(
        readers.values().all(|&count| count <= 2),
        "a shard feeds two readers at most"
    );
}

#[test]
fn every_function_has_a_binary_and_every_binary_a_function() {
    let deployed: BTreeSet<_> = with_suppliers()
        .functions
        .into_iter()
        .map(|function| function.binary)
        .collect();
    let built: BTreeSet<_> = services()
        .into_iter()
        .flat_map(|service| service.binaries)
        .collect();
    assert_eq!(deployed, built);
}

fn events_of(resource: &Value, kinds: &[&str]) -> Vec<Value> {
    let events = resource["Properties"]["Events"].as_object();
    let events = events.into_iter().flatten().map(|(_, event)| event.clone());
    events
        .filter(|event| kinds.iter().any(|kind| event["Type"] == *kind))
        .collect()
}
