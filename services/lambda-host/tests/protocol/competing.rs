//! Several at once: points 6 to 8, and the claim of the state machine.

use std::sync::Arc;

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use events_schema::booking::{OfferRequoted, OptionsPresented};
use events_schema::compliance::OptionsRanked;
use events_schema::envelope::Meta;
use events_schema::gateway::{CancelRequested, OptionSelected};
use events_schema::ids::ExecutionId;
use events_schema::planner::PlanProposed;
use events_schema::policy::PolicyRetrieved;
use events_schema::state::BookingState as State;
use lambda_host::transition::TransitionError;
use lambda_host::{Cause, Outcome};
use serde_json::json;

use super::faults::Fault;
use super::world::*;

fn execution(name: &str) -> ExecutionId {
    ExecutionId::new(format!(
        "arn:aws:states:eu-west-1:000000000000:execution:booking:{name}"
    ))
}

/// A booking whose options are ranked.
async fn ranked(world: &World) -> Meta {
    let first = world.requested().await;
    meta_of(
        &world
            .react::<OptionsRanked>("compliance", &first, State::Requested, State::OptionsRanked)
            .await,
    )
}

async fn claim(world: &World, name: &str) -> bool {
    let task = world.transitions("BookingTaskFunction");
    task.claim(&live(), &key(), &execution(name), State::OptionsRanked)
        .await
        .unwrap()
}

