//! Covers: answers that do not count any more, by those who may give them: on a second device, opposite to the first,
//! under the first one's id with its words changed, after the deadline, to an item that is settled, to an earlier
//! question back, and a flood of them; and whatever else is tried on one's own booking when it is too late for it. Each
//! is refused, changes nothing and is in the audit with its reason. Does not cover who may not answer: `decisions`.

use std::time::Duration;

use events_schema::booking::LegOutcome;
use events_schema::ids::{ActionId, BookingId, DecisionId, EmployeeId, OptionId};
use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, FrameBody, OfficeCommand, Passenger, Verdict};

use super::decisions::{altered, approval, to_be_approved, to_be_bought};
use super::outcome::{Bare, action, check, code, refused};
use crate::end_to_end::office::{finding, in_need, resolve};
use crate::end_to_end::people::{Person, door, is_approval_request, is_options};
use crate::end_to_end::trips::LISBON;
use crate::end_to_end::world::World;

#[tokio::test(start_paused = true)]
async fn a_second_answer_is_refused_and_written_down_with_its_reason() {
    let world = World::start().await;
    let door = door(&world);
    let mut traveller = Person::connect(&world, "traveller").await;
    let mut inbox = Person::connect(&world, "manager").await;
    to_be_approved(&mut traveller).await;
    let asked = inbox.until(is_approval_request).await;
    let desk = Bare::connect(&world, &door, "manager").await;
    let phone = Bare::connect(&world, &door, "manager").await;
    let yes = approval(&asked, 1, Verdict::Yes);
    assert_eq!(code(&desk.send(&yes).await), None, "the first answer is taken");
    world.laptop.cloud.idle().await;
    let decided = world.head(asked.booking_id.expect("a booking")).await.sequence;

    let no = approval(&asked, 2, Verdict::No);
    check(
        "a second device, the opposite",
        &phone.send(&no).await,
        ErrorCode::Conflict,
    );
    let same = approval(&asked, 3, Verdict::Yes);
    check(
        "a second device, the same again",
        &phone.send(&same).await,
        ErrorCode::Conflict,
    );
    let replayed = altered(&yes, "decision", "no");
    check(
        "a yes sent again as a no, under its id",
        &desk.say(replayed).await,
        ErrorCode::Conflict,
    );
    assert_eq!(
        code(&desk.send(&yes).await),
        None,
        "sent again unchanged, it is the same command"
    );

    world.laptop.cloud.idle().await;
    let head = world.head(asked.booking_id.expect("a booking")).await;
    assert_eq!(head.sequence, decided, "decided once");
    let written = refused(&world, "sample-manager").await;
    assert_eq!(written.len(), 3, "{written:?}");
    let booking = asked.booking_id.expect("a booking").to_string();
    for row in &written {
        for part in ["CONFLICT", "decide_approval", &booking] {
            assert!(row.evidence.contains(part), "{part}: {}", row.evidence);
        }
    }
    assert!(written[0].evidence.contains("the first answer stands"));
    assert!(written[2].evidence.contains("used for another command"));
}

#[tokio::test(start_paused = true)]
async fn an_overdue_answer_is_too_late_and_written_down() {
    let world = World::start().await;
    let door = door(&world);
    let mut traveller = Person::connect(&world, "traveller").await;
    let asked = to_be_bought(&mut traveller).await;
    let yes = traveller.confirmation(&asked, Verdict::Yes);
    tokio::time::sleep(Duration::from_secs(31 * 60)).await;
    let fresh = Bare::connect(&world, &door, "traveller").await;
    check(
        "buying after the deadline",
        &fresh.send(&yes).await,
        ErrorCode::TooLate,
    );
    let written = refused(&world, "sample-traveller-1").await;
    assert_eq!(written.len(), 1, "{written:?}");
    assert!(written[0].evidence.contains("TOO_LATE") && written[0].evidence.contains("confirm_purchase"));
}

