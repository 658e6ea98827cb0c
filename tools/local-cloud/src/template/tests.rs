//! Templates as people write them: what is understood, what is listed as ignored, what is refused and how. The
//! repository's own template is read too, so that it cannot drift out of what the local cloud offers.

use std::path::Path;

use serde_json::json;

use super::*;
use crate::iam::{Context, Decision, Policies};
use crate::wire::Access;

const SAMPLE: &str = include_str!("sample.yaml");

fn load(yaml: &str) -> Result<Template, TemplateError> {
    load_with(
        yaml,
        &[(
            "rules/planner.on-policy-retrieved.json",
            r#"{"detail-type":["PolicyRetrieved"],"replay-name":[{"exists":false}]}"#,
        )],
    )
}

fn load_with(yaml: &str, files: &[(&str, &str)]) -> Result<Template, TemplateError> {
    let dir = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let asl = r#"{"QueryLanguage":"JSONata","StartAt":"Ask","States":{"Ask":{"Type":"Task","Resource":"${Ask}","End":true}}}"#;
    std::fs::write(dir.path().join("booking.asl.json"), asl).unwrap();
    let path = dir.path().join("template.yaml");
    std::fs::write(&path, yaml).unwrap();
    Template::load(
        &path,
        &LoadOptions {
            stack_name: "demo".into(),
            ..LoadOptions::default()
        },
    )
}

fn allows(statements: &[crate::iam::Statement], action: &str, resource: &str) -> bool {
    let access = Access {
        action: action.into(),
        resource: resource.into(),
    };
    Policies::new(statements.to_vec()).decide(&access, &Context::default()) == Decision::Allowed
}

#[test]
fn a_function_has_its_globals_names_policies_and_queue_behaviour() {
    let template = load(SAMPLE).unwrap();
    let planner = &template.functions[0];
    assert_eq!(planner.name, "demo-PlannerFunction");
    assert_eq!(
        planner.arn,
        "arn:aws:lambda:eu-west-1:000000000000:function:demo-PlannerFunction"
    );
    assert_eq!(planner.binary, "planner");
    assert_eq!((planner.timeout.as_secs(), planner.memory_mb), (20, 256));
    let environment: Vec<_> = planner
        .environment
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    assert_eq!(
        environment,
        [
            ("BUS", "demo-Bus"),
            ("LEVEL", "debug"),
            ("MAX", "9"),
            ("QUEUE", "http://local/000000000000/demo-Failed")
        ]
    );
    assert_eq!(
        planner.asynchronous.on_failure.as_deref(),
        Some("arn:aws:sqs:eu-west-1:000000000000:demo-Failed")
    );
    assert_eq!(planner.asynchronous.max_retries, 1);
    assert!(allows(
        &planner.grants.statements,
        "dynamodb:PutItem",
        "arn:aws:dynamodb:eu-west-1:000000000000:table/demo-Bookings"
    ));
    assert!(allows(
        &planner.grants.statements,
        "events:PutEvents",
        "arn:aws:events:eu-west-1:000000000000:event-bus/demo-Bus"
    ));
    assert!(!allows(
        &planner.grants.statements,
        "events:PutEvents",
        "arn:aws:events:eu-west-1:000000000000:event-bus/other"
    ));
    assert!(allows(
        &planner.grants.statements,
        "s3:GetObject",
        "arn:aws:s3:::demo-uploads/a.md"
    ));
}

#[test]
fn events_become_rules_schedules_mappings_and_notifications() {
    let template = load(SAMPLE).unwrap();
    let rule = &template.rules[0];
    assert_eq!(
        (rule.name.as_str(), rule.bus.as_str()),
        ("demo-PlannerFunction-OnPolicy", "demo-Bus")
    );
    assert_eq!(
        rule.pattern.as_ref().unwrap()["detail-type"],
        json!(["PolicyRetrieved"])
    );
    assert_eq!(rule.targets[0].max_attempts, Some(10));
    assert_eq!(
        rule.targets[0].dlq_arn.as_deref(),
        Some("arn:aws:sqs:eu-west-1:000000000000:demo-Failed")
    );
    assert_eq!(template.rules[1].schedule.as_deref(), Some("rate(5 minutes)"));
    let mapping = &template.mappings[0];
    assert!(mapping.source_arn.contains(":table/demo-Bookings/stream/"));
    assert_eq!(
        (mapping.batch_size, mapping.max_retries, mapping.bisect),
        (50, Some(5), true)
    );
    assert_eq!(mapping.filters, [json!({ "eventName": ["INSERT"] })]);
    assert!(mapping.reports_item_failures && mapping.from_oldest);
    assert_eq!(mapping.batches_at_once, 4);
    assert_eq!(template.mappings[1].batches_at_once, 1);
    let bucket = &template.buckets[0];
    assert_eq!(
        (
            bucket.name.as_str(),
            bucket.logical_id.as_str(),
            bucket.event_bridge
        ),
        ("demo-uploads", "Uploads", true)
    );
    assert_eq!(bucket.notifications[0].suffix.as_deref(), Some(".md"));
}

