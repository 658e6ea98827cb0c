//! Covers: what travel managers may, all of it: tried by everybody else, each refused and written down; and by each
//! role that may, on its own. Does not cover what the commands do: `end_to_end::office`, `policies`, `histories`.

use std::collections::BTreeSet;

use events_schema::booking::{LegOutcome, SettledLeg};
use events_schema::ids::{ActionId, CostCentre, EmployeeId, PolicyVersion};
use events_schema::money::Money;
use events_schema::person::Role;
use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, FrameBody, OfficeCommand, PersonChange};
use serde_json::Value;
use sojourn::laptop::person_named;

use super::outcome::{Bare, action, actions_of, check, code, refused};
use crate::end_to_end::people::{Person, door, is_options};
use crate::end_to_end::trips::LISBON;
use crate::end_to_end::world::{World, beginning};

fn every_office_action() -> Vec<OfficeCommand> {
    [about_people_and_money(), about_bookings(), about_policies()].concat()
}

fn about_people_and_money() -> Vec<OfficeCommand> {
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
    ]
}

fn about_bookings() -> Vec<OfficeCommand> {
    let booking_id = events_schema::samples::booking();
    vec![
        OfficeCommand::ListAttention {},
        OfficeCommand::ShowAttention { booking_id },
        OfficeCommand::ResolveAttention {
            action_id: action(201),
            booking_id,
            legs: vec![SettledLeg {
                leg: 0,
                outcome: LegOutcome::Undone,
                reference: None,
                charged: None,
            }],
            note: "Mine.".into(),
        },
        OfficeCommand::ShowHistory { booking_id },
        OfficeCommand::ShowEvent {
            booking_id,
            sequence: 1,
        },
        OfficeCommand::TailEvents { after: None },
        OfficeCommand::ListReplays {},
        OfficeCommand::StartReplay {
            action_id: action(202),
            from: beginning() - jiff::SignedDuration::from_hours(1),
            to: beginning(),
        },
    ]
}

fn about_policies() -> Vec<OfficeCommand> {
    vec![
        OfficeCommand::ListPolicies {},
        OfficeCommand::ShowPolicy {
            version: PolicyVersion::new("made-up"),
            cursor: None,
        },
        OfficeCommand::UploadPolicy {
            action_id: action(301),
            file_name: "policy.md".into(),
            bytes: 100,
        },
        OfficeCommand::ActivatePolicy {
            action_id: action(302),
            version: PolicyVersion::new("made-up"),
        },
    ]
}

/// What everybody else is told. A new command has no answer here until somebody decides who may.
fn told_to_others(command: &OfficeCommand) -> ErrorCode {
    use OfficeCommand as Office;
    match command {
        Office::ListPeople { .. }
        | Office::ShowPerson { .. }
        | Office::ImportPeople { .. }
        | Office::ExportPeople { .. }
        | Office::ChangePerson { .. }
        | Office::DelegatePerson { .. }
        | Office::ErasePerson { .. }
        | Office::ListBudgets {}
        | Office::ShowBudget { .. }
        | Office::SetBudget { .. }
        | Office::ListAttention {}
        | Office::ShowAttention { .. }
        | Office::ResolveAttention { .. }
        | Office::ListPolicies {}
        | Office::ShowPolicy { .. }
        | Office::UploadPolicy { .. }
        | Office::ActivatePolicy { .. }
        | Office::ShowHistory { .. }
        | Office::ShowEvent { .. }
        | Office::TailEvents { .. }
        | Office::ListReplays {}
        | Office::StartReplay { .. } => ErrorCode::Forbidden,
    }
}

/// Action, text, and the code for whoever may not: every command of travel managers, and the one that the gateway
/// takes of them.
fn attempts() -> Vec<(&'static str, String, ErrorCode)> {
    let commands = every_office_action();
    let tried: BTreeSet<_> = commands.iter().map(|command| command.name().to_owned()).collect();
    assert_eq!(tried, actions_of("OfficeCommand"), "one of each");
    let insights = Command::ReadInsights {
        action_id: action(401),
    };
    let office = commands.iter().map(|command| {
        let text = serde_json::to_string(command).expect("JSON");
        (command.name(), text, told_to_others(command))
    });
    let own = serde_json::to_string(&insights).expect("JSON");
    office
        .chain([(insights.name(), own, ErrorCode::Forbidden)])
        .collect()
}

#[tokio::test(start_paused = true)]
async fn what_travel_managers_may_is_refused_to_everybody_else() {
    let world = World::start().await;
    let approver: &[Role] = &[Role::Approver];
    let traveller = person_named("traveller").expect("a sample person");
    let manager = person_named("manager").expect("a sample person");
    let people = [
        (traveller.employee, traveller.roles),
        (manager.employee, manager.roles),
        ("sample-traveller-2", approver),
    ];
    let attempts = attempts();
    for (employee, roles) in people {
        let other = Bare::with_roles(&world, employee, roles).await;
        for (name, text, expected) in &attempts {
            let answer = other.say(text.clone()).await;
            check(&format!("{employee}: {name}"), &answer, *expected);
        }
        let written = refused(&world, employee).await;
        let mut recorded = Vec::new();
        for row in &written {
            let evidence: Value = serde_json::from_str(&row.evidence).expect("JSON");
            let told = evidence["code"].as_str();
            assert_eq!((row.actor.as_str(), told), (employee, Some("FORBIDDEN")));
            recorded.push(evidence["action"].as_str().expect("an action").to_owned());
        }
        let mut tried: Vec<_> = attempts.iter().map(|(name, ..)| (*name).to_owned()).collect();
        recorded.sort();
        tried.sort();
        assert_eq!(recorded, tried, "each of {employee}'s attempts, once");
    }
}

/// Sample travel managers are both: only by itself does a role show that it is enough.
#[tokio::test(start_paused = true)]
async fn either_role_that_may_is_enough_by_itself() {
    for role in [Role::TravelManager, Role::Administrator] {
        let world = World::start().await;
        let office = Bare::with_roles(&world, "sample-manager", &[role]).await;
        for (name, text, _) in attempts() {
            let answer = office.say(text).await;
            let kept_out = matches!(
                code(&answer),
                Some(
                    ErrorCode::Forbidden
                        | ErrorCode::AuthFailed
                        | ErrorCode::Internal
                        | ErrorCode::RateLimited
                )
            );
            assert!(!kept_out, "{role:?}: {name}: {answer:?}");
        }
        let written = refused(&world, "sample-manager").await;
        let forbidden = written.iter().find(|row| row.evidence.contains("FORBIDDEN"));
        assert!(forbidden.is_none(), "{role:?}: {forbidden:?}");
        let me = office.say(r#"{"action":"who_am_i","actionId":"me"}"#).await;
        let FrameBody::YouAre { roles, .. } = me.body else {
            panic!("{me:?}")
        };
        assert_eq!(roles, [Role::Traveller, role], "and no other");
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