async fn present(world: &World, name: &str) -> Outcome {
    let task = world.transitions("BookingTaskFunction");
    let cause = Cause::Task {
        execution: execution(name),
        step: "present#1".into(),
    };
    let decide = |_| async { Ok(Some(next::<OptionsPresented>(State::OptionsPresented).round(1))) };
    task.apply(&live(), &key(), &cause, &[State::OptionsRanked], decide)
        .await
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn point_06_a_command_overtaken_is_judged_by_the_state_it_meets() {
    let world = World::start();
    world.requested().await;
    let other = world.clone();
    let presented = async move {
        other
            .command::<OptionsPresented>("meanwhile", &[State::Requested], State::OptionsPresented)
            .await;
    };
    world
        .database
        .next("TransactWriteItems", Fault::meanwhile(presented));
    let outcome = world
        .command::<CancelRequested>("cancel-1", &[State::Requested], State::Requested)
        .await;
    let Outcome::NotAllowed(head) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!((head.state, head.sequence), (State::OptionsPresented, 2));
    assert_eq!(world.said(), ["BookingRequested", "OptionsPresented"]);
    world.faults_met();
}

/// Unlike a reaction a command may act on a newer head, if its state allows it.
#[tokio::test(start_paused = true)]
async fn point_06_a_command_still_legal_is_decided_again_on_the_new_head() {
    let world = World::start();
    world.requested().await;
    let other = world.clone();
    let presented = async move {
        other
            .command::<OptionsPresented>("meanwhile", &[State::Requested], State::OptionsPresented)
            .await;
    };
    world
        .database
        .next("TransactWriteItems", Fault::meanwhile(presented));
    let gateway = world.transitions("GatewayMessageFunction");
    let decide = |head: events_schema::rows::BookingRow| async move {
        Ok(Some(
            next::<CancelRequested>(head.state)
                .result(json!({"seen": head.sequence}))
                .cancel_requested(),
        ))
    };
    let legal = [State::Requested, State::OptionsPresented];
    let outcome = gateway
        .apply(&live(), &key(), &command("cancel-1"), &legal, decide)
        .await
        .unwrap();
    let Outcome::Done { event, result, .. } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!((event.detail.meta.sequence, result), (3, json!({"seen": 2})));
    let head = world.head().await;
    assert_eq!(
        (head.state, head.cancel_requested),
        (State::OptionsPresented, true),
        "what happened meanwhile stays"
    );
}

#[tokio::test(start_paused = true)]
async fn point_06_a_task_acts_for_the_execution_that_holds_the_booking() {
    let world = World::start();
    ranked(&world).await;
    assert!(
        matches!(present(&world, "a").await, Outcome::NotAllowed(_)),
        "nobody holds it"
    );
    assert!(claim(&world, "a").await);
    assert!(
        matches!(present(&world, "b").await, Outcome::NotAllowed(_)),
        "another holds it"
    );
    assert_eq!(meta_of(&present(&world, "a").await).sequence, 3);
    assert_eq!(world.head().await.round, 1);
}

/// The claim changes the head without raising its sequence, and the head is written as a whole.
#[tokio::test(start_paused = true)]
async fn point_06_a_claim_between_reading_and_saving_is_not_overwritten() {
    let world = World::start();
    ranked(&world).await;
    let other = world.clone();
    let claimed = async move {
        assert!(claim(&other, "a").await);
    };
    world
        .database
        .next("TransactWriteItems", Fault::meanwhile(claimed));
    let outcome = world
        .command::<CancelRequested>("cancel-1", &[State::OptionsRanked], State::OptionsRanked)
        .await;
    assert_eq!(meta_of(&outcome).sequence, 3);
    assert_eq!(world.head().await.execution_id, Some(execution("a")));
    world.faults_met();
}

/// An execution that took the booking over keeps the old one's task out, even in the middle of it.
#[tokio::test(start_paused = true)]
async fn point_06_a_task_whose_execution_lost_the_booking_saves_nothing() {
    let world = World::start();
    ranked(&world).await;
    assert!(claim(&world, "a").await);
    let other = world.clone();
    let taken_over = async move {
        let holder = AttributeValue::S(execution("b").to_string());
        other
            .update_head("SET executionId = :holder", &[(":holder", holder)])
            .await;
    };
    world
        .database
        .next("TransactWriteItems", Fault::meanwhile(taken_over));
    assert!(matches!(present(&world, "a").await, Outcome::NotAllowed(_)));
    assert_eq!(world.journal().await.len(), 2);
    world.faults_met();
}

#[tokio::test(start_paused = true)]
async fn point_07_a_collision_is_tried_again() {
    let world = World::start();
    let first = world.requested().await;
    for _ in 0..3 {
        world.database.next("TransactWriteItems", Fault::Conflict);
    }
    let outcome = world
        .react::<PolicyRetrieved>("policy", &first, State::Requested, State::PolicyRetrieved)
        .await;
    assert_eq!(meta_of(&outcome).sequence, 2);
    assert_eq!(world.said(), ["BookingRequested", "PolicyRetrieved"]);
    world.faults_met();
}

/// Not for ever: the delivery's own retries take over, and after them the dead-letter queue.
#[tokio::test(start_paused = true)]
async fn point_07_collisions_without_end_are_left_to_the_retry_layer() {
    let world = World::start();
    let first = world.requested().await;
    for _ in 0..8 {
        world.database.next("TransactWriteItems", Fault::Conflict);
    }
    let policy = world.transitions("PolicyRetrieveFunction");
    let decide = |_| async { Ok(Some(next::<PolicyRetrieved>(State::PolicyRetrieved))) };
    let outcome = policy
        .react(&live(), "policy", &first, &[State::Requested], decide)
        .await;
    assert!(
        matches!(outcome, Err(TransitionError::Contended(8))),
        "{outcome:?}"
    );
    assert_eq!(world.database.requests("TransactWriteItems").len(), 1 + 8);
    world.faults_met();
}

/// Every try begins by reading: two deliveries of one event at once give one transition and one answer.
#[tokio::test(start_paused = true)]
async fn point_07_two_deliveries_at_once_are_one_transition() {
    let world = World::start();
    let first = world.requested().await;
    let (other, event) = (world.clone(), first.clone());
    let twin = async move {
        other
            .react::<PolicyRetrieved>("policy", &event, State::Requested, State::PolicyRetrieved)
            .await;
    };
    world.database.next("TransactWriteItems", Fault::meanwhile(twin));
    let outcome = world
        .react::<PolicyRetrieved>("policy", &first, State::Requested, State::PolicyRetrieved)
        .await;
    assert!(is_repeated(&outcome), "{outcome:?}");
    assert_eq!(world.journal().await.len(), 2);
    let published = world.published();
    assert_eq!(published[1], published[2], "said twice, but the same");
    world.faults_met();
}

/// Two consumers may both be entitled to answer an event; the booking goes one way.
#[tokio::test(start_paused = true)]
async fn point_07_a_reaction_overtaken_by_another_consumer_is_obsolete() {
    let world = World::start();
    let first = world.requested().await;
    let (other, event) = (world.clone(), first.clone());
    let faster = async move {
        other
            .react::<PlanProposed>("planner", &event, State::Requested, State::PlanProposed)
            .await;
    };
    world
        .database
        .next("TransactWriteItems", Fault::meanwhile(faster));
    let outcome = world
        .react::<PolicyRetrieved>("policy", &first, State::Requested, State::PolicyRetrieved)
        .await;
    assert_eq!(outcome, Outcome::Obsolete);
    assert_eq!(world.said(), ["BookingRequested", "PlanProposed"]);
}

/// A model asked twice answers twice. While one delivery still waits for it, the other has already saved.
#[tokio::test(start_paused = true)]
async fn point_08_of_two_answers_the_first_saved_wins() {
    let world = World::start();
    let first = world.requested().await;
    let answers = |name: &'static str| {
        let mut next = next::<PlanProposed>(State::PlanProposed).result(json!({ "plan": name }));
        next.event.data["planner"] = json!(name);
        next
    };
    let slow = |_| {
        let (world, first) = (world.clone(), first.clone());
        async move {
            let planner = world.transitions("PlannerFunction");
            let quick = |_| async move { Ok(Some(answers("quick"))) };
            planner
                .react(&live(), "planner", &first, &[State::Requested], quick)
                .await?;
            Ok(Some(answers("slow")))
        }
    };
    let planner = world.transitions("PlannerFunction");
    let outcome = planner
        .react(&live(), "planner", &first, &[State::Requested], slow)
        .await
        .unwrap();
    let Outcome::Done {
        event,
        result,
        repeated: true,
    } = outcome
    else {
        panic!("{outcome:?}")
    };
    assert_eq!(result, json!({"plan": "quick"}));
    assert_eq!(event.detail.data["planner"], "quick");
    assert!(
        world
            .published()
            .iter()
            .all(|event| event.detail.data["planner"] != "slow")
    );
}