#[test]
fn the_state_machine_has_its_substitutions_and_the_rule_that_starts_it() {
    let template = load(SAMPLE).unwrap();
    let machine = &template.machines[0];
    assert!(
        machine.definition.contains("function:demo-PlannerFunction"),
        "{}",
        machine.definition
    );
    assert!(allows(
        &machine.grants.statements,
        "lambda:InvokeFunction",
        "arn:aws:lambda:eu-west-1:000000000000:function:demo-PlannerFunction"
    ));
    let started_by = template
        .rules
        .iter()
        .find(|r| r.targets[0].arn == machine.arn)
        .unwrap();
    assert_eq!(started_by.bus, "demo-Bus");
}

#[test]
fn tables_queues_archives_and_outputs_are_read() {
    let template = load(SAMPLE).unwrap();
    let table = &template.tables[0];
    assert_eq!(
        (table.name.as_str(), table.ttl_attribute.as_deref()),
        ("demo-Bookings", Some("expiresAt"))
    );
    assert_eq!(table.stream_view.as_deref(), Some("NEW_AND_OLD_IMAGES"));
    assert_eq!(table.definition["KeySchema"][0]["AttributeName"], "employeeId");
    assert_eq!(
        template.queues[1].redrive,
        Some(("arn:aws:sqs:eu-west-1:000000000000:demo-Failed".to_string(), 3))
    );
    assert_eq!(
        (
            template.archives[0].bus.as_str(),
            template.archives[0].retention_days
        ),
        ("demo-Bus", 30)
    );
    let outputs: Vec<_> = template
        .outputs
        .iter()
        .map(|o| (o.key.as_str(), o.value.as_str()))
        .collect();
    let id = &template.apis[0].api_id;
    assert_eq!(
        outputs[0],
        (
            "Endpoint",
            format!("wss://{id}.execute-api.eu-west-1.amazonaws.com/live").as_str()
        )
    );
    assert_eq!(outputs[1], ("Tier", "small"));
    assert_eq!(
        outputs.len(),
        2,
        "an output whose condition does not hold is left out"
    );
}

#[test]
fn the_socket_api_is_put_together() {
    let template = load(SAMPLE).unwrap();
    let api = &template.apis[0];
    assert_eq!(
        (api.stage.as_str(), api.route_selection_expression.as_str()),
        ("live", "$request.body.action")
    );
    let connect = api.routes.iter().find(|r| r.key == "$connect").unwrap();
    assert_eq!(
        connect.authorizer.as_ref().unwrap().identity_sources,
        ["route.request.header.Sec-WebSocket-Protocol"]
    );
    assert!(connect.function_arn.ends_with(":function:demo-PlannerFunction"));
    let default = api.routes.iter().find(|r| r.key == "$default").unwrap();
    assert!(default.responds && default.authorizer.is_none());
}

#[test]
fn what_is_not_honoured_is_listed_with_a_reason() {
    let template = load(SAMPLE).unwrap();
    let listed: Vec<_> = template
        .ignored
        .iter()
        .map(|i| (i.logical_id.as_str(), i.property.as_deref().unwrap_or("*")))
        .collect();
    for expected in [
        ("PlannerFunction", "Tracing"),
        ("Bookings", "PointInTimeRecoverySpecification"),
        ("Alarm", "*"),
    ] {
        assert!(listed.contains(&expected), "{expected:?} in {listed:?}");
    }
    assert!(template.ignored.iter().all(|i| !i.why.is_empty()));
    assert!(
        !listed.iter().any(|(id, _)| *id == "OnlyInProduction"),
        "a resource whose condition does not hold is not there"
    );
}

