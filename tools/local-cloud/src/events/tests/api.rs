//! The shapes of answers, the permissions calls need, and what the configuration may not say.

use super::super::catalog::Catalog;
use super::*;

fn described() -> EventsConfig {
    let mut a = rule("a");
    a.description = Some("for expense".into());
    a.targets[0].input = TargetInput::Path("$.detail".into());
    let mut tick = rule("tick");
    tick.bus = "default".into();
    tick.pattern = None;
    tick.schedule = Some("rate(1 minute)".into());
    tick.enabled = false;
    config(vec![a, rule("b"), tick])
}

#[tokio::test(start_paused = true)]
async fn rules_and_targets() {
    let world = World::start(described());
    let on_bus = |member: &str, value: &str| json!({member: value, "EventBusName": "orders"});
    assert_eq!(
        world.call_ok("DescribeRule", on_bus("Name", "a")).await,
        json!({
            "Name": "a",
            "Arn": "arn:aws:events:eu-west-1:000000000000:rule/orders/a",
            "State": "ENABLED",
            "EventBusName": "orders",
            "EventPattern": r#"{"source":["sample.shop"]}"#,
            "Description": "for expense",
            "CreatedBy": "000000000000",
        })
    );
    let tick = world.call_ok("DescribeRule", json!({"Name": "tick"})).await;
    assert_eq!(
        (&tick["ScheduleExpression"], &tick["State"]),
        (&json!("rate(1 minute)"), &json!("DISABLED"))
    );
    assert_eq!(tick["Arn"], "arn:aws:events:eu-west-1:000000000000:rule/tick");

    let rules = world
        .call_ok("ListRules", json!({"EventBusName": "orders", "Limit": 1}))
        .await;
    assert_eq!(
        (
            &rules["Rules"][0]["Name"],
            rules["Rules"].as_array().unwrap().len()
        ),
        (&json!("a"), 1)
    );
    let next = json!({"EventBusName": "orders", "Limit": 1, "NextToken": rules["NextToken"]});
    let rules = world.call_ok("ListRules", next).await;
    assert_eq!(
        (&rules["Rules"][0]["Name"], rules.get("NextToken")),
        (&json!("b"), None)
    );

    assert_eq!(
        world.call_ok("ListTargetsByRule", on_bus("Rule", "a")).await,
        json!({"Targets": [{
            "Id": "only",
            "Arn": arn("a"),
            "RetryPolicy": {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86_400},
            "DeadLetterConfig": {"Arn": arn("a-dlq")},
            "InputPath": "$.detail",
        }]})
    );
    let names = world
        .call_ok("ListRuleNamesByTarget", on_bus("TargetArn", &arn("b")))
        .await;
    assert_eq!(names, json!({"RuleNames": ["b"]}));
    assert_eq!(
        world.error_code("DescribeRule", json!({"Name": "a"})).await,
        "ResourceNotFoundException"
    );
    assert_eq!(
        world.error_code("ListRules", json!({"EventBusName": "x"})).await,
        "ResourceNotFoundException"
    );
}