/// What is intended towards a supplier goes into the transition's own transaction: both or neither.
#[tokio::test(start_paused = true)]
async fn point_08_an_intent_is_recorded_with_the_transition_or_not_at_all() {
    let world = World::start();
    ranked(&world).await;
    assert!(claim(&world, "a").await);
    let intent = intent(&world, "requote");
    let task = world.transitions("BookingTaskFunction");
    let cause = Cause::Task {
        execution: execution("a"),
        step: "requote#1".into(),
    };
    let decide = |_| {
        let intent = intent.clone();
        async move { Ok(Some(next::<OfferRequoted>(State::Requoted).with(intent))) }
    };
    // Dead before the transaction: no intent, no transition.
    world.database.next("TransactWriteItems", Fault::DiesBefore);
    killed(task.apply(&live(), &key(), &cause, &[State::OptionsRanked], decide)).await;
    assert_eq!((legs(&world).await, world.journal().await.len()), (0, 2));
    // Dead after it: both.
    world.database.next("TransactWriteItems", Fault::DiesAfter);
    killed(task.apply(&live(), &key(), &cause, &[State::OptionsRanked], decide)).await;
    assert_eq!((legs(&world).await, world.journal().await.len()), (1, 3));
    // Whoever comes again finds it done, and intends nothing anew.
    let outcome = task
        .apply(&live(), &key(), &cause, &[State::OptionsRanked], decide)
        .await
        .unwrap();
    assert!(is_repeated(&outcome));
    assert_eq!((legs(&world).await, world.journal().await.len()), (1, 3));
}

