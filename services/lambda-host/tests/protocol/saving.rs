//! What a transition writes: points 1 to 3.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::booking::{BookingFailed, OptionsPresented};
use events_schema::compliance::OptionsRanked;
use events_schema::event::Event;
use events_schema::gateway::{CancelRequested, OptionSelected};
use events_schema::ids::{ActionId, EventId, ExecutionId};
use events_schema::planner::PlanProposed;
use events_schema::policy::PolicyRetrieved;
use events_schema::samples;
use events_schema::state::BookingState as State;
use lambda_host::transition::TransitionError;
use lambda_host::{Cause, Next, Outcome};
use serde_json::json;

use super::faults::Fault;
use super::world::*;

const NEITHER_NOR: &str = "head and Journal agree";

#[tokio::test(start_paused = true)]
async fn point_01_the_head_stays_small_and_bodies_live_elsewhere() {
    let world = World::start();
    let first = world.requested().await;
    let mut large = next::<PolicyRetrieved>(State::PolicyRetrieved);
    large.event.data["padding"] = json!("x".repeat(150 * 1024));
    let policy = world.transitions("PolicyRetrieveFunction");
    let decide = |_| {
        let large = large.clone();
        async move { Ok(Some(large)) }
    };
    let done = policy
        .react(&live(), "policy", &first, &[State::Requested], decide)
        .await
        .unwrap();

    let item = world.head_item().await;
    let expected = [
        "employeeId", "bookingId", "state", "sequence", "round", "cancelRequested", "dueAt", "duePartition",
        "sweeps", "lastEvent", "costCentre", "correlationId", "createdAt", "updatedAt",
    ];
    assert_eq!(
        item.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        BTreeSet::from(expected)
    );
    assert!(
        format!("{item:?}").len() < 2_000,
        "a head of {} characters",
        format!("{item:?}").len()
    );
    let head = world.head().await;
    assert_eq!(
        (head.state, head.sequence, head.round),
        (State::PolicyRetrieved, 2, 0)
    );
    assert_eq!(head.last_event.event_id, meta_of(&done).event_id);
    assert_eq!(head.last_event.name, PolicyRetrieved::NAME);
    assert_eq!(head.due_at, Some(world.clock.now().as_second() + 300));
    assert!(
        world.journal().await[1].event.len() > 150 * 1024,
        "the body is in Journal"
    );
}

#[tokio::test(start_paused = true)]
async fn point_01_a_booking_that_ended_waits_for_nothing() {
    let world = World::start();
    let first = world.requested().await;
    let close = world.transitions("BookingCloseFunction");
    let decide = |_| async { Ok(Some(Next::terminal(State::Failed, &BookingFailed::example())?)) };
    close
        .react(&live(), "booking-close", &first, &[State::Requested], decide)
        .await
        .unwrap();
    let head = world.head().await;
    assert!(head.state.is_terminal());
    assert_eq!((head.due_at, head.due_partition), (None, None));
}

