//! One trip of every kind, from the sentence to its end.

use events_schema::ids::EmployeeId;
use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, Frame, FrameBody, Passenger, Verdict};

use super::people::{Person, is_approval_request, is_confirmation_request, is_options};
use super::world::World;

pub const LISBON: &str = "Berlin to Lisbon 3-5 December, hotel under 150 a night";

fn listed(frame: &Frame) -> &[events_schema::option::TripOption] {
    match &frame.body {
        FrameBody::Options { options, .. } => options,
        other => panic!("no options: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_trip_within_policy_is_booked() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    let compliant = listed(&options)
        .iter()
        .position(|option| option.verdict.compliant)
        .expect("one within policy");
    let total = listed(&options)[compliant].total;
    traveller.select(&options, compliant);
    let asked = traveller.until(is_confirmation_request).await;
    traveller.confirm(&asked, Verdict::Yes);
    let FrameBody::Confirmed {
        legs,
        total: paid,
        exceptions,
        ..
    } = traveller.until_the_end().await
    else {
        panic!("not confirmed: {:?}", traveller.frames.last())
    };
    assert_eq!(legs.len(), 2, "a flight and a stay");
    assert!(legs.iter().all(|leg| leg.reference.starts_with("SMPL-")));
    assert_eq!((paid, exceptions.len()), (total, 0));
    world.check_ended(booking).await;
    let names = world.event_names(booking).await;
    assert_eq!(
        names,
        [
            "BookingRequested",
            "PolicyRetrieved",
            "PlanProposed",
            "PlanAccepted",
            "OffersFound",
            "OptionsRanked",
            "OptionsPresented",
            "OptionSelected",
            "OfferRequoted",
            "PurchaseConfirmationRequested",
            "PurchaseConfirmed",
            "BudgetReserved",
            "LegBooked",
            "LegBooked",
            "BudgetCaptured",
            "BookingConfirmed",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_trip_beyond_policy_needs_the_manager() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let mut manager = Person::connect(&world, "manager").await;
    let booking = traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    let beyond = listed(&options)
        .iter()
        .position(|option| !option.verdict.compliant)
        .expect("one beyond policy");
    traveller.select(&options, beyond);
    let asked = manager.until(is_approval_request).await;
    assert_eq!(asked.booking_id, Some(booking));
    manager.decide(&asked, Verdict::Yes);
    let asked = traveller.until(is_confirmation_request).await;
    traveller.confirm(&asked, Verdict::Yes);
    let FrameBody::Confirmed { exceptions, .. } = traveller.until_the_end().await else {
        panic!("not confirmed")
    };
    assert!(!exceptions.is_empty());
    assert!(
        exceptions
            .iter()
            .all(|exception| exception.approved_by == Some(EmployeeId::new("sample-manager")))
    );
    world.check_ended(booking).await;
}

#[tokio::test(start_paused = true)]
async fn a_declined_approval_ends_the_trip_with_nothing_bought() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let mut manager = Person::connect(&world, "manager").await;
    let booking = traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    let beyond = listed(&options)
        .iter()
        .position(|option| !option.verdict.compliant)
        .expect("one beyond policy");
    traveller.select(&options, beyond);
    let asked = manager.until(is_approval_request).await;
    manager.decide(&asked, Verdict::No);
    let end = traveller.until_the_end().await;
    assert!(
        matches!(
            end,
            FrameBody::Failed {
                code: ErrorCode::ApprovalDeclined,
                ..
            }
        ),
        "{end:?}"
    );
    world.check_ended(booking).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_not_understood_is_asked_and_then_booked() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = traveller
        .request("Berlin to Portland 3-8 December, flight only")
        .await;
    let asked = traveller
        .until(|body| matches!(body, FrameBody::Clarification { .. }))
        .await;
    let FrameBody::Clarification { questions, round } = asked.body else {
        unreachable!("just matched")
    };
    assert_eq!(questions[0].field, "destination");
    let action_id = traveller.action();
    traveller.send(&Command::Clarify {
        action_id,
        booking_id: booking,
        text: "Portland, Oregon".into(),
        round: Some(round),
    });
    let options = traveller.until(is_options).await;
    traveller.select(&options, 0);
    let mut manager = Person::connect(&world, "manager").await;
    manager.resume(booking, 0);
    let next = traveller
        .until(|body| is_confirmation_request(body) || is_approval_request(body))
        .await;
    let asked = if is_approval_request(&next.body) {
        let asked = manager.until(is_approval_request).await;
        manager.decide(&asked, Verdict::Yes);
        traveller.until(is_confirmation_request).await
    } else {
        next
    };
    traveller.confirm(&asked, Verdict::Yes);
    let end = traveller.until_the_end().await;
    assert!(matches!(end, FrameBody::Confirmed { .. }), "{end:?}");
    world.check_ended(booking).await;
}

#[tokio::test(start_paused = true)]
async fn three_travellers_need_three_passengers() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = traveller
        .request("Munich to Vienna 14 to 16 January for three people, flights and hotel")
        .await;
    let options = traveller.until(is_options).await;
    traveller.select(&options, 0);
    let asked = traveller.until(is_confirmation_request).await;
    let too_soon = traveller.confirmation(&asked, Verdict::Yes);
    traveller.send(&too_soon);
    let refused = traveller
        .until(|body| matches!(body, FrameBody::Error { .. }))
        .await;
    assert!(
        matches!(
            refused.body,
            FrameBody::Error {
                code: ErrorCode::InvalidRequest,
                ..
            }
        ),
        "{refused:?}"
    );
    let people = ["sample-traveller-1", "sample-traveller-2", "sample-manager"];
    let passengers = people
        .iter()
        .map(|id| Passenger::Employee(EmployeeId::new(*id)))
        .collect();
    let action_id = traveller.action();
    traveller.send(&Command::SetPassengers {
        action_id,
        booking_id: booking,
        passengers,
    });
    traveller
        .until(|body| matches!(body, FrameBody::Accepted { action, .. } if action == "set_passengers"))
        .await;
    traveller.confirm(&asked, Verdict::Yes);
    let end = traveller.until_the_end().await;
    assert!(matches!(end, FrameBody::Confirmed { .. }), "{end:?}");
    world.check_ended(booking).await;
}

#[tokio::test(start_paused = true)]
async fn a_policy_question_is_answered_with_its_clauses() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = traveller.request("May I fly business to Tokyo?").await;
    let FrameBody::Answer { clauses, silent, .. } = traveller.until_the_end().await else {
        panic!("no answer")
    };
    assert!(!silent && !clauses.is_empty());
    world.check_ended(booking).await;
}

#[tokio::test(start_paused = true)]
async fn no_offers_say_so() {
    let world = World::start().await;
    world
        .laptop
        .supplier
        .set_scenario("empty".parse().expect("a scenario"));
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = traveller.request(LISBON).await;
    let end = traveller.until_the_end().await;
    assert!(
        matches!(
            end,
            FrameBody::Failed {
                code: ErrorCode::NoOffers,
                ..
            }
        ),
        "{end:?}"
    );
    world.check_ended(booking).await;
}

#[tokio::test(start_paused = true)]
async fn a_stay_that_fails_undoes_the_flight() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    traveller.select(&options, 0);
    let asked = traveller.until(is_confirmation_request).await;
    world
        .laptop
        .supplier
        .set_scenario("stay-rejected".parse().expect("a scenario"));
    traveller.confirm(&asked, Verdict::Yes);
    let end = traveller.until_the_end().await;
    assert!(
        matches!(
            end,
            FrameBody::Failed {
                code: ErrorCode::OfferExpired,
                ..
            }
        ),
        "{end:?}"
    );
    world.check_ended(booking).await;
    let names = world.event_names(booking).await;
    let tail: Vec<_> = names.iter().skip_while(|name| *name != "LegBooked").collect();
    assert_eq!(
        tail,
        [
            "LegBooked", "LegBookingFailed", "LegCancelled", "BudgetReleased", "BookingFailed"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn suppliers_that_do_not_answer_are_no_empty_shelf() {
    let world = World::start().await;
    world
        .laptop
        .supplier
        .set_scenario("unavailable".parse().expect("a scenario"));
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = traveller.request(LISBON).await;
    let end = traveller.until_the_end().await;
    assert!(
        matches!(
            end,
            FrameBody::Failed {
                code: ErrorCode::SupplierUnavailable,
                ..
            }
        ),
        "{end:?}"
    );
    world.check_ended(booking).await;
}

#[tokio::test(start_paused = true)]
async fn a_price_that_rose_is_shown_before_anything_is_bought() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    let before = listed(&options)[0].total;
    world
        .laptop
        .supplier
        .set_scenario("price-up".parse().expect("a scenario"));
    traveller.select(&options, 0);
    let again = traveller.until(is_options).await;
    let same = listed(&again)
        .iter()
        .find(|option| option.id == listed(&options)[0].id)
        .expect("still there");
    assert!(
        same.total.amount > before.amount,
        "{} is not more than {before}",
        same.total
    );
    assert!(
        !same.verdict.compliant,
        "a price nobody judged needs somebody's eyes"
    );
    let action_id = traveller.action();
    traveller.send(&Command::CancelBooking {
        action_id,
        booking_id: booking,
    });
    assert!(matches!(
        traveller.until_the_end().await,
        FrameBody::Cancelled { .. }
    ));
    world.check_ended(booking).await;
}
