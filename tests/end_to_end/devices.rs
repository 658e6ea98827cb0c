//! Covers: several devices of one person, a device that stops reading, connections whose end nobody noticed, and
//! heartbeats. Does not cover a real network's buffers: `local-cloud` tests those over sockets.

use std::time::Duration;

use events_schema::problem::ErrorCode;
use events_schema::socket::{Frame, FrameBody, Verdict};

use super::people::{Person, door, is_confirmation_request, is_options};
use super::trips::LISBON;
use super::world::World;

fn about(frames: &[Frame]) -> Vec<Frame> {
    frames
        .iter()
        .filter(|frame| frame.cursor.is_some())
        .cloned()
        .collect()
}

async fn buy(traveller: &mut Person) {
    traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    traveller.select(&options, 0);
    let asked = traveller.until(is_confirmation_request).await;
    traveller.confirm(&asked, Verdict::Yes);
    let end = traveller.until_the_end().await;
    assert!(matches!(end, FrameBody::Confirmed { .. }), "{end:?}");
}

/// How many connections the system believes somebody to have.
async fn known(world: &World, employee: &str) -> usize {
    world
        .query("ConnectionsTable", "employeeId", employee)
        .await
        .len()
}

#[tokio::test(start_paused = true)]
async fn every_device_sees_the_same_and_any_of_them_may_answer() {
    let world = World::start().await;
    let mut desk = Person::connect(&world, "traveller").await;
    let mut phone = Person::on_device(&world, "traveller", "phone").await;
    let booking = desk.request(LISBON).await;
    let on_desk = desk.until(is_options).await;
    let on_phone = phone.until(is_options).await;
    assert_eq!(on_desk, on_phone);
    phone.select(&on_phone, 0);
    let asked = desk.until(is_confirmation_request).await;
    phone.until(is_confirmation_request).await;
    desk.confirm(&asked, Verdict::Yes);
    // A third one that was not there for any of it.
    let mut tablet = Person::on_device(&world, "traveller", "tablet").await;
    tablet.resume(booking, 0);
    for device in [&mut desk, &mut phone, &mut tablet] {
        device.until_the_end().await;
    }
    assert_eq!(about(&desk.frames), about(&phone.frames));
    assert_eq!(about(&desk.frames), about(&tablet.frames));
    // What is decided is decided on all of them.
    tablet.confirm(&asked, Verdict::No);
    let late = tablet.until(|body| matches!(body, FrameBody::Error { .. })).await;
    assert!(
        matches!(
            late.body,
            FrameBody::Error {
                code: ErrorCode::Conflict,
                ..
            }
        ),
        "{late:?}"
    );
    world.check_ended(booking).await;
}

#[tokio::test(start_paused = true)]
async fn a_device_that_stops_reading_holds_nobody_up_and_is_let_go() {
    let world = World::start().await;
    let mut alone = Person::connect(&world, "traveller").await;
    let begun = world.laptop.now();
    buy(&mut alone).await;
    let alone_took = world.laptop.now().duration_since(begun);

    let deaf = Person::on_device(&world, "traveller", "deaf").await;
    let begun = world.laptop.now();
    buy(&mut alone).await;
    let took = world.laptop.now().duration_since(begun);
    // By the simulated clock, which only moves where somebody waits: nobody waited for the deaf one.
    let longer = took.saturating_sub(alone_took).as_secs();
    assert!(
        longer <= 2,
        "{longer} s longer beside a device that reads nothing"
    );

    // Whoever is gone within seconds may only be connecting still.
    tokio::time::sleep(Duration::from_secs(11)).await;
    // What waits for it is bounded: one frame too many, and it is let go.
    let id = deaf.session().connection_id().to_owned();
    let frame = serde_json::json!({"type": "pong", "filler": "x".repeat(120 * 1024)}).to_string();
    let door = door(&world);
    let sent = (0..1000)
        .take_while(|_| door.post(&id, frame.clone()).is_ok())
        .count();
    assert!(sent * frame.len() <= 4 * 1024 * 1024, "{sent} frames wait for it");
    assert_eq!(known(&world, "sample-traveller-1").await, 2);
    buy(&mut alone).await;
    world.laptop.cloud.idle().await;
    assert_eq!(
        known(&world, "sample-traveller-1").await,
        1,
        "410 removes the row"
    );

    // It comes back and has missed nothing.
    let mut back = Person::on_device(&world, "traveller", "deaf").await;
    let newest = about(&alone.frames)
        .last()
        .and_then(|frame| frame.booking_id)
        .expect("a booking");
    back.resume(newest, 0);
    back.until_the_end().await;
    let of_newest = |frames: &[Frame]| -> Vec<Frame> {
        about(frames)
            .into_iter()
            .filter(|frame| frame.booking_id == Some(newest))
            .collect()
    };
    assert_eq!(of_newest(&back.frames), of_newest(&alone.frames));
}

/// The process dies with sockets open: nobody is told that they ended, and their rows stay behind.
#[tokio::test(start_paused = true)]
async fn connections_whose_end_nobody_noticed_are_removed_on_the_first_410() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let idle = Person::connect(&world, "traveller-2").await;
    traveller.request(LISBON).await;
    traveller.until(is_options).await;
    let world = world.crash().await;
    drop(idle);
    assert_eq!(known(&world, "sample-traveller-1").await, 1, "left behind");
    assert_eq!(known(&world, "sample-traveller-2").await, 1, "left behind");
    // Past the moment in which a connection may still be in the making.
    tokio::time::sleep(Duration::from_secs(11)).await;
    let mut again = traveller.resumed(&world).await;
    buy(&mut again).await;
    world.laptop.cloud.idle().await;
    assert_eq!(
        known(&world, "sample-traveller-1").await,
        1,
        "only the one that stands"
    );
    // Who books nothing is found by the heartbeat.
    tokio::time::sleep(Duration::from_secs(5 * 60)).await;
    world.laptop.cloud.idle().await;
    assert_eq!(known(&world, "sample-traveller-2").await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_comes_every_five_minutes() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let mut beats = Vec::new();
    for _ in 0..6 {
        let beat = traveller
            .until(|body| matches!(body, FrameBody::Heartbeat { .. }))
            .await;
        assert!(
            beat.cursor.is_none() && beat.booking_id.is_none(),
            "it moves no cursor"
        );
        let FrameBody::Heartbeat { at } = beat.body else {
            panic!("{beat:?}")
        };
        beats.push(at);
    }
    let gaps = beats
        .windows(2)
        .map(|pair| pair[1].duration_since(pair[0]).as_secs());
    assert!(
        gaps.clone().all(|gap| (290..=310).contains(&gap)),
        "{:?}",
        gaps.collect::<Vec<_>>()
    );
}
