//! Covers: decisions by the wrong person, twice, too old or too many: one's own approval, a copied decision, a stale
//! sign-in, a flood of messages. Does not cover decisions that meet by honest accident: `end_to_end::races`.

use std::time::Duration;

use events_schema::ids::BookingId;
use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, Frame, FrameBody, Verdict};
use serde_json::json;

use super::outcome::{Bare, action, check, code, refused};
use crate::end_to_end::people::{Person, door, is_approval_request, is_confirmation_request, is_options};
use crate::end_to_end::trips::LISBON;
use crate::end_to_end::world::World;

/// A trip that waits for its manager's approval: as its traveller sees it.
pub(super) async fn to_be_approved(traveller: &mut Person) -> Frame {
    traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    let FrameBody::Options { options: list, .. } = &options.body else {
        panic!("{options:?}")
    };
    let dear = list.iter().position(|option| !option.verdict.compliant);
    traveller.select(&options, dear.expect("an option beyond policy"));
    traveller.until(is_approval_request).await
}

pub(super) async fn to_be_bought(traveller: &mut Person) -> Frame {
    traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    traveller.select(&options, 0);
    traveller.until(is_confirmation_request).await
}

pub(super) fn approval(asked: &Frame, number: usize, decision: Verdict) -> Command {
    let FrameBody::ApprovalRequested {
        decision_id,
        nonce,
        quote_hash,
        ..
    } = &asked.body
    else {
        panic!("no approval asked: {asked:?}")
    };
    Command::DecideApproval {
        action_id: action(number),
        booking_id: asked.booking_id.expect("a booking"),
        decision_id: decision_id.clone(),
        nonce: nonce.clone(),
        quote_hash: quote_hash.clone(),
        decision,
        comment: None,
    }
}

/// The same command with one member changed.
pub(super) fn altered(command: &Command, member: &str, value: &str) -> String {
    let mut command = serde_json::to_value(command).expect("JSON");
    command[member] = json!(value);
    command.to_string()
}

async fn sequence(world: &World, booking: Option<BookingId>) -> u64 {
    world.laptop.cloud.idle().await;
    world.head(booking.expect("a booking")).await.sequence
}

#[tokio::test(start_paused = true)]
async fn nobody_approves_their_own_trip_nor_by_a_copy_of_anothers_yes() {
    let world = World::start().await;
    let door = door(&world);
    let mut traveller = Person::connect(&world, "traveller").await;
    let mut inbox = Person::connect(&world, "manager").await;
    to_be_approved(&mut traveller).await;
    // As its approver has it: with the nonce, which the traveller is not told.
    let asked = inbox.until(is_approval_request).await;
    let before = sequence(&world, asked.booking_id).await;
    let own = Bare::connect(&world, &door, "traveller").await;
    let answer = own.send(&approval(&asked, 1, Verdict::Yes)).await;
    check("approving one's own trip", &answer, ErrorCode::Forbidden);

    let manager = Bare::connect(&world, &door, "manager").await;
    let yes = approval(&asked, 2, Verdict::Yes);
    let answer = manager.say(altered(&yes, "quoteHash", "another")).await;
    check(
        "approving another price than was asked",
        &answer,
        ErrorCode::Conflict,
    );
    let answer = manager.say(altered(&yes, "nonce", "an-older-one")).await;
    check("approving an older question", &answer, ErrorCode::Conflict);
    assert_eq!(sequence(&world, asked.booking_id).await, before, "nothing moved");

    assert_eq!(
        code(&manager.send(&yes).await),
        None,
        "the manager's own yes is taken"
    );
    let after = sequence(&world, asked.booking_id).await;
    for person in ["traveller", "traveller-2", "travel-manager"] {
        let thief = Bare::connect(&world, &door, person).await;
        let answer = thief.send(&yes).await;
        check(
            &format!("{person}: a copy of the manager's decision"),
            &answer,
            ErrorCode::Forbidden,
        );
    }
    assert_eq!(
        code(&manager.send(&yes).await),
        None,
        "sent again, it is the same command"
    );
    let answer = manager.send(&approval(&asked, 3, Verdict::No)).await;
    check("the opposite, once decided", &answer, ErrorCode::Conflict);
    assert_eq!(sequence(&world, asked.booking_id).await, after, "decided once");

    assert_eq!(refused(&world, "sample-traveller-1").await.len(), 2);
    assert_eq!(refused(&world, "sample-travel-manager").await.len(), 1);
    // The other price, the older question and the second answer: of who may decide, yet none of them counts.
    let written = refused(&world, "sample-manager").await;
    assert_eq!(written.len(), 3, "{written:?}");
    assert!(written.iter().all(|row| row.evidence.contains("CONFLICT")));
}

