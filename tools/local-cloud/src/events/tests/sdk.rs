//! The same through the AWS SDK and the cloud's endpoint: it reads what we write, and we what it writes.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, ReplayDestination, ReplayState, RuleState};

use super::*;
use crate::connector::sdk_config;
use crate::endpoint::Endpoint;

fn client(world: &World) -> Client {
    let endpoint = Endpoint::new("eu-west-1", 1);
    endpoint.register(world.events.clone());
    Client::new(&sdk_config(
        &endpoint, world.targets.clock, "eu-west-1", "outside",
    ))
}

fn entry(detail: &str) -> PutEventsRequestEntry {
    PutEventsRequestEntry::builder()
        .event_bus_name("orders")
        .source("sample.shop")
        .detail_type("OrderPaid")
        .detail(detail)
        .time(DateTime::from_secs(1_795_219_200))
        .build()
}

#[tokio::test(start_paused = true)]
async fn putting_and_its_failures() {
    let world = World::start(config(vec![rule("a")]));
    let put = client(&world)
        .put_events()
        .entries(entry(r#"{"n":1}"#))
        .entries(entry("{"));
    let answer = put.send().await.unwrap();
    assert_eq!(answer.failed_entry_count(), 1);
    assert!(answer.entries()[0].event_id().is_some());
    assert_eq!(answer.entries()[1].error_code(), Some("MalformedDetail"));
    world.events.settled().await;
    assert_eq!(
        world.targets.taken("a")[0].payload["time"],
        "2026-11-21T00:00:00Z"
    );
}

#[tokio::test(start_paused = true)]
async fn reading_and_replaying() {
    let world = World::start(config(vec![rule("a")]));
    let client = client(&world);
    client
        .put_events()
        .entries(entry(r#"{"n":1}"#))
        .send()
        .await
        .unwrap();
    let described = client
        .describe_rule()
        .event_bus_name("orders")
        .name("a")
        .send()
        .await
        .unwrap();
    assert_eq!(described.state(), Some(&RuleState::Enabled));
    assert_eq!(described.event_pattern(), Some(r#"{"source":["sample.shop"]}"#));
    let targets = client
        .list_targets_by_rule()
        .event_bus_name("orders")
        .rule("a")
        .send()
        .await
        .unwrap();
    assert_eq!(
        targets.targets()[0]
            .retry_policy()
            .unwrap()
            .maximum_retry_attempts(),
        Some(185)
    );
    let archive = client
        .describe_archive()
        .archive_name("history")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (archive.event_count(), archive.creation_time().unwrap().secs()),
        (1, 1_795_230_000)
    );

    let destination = ReplayDestination::builder()
        .arn(archive.event_source_arn().unwrap())
        .filter_arns(described.arn().unwrap())
        .build()
        .unwrap();
    let started = client
        .start_replay()
        .replay_name("again")
        .event_source_arn(archive.archive_arn().unwrap())
        .event_start_time(DateTime::from_secs(1_795_219_200))
        .event_end_time(DateTime::from_secs(1_795_219_201))
        .destination(destination)
        .send()
        .await
        .unwrap();
    assert_eq!(started.state(), Some(&ReplayState::Starting));
    world.events.settled().await;
    let replay = client
        .describe_replay()
        .replay_name("again")
        .send()
        .await
        .unwrap();
    assert_eq!(replay.state(), Some(&ReplayState::Completed));
    assert_eq!(replay.event_last_replayed_time().unwrap().secs(), 1_795_219_200);
    assert_eq!(world.targets.taken("a")[1].payload["replay-name"], "again");

    let missing = client
        .describe_replay()
        .replay_name("none")
        .send()
        .await
        .unwrap_err();
    assert!(missing.into_service_error().is_resource_not_found_exception());
}
