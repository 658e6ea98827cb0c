//! PutEvents: the envelope, entries refused one by one, and the limits of a call.

use super::*;

#[tokio::test(start_paused = true)]
async fn an_event_arrives_in_the_full_envelope() {
    let world = World::start(config(vec![rule("a")]));
    let answer = world
        .call_ok(
            "PutEvents",
            json!({"Entries": [{
                "EventBusName": "arn:aws:events:eu-west-1:000000000000:event-bus/orders",
                "Source": "sample.shop", "DetailType": "OrderPaid", "Detail": "{\"n\": 1}",
                "Resources": ["arn:sample:order/1"], "Time": 1_795_219_200.75,
            }]}),
        )
        .await;
    world.events.settled().await;
    let event = &world.targets.taken("a")[0].payload;
    let expected = json!({
        "version": "0",
        "id": answer["Entries"][0]["EventId"],
        "detail-type": "OrderPaid",
        "source": "sample.shop",
        "account": "000000000000",
        "time": "2026-11-21T00:00:00Z",
        "region": "eu-west-1",
        "resources": ["arn:sample:order/1"],
        "detail": {"n": 1},
    });
    assert_eq!(*event, expected);
    assert_eq!(
        event.as_object().unwrap().keys().collect::<Vec<_>>(),
        expected.as_object().unwrap().keys().collect::<Vec<_>>()
    );
}

#[tokio::test(start_paused = true)]
async fn a_bad_entry_fails_alone_and_in_its_place() {
    let world = World::start(config(vec![rule("a")]));
    let without = |member: &str| {
        let mut entry = entry(0);
        entry.as_object_mut().unwrap().remove(member);
        entry
    };
    let with = |member: &str, value: Value| {
        let mut entry = entry(0);
        entry[member] = value;
        entry
    };
    let entries = json!([
        entry(1),
        with("Detail", json!("{not json")),
        without("Source"),
        without("DetailType"),
        without("Detail"),
        with("Detail", json!("[1]")),
        with("EventBusName", json!("nowhere")),
        with("Source", json!("aws.s3")),
        with("DetailType", json!("x".repeat(129))),
        entry(2),
    ]);
    let answer = world.call_ok("PutEvents", json!({"Entries": entries})).await;
    assert_eq!(answer["FailedEntryCount"], 8);
    let code = |index: usize| answer["Entries"][index]["ErrorCode"].as_str();
    let codes: Vec<_> = (0..10).map(code).collect();
    let invalid = Some("InvalidArgument");
    assert_eq!(
        codes,
        [
            None,
            Some("MalformedDetail"),
            invalid,
            invalid,
            invalid,
            Some("MalformedDetail"),
            Some("ResourceNotFoundException"),
            Some("NotAuthorizedForSourceException"),
            invalid,
            None
        ]
    );
    for (index, code) in codes.iter().enumerate() {
        assert_ne!(answer["Entries"][index]["EventId"].is_string(), code.is_some());
    }
    world.events.settled().await;
    assert_eq!(numbers(&world.targets.taken("a")), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_call_has_limits() {
    let world = World::start(config(vec![rule("a")]));
    let many = |count: u64| json!({"Entries": (0..count).map(entry).collect::<Vec<_>>()});
    assert_eq!(
        world.error_code("PutEvents", many(11)).await,
        "ValidationException"
    );
    assert_eq!(
        world.error_code("PutEvents", many(0)).await,
        "ValidationException"
    );

    let sized = |bytes: usize| {
        let mut entry = entry(0);
        let fixed = "sample.shop".len() + "OrderPaid".len() + r#"{"n":""}"#.len();
        entry["Detail"] = json!({"n": "x".repeat(bytes - fixed)}).to_string().into();
        json!({"Entries": [entry]})
    };
    world.call_ok("PutEvents", sized(1024 * 1024 - 1)).await;
    assert_eq!(
        world.error_code("PutEvents", sized(1024 * 1024)).await,
        "ValidationException"
    );
    // A time counts 14 bytes whatever it says, and every resource as it is; each is left out if it is not given.
    for (member, value, bytes) in [
        ("Time", json!(1_795_251_600), 14),
        ("Resources", json!(["arn:ab", "arn:c"]), 11),
    ] {
        let with = |bytes: usize| {
            let mut request = sized(bytes);
            request["Entries"][0][member] = value.clone();
            request
        };
        world.call_ok("PutEvents", with(1024 * 1024 - bytes - 1)).await;
        let refused = world.error_code("PutEvents", with(1024 * 1024 - bytes)).await;
        assert_eq!(refused, "ValidationException", "{member}");
    }
}

#[tokio::test(start_paused = true)]
async fn other_parts_of_the_cloud_publish_on_the_default_bus() {
    let mut rule = rule("a");
    rule.bus = "default".into();
    rule.pattern = Some(json!({"source": ["aws.s3"]}));
    let world = World::start(config(vec![rule]));
    let mut subscriber = world.events.subscribe();
    let event = super::super::NewEvent {
        source: "aws.s3".into(),
        detail_type: "Object Created".into(),
        detail: json!({"bucket": {"name": "policies"}}),
        resources: vec!["arn:aws:s3:::policies".into()],
        time: None,
    };
    let id = world.events.publish("default", event.clone()).await.unwrap();
    world.events.settled().await;
    assert_eq!(world.targets.taken("a")[0].payload["id"], id.as_str());
    let seen = subscriber.recv().await.unwrap();
    assert_eq!((seen.bus.as_str(), &seen.event["id"]), ("default", &json!(id)));
    assert!(world.events.publish("nowhere", event).await.is_err());
}
