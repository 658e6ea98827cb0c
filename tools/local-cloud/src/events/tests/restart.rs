//! What survives the death of the process at any moment.

use super::*;

#[tokio::test(start_paused = true)]
async fn an_accepted_event_is_delivered_though_the_process_died_first() {
    let world = World::start(config(vec![rule("a")]));
    world.put(1).await;
    // Nothing was awaited since: the courier has not run.
    assert!(world.targets.tried("a").is_empty());
    let world = world.restart(Duration::from_secs(5));
    world.events.settled().await;
    assert_eq!(numbers(&world.targets.taken("a")), [1]);
}

#[tokio::test(start_paused = true)]
async fn only_the_remaining_attempts_are_made() {
    let world = World::start(config(vec![with_retry(rule("a"), 3, 86_400)]));
    world.targets.tell("a", [Act::Busy; 10]);
    world.put(1).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = world.targets.tried("a").len();
    assert!((1..4).contains(&before), "{before}");

    let world = world.restart(Duration::from_secs(3_600));
    world.targets.tell("a", [Act::Busy; 10]);
    world.events.settled().await;
    assert_eq!(world.targets.tried("a").len(), 4 - before);
    let [dead] = &world.targets.taken("a-dlq")[..] else {
        panic!("one dead letter")
    };
    assert_eq!(attribute(dead, "RETRY_ATTEMPTS"), Some("3"));
}

#[tokio::test(start_paused = true)]
async fn an_event_ages_while_the_process_is_down() {
    let world = World::start(config(vec![with_retry(rule("a"), 185, 60)]));
    world.targets.tell("a", [Act::Busy; 10]);
    world.put(1).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let world = world.restart(Duration::from_secs(600));
    world.targets.tell("a", [Act::Busy; 10]);
    world.events.settled().await;

    assert_eq!(world.targets.tried("a").len(), 1, "the attempt that was due");
    let dead = world.targets.taken("a-dlq");
    assert_eq!(
        attribute(&dead[0], "EXHAUSTED_RETRY_CONDITION"),
        Some("MaximumEventAgeInSeconds")
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_bound_for_the_dead_letter_queue_still_is() {
    let world = World::start(config(vec![rule("a")]));
    world.targets.tell("a", [Act::Refuse]);
    world.targets.tell("a-dlq", [Act::Hang]);
    world.put(1).await;
    tokio::time::sleep(Duration::from_millis(10)).await;
    let world = world.restart(Duration::ZERO);
    world.events.settled().await;

    assert!(world.targets.tried("a").is_empty());
    let dead = world.targets.taken("a-dlq");
    assert_eq!(attribute(&dead[0], "ERROR_CODE"), Some("NO_PERMISSIONS"));
}

#[tokio::test(start_paused = true)]
async fn event_ids_are_not_used_twice() {
    let mut config = config(vec![]);
    // Not even if nothing of the first event was kept.
    config.archives.clear();
    let world = World::start(config);
    let before = world.call_ok("PutEvents", json!({"Entries": [entry(1)]})).await;
    let world = world.restart(Duration::ZERO);
    let after = world.call_ok("PutEvents", json!({"Entries": [entry(1)]})).await;
    assert_ne!(before["Entries"][0]["EventId"], after["Entries"][0]["EventId"]);
}

#[tokio::test(start_paused = true)]
async fn a_rule_stays_disabled() {
    let world = World::start(config(vec![rule("a")]));
    world
        .call_ok("DisableRule", json!({"Name": "a", "EventBusName": "orders"}))
        .await;
    let world = world.restart(Duration::ZERO);
    world.put(1).await;
    world.events.settled().await;
    assert!(world.targets.tried("a").is_empty());
    world
        .call_ok("EnableRule", json!({"Name": "a", "EventBusName": "orders"}))
        .await;
    world.put(2).await;
    world.events.settled().await;
    assert_eq!(numbers(&world.targets.taken("a")), [2]);
}

#[tokio::test(start_paused = true)]
async fn a_delivery_whose_rule_is_gone_is_dropped_and_not_waited_for() {
    let mut world = World::start(config(vec![rule("a")]));
    world.put(1).await;
    world.config.rules.clear();
    let world = world.restart(Duration::ZERO);
    world.events.settled().await;
    assert_eq!(
        world.events.deliveries(1).unwrap()[0].outcome.as_deref(),
        Some("dropped")
    );
}
