//! Covers: somebody else's booking, by its real id and with the real ids of what is asked about it, in every action of
//! the protocol and by every role, also on its own; each refused, each written down, and nothing moved. Does not cover
//! what one's own approver or delegate may do (`end_to_end`) and what travel managers may (`office`).

use std::collections::BTreeMap;
use std::time::Duration;

use events_schema::ids::{BookingId, DecisionId, EmployeeId, OptionId};
use events_schema::person::Role;
use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, Frame, FrameBody, Passenger, Verdict};
use sojourn::laptop::person_named;

use super::outcome::{Bare, action, check, refused};
use crate::end_to_end::people::{Person, is_approval_request, is_confirmation_request, is_options};
use crate::end_to_end::trips::LISBON;
use crate::end_to_end::world::World;

/// The trips of one traveller, one at every point at which a person can do something about it.
struct Trips {
    clarifying: BookingId,
    choosing: Frame,
    approving: Frame,
    confirming: Frame,
    confirmed: BookingId,
    cancelling: Frame,
}

impl Trips {
    async fn of(traveller: &mut Person) -> Self {
        let clarifying = traveller
            .request("Berlin to Portland 3-8 December, flight only")
            .await;
        traveller
            .until(|body| matches!(body, FrameBody::Clarification { .. }))
            .await;
        traveller.request(LISBON).await;
        let choosing = traveller.until(is_options).await;
        let approving = chosen(traveller, false, is_approval_request).await;
        let confirming = chosen(traveller, true, is_confirmation_request).await;
        let confirmed = bought(traveller).await;
        let other = bought(traveller).await;
        let action_id = traveller.action();
        traveller.send(&Command::CancelBooking {
            action_id,
            booking_id: other,
        });
        let accepted = traveller
            .until(|body| matches!(body, FrameBody::Accepted { action, .. } if action == "cancel_booking"))
            .await;
        traveller.resume(accepted.booking_id.expect("the cancellation's id"), 0);
        let cancelling = traveller
            .until(|body| matches!(body, FrameBody::CancellationConfirmationRequested { .. }))
            .await;
        Self {
            clarifying,
            choosing,
            approving,
            confirming,
            confirmed,
            cancelling,
        }
    }

    fn bookings(&self) -> Vec<BookingId> {
        let frames = [
            &self.choosing, &self.approving, &self.confirming, &self.cancelling,
        ];
        let asked = frames.map(|frame| frame.booking_id.expect("a booking"));
        asked
            .into_iter()
            .chain([self.clarifying, self.confirmed])
            .collect()
    }
}

async fn chosen(traveller: &mut Person, compliant: bool, until: fn(&FrameBody) -> bool) -> Frame {
    traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    let FrameBody::Options { options: list, .. } = &options.body else {
        panic!("{options:?}")
    };
    let index = list
        .iter()
        .position(|option| option.verdict.compliant == compliant);
    traveller.select(&options, index.expect("an option of either kind"));
    traveller.until(until).await
}

async fn bought(traveller: &mut Person) -> BookingId {
    let asked = chosen(traveller, true, is_confirmation_request).await;
    traveller.confirm(&asked, Verdict::Yes);
    traveller.until_the_end().await;
    asked.booking_id.expect("a booking")
}

/// What is asked by a frame, in its own words.
struct Asked {
    booking: BookingId,
    decision: DecisionId,
    nonce: String,
    quote_hash: String,
}

fn asked(frame: &Frame) -> Asked {
    let value = serde_json::to_value(frame).expect("JSON");
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    Asked {
        booking: frame.booking_id.expect("a booking"),
        decision: DecisionId::new(text("decisionId")),
        nonce: text("nonce"),
        quote_hash: text("quoteHash"),
    }
}