#[tokio::test(start_paused = true)]
async fn what_was_settled_is_not_settled_again() {
    let world = World::start().await;
    let door = door(&world);
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = in_need(&world, &mut traveller).await;
    let mut office = Person::connect(&world, "travel-manager").await;
    let open = office
        .ask(&OfficeCommand::ShowAttention { booking_id: booking })
        .await;
    let leg = serde_json::to_value(open).expect("JSON")["legs"]
        .as_array()
        .and_then(|legs| legs.iter().find(|leg| leg["open"] == true))
        .and_then(|leg| leg["leg"].as_u64())
        .expect("an open leg");
    let leg = u32::try_from(leg).expect("a leg's number");
    let found = |outcome| vec![finding(leg, outcome, Some("SMPL-TOLD"), None)];
    office
        .ask(&resolve("first", booking, found(LegOutcome::Undone)))
        .await;
    let other = Bare::connect(&world, &door, "travel-manager").await;
    let again = other
        .send(&resolve("second", booking, found(LegOutcome::Kept)))
        .await;
    check("settling what is settled", &again, ErrorCode::Conflict);
    let written = refused(&world, "sample-travel-manager").await;
    assert_eq!(written.len(), 1, "{written:?}");
    assert!(written[0].evidence.contains("resolve_attention"));
}

