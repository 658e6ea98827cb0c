//! Consumers of the bus and of the stream: points 11 and 12.

use std::sync::Mutex;

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use events_schema::booking::OptionsPresented;
use events_schema::compliance::OptionsRanked;
use events_schema::envelope::Meta;
use events_schema::ids::ExecutionId;
use events_schema::policy::PolicyRetrieved;
use events_schema::state::BookingState as State;
use lambda_host::HandlerError;
use lambda_host::inbox::{Applied, Inbox};
use lambda_host::parking::Parking;
use lambda_host::stream::{Rise, for_each_rise};
use serde_json::{Value, json};

use super::faults::Fault;
use super::world::*;

/// A consumer whose effect is a row in a table of its own.
fn effect(world: &World, number: u64) -> Vec<TransactWriteItem> {
    let put = Put::builder()
        .table_name(world.table("AUDIT_LOG_TABLE"))
        .item("bookingId", AttributeValue::S("effects".into()))
        .item("auditId", AttributeValue::S(number.to_string()))
        .condition_expression("attribute_not_exists(auditId)");
    vec![TransactWriteItem::builder().put(put.build().unwrap()).build()]
}

async fn effects(world: &World) -> usize {
    let scan = world
        .outside()
        .scan()
        .table_name(world.table("AUDIT_LOG_TABLE"))
        .send()
        .await
        .unwrap();
    scan.items().len()
}

fn inbox(world: &World) -> Inbox {
    Inbox::from_runtime(&world.runtime("AuditFactsFunction")).unwrap()
}

async fn nth(world: &World, sequence: u64) -> Meta {
    let mut meta = world.requested().await;
    meta.sequence = sequence;
    meta
}

#[tokio::test(start_paused = true)]
async fn point_11_an_event_delivered_twice_has_its_effect_once() {
    let world = World::start();
    let (inbox, event) = (inbox(&world), nth(&world, 1).await);
    assert_eq!(
        inbox.apply("audit", "", &event, effect(&world, 1)).await.unwrap(),
        Applied::Now
    );
    assert_eq!(
        inbox.apply("audit", "", &event, effect(&world, 2)).await.unwrap(),
        Applied::Before
    );
    assert_eq!(effects(&world).await, 1);
    // Another consumer has a memory of its own.
    assert_eq!(
        inbox
            .apply("insights", "", &event, effect(&world, 3))
            .await
            .unwrap(),
        Applied::Now
    );
}

/// A filtered subscription has holes, and EventBridge keeps no order.
#[tokio::test(start_paused = true)]
async fn point_11_nobody_waits_for_the_sequence_before() {
    let world = World::start();
    let inbox = inbox(&world);
    for sequence in [7, 2, 40, 3] {
        let event = nth(&world, sequence).await;
        let applied = inbox
            .apply("audit", "", &event, effect(&world, sequence))
            .await
            .unwrap();
        assert_eq!(applied, Applied::Now, "{sequence}");
    }
    assert_eq!(effects(&world).await, 4);
}

#[tokio::test(start_paused = true)]
async fn point_11_memory_and_effect_are_one_transaction() {
    let world = World::start();
    let (inbox, event) = (inbox(&world), nth(&world, 1).await);
    world.database.next("TransactWriteItems", Fault::DiesBefore);
    killed(inbox.apply("audit", "", &event, effect(&world, 1))).await;
    assert_eq!(effects(&world).await, 0);
    world.database.next("TransactWriteItems", Fault::DiesAfter);
    killed(inbox.apply("audit", "", &event, effect(&world, 1))).await;
    assert_eq!(effects(&world).await, 1);
    assert_eq!(
        inbox.apply("audit", "", &event, effect(&world, 1)).await.unwrap(),
        Applied::Before
    );

    // An effect that fails is not remembered as done.
    let other = nth(&world, 2).await;
    assert!(
        inbox.apply("audit", "", &other, effect(&world, 1)).await.is_err(),
        "the effect's own condition fails"
    );
    assert_eq!(
        inbox.apply("audit", "", &other, effect(&world, 2)).await.unwrap(),
        Applied::Now
    );
}

/// Two deliveries at once collide: the loser must come again, not take the event for done.
#[tokio::test(start_paused = true)]
async fn point_11_a_collision_is_not_taken_for_a_memory() {
    let world = World::start();
    let (inbox, event) = (inbox(&world), nth(&world, 1).await);
    world.database.next("TransactWriteItems", Fault::Conflict);
    assert!(inbox.apply("audit", "", &event, effect(&world, 1)).await.is_err());
    assert_eq!(
        inbox.apply("audit", "", &event, effect(&world, 1)).await.unwrap(),
        Applied::Now
    );
}

/// An event may wait 14 days in a dead-letter queue after 24 hours of retries.
#[tokio::test(start_paused = true)]
async fn point_11_the_memory_outlives_every_way_an_event_can_come_back() {
    let world = World::start();
    let event = nth(&world, 1).await;
    inbox(&world)
        .apply("audit", "", &event, Vec::new())
        .await
        .unwrap();
    let scan = world
        .outside()
        .scan()
        .table_name(world.table("INBOX_TABLE"))
        .send()
        .await
        .unwrap();
    let [row] = scan.items() else { panic!("one row") };
    let attribute = world.ttl_attribute("INBOX_TABLE");
    let expires: i64 = row[&attribute].as_n().expect("epoch seconds").parse().unwrap();
    let days = (expires - world.clock.now().as_second()) / 86_400;
    assert!((15 + 1..=31).contains(&days), "{days} days");
}

