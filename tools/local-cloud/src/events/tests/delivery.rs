//! Retries, dead letters, and that trouble with one event or target stays with it.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_target_that_is_busy_is_tried_again_later_and_later() {
    let world = World::start(config(vec![rule("a")]));
    world.targets.tell("a", [Act::Busy, Act::Busy, Act::Busy]);
    world.put(1).await;
    world.events.settled().await;

    let tried = world.targets.tried("a");
    assert_eq!(tried.len(), 4, "{tried:?}");
    let gaps: Vec<f64> = tried.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps[0] >= 0.5 && gaps[1] >= 1.0 && gaps[2] >= 2.0, "{gaps:?}");
    assert_eq!(world.targets.taken("a").len(), 1);
    assert!(world.targets.taken("a-dlq").is_empty());
    let record = &world.events.deliveries(10).unwrap()[0];
    assert_eq!(
        (record.attempts, record.outcome.as_deref()),
        (4, Some("delivered"))
    );
    assert_eq!(record.rule, "orders/a");
}

#[tokio::test(start_paused = true)]
async fn after_the_last_retry_the_event_is_dead_lettered_with_its_story() {
    let world = World::start(config(vec![with_retry(rule("a"), 2, 86_400)]));
    world.targets.tell("a", [Act::Busy; 10]);
    world.put(7).await;
    world.events.settled().await;

    assert_eq!(world.targets.tried("a").len(), 3);
    let [dead] = &world.targets.taken("a-dlq")[..] else {
        panic!("one dead letter")
    };
    assert_eq!(dead.payload["detail"], json!({"n": 7}));
    assert_eq!(dead.payload["detail-type"], "OrderPaid");
    let expected = [
        ("RULE_ARN", "arn:aws:events:eu-west-1:000000000000:rule/orders/a"),
        ("TARGET_ARN", "arn:aws:sqs:eu-west-1:000000000000:a"),
        ("ERROR_CODE", "THROTTLING"),
        ("ERROR_MESSAGE", "told to"),
        ("RETRY_ATTEMPTS", "2"),
        ("EXHAUSTED_RETRY_CONDITION", "MaximumRetryAttempts"),
    ];
    for (name, value) in expected {
        assert_eq!(attribute(dead, name), Some(value), "{name}");
    }
    assert_eq!(dead.attributes.len(), expected.len());
}

#[tokio::test(start_paused = true)]
async fn an_event_that_grows_too_old_is_dead_lettered_at_that_age() {
    let world = World::start(config(vec![with_retry(rule("a"), 185, 60)]));
    world.targets.tell("a", [Act::Busy; 100]);
    world.put(1).await;
    world.events.settled().await;

    let [dead] = &world.targets.taken("a-dlq")[..] else {
        panic!("one dead letter")
    };
    assert_eq!(
        attribute(dead, "EXHAUSTED_RETRY_CONDITION"),
        Some("MaximumEventAgeInSeconds")
    );
    let dead_at = world.targets.tried("a-dlq")[0];
    assert!((60.0..61.0).contains(&dead_at), "{dead_at}");
    assert!(world.targets.tried("a").iter().all(|at| *at < 60.0));
}

#[tokio::test(start_paused = true)]
async fn a_final_error_is_dead_lettered_at_once() {
    let world = World::start(config(vec![rule("a")]));
    world.targets.tell("a", [Act::Refuse]);
    world.put(1).await;
    world.events.settled().await;

    assert_eq!(world.targets.tried("a").len(), 1);
    let [dead] = &world.targets.taken("a-dlq")[..] else {
        panic!("one dead letter")
    };
    assert_eq!(attribute(dead, "ERROR_CODE"), Some("NO_PERMISSIONS"));
    assert_eq!(attribute(dead, "RETRY_ATTEMPTS"), Some("0"));
    assert_eq!(attribute(dead, "EXHAUSTED_RETRY_CONDITION"), None);
    assert!(world.targets.tried("a-dlq")[0] < 0.1);
}

