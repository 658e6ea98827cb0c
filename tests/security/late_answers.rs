//! Covers: answers that do not count any more, by those who may give them: on a second device, opposite to the first,
//! under the first one's id with its words changed, after the deadline, to an item that is settled, and a flood of them.
//! Each is refused, changes nothing and is in the audit with its reason. Does not cover who may not answer: `decisions`.

use std::time::Duration;

use events_schema::booking::LegOutcome;
use events_schema::ids::ActionId;
use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, FrameBody, OfficeCommand, Verdict};

use super::decisions::{altered, approval, to_be_approved, to_be_bought};
use super::outcome::{Bare, check, code, refused};
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