/// Every action of the protocol that names a booking, each aimed at a trip of which its owner could do just that.
fn every_action(trips: &Trips) -> Vec<Command> {
    let mut number = 0;
    let mut id = || {
        number += 1;
        action(number)
    };
    let (choice, approval) = (asked(&trips.choosing), asked(&trips.approving));
    let (purchase, cancellation) = (asked(&trips.confirming), asked(&trips.cancelling));
    let FrameBody::Options { options, .. } = &trips.choosing.body else {
        panic!("no options")
    };
    let mut commands = vec![
        Command::Clarify {
            action_id: id(),
            booking_id: trips.clarifying,
            text: "Portland, Oregon".into(),
            round: Some(1),
        },
        Command::SetPassengers {
            action_id: id(),
            booking_id: choice.booking,
            passengers: vec![Passenger::Employee(EmployeeId::new("sample-traveller-2"))],
        },
        Command::SelectOption {
            action_id: id(),
            booking_id: choice.booking,
            decision_id: choice.decision,
            nonce: choice.nonce,
            option_id: options[0].id.clone(),
        },
        Command::SelectOption {
            action_id: id(),
            booking_id: choice.booking,
            decision_id: DecisionId::new("made-up"),
            nonce: String::new(),
            option_id: OptionId::new("made-up"),
        },
        Command::GetItinerary {
            action_id: id(),
            booking_id: trips.confirmed,
        },
    ];
    for decision in [Verdict::Yes, Verdict::No] {
        commands.push(Command::DecideApproval {
            action_id: id(),
            booking_id: approval.booking,
            decision_id: approval.decision.clone(),
            nonce: approval.nonce.clone(),
            quote_hash: approval.quote_hash.clone(),
            decision,
            comment: Some("Fine by me.".into()),
        });
        commands.push(Command::ConfirmPurchase {
            action_id: id(),
            booking_id: purchase.booking,
            decision_id: purchase.decision.clone(),
            nonce: purchase.nonce.clone(),
            quote_hash: purchase.quote_hash.clone(),
            decision,
        });
        commands.push(Command::ConfirmCancellation {
            action_id: id(),
            booking_id: cancellation.booking,
            decision_id: cancellation.decision.clone(),
            nonce: cancellation.nonce.clone(),
            quote_hash: cancellation.quote_hash.clone(),
            decision,
        });
    }
    for booking_id in trips.bookings() {
        commands.push(Command::CancelBooking {
            action_id: id(),
            booking_id,
        });
        commands.push(Command::Resume { booking_id, after: 0 });
    }
    commands
}

/// Whether this person may: the manager is who was asked to approve one of these trips.
fn is_theirs(person: &str, command: &Command, trips: &Trips) -> bool {
    let approval = trips.approving.booking_id;
    person == "manager"
        && match command {
            Command::DecideApproval { .. } => true,
            Command::Resume { booking_id, .. } => Some(*booking_id) == approval,
            _ => false,
        }
}

#[tokio::test(start_paused = true)]
async fn somebody_elses_booking_in_every_action_and_every_role() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let trips = Trips::of(&mut traveller).await;
    world.laptop.cloud.idle().await;
    let before = standing(&world, &trips).await;
    let samples = ["traveller-2", "manager", "travel-manager"].map(|name| {
        let sample = person_named(name).expect("a sample person");
        (name, sample.employee, sample.roles)
    });
    // A role that lets somebody in must do so by itself, and not by those that samples have beside it.
    let alone: [(&str, &str, &[Role]); 3] = [
        ("approver", "sample-traveller-2", &[Role::Approver]),
        ("travel manager", "sample-traveller-2", &[Role::TravelManager]),
        ("administrator", "sample-traveller-2", &[Role::Administrator]),
    ];
    for (person, employee, roles) in samples.into_iter().chain(alone) {
        let written_before = refused(&world, employee).await.len();
        let stranger = Bare::with_roles(&world, employee, roles).await;
        let mut tried = 0;
        for command in every_action(&trips) {
            if is_theirs(person, &command, &trips) {
                continue;
            }
            let answer = stranger.send(&command).await;
            let told = format!("{person}: {} of another's", command.name());
            check(&told, &answer, ErrorCode::Forbidden);
            tried += 1;
        }
        let written = refused(&world, employee).await;
        assert_eq!(
            written.len() - written_before,
            tried,
            "every attempt of {person} is in the audit"
        );
        let names_them = written.iter().all(|row| row.actor == employee);
        assert!(names_them, "under the name of who tried");
        // Above the limit, only "slower, please" would be heard.
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    assert_eq!(standing(&world, &trips).await, before, "nothing moved");
}

/// Where each booking stands, and how far it has come.
async fn standing(world: &World, trips: &Trips) -> BTreeMap<BookingId, String> {
    let mut standing = BTreeMap::new();
    for booking in trips.bookings() {
        let head = world.head(booking).await;
        let passengers = world
            .query("PassengersTable", "owner", &booking.to_string())
            .await;
        standing.insert(
            booking,
            format!(
                "{:?} {} {} {}",
                head.state,
                head.sequence,
                head.cancel_requested,
                passengers.len()
            ),
        );
    }
    standing
}