#[tokio::test(start_paused = true)]
async fn point_11_a_replay_remembers_apart() {
    let world = World::start();
    let (inbox, event) = (inbox(&world), nth(&world, 1).await);
    assert_eq!(
        inbox.apply("insights", "", &event, Vec::new()).await.unwrap(),
        Applied::Now
    );
    assert_eq!(
        inbox
            .apply("insights", "rebuild-1", &event, Vec::new())
            .await
            .unwrap(),
        Applied::Now
    );
    assert_eq!(
        inbox
            .apply("insights", "rebuild-1", &event, Vec::new())
            .await
            .unwrap(),
        Applied::Before
    );
    assert_eq!(
        inbox
            .apply("insights", "rebuild-2", &event, Vec::new())
            .await
            .unwrap(),
        Applied::Now
    );
}

/// Names of replays are free: one that runs into a consumer's name must not be mistaken for live events.
#[tokio::test(start_paused = true)]
async fn point_11_no_replays_name_passes_for_another_consumer() {
    let world = World::start();
    let (inbox, event) = (inbox(&world), nth(&world, 1).await);
    assert_eq!(
        inbox.apply("sights", "in", &event, Vec::new()).await.unwrap(),
        Applied::Now
    );
    assert_eq!(
        inbox.apply("insights", "", &event, Vec::new()).await.unwrap(),
        Applied::Now
    );
}

/// Every change of Bookings so far, as Lambda hands them over.
fn stream(world: &World) -> Value {
    let records = world
        .dynamodb
        .records_after(&world.table("BOOKINGS_TABLE"), 0, 100)
        .unwrap()
        .records;
    json!({ "Records": records })
}

/// Request, ranking, claim, presentation, a sweep: five changes, three events.
async fn three_events(world: &World) {
    let first = world.requested().await;
    world
        .react::<OptionsRanked>("compliance", &first, State::Requested, State::OptionsRanked)
        .await;
    let task = world.transitions("BookingTaskFunction");
    let execution = ExecutionId::new("arn:execution:1");
    assert!(
        task.claim(&live(), &key(), &execution, State::OptionsRanked)
            .await
            .unwrap()
    );
    world
        .command::<OptionsPresented>("shown", &[State::OptionsRanked], State::OptionsPresented)
        .await;
    world
        .update_head("SET sweeps = :one", &[(":one", AttributeValue::N("1".into()))])
        .await;
}

/// What a consumer saw: (before, sequence) of each rise, and what it parked.
#[derive(Default)]
struct Seen {
    rises: Mutex<Vec<(u64, u64)>>,
    parked: Mutex<Vec<Value>>,
}

impl Seen {
    /// A consumer that fails at the head with sequence `fails_at`.
    async fn consume(&self, payload: Value, fails_at: Option<u64>) -> Value {
        let handle = |rise: Rise| {
            let failing = fails_at == Some(rise.head.sequence);
            self.rises.lock().unwrap().push((rise.before, rise.head.sequence));
            async move {
                match failing {
                    true => Err(HandlerError::named("Broken", "told to")),
                    false => Ok(()),
                }
            }
        };
        let park = |record: Value, _reason: String| {
            self.parked.lock().unwrap().push(record);
            async { Ok(()) }
        };
        for_each_rise(payload, handle, park).await.unwrap()
    }

    fn rises(&self) -> Vec<(u64, u64)> {
        std::mem::take(&mut *self.rises.lock().unwrap())
    }
}

fn sequence_number(payload: &Value, index: usize) -> Value {
    payload["Records"][index]["dynamodb"]["SequenceNumber"].clone()
}

#[tokio::test(start_paused = true)]
async fn point_12_records_whose_sequence_did_not_rise_are_ignored() {
    let world = World::start();
    three_events(&world).await;
    let payload = stream(&world);
    assert_eq!(
        payload["Records"].as_array().unwrap().len(),
        5,
        "a claim and a sweep are changes too"
    );
    let seen = Seen::default();
    assert_eq!(
        seen.consume(payload.clone(), None).await,
        json!({"batchItemFailures": []})
    );
    assert_eq!(seen.rises(), [(0, 1), (1, 2), (2, 3)]);
    // A removal is no rise either.
    let delete = world
        .outside()
        .delete_item()
        .table_name(world.table("BOOKINGS_TABLE"));
    delete.set_key(Some(key().attributes())).send().await.unwrap();
    seen.consume(stream(&world), None).await;
    assert_eq!(seen.rises(), [(0, 1), (1, 2), (2, 3)]);
    assert!(seen.parked.lock().unwrap().is_empty());
}

