//! Telling the bus, also of what nobody heard the first time: points 9 and 10.

use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::booking::BookingFailed;
use events_schema::envelope::Recorded;
use events_schema::event::Event;
use events_schema::policy::PolicyRetrieved;
use events_schema::state::BookingState as State;
use events_schema::sweeper::BookingOverdue;
use lambda_host::publish::{PublishError, Publisher};
use lambda_host::transition::TransitionError;
use lambda_host::{Cause, Next, Outcome};
use serde_json::Value;

use super::faults::Fault;
use super::world::*;

#[tokio::test(start_paused = true)]
async fn point_09_an_entry_refused_within_an_http_200_is_sent_again() {
    let world = World::start();
    let first = world.requested().await;
    world.bus.next("PutEvents", Fault::Refuses(vec![0]));
    let outcome = world
        .react::<PolicyRetrieved>("policy", &first, State::Requested, State::PolicyRetrieved)
        .await;
    assert!(matches!(outcome, Outcome::Done { repeated: false, .. }));
    assert_eq!(
        world.said(),
        ["BookingRequested", "PolicyRetrieved"],
        "accepted once"
    );
    assert_eq!(world.bus.requests("PutEvents").len(), 3);
    world.faults_met();
}

/// Twelve events, two calls; of the first call two entries are refused, and only these go again.
#[tokio::test(start_paused = true)]
async fn point_09_only_refused_entries_are_sent_again() {
    let world = World::start();
    let events: Vec<_> = events_schema::catalogue::catalogue()
        .iter()
        .take(12)
        .map(|event| event.example())
        .collect();
    world.bus.next("PutEvents", Fault::Refuses(vec![2, 7]));
    publisher(&world).publish(&live(), &events).await.unwrap();
    let calls = world.bus.requests("PutEvents");
    let names = |call: &Value| {
        let entries = call["Entries"].as_array().into_iter().flatten();
        entries
            .map(|entry| entry["DetailType"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let expected = |range: &[usize]| {
        range
            .iter()
            .map(|&index| events[index].detail_type.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(calls.len(), 3);
    assert_eq!(names(&calls[0]), expected(&(0..10).collect::<Vec<_>>()));
    assert_eq!(names(&calls[1]), expected(&[2, 7]));
    assert_eq!(names(&calls[2]), expected(&[10, 11]));
    let mut said = world.said();
    said.sort();
    let mut all = expected(&(0..12).collect::<Vec<_>>());
    all.sort();
    assert_eq!(said, all, "each accepted once");
}

/// Not accepted is not done: the delivery must come again, and then it is announced.
#[tokio::test(start_paused = true)]
async fn point_09_what_the_bus_never_accepts_is_an_error_until_it_does() {
    let world = World::start();
    let first = world.requested().await;
    for _ in 0..4 {
        world.bus.next("PutEvents", Fault::Refuses(vec![0]));
    }
    let policy = world.transitions("PolicyRetrieveFunction");
    let decide = |_| async { Ok(Some(next::<PolicyRetrieved>(State::PolicyRetrieved))) };
    let outcome = policy
        .react(&live(), "policy", &first, &[State::Requested], decide)
        .await;
    assert!(
        matches!(
            outcome,
            Err(TransitionError::Publish(PublishError::Refused { .. }))
        ),
        "{outcome:?}"
    );
    assert_eq!(
        (world.head().await.sequence, world.said().len()),
        (2, 1),
        "saved, not announced"
    );
    world.faults_met();

    let outcome = policy
        .react(&live(), "policy", &first, &[State::Requested], decide)
        .await
        .unwrap();
    assert!(is_repeated(&outcome));
    assert_eq!(world.said(), ["BookingRequested", "PolicyRetrieved"]);
}

/// The same holds when the bus failed the first time and refuses the twin's publication too.
#[tokio::test(start_paused = true)]
async fn point_09_a_repetition_is_acknowledged_only_after_its_publication() {
    let world = World::start();
    let first = world.requested().await;
    world.bus.next("PutEvents", Fault::DiesBefore);
    killed(world.react::<PolicyRetrieved>("policy", &first, State::Requested, State::PolicyRetrieved)).await;
    for _ in 0..4 {
        world.bus.next("PutEvents", Fault::Refuses(vec![0]));
    }
    let policy = world.transitions("PolicyRetrieveFunction");
    let decide = |_| async { Ok(None) };
    let outcome = policy
        .react(&live(), "policy", &first, &[State::Requested], decide)
        .await;
    assert!(matches!(outcome, Err(TransitionError::Publish(_))), "{outcome:?}");
}

/// The bus took it, the answer was lost: said twice, the same event, which consumers know by its id.
#[tokio::test(start_paused = true)]
async fn point_09_a_lost_answer_of_the_bus_only_repeats_the_event() {
    let world = World::start();
    let first = world.requested().await;
    world.bus.next("PutEvents", Fault::AnswerLost);
    world
        .react::<PolicyRetrieved>("policy", &first, State::Requested, State::PolicyRetrieved)
        .await;
    let published = world.published();
    assert_eq!(published.len(), 3);
    assert_eq!(published[1], published[2]);
    assert_eq!(world.journal().await.len(), 2);
}

fn publisher(world: &World) -> Publisher {
    let runtime = world.runtime("PlannerFunction");
    let bus = runtime.setting("BUS_NAME").unwrap();
    Publisher::new(aws_sdk_eventbridge::Client::new(&runtime.aws), bus)
}

#[tokio::test(start_paused = true)]
async fn point_10_open_bookings_past_their_time_are_found_and_no_others() {
    let world = World::start();
    let first = world.requested().await;
    let due_at = world.head().await.due_at.unwrap();
    assert!(overdue(&world, due_at - 1).await.is_empty(), "not yet");
    assert_eq!(overdue(&world, due_at).await.len(), 1);
    let close = world.transitions("BookingCloseFunction");
    let decide = |_| async { Ok(Some(Next::terminal(State::Failed, &BookingFailed::example())?)) };
    close
        .react(&live(), "booking-close", &first, &[State::Requested], decide)
        .await
        .unwrap();
    assert!(
        overdue(&world, due_at + 1_000_000).await.is_empty(),
        "it has ended"
    );
}

/// As the sweeper asks, with what the template lets it.
async fn overdue(world: &World, now: i64) -> Vec<Value> {
    let sweeper = aws_sdk_dynamodb::Client::new(&world.runtime("SweeperFunction").aws);
    let query = sweeper
        .query()
        .table_name(world.table("BOOKINGS_TABLE"))
        .index_name("byDue");
    let query = query
        .key_condition_expression("duePartition = :open AND dueAt <= :now")
        .expression_attribute_values(
            ":open",
            AttributeValue::S(events_schema::rows::BookingRow::OPEN.into()),
        )
        .expression_attribute_values(":now", AttributeValue::N(now.to_string()));
    let found = query.send().await.unwrap().items.unwrap_or_default();
    found
        .into_iter()
        .map(|item| serde_dynamo::from_item(item).unwrap())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn point_10_the_last_event_is_said_again_exactly() {
    let world = World::start();
    let first = world.requested().await;
    world.bus.next("PutEvents", Fault::DiesBefore);
    killed(world.react::<PolicyRetrieved>("policy", &first, State::Requested, State::PolicyRetrieved)).await;
    let sweeper = world.transitions("SweeperFunction");
    let head = world.head().await;
    assert!(
        sweeper
            .republish(&live(), &aggregate(), head.sequence)
            .await
            .unwrap()
    );
    let row = world.journal().await.pop().unwrap();
    let expected: Recorded = row.recorded().unwrap();
    assert_eq!(world.published().last(), Some(&expected));
    assert_eq!(world.head().await, head, "saying it again moves nothing");
    assert!(
        !sweeper.republish(&live(), &aggregate(), 9).await.unwrap(),
        "there is no ninth event"
    );
}

async fn sweep(world: &World, due_at: i64) -> Outcome {
    let sweeper = world.transitions("SweeperFunction");
    let decide = |_| async { Ok(Some(next::<BookingOverdue>(State::Requested))) };
    let legal = [State::Requested, State::PolicyRetrieved];
    sweeper
        .apply(&live(), &key(), &Cause::Sweep { due_at }, &legal, decide)
        .await
        .unwrap()
}

/// The sweeper read a list; until it gets to a booking, that may have moved on.
#[tokio::test(start_paused = true)]
async fn point_10_a_booking_that_moved_on_is_not_given_up() {
    let world = World::start();
    let first = world.requested().await;
    let due_at = world.head().await.due_at.unwrap();
    tokio::time::advance(std::time::Duration::from_secs(400)).await;
    world
        .react::<PolicyRetrieved>("policy", &first, State::Requested, State::PolicyRetrieved)
        .await;
    assert!(matches!(sweep(&world, due_at).await, Outcome::NotAllowed(_)));
    assert_eq!(world.said(), ["BookingRequested", "PolicyRetrieved"]);
}

/// The minute's run may overlap with the next, or die and be run again.
#[tokio::test(start_paused = true)]
async fn point_10_a_booking_is_given_up_once_and_counted_anew_afterwards() {
    let world = World::start();
    world.requested().await;
    let due_at = world.head().await.due_at.unwrap();
    world
        .update_head(
            "SET sweeps = :three",
            &[(":three", AttributeValue::N("3".into()))],
        )
        .await;
    assert_eq!(world.head().await.sweeps, 3);
    let given_up = sweep(&world, due_at).await;
    assert_eq!(meta_of(&given_up).sequence, 2);
    assert!(is_repeated(&sweep(&world, due_at).await));
    assert_eq!(
        world.said(),
        ["BookingRequested", "BookingOverdue", "BookingOverdue"]
    );
    let head = world.head().await;
    assert_eq!((head.sequence, head.sweeps), (2, 0));
}
