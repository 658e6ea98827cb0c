//! Covers: somebody else's booking, by its real id and with the real ids of what is asked about it, in every action of
//! the protocol and by every role; what travel managers may, tried by everybody else; each refused, each written down,
//! and nothing moved. Does not cover what one's own approver or delegate may do: `end_to_end`.

use std::collections::BTreeMap;

use events_schema::booking::{LegOutcome, SettledLeg};
use events_schema::ids::{ActionId, BookingId, CostCentre, DecisionId, EmployeeId, OptionId};
use events_schema::money::Money;
use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, Frame, FrameBody, OfficeCommand, Passenger, PersonChange, Verdict};
use sojourn::laptop::person_named;

use super::outcome::{Bare, action, check, refused};
use crate::end_to_end::people::{Person, door, is_approval_request, is_confirmation_request, is_options};
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
            &self.choosing,
            &self.approving,
            &self.confirming,
            &self.cancelling,
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
    for person in ["traveller-2", "manager", "travel-manager"] {
        let stranger = Bare::connect(&world, &door(&world), person).await;
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
        let employee = person_named(person).expect("a sample person").employee;
        let written = refused(&world, employee).await;
        assert_eq!(written.len(), tried, "every attempt of {person} is in the audit");
        let names_them = written.iter().all(|row| row.actor == employee);
        assert!(names_them, "under the name of who tried");
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

fn every_office_action() -> Vec<OfficeCommand> {
    let booking_id = events_schema::samples::booking();
    let employee_id = EmployeeId::new("sample-traveller-2");
    let cost_centre = CostCentre::new("CC-100");
    let mut number = 100;
    let mut id = || -> ActionId {
        number += 1;
        action(number)
    };
    vec![
        OfficeCommand::ListPeople { cursor: None },
        OfficeCommand::ShowPerson {
            employee_id: employee_id.clone(),
        },
        OfficeCommand::ImportPeople {
            action_id: id(),
            csv: "employeeId,name\nme,Me\n".into(),
            dry_run: true,
        },
        OfficeCommand::ExportPeople { cursor: None },
        OfficeCommand::ChangePerson {
            action_id: id(),
            employee_id: employee_id.clone(),
            change: PersonChange::default(),
        },
        OfficeCommand::DelegatePerson {
            action_id: id(),
            employee_id: employee_id.clone(),
            to: None,
            from: None,
            until: None,
        },
        OfficeCommand::ErasePerson {
            action_id: id(),
            employee_id,
        },
        OfficeCommand::ListBudgets {},
        OfficeCommand::ShowBudget {
            cost_centre: cost_centre.clone(),
        },
        OfficeCommand::SetBudget {
            action_id: id(),
            cost_centre,
            limit: Money::euros(1_000_000),
        },
        OfficeCommand::ListAttention {},
        OfficeCommand::ShowAttention { booking_id },
        OfficeCommand::ResolveAttention {
            action_id: id(),
            booking_id,
            legs: vec![SettledLeg {
                leg: 0,
                outcome: LegOutcome::Undone,
                reference: None,
                charged: None,
            }],
            note: "Mine.".into(),
        },
    ]
}

#[tokio::test(start_paused = true)]
async fn what_travel_managers_may_is_refused_to_everybody_else() {
    let world = World::start().await;
    for person in ["traveller", "manager"] {
        let other = Bare::connect(&world, &door(&world), person).await;
        let commands = every_office_action();
        for command in &commands {
            let answer = other.send(command).await;
            check(
                &format!("{person}: {}", command.name()),
                &answer,
                ErrorCode::Forbidden,
            );
        }
        let employee = person_named(person).expect("a sample person").employee;
        assert_eq!(refused(&world, employee).await.len(), commands.len());
    }
}

/// Whom a role lets in still finds only what is there.
#[tokio::test(start_paused = true)]
async fn a_travel_manager_settles_nothing_that_is_not_open() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    traveller.request(LISBON).await;
    let booking_id = traveller.until(is_options).await.booking_id.expect("a booking");
    let manager = Bare::connect(&world, &door(&world), "travel-manager").await;
    let answer = manager.send(&OfficeCommand::ShowAttention { booking_id }).await;
    check(
        "travel-manager: show_attention of a trip under way",
        &answer,
        ErrorCode::NotFound,
    );
    let resolve = OfficeCommand::ResolveAttention {
        action_id: action(1),
        booking_id,
        legs: Vec::new(),
        note: "Done.".into(),
    };
    let answer = manager.send(&resolve).await;
    check(
        "travel-manager: resolve_attention of a trip under way",
        &answer,
        ErrorCode::NotFound,
    );
    assert!(!world.head(booking_id).await.state.is_terminal());
}