/// A write beside the transition has a condition of its own; if it fails the decision is made anew, on what is now
/// there.
#[tokio::test(start_paused = true)]
async fn point_08_an_intent_somebody_else_recorded_stops_the_transition() {
    let world = World::start();
    ranked(&world).await;
    world
        .command::<OptionsPresented>("shown", &[State::OptionsRanked], State::OptionsPresented)
        .await;
    let (other, theirs) = (world.clone(), intent(&world, "theirs"));
    let recorded = async move {
        other
            .outside()
            .transact_write_items()
            .transact_items(theirs)
            .send()
            .await
            .unwrap();
    };
    world
        .database
        .next("TransactWriteItems", Fault::meanwhile(recorded));
    let booking = world.transitions("BookingTaskFunction");
    let ours = intent(&world, "ours");
    let decide = |_| {
        let (world, ours) = (world.clone(), ours.clone());
        async move {
            let free = legs(&world).await == 0;
            Ok(free.then(|| next::<OptionSelected>(State::OptionSelected).with(ours)))
        }
    };
    let legal = [State::OptionsPresented];
    let outcome = booking
        .apply(&live(), &key(), &command("select-1"), &legal, decide)
        .await
        .unwrap();
    assert_eq!(outcome, Outcome::Unchanged);
    assert_eq!((world.head().await.sequence, legs(&world).await), (3, 1));
    world.faults_met();
}

fn intent(world: &World, by: &str) -> TransactWriteItem {
    let put = Put::builder()
        .table_name(world.table("LEGS_TABLE"))
        .item("bookingId", AttributeValue::S(aggregate().to_string()))
        .item("leg", AttributeValue::N("0".into()))
        .item("by", AttributeValue::S(by.into()))
        .condition_expression("attribute_not_exists(leg)");
    TransactWriteItem::builder().put(put.build().unwrap()).build()
}

async fn legs(world: &Arc<World>) -> usize {
    let scan = world
        .outside()
        .scan()
        .table_name(world.table("LEGS_TABLE"))
        .send()
        .await
        .unwrap();
    scan.items().len()
}

/// A rule's target starts at least once, so two executions may run for one booking.
#[tokio::test(start_paused = true)]
async fn the_first_execution_to_claim_keeps_the_booking() {
    let world = World::start();
    world.requested().await;
    assert!(!claim(&world, "early").await, "not before the options are ranked");
    let first = world.head().await;
    assert_eq!(first.execution_id, None);

    let world = World::start();
    ranked(&world).await;
    let before = world.head().await;
    assert!(claim(&world, "a").await);
    assert!(!claim(&world, "b").await, "the duplicate");
    assert!(claim(&world, "a").await, "the same, retried");
    let after = world.head().await;
    assert_eq!(after.execution_id, Some(execution("a")));
    assert_eq!(
        (after.sequence, after.state),
        (before.sequence, before.state),
        "a claim is no transition"
    );
    present(&world, "a").await;
    assert!(claim(&world, "a").await, "retried after the booking went on");
    assert!(!claim(&world, "b").await, "nor does the duplicate get it later");
    assert_eq!(
        world.said(),
        ["BookingRequested", "OptionsRanked", "OptionsPresented"]
    );
}

/// The claim was made but its answer lost, or the task died of it: the retry finds that it holds the booking.
#[tokio::test(start_paused = true)]
async fn a_claim_whose_answer_was_lost_is_still_ones_own() {
    let world = World::start();
    ranked(&world).await;
    world.database.next("UpdateItem", Fault::AnswerLost);
    assert!(claim(&world, "a").await);
    world.faults_met();
    let world = World::start();
    ranked(&world).await;
    world.database.next("UpdateItem", Fault::DiesAfter);
    killed(claim(&world, "a")).await;
    assert!(!claim(&world, "b").await);
    assert!(claim(&world, "a").await);
}