#[tokio::test(start_paused = true)]
async fn money_moves_by_a_fresh_token_only() {
    let world = World::start().await;
    let door = door(&world);
    let mut traveller = Person::connect(&world, "traveller").await;
    let asked = to_be_bought(&mut traveller).await;
    let yes = traveller.confirmation(&asked, Verdict::Yes);
    let old = Bare::connect(&world, &door, "traveller").await;
    tokio::time::sleep(Duration::from_secs(5 * 60 + 1)).await;
    let before = sequence(&world, asked.booking_id).await;
    let answer = old.send(&yes).await;
    check(
        "buying on a sign-in of five minutes ago",
        &answer,
        ErrorCode::AuthFailed,
    );
    let FrameBody::Error { message, .. } = &answer.body else {
        panic!("{answer:?}")
    };
    assert!(
        message.contains("Connect again") && message.contains("same id"),
        "{message}"
    );
    assert_eq!(sequence(&world, asked.booking_id).await, before, "nothing moved");
    let pong = old.say(r#"{"action":"ping"}"#).await;
    assert!(matches!(pong.body, FrameBody::Pong {}), "the connection is kept");
    let written = refused(&world, "sample-traveller-1").await;
    assert_eq!(written.len(), 1);
    assert!(written[0].evidence.contains("AUTH_FAILED") && written[0].evidence.contains("confirm_purchase"));

    // What moves no money is as good as before.
    let listed = old.send(&Command::ListBookings { cursor: None }).await;
    assert!(matches!(listed.body, FrameBody::Bookings { .. }), "{listed:?}");

    let fresh = Bare::connect(&world, &door, "traveller").await;
    assert_eq!(
        code(&fresh.send(&yes).await),
        None,
        "the same command, by a fresh token"
    );
    let end = traveller.until_the_end().await;
    assert!(matches!(end, FrameBody::Confirmed { .. }), "{end:?}");
    world.check_ended(asked.booking_id.expect("a booking")).await;
}

#[tokio::test(start_paused = true)]
async fn approvals_and_budgets_want_one_too() {
    let world = World::start().await;
    let door = door(&world);
    let mut traveller = Person::connect(&world, "traveller").await;
    let asked = to_be_approved(&mut traveller).await;
    let manager = Bare::connect(&world, &door, "manager").await;
    let office = Bare::connect(&world, &door, "travel-manager").await;
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let answer = manager.send(&approval(&asked, 1, Verdict::Yes)).await;
    check(
        "approving on a sign-in of an hour ago",
        &answer,
        ErrorCode::AuthFailed,
    );
    let budget = crate::end_to_end::office::set_budget("more", 1_000_000);
    check(
        "raising a budget on one",
        &office.send(&budget).await,
        ErrorCode::AuthFailed,
    );
    assert_eq!(refused(&world, "sample-manager").await.len(), 1);
    assert_eq!(refused(&world, "sample-travel-manager").await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_flood_is_answered_written_down_once_and_drowns_nobody_else() {
    let world = World::start().await;
    let door = door(&world);
    let loud = Bare::connect(&world, &door, "traveller").await;
    let second_device = Bare::connect(&world, &door, "traveller").await;
    // To the beginning of a window.
    let within = world.laptop.now().as_second() % 10;
    tokio::time::sleep(Duration::from_secs(
        u64::try_from(10 - within).expect("below ten"),
    ))
    .await;
    for _ in 0..50 {
        let pong = loud.say(r#"{"action":"ping"}"#).await;
        assert!(matches!(pong.body, FrameBody::Pong {}), "{pong:?}");
    }
    for device in [&loud, &second_device] {
        for _ in 0..10 {
            let answer = device.say(r#"{"action":"ping"}"#).await;
            assert_eq!(code(&answer), Some(ErrorCode::RateLimited));
            assert!(matches!(answer.body, FrameBody::Error { retryable: true, .. }));
        }
    }
    check(
        "the 51st message within ten seconds",
        &loud.say("{}").await,
        ErrorCode::RateLimited,
    );
    let other = Bare::connect(&world, &door, "traveller-2").await;
    let pong = other.say(r#"{"action":"ping"}"#).await;
    assert!(matches!(pong.body, FrameBody::Pong {}), "{pong:?}");
    tokio::time::sleep(Duration::from_secs(10)).await;
    let pong = loud.say(r#"{"action":"ping"}"#).await;
    assert!(matches!(pong.body, FrameBody::Pong {}), "{pong:?}");
    let written = refused(&world, "sample-traveller-1").await;
    assert_eq!(written.len(), 1, "once a flood: {written:?}");
    assert!(written[0].evidence.contains("RATE_LIMITED"));
}