#[test]
fn errors_name_file_resource_and_reason() {
    let cases = [
        (
            "Timeout: 20",
            "Timeout: soon",
            "PlannerFunction: Timeout is soon, not a number",
        ),
        (
            "TableName: !Ref Bookings",
            "TableName: !Ref Bookingz",
            "PlannerFunction: refers to Bookingz",
        ),
        (
            "rules/planner.on-policy-retrieved.json",
            "rules/missing.json",
            "PlannerFunction: includes",
        ),
        (
            "DynamoDBCrudPolicy",
            "DynamoDBGodPolicy",
            "PlannerFunction: the local cloud does not know the policy template DynamoDBGodPolicy",
        ),
        (
            "Ask: !GetAtt PlannerFunction.Arn",
            "Ask: !GetAtt PlannerFunction.Arm",
            "PlannerFunction (AWS::Serverless::Function) has no attribute Arm",
        ),
        (
            "Ask: !GetAtt",
            "Asked: !GetAtt",
            "booking.asl.json: its definition uses ${Ask}",
        ),
        (
            "AWS::CloudWatch::Alarm",
            "AWS::Quantum::Alarm",
            "Alarm: the local cloud does not offer the type AWS::Quantum::Alarm",
        ),
        ("Condition: IsProduction", "Condition: IsProdction", "IsProdction"),
        (
            "Action: lambda:InvokeFunction # sockets",
            "Action: lambda:InvokeFunction\n      SourceArn: arn:aws:execute-api:eu-west-1:000000000000:elsewhere/*",
            "Sockets: route $connect: no AWS::Lambda::Permission",
        ),
        (
            "Type: DynamoDB",
            "Type: Kinesis",
            "PlannerFunction: event FromStream: the local cloud does not offer events of type Kinesis",
        ),
        (
            "ParallelizationFactor: 4",
            "ParallelizationFactor: 11",
            "PlannerFunction: event FromStream: ParallelizationFactor is 11: 1 to 10",
        ),
        ("- AttributeName: employeeId", "- [", "is not YAML"),
    ];
    for (from, to, expected) in cases {
        assert!(SAMPLE.contains(from), "the sample has no {from:?}");
        let error = load(&SAMPLE.replacen(from, to, 1)).expect_err(to).to_string();
        assert!(
            error.contains("template.yaml") && error.contains(expected),
            "{to}: {error}"
        );
    }
}

/// A subscription is a file of its own, so what is wrong with it is said with that file's name, and nothing starts.
#[test]
fn a_rules_file_that_is_no_pattern_is_refused_with_its_name_and_the_reason() {
    const FILE: &str = "rules/planner.on-policy-retrieved.json";
    let cases = [
        (
            r#"{"detail-type": "PolicyRetrieved"}"#,
            "must be an object or an array at detail-type",
        ),
        (
            r#"{"detail-type": [{"prefx": "Policy"}]}"#,
            "unrecognized match type prefx",
        ),
        (
            r#"{"detail-type": [], "replay-name": [{"exists": false}]}"#,
            "empty arrays are not allowed at detail-type",
        ),
        (
            r#"{"replay-name": [{"exists": "false"}]}"#,
            "exists must be true or false at replay-name",
        ),
        (
            r#"{"detail": {"data": {"total": [{"numeric": [">"]}]}}}"#,
            "numeric takes pairs",
        ),
        (r#"{"detail-type": ["PolicyRetrieved""#, "is not YAML"),
        (r#"["PolicyRetrieved"]"#, "not an object"),
        ("{}", "empty objects are not allowed"),
    ];
    for (content, reason) in cases {
        let error = load_with(SAMPLE, &[(FILE, content)])
            .expect_err(content)
            .to_string();
        for part in ["template.yaml", "PlannerFunction", FILE, reason] {
            assert!(error.contains(part), "{content}: {part:?} is not in: {error}");
        }
    }
}

#[test]
fn parameters_are_checked_and_conditions_follow_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.yaml");
    let yaml = "Parameters:\n  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}\nConditions:\n  Prod: !Equals [!Ref Stage, prod]\n  NotProd: !Not [!Condition Prod]\nResources:\n  Q: {Type: AWS::SQS::Queue, Condition: Prod}\n  R: {Type: AWS::SQS::Queue, Condition: NotProd, Properties: {DelaySeconds: !If [Prod, 1, !Ref AWS::NoValue]}}\n";
    std::fs::write(&path, yaml).unwrap();
    let load = |stage: Option<&str>| {
        let parameters = stage
            .map(|s| ("Stage".to_string(), s.to_string()))
            .into_iter()
            .collect();
        Template::load(
            &path,
            &LoadOptions {
                parameters,
                ..LoadOptions::default()
            },
        )
    };
    let ids = |t: &Template| t.queues.iter().map(|q| q.logical_id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&load(None).unwrap()), ["R"]);
    assert_eq!(ids(&load(Some("prod")).unwrap()), ["Q"]);
    assert!(load(Some("qa")).unwrap_err().reason.contains("AllowedValues"));
    assert_eq!(load(None).unwrap().queues[0].delay, None);
}

#[test]
fn the_repositorys_own_template_is_understood() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let template = Template::load(&root.join("template.yaml"), &LoadOptions::default())
        .unwrap_or_else(|e| panic!("{e}"));
    assert!(template.functions.len() > 5 && !template.tables.is_empty() && !template.rules.is_empty());
    for rule in template.rules.iter().filter(|r| r.bus != "default") {
        assert!(
            rule.targets.iter().all(|t| t.dlq_arn.is_some()),
            "{} loses what cannot be delivered",
            rule.logical_id
        );
    }
    assert!(
        template
            .ignored
            .iter()
            .all(|i| i.kind != "AWS::DynamoDB::Table" || i.property.is_some())
    );
}
