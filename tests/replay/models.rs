//! Read models out of history: dropped and rebuilt byte for byte.

use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::socket::Verdict;
use replay::State;
use sojourn::commands::replay::rebuild::rebuilt;

use super::{Real, question, replays, trip};
use crate::end_to_end::world::World;

#[tokio::test(start_paused = true)]
async fn insights_is_dropped_and_comes_out_byte_for_byte() {
    let world = World::start().await;
    trip(&world, "traveller", Verdict::Yes).await;
    trip(&world, "traveller-2", Verdict::No).await;
    question(&world).await;
    let replays = replays(&world).await;
    let real = Real::of(&world);
    let outcome = rebuilt(&replays, &real, "insights", &mut |_| {})
        .await
        .expect("it is rebuilt");
    assert_eq!(outcome.ticket.state, State::Completed);
    assert!(outcome.before.len() >= 5, "{} rows", outcome.before.len());
    assert_eq!(
        outcome.before.keys().collect::<Vec<_>>(),
        outcome.after.keys().collect::<Vec<_>>()
    );
    assert!(outcome.missing().is_empty() && outcome.added().is_empty());
}

/// What does not come from events is gone, and what was lost is back: the rebuilding is real.
#[tokio::test(start_paused = true)]
async fn a_table_that_was_tampered_with_is_mended_and_the_difference_told() {
    let world = World::start().await;
    trip(&world, "traveller", Verdict::Yes).await;
    let (replays, real, dynamo) = (replays(&world).await, Real::of(&world), world.dynamo());
    let table = world.records().table("InsightsTable");
    let text = |value: &str| AttributeValue::S(value.into());
    let invented = dynamo
        .put_item()
        .table_name(&table)
        .item("fact", text("nobody"))
        .item("sort", text("1"));
    invented.send().await.expect("a row");
    let row = world.scan("InsightsTable").await;
    let row = row.iter().find(|row| row["fact"] != "nobody").expect("a fact");
    let lost = dynamo.delete_item().table_name(&table);
    let lost = lost.key("fact", text(row["fact"].as_str().expect("text")));
    lost.key("sort", text(row["sort"].as_str().expect("text")))
        .send()
        .await
        .expect("gone");
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let outcome = rebuilt(&replays, &real, "insights", &mut |_| {})
        .await
        .expect("it is rebuilt");
    assert_eq!((outcome.missing().len(), outcome.added().len()), (1, 1));
    assert!(outcome.missing()[0].contains("nobody"));
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let again = rebuilt(&replays, &real, "insights", &mut |_| {})
        .await
        .expect("it is rebuilt");
    assert!(again.missing().is_empty() && again.added().is_empty());
    let refused = rebuilt(&replays, &real, "audit", &mut |_| {}).await;
    let refused = refused.err().expect("no read model").to_string();
    assert!(refused.contains("those are insights"), "{refused}");
}
