//! The same cause again, and causes that come too late: points 4 and 5.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use events_schema::compliance::PlanRejected;
use events_schema::planner::PlanProposed;
use events_schema::policy::PolicyRetrieved;
use events_schema::samples;
use events_schema::state::BookingState as State;
use lambda_host::Outcome;
use lambda_host::transition::TransitionError;
use serde_json::json;

use super::faults::Fault;
use super::world::*;

#[tokio::test(start_paused = true)]
async fn point_04_who_died_before_publishing_is_made_up_for_by_the_redelivery() {
    let world = World::start();
    let first = world.requested().await;
    world.bus.next("PutEvents", Fault::DiesBefore);
    killed(world.react::<PolicyRetrieved>("policy", &first, State::Requested, State::PolicyRetrieved)).await;
    assert_eq!(world.head().await.sequence, 2, "saved");
    assert_eq!(world.said(), ["BookingRequested"], "not announced");

    let asked = AtomicU32::new(0);
    let policy = world.transitions("PolicyRetrieveFunction");
    let decide = |_| {
        asked.fetch_add(1, Ordering::Relaxed);
        async { Ok(None) }
    };
    let outcome = policy
        .react(&live(), "policy", &first, &[State::Requested], decide)
        .await
        .unwrap();
    assert!(is_repeated(&outcome), "{outcome:?}");
    assert_eq!(asked.into_inner(), 0, "the decision stands");
    assert_eq!(world.said(), ["BookingRequested", "PolicyRetrieved"]);
    assert_eq!(world.journal().await.len(), 2);
    world.faults_met();
}

/// Consumers compare and deduplicate: the second publication must be the first one's twin.
#[tokio::test(start_paused = true)]
async fn point_04_the_event_published_again_is_the_same_to_the_byte() {
    let world = World::start();
    let first = world.requested().await;
    world.bus.next("PutEvents", Fault::DiesAfter);
    killed(world.react::<PolicyRetrieved>("policy", &first, State::Requested, State::PolicyRetrieved)).await;
    world
        .react::<PolicyRetrieved>("policy", &first, State::Requested, State::PolicyRetrieved)
        .await;
    let entries = world.bus.requests("PutEvents");
    let [.., once, again] = entries.as_slice() else {
        panic!("{entries:?}")
    };
    assert_eq!(once, again);
    assert_eq!(
        world.said(),
        ["BookingRequested", "PolicyRetrieved", "PolicyRetrieved"]
    );
    assert_eq!(world.published()[2], world.journal().await[1].recorded().unwrap());
}

#[tokio::test(start_paused = true)]
async fn point_04_who_asks_again_gets_the_first_answer_however_far_the_booking_is() {
    let world = World::start();
    let first = world.requested().await;
    let gateway = world.transitions("GatewayMessageFunction");
    let cause = command("cancel-1");
    let answer = |n: u32| {
        move |_| async move {
            let next = next::<events_schema::gateway::CancelRequested>(State::Requested);
            Ok(Some(next.result(json!({ "try": n })).cancel_requested()))
        }
    };
    gateway
        .apply(&live(), &key(), &cause, &[State::Requested], answer(1))
        .await
        .unwrap();
    let head = world.head().await;
    assert!(head.cancel_requested);
    let moved_on = meta_of(
        &world
            .command::<PolicyRetrieved>("x", &[State::Requested], State::PolicyRetrieved)
            .await,
    );
    assert_eq!(moved_on.sequence, 3);

    let again = gateway
        .apply(&live(), &key(), &cause, &[State::Requested], answer(2))
        .await
        .unwrap();
    let Outcome::Done {
        event,
        result,
        repeated: true,
    } = again
    else {
        panic!("{again:?}")
    };
    assert_eq!((result, event.detail.meta.sequence), (json!({"try": 1}), 2));
    assert_eq!(first.sequence, 1);
}

/// The same request twice is one booking.
#[tokio::test(start_paused = true)]
async fn point_04_a_booking_begun_twice_is_one() {
    let world = World::start();
    world.bus.next("PutEvents", Fault::DiesBefore);
    killed(world.requested()).await;
    let meta = world.requested().await;
    assert_eq!((meta.sequence, world.journal().await.len()), (1, 1));
    assert_eq!(world.said(), ["BookingRequested"]);
    world.requested().await;
    assert_eq!(world.journal().await.len(), 1);
}

/// Two sockets of one person send the same request at once.
#[tokio::test(start_paused = true)]
async fn point_04_a_booking_begun_twice_at_once_is_one() {
    let world = World::start();
    let other = world.clone();
    let twin = async move {
        other.requested().await;
    };
    world.database.next("TransactWriteItems", Fault::meanwhile(twin));
    let meta = world.requested().await;
    assert_eq!((meta.sequence, world.journal().await.len()), (1, 1));
    world.faults_met();
}