#[tokio::test(start_paused = true)]
async fn point_02_a_transition_is_one_transaction_with_one_event() {
    let world = World::start();
    let first = world.requested().await;
    let before = world.database.answered().len();
    world
        .react::<PolicyRetrieved>("policy", &first, State::Requested, State::PolicyRetrieved)
        .await;
    let calls = world.database.answered().split_off(before);
    let writes: Vec<_> = calls
        .iter()
        .filter(|call| !["GetItem", "Query"].contains(&call.operation.as_str()))
        .collect();
    let [write] = writes.as_slice() else {
        panic!("one write, not {writes:?}")
    };
    assert_eq!(write.operation, "TransactWriteItems");
    let items = write.request["TransactItems"].as_array().unwrap();
    let tables: Vec<_> = items
        .iter()
        .map(|item| item["Put"]["TableName"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        tables,
        [world.table("BOOKINGS_TABLE"), world.table("JOURNAL_TABLE")]
    );

    let journal = world.journal().await;
    assert_eq!(journal.iter().map(|row| row.sequence).collect::<Vec<_>>(), [1, 2]);
    for row in &journal {
        let meta = row.recorded().unwrap().detail.meta;
        assert_eq!(meta.sequence, row.sequence);
        assert_eq!(meta.correlation_id, first.event_id);
    }
    assert_eq!(
        journal[1].recorded().unwrap().detail.meta.causation_id,
        first.event_id
    );
}

/// Ids must come out the same for ever: Journal, archives and consumers' memories hold them.
#[tokio::test(start_paused = true)]
async fn point_02_the_event_id_follows_from_aggregate_and_sequence() {
    let world = World::start();
    let meta = world.requested().await;
    let namespace = uuid::Uuid::from_u128(0x5a1d_6f0e_8c52_5b1e_9f3b_7d1c_50a0_2026);
    let name = format!("event\u{1f}{}\u{1f}1", aggregate());
    assert_eq!(
        meta.event_id.to_string(),
        uuid::Uuid::new_v5(&namespace, name.as_bytes()).to_string()
    );
    assert_eq!(meta.event_id, EventId::of(&aggregate(), 1));
}

/// A row that is in the way in Journal keeps the head from moving: never one without the other.
#[tokio::test(start_paused = true)]
async fn point_02_without_its_journal_row_the_head_does_not_move() {
    let world = World::start();
    let first = world.requested().await;
    let put = world
        .outside()
        .put_item()
        .table_name(world.table("JOURNAL_TABLE"));
    let put = put.item("aggregateId", AttributeValue::S(aggregate().to_string()));
    put.item("sequence", AttributeValue::N("2".into()))
        .send()
        .await
        .unwrap();
    let policy = world.transitions("PolicyRetrieveFunction");
    let decide = |_| async { Ok(Some(next::<PolicyRetrieved>(State::PolicyRetrieved))) };
    let outcome = policy
        .react(&live(), "policy", &first, &[State::Requested], decide)
        .await;
    assert!(
        matches!(outcome, Err(TransitionError::Contended(_))),
        "{outcome:?}"
    );
    assert_eq!(world.head().await.sequence, 1, "{NEITHER_NOR}");
    assert_eq!(world.said(), ["BookingRequested"]);
}

/// Somebody else moved the head: the loser's row is not in Journal.
#[tokio::test(start_paused = true)]
async fn point_02_without_the_head_there_is_no_journal_row() {
    let world = World::start();
    let first = world.requested().await;
    let other = world.clone();
    let cancel = async move {
        other
            .command::<CancelRequested>("cancel-1", &[State::Requested], State::Requested)
            .await;
    };
    world
        .database
        .next("TransactWriteItems", Fault::meanwhile(cancel));
    let outcome = world
        .react::<PolicyRetrieved>("policy", &first, State::Requested, State::PolicyRetrieved)
        .await;
    assert_eq!(outcome, Outcome::Obsolete);
    let types: Vec<_> = world
        .journal()
        .await
        .into_iter()
        .map(|row| row.event_type)
        .collect();
    assert_eq!(types, ["BookingRequested", "CancelRequested"], "{NEITHER_NOR}");
    world.faults_met();
}

/// What is saved must be announced, so what cannot be announced must not be saved.
#[tokio::test(start_paused = true)]
async fn point_02_an_event_too_large_for_the_bus_is_not_saved() {
    let world = World::start();
    let first = world.requested().await;
    let policy = world.transitions("PolicyRetrieveFunction");
    let decide = |_| async {
        let mut next = next::<PolicyRetrieved>(State::PolicyRetrieved);
        next.event.data["padding"] = json!("x".repeat(lambda_host::publish::MAX_ENTRY_BYTES));
        Ok(Some(next))
    };
    assert!(
        policy
            .react(&live(), "policy", &first, &[State::Requested], decide)
            .await
            .is_err()
    );
    assert_eq!(world.journal().await.len(), 1);
    assert_eq!(world.head().await.sequence, 1);
}

#[tokio::test(start_paused = true)]
async fn point_03_the_cause_key_names_who_acts_on_account_of_what() {
    let world = World::start();
    let first = world.requested().await;
    let ranked = world
        .react::<OptionsRanked>("compliance", &first, State::Requested, State::OptionsRanked)
        .await;
    let execution = ExecutionId::new("arn:execution:1");
    let task = world.transitions("BookingTaskFunction");
    assert!(
        task.claim(&live(), &key(), &execution, State::OptionsRanked)
            .await
            .unwrap()
    );
    let cause = Cause::Task {
        execution: execution.clone(),
        step: "present#1".into(),
    };
    let decide = |_| async { Ok(Some(next::<OptionsPresented>(State::OptionsPresented).round(1))) };
    task.apply(&live(), &key(), &cause, &[State::OptionsRanked], decide)
        .await
        .unwrap();
    world
        .command::<OptionSelected>("select-1", &[State::OptionsPresented], State::OptionSelected)
        .await;

    let keys: Vec<_> = world
        .journal()
        .await
        .into_iter()
        .map(|row| row.cause_key)
        .collect();
    let employee = samples::employee();
    let expected = [
        format!("{employee}:request-1"),
        format!("compliance:{}", first.event_id),
        format!("{execution}:present#1"),
        format!("{employee}:select-1"),
    ];
    assert_eq!(keys, expected);
    assert_eq!(meta_of(&ranked).causation_id, first.event_id);
}

/// Two people's clients may count their commands alike, and two consumers react to one event.
#[tokio::test(start_paused = true)]
async fn point_03_the_same_id_from_somebody_else_is_another_cause() {
    let world = World::start();
    let first = world.requested().await;
    let gateway = world.transitions("GatewayMessageFunction");
    let theirs = Cause::Command {
        employee: samples::approver(),
        action: ActionId::new("request-1"),
    };
    let decide = |_| async { Ok(Some(next::<CancelRequested>(State::Requested))) };
    let outcome = gateway
        .apply(&live(), &key(), &theirs, &[State::Requested], decide)
        .await
        .unwrap();
    assert!(
        !is_repeated(&outcome),
        "the approver's request-1 is not the traveller's"
    );

    let cancelled = meta_of(&outcome);
    let planner = world
        .react::<PlanProposed>("planner", &cancelled, State::Requested, State::PlanProposed)
        .await;
    assert!(!is_repeated(&planner));
    let policy = world
        .react::<PolicyRetrieved>("policy", &cancelled, State::PlanProposed, State::PolicyRetrieved)
        .await;
    assert_eq!(policy, Outcome::Obsolete, "not the planner's answer");
    assert_eq!(first.sequence, 1);
}
