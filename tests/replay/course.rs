//! The course of a replay from Journal: what is selected, in which order, at which rate, and who may stop it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use events_schema::socket::Verdict;
use replay::journal::Selection;
use replay::{Consumers, Request, State};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{everything, question, replays, trip};
use crate::end_to_end::world::World;

/// Remembers what it was given, and fails as often as it is told to.
#[derive(Clone, Default)]
struct Notebook {
    seen: Arc<Mutex<Vec<Value>>>,
    fails: Arc<Mutex<u32>>,
}

#[async_trait]
impl Consumers for Notebook {
    async fn give(&self, _: &str, event: &Value) -> Result<(), String> {
        let mut fails = self.fails.lock().expect("no panic");
        if *fails > 0 {
            *fails -= 1;
            return Err("not today".into());
        }
        self.seen.lock().expect("no panic").push(event.clone());
        Ok(())
    }
}

impl Notebook {
    fn names(&self) -> Vec<String> {
        let seen = self.seen.lock().expect("no panic");
        seen.iter()
            .map(|event| event["detail-type"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    fn ids(&self) -> Vec<String> {
        let seen = self.seen.lock().expect("no panic");
        seen.iter().map(|event| event["id"].to_string()).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn a_booking_or_what_one_of_its_events_led_to_comes_in_order_and_marked() {
    let world = World::start().await;
    let booking = trip(&world, "traveller", Verdict::Yes).await;
    question(&world).await;
    let replays = replays(&world).await;
    let cases = [
        (
            Selection::Booking {
                booking: booking.into(),
            },
            vec!["OptionsRanked", "BookingConfirmed"],
        ),
        // The sixth is OptionsRanked; what came of the eighth, the choice, is the rest.
        (
            Selection::CausedBy {
                booking: booking.into(),
                sequence: 6,
            },
            vec!["OptionsRanked", "BookingConfirmed"],
        ),
        (
            Selection::CausedBy {
                booking: booking.into(),
                sequence: 8,
            },
            vec!["BookingConfirmed"],
        ),
    ];
    for (number, (selection, expected)) in cases.into_iter().enumerate() {
        let request = Request {
            selection,
            ..everything(&format!("one-{number}"))
        };
        let preview = replays.preview(&request).await.expect("a preview");
        assert_eq!((preview.events, preview.aggregates), (expected.len() as u64, 1));
        let notebook = Notebook::default();
        let ticket = replays.start(&request).await.expect("a replay");
        let ended = replays
            .run(ticket, &notebook, &mut |_| {})
            .await
            .expect("it runs");
        assert_eq!(ended.state, State::Completed);
        assert_eq!(
            (notebook.names(), ended.delivered),
            (
                expected.iter().map(|name| name.to_string()).collect(),
                preview.deliveries()
            )
        );
        for event in notebook.seen.lock().expect("no panic").iter() {
            assert_eq!(event["replay-name"], json!(request.name));
            assert_eq!(event["detail"]["fenced"], json!(request.name));
        }
    }
    for (selection, said) in [
        (
            Selection::CausedBy {
                booking: booking.into(),
                sequence: 99,
            },
            "no 99",
        ),
        (
            Selection::Booking {
                booking: events_schema::samples::booking().into(),
            },
            "there is no booking",
        ),
    ] {
        let refused = replays
            .preview(&Request {
                selection,
                ..everything("x")
            })
            .await;
        let refused = refused.expect_err("refused").to_string();
        assert!(refused.contains(said), "{refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_and_a_pattern_narrow_what_comes() {
    let world = World::start().await;
    let booking = trip(&world, "traveller", Verdict::Yes).await;
    trip(&world, "traveller-2", Verdict::No).await;
    let replays = replays(&world).await;
    let rows = world.journal(booking).await;
    let end = rows.last().expect("an event").occurred_at;
    let count = |preview: replay::Preview| preview.fires.into_iter().collect::<Vec<_>>();
    let mut request = everything("narrow");
    request.pattern = Some(json!({"detail": {"data": {"total": {"amount": [{"exists": true}]}}}}));
    let found = count(replays.preview(&request).await.expect("a preview"));
    assert_eq!(found, [("insights.on-booking-confirmed".to_owned(), 1)]);
    request.pattern = None;
    let all = replays.preview(&request).await.expect("a preview");
    assert_eq!((all.events, all.aggregates, all.last.is_some()), (4, 2, true));
    // Up to and without the second of the ending.
    let until = jiff::Timestamp::from_second(end.as_second()).expect("a time");
    request.selection = Selection::Time {
        from: jiff::Timestamp::UNIX_EPOCH,
        until,
    };
    let before = replays.preview(&request).await.expect("a preview");
    assert!(before.last.is_none_or(|last| last < until), "{before:?}");
    request.selection = Selection::Time {
        from: until,
        until: jiff::Timestamp::MAX,
    };
    let after = replays.preview(&request).await.expect("a preview");
    assert_eq!(
        before.events + after.events,
        all.events,
        "no event is lost or counted twice at the edge"
    );
    request.selection = Selection::Time { from: until, until };
    assert_eq!(replays.preview(&request).await.expect("a preview").events, 0);
}

#[tokio::test(start_paused = true)]
async fn it_keeps_to_its_rate_pauses_and_goes_on_without_repeating_or_leaving_out() {
    let world = World::start().await;
    for _ in 0..3 {
        trip(&world, "traveller", Verdict::Yes).await;
        // A replay goes on at a second.
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    let replays = replays(&world).await;
    let request = Request {
        per_second: Some(1),
        ..everything("slow")
    };
    let notebook = Notebook::default();
    let ticket = replays.start(&request).await.expect("a replay");
    assert_eq!(ticket.total, 6);
    let began = Instant::now();
    let mut watch = |_: &replay::Ticket| {};
    let mut run = Box::pin(replays.run(ticket, &notebook, &mut watch));
    // Looked at while it runs: this is what the other terminal does.
    tokio::select! {
        biased;
        _ = &mut run => panic!("it was to take six seconds"),
        () = tokio::time::sleep(Duration::from_millis(2_500)) => {}
    }
    replays.pause("slow").await.expect("it runs");
    let paused = run.await.expect("a ticket");
    assert_eq!(paused.state, State::Paused);
    assert!(
        began.elapsed() < Duration::from_millis(4_500),
        "{:?}",
        began.elapsed()
    );
    let before = notebook.names().len();
    assert!(
        (2..6).contains(&before) && paused.delivered == before as u64,
        "{paused:?}"
    );
    assert!(
        replays
            .pause("slow")
            .await
            .expect_err("twice")
            .to_string()
            .contains("is paused")
    );

    let resumed = replays.resume("slow", Some(1_000)).await.expect("it goes on");
    assert_eq!((resumed.runner, resumed.per_second), (2, Some(1_000)));
    let ended = replays
        .run(resumed, &notebook, &mut |_| {})
        .await
        .expect("it ends");
    assert_eq!((ended.state, ended.delivered), (State::Completed, 6));
    let mut ids = notebook.ids();
    assert_eq!(ids.len(), 6, "nothing twice");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 6, "nothing left out");
    for late in [
        replays.cancel("slow").await,
        replays.resume("slow", None).await.map(drop),
    ] {
        assert!(late.expect_err("it is over").to_string().contains("is completed"));
    }
    assert!(
        replays
            .start(&request)
            .await
            .expect_err("taken")
            .to_string()
            .contains("already")
    );
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_keeps_failing_stops_it_where_it_can_go_on() {
    let world = World::start().await;
    trip(&world, "traveller", Verdict::Yes).await;
    let replays = replays(&world).await;
    let notebook = Notebook::default();
    // Once or twice is tried again at once.
    *notebook.fails.lock().expect("no panic") = 2;
    let ticket = replays.start(&everything("bumpy")).await.expect("a replay");
    let ended = replays
        .run(ticket, &notebook, &mut |_| {})
        .await
        .expect("it runs");
    assert_eq!((ended.state, notebook.names().len()), (State::Completed, 2));

    *notebook.fails.lock().expect("no panic") = 1_000;
    let ticket = replays.start(&everything("stuck")).await.expect("a replay");
    let ended = replays
        .run(ticket, &notebook, &mut |_| {})
        .await
        .expect("it runs");
    assert_eq!((ended.state, ended.delivered), (State::Failed, 0));
    let why = ended.why.expect("a reason");
    assert!(
        why.contains("insights.on-options-ranked failed at OptionsRanked") && why.ends_with("not today"),
        "{why}"
    );
    *notebook.fails.lock().expect("no panic") = 0;
    let again = replays.resume("stuck", None).await.expect("it goes on");
    let ended = replays.run(again, &notebook, &mut |_| {}).await.expect("it runs");
    assert_eq!((ended.state, ended.delivered), (State::Completed, 2));
}

/// A runner that is no more is followed by another; should it come back, it finds that it has been.
#[tokio::test(start_paused = true)]
async fn only_the_last_runner_goes_on_and_a_cancelled_one_stops() {
    let world = World::start().await;
    trip(&world, "traveller", Verdict::Yes).await;
    let replays = replays(&world).await;
    let notebook = Notebook::default();
    let lost = replays.start(&everything("left")).await.expect("a replay");
    let mine = replays.resume("left", None).await.expect("taken over");
    let stopped = replays.run(lost, &notebook, &mut |_| {}).await.expect("it stops");
    assert_eq!((stopped.runner, stopped.state), (2, State::Running));
    replays.cancel("left").await.expect("it is open");
    let cancelled = replays.run(mine, &notebook, &mut |_| {}).await.expect("it stops");
    assert_eq!(cancelled.state, State::Cancelled);
}