/// DynamoDB did it, the answer was lost, the SDK asks again: still one transition.
#[tokio::test(start_paused = true)]
async fn point_04_a_lost_answer_of_the_database_is_no_second_transition() {
    let world = World::start();
    let first = world.requested().await;
    world.database.next("TransactWriteItems", Fault::AnswerLost);
    let outcome = world
        .react::<PolicyRetrieved>("policy", &first, State::Requested, State::PolicyRetrieved)
        .await;
    assert_eq!(meta_of(&outcome).sequence, 2);
    assert_eq!((world.head().await.sequence, world.journal().await.len()), (2, 2));
    world.faults_met();
}

/// Another delivery of the same event finishes while this one is about to read the head. Had it looked into Journal
/// first, it would now take the booking for moved on without it.
#[tokio::test(start_paused = true)]
async fn point_04_the_head_is_read_before_journal_and_both_strongly() {
    for between in ["GetItem", "Query"] {
        let world = World::start();
        let first = world.requested().await;
        world
            .database
            .next(between, Fault::meanwhile(twin(world.clone(), first.clone())));
        let outcome = world
            .react::<PolicyRetrieved>("policy", &first, State::Requested, State::PolicyRetrieved)
            .await;
        assert!(is_repeated(&outcome), "{between}: {outcome:?}");
        assert_eq!(world.journal().await.len(), 2);
        world.faults_met();
        let reads = world
            .database
            .answered()
            .into_iter()
            .filter(|call| ["GetItem", "Query"].contains(&call.operation.as_str()));
        for read in reads {
            assert_eq!(read.request["ConsistentRead"], true, "{read:?}");
        }
    }
}

async fn twin(world: Arc<World>, first: events_schema::envelope::Meta) {
    world
        .react::<PolicyRetrieved>("policy", &first, State::Requested, State::PolicyRetrieved)
        .await;
}

/// Plans go round at most three times, through the same state: only the sequence tells the rounds apart.
#[tokio::test(start_paused = true)]
async fn point_05_a_redelivered_old_rejection_starts_nothing() {
    let world = World::start();
    let first = world.requested().await;
    let proposed = world
        .react::<PlanProposed>("planner", &first, State::Requested, State::PlanProposed)
        .await;
    let rejected = world
        .react::<PlanRejected>(
            "compliance",
            &meta_of(&proposed),
            State::PlanProposed,
            State::PlanRejected,
        )
        .await;
    let old = meta_of(&rejected);
    let again = world
        .react::<PlanProposed>("planner", &old, State::PlanRejected, State::PlanProposed)
        .await;
    world
        .react::<PlanRejected>(
            "compliance",
            &meta_of(&again),
            State::PlanProposed,
            State::PlanRejected,
        )
        .await;
    let before = (world.head().await, world.journal().await.len());
    assert_eq!((before.0.state, before.1), (State::PlanRejected, 5));

    // The planner has reacted to it: that very answer is said again, and no new plan is made.
    let outcome = world
        .react::<PlanProposed>("planner", &old, State::PlanRejected, State::PlanProposed)
        .await;
    assert_eq!((is_repeated(&outcome), meta_of(&outcome).sequence), (true, 4));
    // Somebody who has not, comes too late.
    let said = world.said().len();
    let outcome = world
        .react::<PlanProposed>("latecomer", &old, State::PlanRejected, State::PlanProposed)
        .await;
    assert_eq!(outcome, Outcome::Obsolete);
    assert_eq!(world.said().len(), said);
    assert_eq!((world.head().await, world.journal().await.len()), before);
}

#[tokio::test(start_paused = true)]
async fn point_05_an_event_may_be_reacted_to_in_the_expected_state_only() {
    let world = World::start();
    let first = world.requested().await;
    let asked = AtomicU32::new(0);
    let planner = world.transitions("PlannerFunction");
    let decide = |_| {
        asked.fetch_add(1, Ordering::Relaxed);
        async { Ok(Some(next::<PlanProposed>(State::PlanProposed))) }
    };
    let outcome = planner
        .react(&live(), "planner", &first, &[State::PolicyRetrieved], decide)
        .await
        .unwrap();
    assert_eq!(outcome, Outcome::Obsolete);
    assert_eq!(asked.into_inner(), 0, "nobody asks a model in vain");
    assert_eq!(world.journal().await.len(), 1);
}

/// A policy's event reached a consumer of bookings: a rule is wrong, and somebody must see it.
#[tokio::test(start_paused = true)]
async fn point_05_an_event_of_no_booking_is_an_error() {
    let world = World::start();
    let mut meta = world.requested().await;
    let planner = world.transitions("PlannerFunction");
    let decide = |_| async { Ok(None) };
    meta.aggregate_id = events_schema::ids::AggregateId::new(samples::policy_version().as_str());
    let outcome = planner
        .react(&live(), "planner", &meta, &[State::Requested], decide)
        .await;
    assert!(matches!(outcome, Err(TransitionError::NoBooking)));
}
