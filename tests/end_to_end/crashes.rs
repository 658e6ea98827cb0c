//! The process dies at any moment, starts again on what it left, and every booking goes on.

use events_schema::socket::{FrameBody, Verdict};

use super::people::{Person, is_confirmation_request, is_options};
use super::trips::LISBON;
use super::world::World;

/// Kills the process after the traveller has seen `frames` frames, and again after twice as many; then sees the trip
/// through. Whatever was under way must end in one confirmed booking.
async fn check(frames: usize) {
    let mut world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = traveller.request(LISBON).await;
    let mut crashes = vec![frames, frames * 2];
    let end = loop {
        if crashes.first().is_some_and(|at| traveller.frames.len() >= *at) {
            crashes.remove(0);
            world = world.crash().await;
            traveller = traveller.reconnect(&world).await;
        }
        let frame = traveller.until(|_| true).await;
        if is_options(&frame.body) {
            traveller.select(&frame, 0);
        } else if is_confirmation_request(&frame.body) {
            traveller.confirm(&frame, Verdict::Yes);
        } else if frame.body.is_final() {
            break frame.body;
        }
    };
    assert!(matches!(end, FrameBody::Confirmed { .. }), "{frames}: {end:?}");
    world.check_ended(booking).await;
}

#[tokio::test(start_paused = true)]
async fn killed_while_machines_work() {
    for frames in 1..=4 {
        check(frames).await;
    }
}

#[tokio::test(start_paused = true)]
async fn killed_around_the_choice() {
    for frames in 5..=9 {
        check(frames).await;
    }
}

#[tokio::test(start_paused = true)]
async fn killed_while_booking() {
    for frames in 10..=14 {
        check(frames).await;
    }
}