fn answered(booking_id: BookingId, number: usize, text: &str, round: Option<u32>) -> Command {
    Command::Clarify {
        action_id: action(number),
        booking_id,
        text: text.into(),
        round,
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_another_question_back_is_refused_and_written_down() {
    let is_asked = |body: &FrameBody| matches!(body, FrameBody::Clarification { .. });
    let world = World::start().await;
    let door = door(&world);
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = traveller
        .request("Berlin to Portland 3-8 December, flight only")
        .await;
    traveller.until(is_asked).await;
    let desk = Bare::connect(&world, &door, "traveller").await;
    let phone = Bare::connect(&world, &door, "traveller").await;
    let first = answered(booking, 1, "Portland", Some(1));
    assert_eq!(code(&desk.send(&first).await), None, "the first answer is taken");
    let again = traveller.until(is_asked).await;
    assert!(
        matches!(again.body, FrameBody::Clarification { round: 2, .. }),
        "not understood: {again:?}"
    );

    let stale = answered(booking, 2, "Portland, Maine", Some(1));
    check(
        "answering the question before",
        &phone.send(&stale).await,
        ErrorCode::Conflict,
    );
    let second = answered(booking, 3, "Portland, Oregon", Some(2));
    assert_eq!(code(&desk.send(&second).await), None, "the newest is answered");
    traveller.until(is_options).await;
    let late = answered(booking, 4, "Portland, Maine", Some(2));
    check(
        "answering what was answered",
        &phone.send(&late).await,
        ErrorCode::Conflict,
    );
    let late = answered(booking, 5, "Portland, Maine", None);
    check(
        "answering what is not asked",
        &phone.send(&late).await,
        ErrorCode::Conflict,
    );
    assert_eq!(
        code(&desk.send(&second).await),
        None,
        "sent again unchanged, it is the same command"
    );

    let written = refused(&world, "sample-traveller-1").await;
    assert_eq!(written.len(), 3, "{written:?}");
    for row in &written {
        for part in ["CONFLICT", "clarify", &booking.to_string()] {
            assert!(row.evidence.contains(part), "{part}: {}", row.evidence);
        }
    }
    assert!(
        written[0].evidence.contains("asked anew"),
        "{}",
        written[0].evidence
    );
}

/// By its owner, so nothing here is forbidden; yet none of it is possible any more, or ever was.
#[tokio::test(start_paused = true)]
async fn whatever_is_too_late_or_about_nothing_leaves_a_trace() {
    let world = World::start().await;
    let door = door(&world);
    let mut traveller = Person::connect(&world, "traveller").await;
    let asked = to_be_bought(&mut traveller).await;
    traveller.confirm(&asked, Verdict::No);
    traveller.until_the_end().await;
    traveller.request(LISBON).await;
    let choosing = traveller.until(is_options).await;
    let FrameBody::Options {
        decision_id, nonce, ..
    } = &choosing.body
    else {
        panic!("{choosing:?}")
    };
    let (ended, open) = (asked.booking_id, choosing.booking_id);
    let (ended, open) = (ended.expect("a booking"), open.expect("a booking"));
    let choose = |number, decision: &DecisionId, option: &str| Command::SelectOption {
        action_id: action(number),
        booking_id: open,
        decision_id: decision.clone(),
        nonce: nonce.clone(),
        option_id: OptionId::new(option),
    };
    let attempts = [
        (
            "calling off what has ended",
            Command::CancelBooking {
                action_id: action(1),
                booking_id: ended,
            },
            ErrorCode::Conflict,
        ),
        (
            "passengers for what has ended",
            Command::SetPassengers {
                action_id: action(2),
                booking_id: ended,
                passengers: vec![Passenger::Employee(EmployeeId::new("sample-traveller-1"))],
            },
            ErrorCode::Conflict,
        ),
        (
            "an option that was never offered",
            choose(3, decision_id, "made-up"),
            ErrorCode::NotFound,
        ),
        (
            "an answer to what was never asked",
            choose(4, &DecisionId::new("made-up"), "made-up"),
            ErrorCode::NotFound,
        ),
        (
            "a booking that never was",
            answered(BookingId::derived(&["made-up"]), 5, "Portland", None),
            ErrorCode::NotFound,
        ),
    ];
    let bare = Bare::connect(&world, &door, "traveller").await;
    for (attempt, command, expected) in &attempts {
        check(attempt, &bare.send(command).await, *expected);
    }
    let written = refused(&world, "sample-traveller-1").await;
    assert_eq!(written.len(), attempts.len(), "{written:?}");
    for (row, (attempt, command, _)) in written.iter().zip(&attempts) {
        assert!(
            row.evidence.contains(command.name()),
            "{attempt}: {}",
            row.evidence
        );
    }
}

/// An eager client, or somebody who wants the audit full: five of them in ten seconds are enough to tell.
#[tokio::test(start_paused = true)]
async fn a_flood_of_late_answers_does_not_fill_the_audit() {
    let world = World::start().await;
    let door = door(&world);
    let mut traveller = Person::connect(&world, "traveller").await;
    traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    let booking_id = options.booking_id.expect("a booking");
    let FrameBody::Options {
        decision_id,
        nonce,
        options: list,
        ..
    } = options.body
    else {
        panic!("no options")
    };
    let choice = |number: usize| Command::SelectOption {
        action_id: ActionId::new(format!("eager-{number}")),
        booking_id,
        decision_id: decision_id.clone(),
        nonce: nonce.clone(),
        option_id: list[0].id.clone(),
    };
    // To the beginning of a window.
    let within = world.laptop.now().as_second() % 10;
    let rest = u64::try_from(10 - within).expect("below ten");
    tokio::time::sleep(Duration::from_secs(rest)).await;
    let eager = Bare::connect(&world, &door, "traveller").await;
    assert_eq!(code(&eager.send(&choice(0)).await), None, "the first counts");
    for number in 1..=20 {
        let answer = eager.send(&choice(number)).await;
        assert_eq!(code(&answer), Some(ErrorCode::Conflict), "{answer:?}");
    }
    assert_eq!(refused(&world, "sample-traveller-1").await.len(), 5);
    tokio::time::sleep(Duration::from_secs(10)).await;
    eager.send(&choice(21)).await;
    assert_eq!(
        refused(&world, "sample-traveller-1").await.len(),
        6,
        "and goes on in the next ten seconds"
    );
}
