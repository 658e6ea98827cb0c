//! What a replay does besides: nothing. Counted over all that leaves a trace: tables, orders, mails, calls by function
//! and action, events on the bus.

use std::collections::BTreeMap;

use events_schema::rows::JournalRow;
use events_schema::socket::Verdict;
use local_cloud::cloud::LocalCloud;
use local_cloud::ports::Functions;
use replay::archive::Archive;
use replay::event::{Place, fenced};
use replay::{State, rules};
use serde_json::Value;
use sojourn::commands::replay::dump::dump;
use tokio::sync::broadcast::error::TryRecvError;

use super::{Real, everything, question, replays, trip};
use crate::end_to_end::world::World;

/// The one write that a replay is for.
const REBUILDS: (&str, &str) = ("InsightsFunction", "dynamodb:PutItem");
/// What only reads. Everything else that a function does is an effect.
const READS: &[&str] = &[
    "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:BatchGetItem", "kms:Decrypt",
    "kms:DescribeKey", "s3:GetObject", "states:DescribeExecution", "states:ListExecutions",
    "states:GetExecutionHistory",
];

/// Calls of functions and machines so far that are no reads, by caller and action.
fn effects(cloud: &LocalCloud) -> BTreeMap<(String, String), u64> {
    let mut effects = BTreeMap::new();
    for seen in cloud.endpoint().calls_seen() {
        let (caller, action) = (seen.call.caller, seen.call.action);
        if caller != "outside" && !READS.contains(&action.as_str()) {
            *effects.entry((caller, action)).or_default() += seen.times;
        }
    }
    effects
}

fn since(before: &BTreeMap<(String, String), u64>, cloud: &LocalCloud) -> BTreeMap<(String, String), u64> {
    let mut now = effects(cloud);
    now.retain(|call, times| {
        *times -= before.get(call).copied().unwrap_or_default();
        *times > 0
    });
    now
}

/// Every row of every table but the one that keeps account of replays, and what suppliers were asked to keep.
async fn everything_kept(world: &World) -> BTreeMap<String, Vec<String>> {
    let mut kept = BTreeMap::new();
    for table in world
        .dynamo()
        .list_tables()
        .send()
        .await
        .expect("tables")
        .table_names()
    {
        if table != &world.records().table("ReplaysTable") {
            let rows = dump(&world.dynamo(), table).await.expect("a readable table");
            kept.insert(table.clone(), rows.into_keys().collect());
        }
    }
    let supplier = &world.laptop.supplier;
    let orders = supplier.orders().expect("orders");
    kept.insert(
        "orders".into(),
        orders.iter().map(|order| format!("{order:?}")).collect(),
    );
    kept.insert("holds".into(), supplier.holds().expect("holds"));
    kept
}

async fn all_events(world: &World) -> Vec<JournalRow> {
    let rows = world.scan("JournalTable").await.into_iter();
    rows.map(|row| serde_json::from_value(row).expect("a row"))
        .collect()
}