/// The stream kept only the last record (trimmed, or given up on): what lies behind it is in Journal.
#[tokio::test(start_paused = true)]
async fn point_12_a_hole_is_filled_from_journal() {
    let world = World::start();
    three_events(&world).await;
    let mut payload = stream(&world);
    let last_rise = payload["Records"][3].clone();
    payload["Records"] = json!([last_rise]);
    let history = world.transitions("PlannerFunction").history();
    let known = 1;
    let told = Mutex::new(Vec::new());
    let handle = |rise: Rise| {
        let (history, told) = (&history, &told);
        async move {
            // The consumer's own memory, not the record, says how far it has come.
            let behind = history.after(&aggregate(), known).await?;
            let until = behind
                .into_iter()
                .filter(|row| row.sequence <= rise.head.sequence);
            told.lock()
                .unwrap()
                .extend(until.map(|row| (row.sequence, row.event_type)));
            Ok(())
        }
    };
    let park = |_, _| async { Ok(()) };
    for_each_rise(payload, handle, park).await.unwrap();
    let expected = [
        (2, "OptionsRanked".to_owned()),
        (3, "OptionsPresented".to_owned()),
    ];
    assert_eq!(*told.lock().unwrap(), expected);
}

/// A head may rise by more than one between two records that are read.
#[tokio::test(start_paused = true)]
async fn point_12_a_rise_says_how_far_it_rose() {
    let world = World::start();
    three_events(&world).await;
    let mut payload = stream(&world);
    let (first, last) = (payload["Records"][0].clone(), payload["Records"][3].clone());
    let mut leap = last;
    leap["dynamodb"]["OldImage"] = first["dynamodb"]["NewImage"].clone();
    payload["Records"] = json!([leap]);
    let seen = Seen::default();
    seen.consume(payload, None).await;
    assert_eq!(seen.rises(), [(1, 3)]);
}

#[tokio::test(start_paused = true)]
async fn point_12_at_an_error_the_record_and_those_behind_it_come_again() {
    let world = World::start();
    three_events(&world).await;
    let payload = stream(&world);
    let seen = Seen::default();
    let answer = seen.consume(payload.clone(), Some(2)).await;
    assert_eq!(
        answer,
        json!({"batchItemFailures": [{"itemIdentifier": sequence_number(&payload, 1)}]})
    );
    assert_eq!(
        seen.rises(),
        [(0, 1), (1, 2)],
        "nothing behind the failure is handed out: order is kept"
    );
}

/// One shard carries everybody's bookings: a record that can never be read must not hold it up.
#[tokio::test(start_paused = true)]
async fn point_12_what_can_never_be_read_is_parked_and_the_batch_goes_on() {
    let world = World::start();
    three_events(&world).await;
    let mut payload = stream(&world);
    payload["Records"][1]["dynamodb"]["NewImage"]["state"] = json!({"S": "no such state"});
    let seen = Seen::default();
    assert_eq!(
        seen.consume(payload.clone(), None).await,
        json!({"batchItemFailures": []})
    );
    assert_eq!(seen.rises(), [(0, 1), (2, 3)]);
    let parked = seen.parked.lock().unwrap().clone();
    assert_eq!(parked.len(), 1);

    let parking = Parking::from_runtime(&world.runtime("AuditFunction"), "audit").unwrap();
    parking.park(&parked[0], "no such state").await.unwrap();
    parking.park(&parked[0], "no such state").await.unwrap();
    let scan = world
        .outside()
        .scan()
        .table_name(world.table("PARKED_TABLE"))
        .send()
        .await
        .unwrap();
    let [row] = scan.items() else {
        panic!("parked twice is one row")
    };
    assert_eq!(
        row["record"].as_s().unwrap(),
        sequence_number(&payload, 1).as_str().unwrap()
    );
    assert!(
        row["body"].as_s().unwrap().contains("no such state"),
        "a person can see what it was"
    );
    assert!(row.contains_key(&world.ttl_attribute("PARKED_TABLE")));
}

/// If it cannot be parked either, the record comes again rather than being lost.
#[tokio::test(start_paused = true)]
async fn point_12_what_cannot_be_parked_is_reported() {
    let world = World::start();
    three_events(&world).await;
    let mut payload = stream(&world);
    payload["Records"][2]["dynamodb"]["NewImage"]["sequence"] = json!({"S": "three"});
    let handle = |_| async { Ok(()) };
    let park = |_, _| async { Err(HandlerError::named("Broken", "the table is gone")) };
    let answer = for_each_rise(payload.clone(), handle, park).await.unwrap();
    assert_eq!(
        answer,
        json!({"batchItemFailures": [{"itemIdentifier": sequence_number(&payload, 2)}]})
    );
}

/// Streams deliver at least once: a batch again gives the same rises, which consumers know by their sequence.
#[tokio::test(start_paused = true)]
async fn point_12_a_batch_again_is_the_same_rises() {
    let world = World::start();
    let first = world.requested().await;
    world
        .react::<PolicyRetrieved>("policy", &first, State::Requested, State::PolicyRetrieved)
        .await;
    let seen = Seen::default();
    seen.consume(stream(&world), None).await;
    let once = seen.rises();
    seen.consume(stream(&world), None).await;
    assert_eq!(seen.rises(), once);
}