#[tokio::test(start_paused = true)]
async fn the_default_policy_tries_186_times_or_a_day() {
    let world = World::start(config(vec![rule("a")]));
    world.targets.tell("a", [Act::Busy; 300]);
    world.put(1).await;
    world.events.settled().await;

    let tried = world.targets.tried("a");
    assert!(tried.len() > 150 && tried.len() <= 186, "{}", tried.len());
    assert!(tried.last().unwrap() <= &86_400.0);
    assert_eq!(world.targets.taken("a-dlq").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn without_a_dead_letter_queue_the_event_is_dropped_and_that_is_on_record() {
    let mut rule = with_retry(rule("a"), 0, 86_400);
    rule.targets[0].dlq_arn = None;
    let world = World::start(config(vec![rule]));
    world.targets.tell("a", [Act::Busy]);
    world.put(1).await;
    world.events.settled().await;

    let record = &world.events.deliveries(10).unwrap()[0];
    assert_eq!((record.attempts, record.outcome.as_deref()), (1, Some("dropped")));
    assert_eq!(record.last_error, Some(("THROTTLING".into(), "told to".into())));
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_queue_that_is_busy_is_tried_again() {
    let world = World::start(config(vec![rule("a")]));
    world.targets.tell("a", [Act::Refuse]);
    world.targets.tell("a-dlq", [Act::Busy, Act::Busy]);
    world.put(1).await;
    world.events.settled().await;

    assert_eq!(world.targets.tried("a").len(), 1, "the target is not tried again");
    assert_eq!(world.targets.taken("a-dlq").len(), 1);
    assert_eq!(
        world.events.deliveries(1).unwrap()[0].outcome.as_deref(),
        Some("dead-lettered")
    );
}

/// A queue takes many deliveries in one step; what becomes of each is its own affair all the same.
#[tokio::test(start_paused = true)]
async fn of_deliveries_handed_over_together_each_fails_alone() {
    let world = World::start(config(vec![rule("many")]));
    world.targets.tell("many", [Act::Busy, Act::Refuse]);
    let entries: Vec<_> = (0..4).map(entry).collect();
    world.call_ok("PutEvents", json!({"Entries": entries})).await;
    world.events.settled().await;

    assert_eq!(
        world.targets.tried("many")[..4],
        [0.0; 4],
        "all four at first, and together"
    );
    let numbers = |name: &str| {
        let taken = world.targets.taken(name);
        let numbers: Vec<_> = taken
            .iter()
            .map(|delivery| delivery.payload["detail"]["n"].clone())
            .collect();
        numbers
    };
    assert_eq!(numbers("many"), [2, 3, 0], "the one that was busy comes later");
    assert_eq!(numbers("many-dlq"), [1]);
    let records = world.events.deliveries(10).unwrap();
    let attempts: Vec<_> = records.iter().rev().map(|record| record.attempts).collect();
    assert_eq!(attempts, [2, 1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_poison_event_does_not_hold_up_the_next_one() {
    let world = World::start(config(vec![rule("a")]));
    world.targets.tell("a", [Act::Busy, Act::Panic]);
    world.put(1).await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    world.put(2).await;
    world.put(3).await;
    world.events.settled().await;

    // The second delivery panicked; the third went through at once, the first two later.
    assert_eq!(numbers(&world.targets.taken("a"))[0], 3);
    let mut taken = numbers(&world.targets.taken("a"));
    taken.sort_unstable();
    assert_eq!(taken, [1, 2, 3]);
    let records = world.events.deliveries(10).unwrap();
    assert_eq!(records[1].last_error.as_ref().unwrap().0, "INTERNAL_ERROR");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_hangs_holds_up_nobody_else() {
    let world = World::start(config(vec![with_retry(rule("stuck"), 0, 60), rule("well")]));
    world.targets.tell("stuck", [Act::Hang; 100]);
    for n in 0..100 {
        world.put(n).await;
    }
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(world.targets.taken("well").len(), 100);
    assert_eq!(world.events.pending(), 100);

    world.events.settled().await;
    let dead = world.targets.taken("stuck-dlq");
    assert_eq!(dead.len(), 100);
    assert_eq!(attribute(&dead[0], "ERROR_CODE"), Some("TIMEOUT"));
}

#[tokio::test(start_paused = true)]
async fn every_matching_rule_gets_the_event_and_no_other() {
    let mut other = rule("other");
    other.pattern = Some(json!({"source": ["sample.stock"]}));
    let mut off = rule("off");
    off.enabled = false;
    let world = World::start(config(vec![rule("a"), rule("b"), other, off]));
    world.put(1).await;
    world.events.settled().await;

    assert_eq!(world.targets.taken("a").len(), 1);
    assert_eq!(world.targets.taken("b").len(), 1);
    assert!(world.targets.tried("other").is_empty());
    assert!(world.targets.tried("off").is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_store_forgets_what_is_delivered_and_not_archived() {
    let mut config = config(vec![rule("a")]);
    config.archives.clear();
    let world = World::start(config);
    for ten in 0..450 {
        let entries: Vec<Value> = (ten * 10..ten * 10 + 10).map(entry).collect();
        world.call_ok("PutEvents", json!({"Entries": entries})).await;
        world.events.settled().await;
    }
    let kept = world.events.deliveries(10_000).unwrap().len();
    assert!((2_000..=3_500).contains(&kept), "{kept}");
    assert_eq!(bodies(&world), kept as i64);
    assert_eq!(world.targets.taken("a").len(), 4_500);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_nobody_wants_leaves_no_trace_but_its_number() {
    let mut config = config(vec![]);
    config.archives.clear();
    let world = World::start(config);
    world.put(1).await;
    assert_eq!(bodies(&world), 0);
}

fn bodies(world: &World) -> i64 {
    let store = Store::open(&world.directory.path().join("cloud.sqlite")).unwrap();
    store
        .lock()
        .query_row("SELECT count(*) FROM events_bodies", [], |row| row.get(0))
        .unwrap()
}