/// Several bookings, each kind of ending; then all of their events again by every way there is.
#[tokio::test(start_paused = true)]
async fn a_full_replay_of_several_bookings_has_no_effect_and_says_nothing_live() {
    let world = World::start().await;
    trip(&world, "traveller", Verdict::Yes).await;
    trip(&world, "traveller-2", Verdict::Yes).await;
    trip(&world, "traveller", Verdict::No).await;
    question(&world).await;
    let (cloud, events) = (&world.laptop.cloud, all_events(&world).await);
    assert!(events.len() > 40, "{} events", events.len());
    let kept = everything_kept(&world).await;
    let before = effects(cloud);
    let mut bus = cloud.parts().events.subscribe();
    let replays = replays(&world).await;

    // From Journal, to all that welcome it.
    let ticket = replays.start(&everything("all")).await.expect("a replay");
    let ended = replays
        .run(ticket, &Real::of(&world), &mut |_| {})
        .await
        .expect("it runs");
    assert_eq!((ended.state, ended.delivered), (State::Completed, ended.total));
    assert!(ended.total >= 7, "{ended:?}");

    // From the archive, to the same; and to every rule there is, whose fences hold.
    let all = rules::all(&replays.stack).await.expect("rules");
    let welcoming = rules::chosen(&all, &[]).expect("insights");
    let archive = Archive {
        stack: &replays.stack,
    };
    let span = (
        "2026-01-01T00:00:00Z".parse().unwrap(),
        "2030-01-01T00:00:00Z".parse().unwrap(),
    );
    archive.start("chosen", span, &welcoming).await.expect("a replay");
    archive.start("unchosen", span, &all).await.expect("a replay");
    cloud.parts().events.settled().await;
    cloud.idle().await;

    // Past every rule, straight into every function: what it lacks is the capability.
    let place = Place::of(&welcoming[0].arn);
    let mut forced = 0;
    for row in &events {
        let event = fenced(row, "forced", &place).expect("an event");
        for function in &cloud.template().functions {
            // Some cannot read a bus event at all, and say so.
            let _ = cloud
                .parts()
                .lambda
                .invoke(&function.logical_id, event.clone())
                .await;
            forced += 1;
        }
    }
    cloud.idle().await;

    let done = since(&before, cloud);
    let only = (REBUILDS.0.to_owned(), REBUILDS.1.to_owned());
    let unwanted: Vec<_> = done.iter().filter(|(call, _)| **call != only).collect();
    assert!(unwanted.is_empty(), "effects of a replay: {unwanted:?}");
    assert_eq!(
        done.get(&only).copied().unwrap_or_default() as usize,
        4 * ended.total as usize
    );
    let (mut live, mut replayed) = (Vec::<Value>::new(), 0);
    loop {
        match bus.try_recv() {
            Ok(event) if event.event["source"] == "aws.scheduler" || event.bus == "default" => {}
            Ok(event) if event.event.get("replay-name").is_some() => replayed += 1,
            Ok(event) => live.push(event.event.as_ref().clone()),
            Err(TryRecvError::Lagged(_)) => panic!("events were missed"),
            Err(_) => break,
        }
    }
    assert!(live.is_empty(), "said live during a replay: {live:?}");
    assert!(
        replayed >= 2 * ended.total as usize,
        "the archive's replays were seen: {replayed}"
    );
    assert_eq!(
        kept,
        everything_kept(&world).await,
        "nothing changed, and insights is what it was"
    );
    println!(
        "{} events of 4 bookings: {} deliveries from Journal, {replayed} from the archive, {forced} forced into {} \
         functions; effects 0, live events 0",
        events.len(),
        ended.delivered,
        cloud.template().functions.len()
    );
}

#[tokio::test(start_paused = true)]
async fn who_does_not_welcome_replays_is_refused_by_name_and_nothing_starts() {
    let world = World::start().await;
    let replays = replays(&world).await;
    for (to, said) in [
        (
            "planner",
            "planner.on-plan-rejected: its rule excludes replayed events",
        ),
        (
            "notices.on-booking-confirmed",
            "notices.on-booking-confirmed: its rule excludes",
        ),
        (
            "booking-machine",
            "booking-machine.on-options-ranked: its rule excludes",
        ),
        ("nobody", "nobody: there is no such rule or consumer"),
    ] {
        let mut request = everything("refused");
        request.to = vec!["insights".into(), to.into()];
        let refused = replays.start(&request).await.expect_err("refused").to_string();
        assert!(refused.contains(said), "{refused}");
        assert!(refused.contains("welcome to insights"), "{refused}");
    }
    assert!(replays.all().await.expect("a list").is_empty());
    let all = rules::all(&replays.stack).await.expect("rules");
    let welcoming: Vec<_> = all.iter().filter(|rule| rule.refusal.is_none()).collect();
    assert!(welcoming.iter().all(|rule| rule.consumer == "insights") && welcoming.len() == 9);
}