#[tokio::test(start_paused = true)]
async fn buses_and_archives() {
    let world = World::start(described());
    let made = START.parse::<Timestamp>().unwrap().as_second() as f64;
    let buses = world.call_ok("ListEventBuses", json!({})).await;
    let names: Vec<&Value> = buses["EventBuses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bus| &bus["Name"])
        .collect();
    assert_eq!(names, ["default", "orders"]);
    let bus = world.call_ok("DescribeEventBus", json!({})).await;
    assert_eq!(
        bus["Arn"],
        "arn:aws:events:eu-west-1:000000000000:event-bus/default"
    );

    world.put(1).await;
    assert_eq!(
        world.call_ok("ListArchives", json!({"NamePrefix": "hist"})).await,
        json!({"Archives": [{
            "ArchiveName": "history",
            "EventSourceArn": "arn:aws:events:eu-west-1:000000000000:event-bus/orders",
            "State": "ENABLED",
            "RetentionDays": 0,
            "SizeBytes": 216,
            "EventCount": 1,
            "CreationTime": made,
        }]})
    );
    let world = world.restart(Duration::from_secs(60));
    let archive = world
        .call_ok("DescribeArchive", json!({"ArchiveName": "history"}))
        .await;
    assert_eq!(
        archive["ArchiveArn"],
        "arn:aws:events:eu-west-1:000000000000:archive/history"
    );
    assert_eq!(archive["CreationTime"], made, "made when it was first seen");
    assert_eq!(
        world
            .error_code("DescribeArchive", json!({"ArchiveName": "x"}))
            .await,
        "ResourceNotFoundException"
    );
}

#[tokio::test(start_paused = true)]
async fn patterns_can_be_tried() {
    let world = World::start(described());
    let event = r#"{"id":"1","account":"0","source":"sample.shop","time":"t","region":"r","resources":[],
                    "detail-type":"x","detail":{"n":1}}"#;
    let tried = |pattern: &str| json!({"EventPattern": pattern, "Event": event});
    let answer = world
        .call_ok("TestEventPattern", tried(r#"{"detail":{"n":[1]}}"#))
        .await;
    assert_eq!(answer, json!({"Result": true}));
    let answer = world
        .call_ok("TestEventPattern", tried(r#"{"detail":{"n":[2]}}"#))
        .await;
    assert_eq!(answer, json!({"Result": false}));
    let error = world
        .call("TestEventPattern", tried(r#"{"detail":{"n":1}}"#))
        .await
        .unwrap_err();
    assert_eq!(error.code, "InvalidEventPatternException");
    assert!(error.message.contains("at detail.n"), "{}", error.message);
    let incomplete = json!({"EventPattern": r#"{"a":[1]}"#, "Event": "{}"});
    assert_eq!(
        world.error_code("TestEventPattern", incomplete).await,
        "ValidationException"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_not_offered_says_so() {
    let world = World::start(described());
    let error = world.call("PutRule", json!({"Name": "x"})).await.unwrap_err();
    assert_eq!(error.code, "UnknownOperationException");
    assert!(error.message.contains("events:PutRule"), "{}", error.message);
    let mut broken = call("PutEvents", json!({}));
    broken.body = Bytes::from_static(b"{");
    assert_eq!(
        world.events.call(broken).await.unwrap_err().code,
        "SerializationException"
    );
}

#[tokio::test(start_paused = true)]
async fn the_permissions_a_call_needs() {
    let world = World::start(described());
    let prefix = "arn:aws:events:eu-west-1:000000000000:";
    let mut elsewhere = entry(2);
    elsewhere.as_object_mut().unwrap().remove("EventBusName");
    let cases = [
        (
            "PutEvents",
            json!({"Entries": [entry(1), elsewhere, entry(3)]}),
            vec!["event-bus/default", "event-bus/orders"],
        ),
        (
            "DescribeRule",
            json!({"Name": "a", "EventBusName": "orders"}),
            vec!["rule/orders/a"],
        ),
        ("DisableRule", json!({"Name": "tick"}), vec!["rule/tick"]),
        (
            "DescribeArchive",
            json!({"ArchiveName": "history"}),
            vec!["archive/history"],
        ),
        ("CancelReplay", json!({"ReplayName": "r"}), vec!["replay/r"]),
    ];
    for (operation, body, resources) in cases {
        let access = world.events.access(&call(operation, body)).unwrap();
        let expected: Vec<String> = resources
            .iter()
            .map(|resource| format!("{prefix}{resource}"))
            .collect();
        assert_eq!(
            access.iter().map(|access| &access.resource).collect::<Vec<_>>(),
            expected.iter().collect::<Vec<_>>()
        );
        assert!(
            access
                .iter()
                .all(|access| access.action == format!("events:{operation}"))
        );
    }
    let access = world.events.access(&call("ListRules", json!({}))).unwrap();
    assert_eq!(access[0].resource, "*");
}

#[test]
fn a_template_that_eventbridge_would_refuse_is_refused() {
    type Breaking = fn(&mut EventsConfig);
    let broken: [(Breaking, &str); 8] = [
        (
            |config| config.rules[0].bus = "none".into(),
            "rule none/a: there is no bus none",
        ),
        (
            |config| config.rules[0].pattern = Some(json!({"a": "b"})),
            "rule orders/a: Event pattern is not valid",
        ),
        (
            |config| config.rules[0].pattern = None,
            "rule orders/a: a rule needs a pattern or a schedule",
        ),
        (
            |config| config.rules[0].schedule = Some("rate(1 minute)".into()),
            "rule orders/a: only the default bus",
        ),
        (
            |config| config.rules.push(rule("a")),
            "rule orders/a: the name is taken",
        ),
        (
            |config| config.rules[0].targets[0].dlq_arn = Some(arn("q.fifo")),
            "rule orders/a: target only: a dead-letter queue must be a standard queue",
        ),
        (
            |config| config.rules[0].targets[0].retry.max_attempts = 186,
            "rule orders/a: target only: more than 185",
        ),
        (
            |config| config.archives[0].bus = "none".into(),
            "archive history: there is no bus none",
        ),
    ];
    for (breaking, expected) in broken {
        let mut config = config(vec![rule("a")]);
        breaking(&mut config);
        let error = Catalog::compile(config).err().expect(expected).to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}
