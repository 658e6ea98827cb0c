//! Archives and replays.

use super::*;

const ARCHIVE: &str = "arn:aws:events:eu-west-1:000000000000:archive/history";
const BUS: &str = "arn:aws:events:eu-west-1:000000000000:event-bus/orders";

fn rule_arn(name: &str) -> String {
    format!("{}:rule/orders/{name}", BUS.trim_end_matches(":event-bus/orders"))
}

fn start(name: &str, rules: &[&str]) -> Value {
    let from: Timestamp = START.parse().unwrap();
    json!({
        "ReplayName": name,
        "EventSourceArn": ARCHIVE,
        "EventStartTime": from.as_second() - 3_600,
        "EventEndTime": from.as_second() + 86_400,
        "Destination": {"Arn": BUS, "FilterArns": rules.iter().map(|name| rule_arn(name)).collect::<Vec<_>>()},
    })
}

async fn completed(world: &World, name: &str) -> Value {
    world.events.settled().await;
    let replay = world.call_ok("DescribeReplay", json!({"ReplayName": name})).await;
    assert_eq!(replay["State"], "COMPLETED");
    replay
}

async fn count(world: &World) -> Value {
    world
        .call_ok("DescribeArchive", json!({"ArchiveName": "history"}))
        .await["EventCount"]
        .clone()
}

/// Like every rule of a system that acts: live events only.
fn live(name: &str) -> Rule {
    let mut rule = rule(name);
    rule.pattern = Some(json!({"source": ["sample.shop"], "replay-name": [{"exists": false}]}));
    rule
}

#[tokio::test(start_paused = true)]
async fn a_replay_reaches_the_named_rules_alone_and_says_so_on_the_event() {
    let world = World::start(config(vec![rule("tap"), rule("other"), live("live")]));
    for n in 0..5 {
        world.put(n).await;
    }
    world.events.settled().await;
    let first = world.targets.taken("tap");

    world.call_ok("StartReplay", start("again", &["tap"])).await;
    let replay = completed(&world, "again").await;
    let replayed = &world.targets.taken("tap")[5..];
    let mut numbers = numbers(replayed);
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 1, 2, 3, 4]);
    for delivery in replayed {
        assert_eq!(delivery.payload["replay-name"], "again");
        assert!(
            first
                .iter()
                .any(|live| live.payload["id"] == delivery.payload["id"]),
            "the id stays"
        );
    }
    assert_eq!(world.targets.taken("other").len(), 5);
    assert_eq!(world.targets.taken("live").len(), 5);
    assert!(
        replay["ReplayEndTime"].is_number() && replay["EventLastReplayedTime"].is_number(),
        "{replay}"
    );
}

#[tokio::test(start_paused = true)]
async fn without_named_rules_every_rule_that_selects_the_event_gets_it() {
    let world = World::start(config(vec![rule("tap"), rule("other"), live("live")]));
    world.put(1).await;
    world.events.settled().await;
    world.call_ok("StartReplay", start("again", &[])).await;
    completed(&world, "again").await;
    assert_eq!(world.targets.taken("tap").len(), 2);
    assert_eq!(world.targets.taken("other").len(), 2);
    assert_eq!(
        world.targets.taken("live").len(),
        1,
        "it asks for events without replay-name"
    );
}

#[tokio::test(start_paused = true)]
async fn replayed_events_are_not_archived_again() {
    let world = World::start(config(vec![rule("tap")]));
    world.put(1).await;
    world.put(2).await;
    world.call_ok("StartReplay", start("one", &["tap"])).await;
    completed(&world, "one").await;
    assert_eq!(count(&world).await, 2);
    world.call_ok("StartReplay", start("two", &["tap"])).await;
    completed(&world, "two").await;
    assert_eq!(world.targets.taken("tap").len(), 6);
}

#[tokio::test(start_paused = true)]
async fn events_come_by_minute_of_their_time_within_the_range() {
    let world = World::start(config(vec![rule("tap")]));
    let begin = START.parse::<Timestamp>().unwrap().as_second();
    // Put in an order that is not that of their times.
    for (n, minute) in [
        (30, 3),
        (10, 1),
        (31, 3),
        (20, 2),
        (0, 0),
        (11, 1),
        (32, 3),
        (40, 4),
    ] {
        let mut entry = entry(n);
        entry["Time"] = (begin + minute * 60).into();
        world.call_ok("PutEvents", json!({"Entries": [entry]})).await;
    }
    world.events.settled().await;
    let mut request = start("part", &["tap"]);
    request["EventStartTime"] = (begin + 60).into();
    request["EventEndTime"] = (begin + 3 * 60).into();
    world.call_ok("StartReplay", request).await;
    completed(&world, "part").await;
    let numbers = numbers(&world.targets.taken("tap")[8..]);
    let minutes: Vec<u64> = numbers.iter().map(|n| n / 10).collect();
    assert_eq!(minutes, [1, 1, 2, 3, 3, 3], "{numbers:?}");
}

