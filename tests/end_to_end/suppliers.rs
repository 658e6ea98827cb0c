//! Suppliers that fail: what travellers see of it, and that they are left alone until they work again.

use std::time::Duration;

use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, Frame, FrameBody, Verdict};

use super::people::{Person, is_confirmation_request, is_options};
use super::trips::LISBON;
use super::world::World;

fn scenario(world: &World, name: &str) {
    let scenario = name.parse().expect("a scenario");
    world.laptop.supplier.set_scenario(scenario);
}

fn said(person: &Person, step: &str) -> String {
    let matches = |frame: &&Frame| matches!(&frame.body, FrameBody::Progress { step: s, .. } if s == step);
    let frame = person.frames.iter().rev().find(matches);
    match frame.map(|frame| &frame.body) {
        Some(FrameBody::Progress { message, .. }) => message.clone(),
        other => panic!("no {step}: {other:?}"),
    }
}

/// Three failed searches, and it is asked no more; after a minute one search tries, and all is well again.
#[tokio::test(start_paused = true)]
async fn a_supplier_that_is_down_is_left_alone_until_it_works_again() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    scenario(&world, "unavailable");
    for nth in 0..5 {
        traveller.request(LISBON).await;
        let end = traveller.until_the_end().await;
        let down = matches!(
            &end,
            FrameBody::Failed {
                code: ErrorCode::SupplierUnavailable,
                ..
            }
        );
        assert!(down, "{nth}: {end:?}");
        let said = said(&traveller, "search_failed");
        let expected = match nth {
            0..3 => "sample-api failed.",
            _ => "sample-api is not asked for the moment, as it failed again and again.",
        };
        assert!(said.ends_with(expected), "{nth}: {said}");
    }
    scenario(&world, "none");
    traveller.request(LISBON).await;
    traveller.until_the_end().await;
    assert!(
        said(&traveller, "search_failed").contains("not asked"),
        "nobody has seen that it works"
    );
    tokio::time::sleep(Duration::from_secs(61)).await;
    traveller.request(LISBON).await;
    traveller.until(is_options).await;
}

/// A confirmed trip is cancelled while nobody may buy: undoing does not wait for a breaker.
#[tokio::test(start_paused = true)]
async fn an_open_breaker_keeps_no_trip_from_being_cancelled() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    traveller.select(&options, 0);
    let asked = traveller.until(is_confirmation_request).await;
    traveller.confirm(&asked, Verdict::Yes);
    traveller.until_the_end().await;
    scenario(&world, "unavailable");
    for _ in 0..3 {
        traveller.request(LISBON).await;
        traveller.until_the_end().await;
    }
    scenario(&world, "none");
    let action_id = traveller.action();
    traveller.send(&Command::CancelBooking {
        action_id,
        booking_id: booking,
    });
    let conditions = |body: &FrameBody| matches!(body, FrameBody::CancellationConfirmationRequested { .. });
    let asked = traveller.until(conditions).await;
    let FrameBody::CancellationConfirmationRequested {
        decision_id,
        nonce,
        quote_hash,
        ..
    } = &asked.body
    else {
        panic!("{asked:?}")
    };
    let command = Command::ConfirmCancellation {
        action_id: traveller.action(),
        booking_id: asked.booking_id.expect("a booking"),
        decision_id: decision_id.clone(),
        nonce: nonce.clone(),
        quote_hash: quote_hash.clone(),
        decision: Verdict::Yes,
    };
    traveller.send(&command);
    let end = traveller.until_the_end().await;
    assert!(matches!(end, FrameBody::Cancelled { .. }), "{end:?}");
    let orders = world.laptop.supplier.orders().expect("readable");
    let cancelled = sample_supplier::wire::OrderStatus::Cancelled;
    assert!(orders.iter().all(|order| order.status == cancelled), "{orders:?}");
    traveller.request(LISBON).await;
    traveller.until_the_end().await;
    assert!(
        said(&traveller, "search_failed").contains("not asked"),
        "the breaker was open all the while"
    );
}
