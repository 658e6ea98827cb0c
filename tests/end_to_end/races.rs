//! Decisions that meet: of competing ones exactly one wins, late and repeated ones change nothing.

use std::time::Duration;

use aws_sdk_sfn::Client as StepFunctions;
use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, FrameBody, Verdict};

use super::people::{Person, is_confirmation_request, is_options};
use super::trips::LISBON;
use super::world::World;

#[tokio::test(start_paused = true)]
async fn the_same_request_twice_is_one_booking() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let request_id = traveller.action();
    let command = Command::RequestBooking {
        request_id,
        text: LISBON.into(),
        fields: None,
    };
    traveller.send(&command);
    traveller.send(&command);
    let is_accepted = |body: &FrameBody| matches!(body, FrameBody::Accepted { .. });
    let first = traveller.until(is_accepted).await.booking_id;
    let second = traveller.until(is_accepted).await.booking_id;
    assert_eq!(first, second);
    traveller.until(is_options).await;
    assert_eq!(world.scan("BookingsTable").await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_double_click_buys_once() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    traveller.select(&options, 0);
    let asked = traveller.until(is_confirmation_request).await;
    // Two clicks, two commands: the second is not the first repeated, and must lose.
    traveller.confirm(&asked, Verdict::Yes);
    traveller.confirm(&asked, Verdict::Yes);
    // The loser's answer may come before or after the end of the booking.
    let (mut end, mut lost) = (None, 0);
    while end.is_none() || lost == 0 {
        let next = traveller
            .until(|body| body.is_final() || matches!(body, FrameBody::Error { .. }))
            .await;
        match next.body {
            FrameBody::Error { code, .. } => {
                assert!(
                    matches!(code, ErrorCode::TooLate | ErrorCode::Conflict),
                    "{code:?}"
                );
                lost += 1;
            }
            body => end = Some(body),
        }
    }
    assert!(matches!(end, Some(FrameBody::Confirmed { .. })), "{end:?}");
    assert_eq!(lost, 1);
    world.check_ended(booking).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_answers_and_it_expires() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = traveller.request(LISBON).await;
    traveller.until(is_options).await;
    // The traveller has two hours; then the machine's own deadline ends it.
    tokio::time::sleep(Duration::from_secs(2 * 3600 + 60)).await;
    let names = world.event_names(booking).await;
    assert_eq!(
        names.last().map(String::as_str),
        Some("BookingExpired"),
        "{names:?}"
    );
    world.check_ended(booking).await;
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_choice_ends_the_booking() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = traveller.request(LISBON).await;
    traveller.until(is_options).await;
    let action_id = traveller.action();
    traveller.send(&Command::CancelBooking {
        action_id,
        booking_id: booking,
    });
    let end = traveller.until_the_end().await;
    assert!(matches!(end, FrameBody::Cancelled { .. }), "{end:?}");
    world.check_ended(booking).await;
}

#[tokio::test(start_paused = true)]
async fn somebody_elses_booking_is_out_of_reach() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = traveller.request(LISBON).await;
    traveller.until(is_options).await;
    let mut other = Person::connect(&world, "traveller-2").await;
    let action_id = other.action();
    other.send(&Command::CancelBooking {
        action_id,
        booking_id: booking,
    });
    let refused = other.until(|body| matches!(body, FrameBody::Error { .. })).await;
    let is_refusal = |code| matches!(code, ErrorCode::Forbidden | ErrorCode::NotFound);
    assert!(
        matches!(refused.body, FrameBody::Error { code, .. } if is_refusal(code)),
        "{refused:?}"
    );
    world.laptop.cloud.idle().await;
    assert!(!world.head(booking).await.cancel_requested);
}

#[tokio::test(start_paused = true)]
async fn a_second_execution_of_the_same_booking_does_nothing() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = traveller.request(LISBON).await;
    traveller.until(is_options).await;
    let before = world.event_names(booking).await;
    let ranked = world
        .journal(booking)
        .await
        .into_iter()
        .find(|row| row.event_type == "OptionsRanked");
    let recorded = ranked.expect("ranked").recorded().expect("an event");
    let input = serde_json::json!({"source": recorded.source, "detail-type": recorded.detail_type, "detail": recorded.detail});
    let client = StepFunctions::new(&world.laptop.cloud.sdk_config("a-test"));
    let machines = client.list_state_machines().send().await.expect("machines");
    let machine = machines.state_machines()[0].state_machine_arn();
    let started = client
        .start_execution()
        .state_machine_arn(machine)
        .input(input.to_string())
        .send()
        .await
        .expect("started");
    tokio::time::sleep(Duration::from_secs(5)).await;
    let described = client
        .describe_execution()
        .execution_arn(started.execution_arn())
        .send()
        .await
        .expect("described");
    assert_eq!(described.status().as_str(), "SUCCEEDED");
    assert_eq!(world.event_names(booking).await, before);
}