#[tokio::test(start_paused = true)]
async fn the_order_within_a_minute_is_not_the_order_of_arrival() {
    let world = World::start(config(vec![rule("tap")]));
    for n in 0..50 {
        world.put(n).await;
    }
    world.events.settled().await;
    world.call_ok("StartReplay", start("again", &["tap"])).await;
    completed(&world, "again").await;
    let replayed = numbers(&world.targets.taken("tap")[50..]);
    assert_eq!(replayed.len(), 50);
    assert!(!replayed.is_sorted(), "{replayed:?}");
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_replay_goes_on_and_repeats_nothing_it_had_queued() {
    let world = World::start(config(vec![rule("tap")]));
    for n in 0..1_000 {
        world.put(n).await;
    }
    world.events.settled().await;
    let live = world.targets.taken("tap").len();
    world.call_ok("StartReplay", start("long", &["tap"])).await;
    // A portion or two.
    for _ in 0..2 {
        tokio::task::yield_now().await;
    }
    let before = world.targets.taken("tap").len() - live;
    let queued = world
        .call_ok("DescribeReplay", json!({"ReplayName": "long"}))
        .await;
    assert_eq!(queued["State"], "RUNNING");

    let world = world.restart(Duration::from_secs(60));
    completed(&world, "long").await;
    let mut after = numbers(&world.targets.taken("tap"));
    assert!(
        after.len() >= 1_000 - before && after.len() <= 1_000,
        "{before} and {}",
        after.len()
    );
    after.sort_unstable();
    after.dedup();
    assert!(after.len() >= 1_000 - before, "{before} and {}", after.len());
}

#[tokio::test(start_paused = true)]
async fn a_replay_does_not_bury_live_events() {
    let world = World::start(config(vec![rule("tap"), live("live")]));
    for n in 0..3_000 {
        world.put(n).await;
    }
    world.events.settled().await;
    world.targets.tell("tap", [Act::Hang; 32]);
    world.call_ok("StartReplay", start("long", &["tap"])).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(
        world.events.pending() < 1_500,
        "{} queued",
        world.events.pending()
    );
    world.put(9_999).await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(numbers(&world.targets.taken("live")).last(), Some(&9_999));
    completed(&world, "long").await;
    // The range is still open, so the event put meanwhile is replayed too.
    assert_eq!(world.targets.taken("tap").len(), 2 * 3_001);
}

#[tokio::test(start_paused = true)]
async fn what_aws_refuses_is_refused() {
    let world = World::start(config(vec![rule("tap")]));
    let with = |member: &str, value: Value| {
        let mut request = start("r", &["tap"]);
        request[member] = value;
        request
    };
    let cases = [
        (with("ReplayName", "x".repeat(65).into()), "ValidationException"),
        (with("ReplayName", "no spaces".into()), "ValidationException"),
        (
            with("EventSourceArn", ARCHIVE.replace("history", "none").into()),
            "ResourceNotFoundException",
        ),
        (
            with("Destination", json!({"Arn": BUS.replace("orders", "default")})),
            "ValidationException",
        ),
        (
            with(
                "Destination",
                json!({"Arn": BUS, "FilterArns": [rule_arn("none")]}),
            ),
            "ValidationException",
        ),
        (with("EventEndTime", json!(0)), "ValidationException"),
    ];
    for (request, code) in cases {
        assert_eq!(
            world.error_code("StartReplay", request.clone()).await,
            code,
            "{request}"
        );
    }
    world
        .call_ok("StartReplay", start(&"x".repeat(64), &["tap"]))
        .await;
    assert_eq!(
        world.error_code("StartReplay", start(&"x".repeat(64), &[])).await,
        "ResourceAlreadyExistsException"
    );
    for n in 0..9 {
        world
            .call_ok("StartReplay", start(&format!("r{n}"), &["tap"]))
            .await;
    }
    assert_eq!(
        world
            .error_code("StartReplay", start("one-too-many", &["tap"]))
            .await,
        "LimitExceededException"
    );
}

#[tokio::test(start_paused = true)]
async fn a_replay_can_be_cancelled_while_it_runs() {
    let world = World::start(config(vec![rule("tap")]));
    for n in 0..3_000 {
        world.put(n).await;
    }
    world.events.settled().await;
    world.targets.tell("tap", [Act::Hang; 64]);
    world.call_ok("StartReplay", start("long", &["tap"])).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let answer = world.call_ok("CancelReplay", json!({"ReplayName": "long"})).await;
    assert_eq!(answer["State"], "CANCELLING");
    world.events.settled().await;
    assert!(world.targets.taken("tap").len() < 6_000);
    let replays = world.call_ok("ListReplays", json!({"State": "CANCELLED"})).await;
    assert_eq!(replays["Replays"][0]["ReplayName"], "long");
    assert_eq!(
        world
            .error_code("CancelReplay", json!({"ReplayName": "long"}))
            .await,
        "IllegalStatusException"
    );
}

#[tokio::test(start_paused = true)]
async fn an_archive_keeps_what_its_pattern_selects_as_long_as_it_should() {
    let mut config = config(vec![rule("tap")]);
    config.archives[0].pattern = Some(json!({"detail": {"n": [{"numeric": [">=", 2]}]}}));
    config.archives[0].retention_days = 1;
    let world = World::start(config);
    for n in 0..4 {
        world.put(n).await;
    }
    world.events.settled().await;
    assert_eq!(count(&world).await, 2);
    let world = world.restart(Duration::from_secs(25 * 3_600));
    world.put(9).await;
    world.events.settled().await;
    assert_eq!(count(&world).await, 1);
    let mut request = start("late", &["tap"]);
    request["EventEndTime"] = (world.now().as_second() + 1).into();
    world.call_ok("StartReplay", request).await;
    completed(&world, "late").await;
    assert_eq!(numbers(&world.targets.taken("tap")), [9, 9]);
}
