//! What travel managers do, over sockets: people, budgets, and bookings that need them. What it cannot cover: an
//! identity provider's own roles; the local issuer says who is a travel manager.

use std::time::Duration;

use events_schema::booking::{LegOutcome, SettledLeg};
use events_schema::ids::{ActionId, BookingId, CostCentre, EmployeeId};
use events_schema::money::Money;
use events_schema::socket::{FrameBody, OfficeCommand, PersonChange, Verdict};
use events_schema::state::BookingState;
use rust_decimal::Decimal;
use sample_supplier::Scenario;
use sample_supplier::scenario::OrderingFault;
use sample_supplier::wire::Kind;

use super::people::{Person, is_confirmation_request, is_options};
use super::world::World;

const TRIP: &str = "Berlin to Lisbon 3-5 December, hotel under 150 a night";
pub const MANAGER: &str = "travel-manager";

pub fn set_budget(action: &str, euros: i64) -> OfficeCommand {
    OfficeCommand::SetBudget {
        action_id: ActionId::new(action),
        cost_centre: CostCentre::new("CC-100"),
        limit: Money::euros(euros),
    }
}

async fn budget(manager: &mut Person) -> events_schema::socket::Budget {
    let body = manager
        .ask(&OfficeCommand::ShowBudget {
            cost_centre: CostCentre::new("CC-100"),
        })
        .await;
    let FrameBody::Budget { budget, .. } = body else {
        panic!("{body:?}")
    };
    budget
}

fn message(body: FrameBody) -> String {
    match body {
        FrameBody::Error { message, .. } => message,
        other => panic!("no error: {other:?}"),
    }
}

/// As far as money is asked for.
async fn buy(traveller: &mut Person) -> BookingId {
    let booking = traveller.request(TRIP).await;
    let options = traveller.until(is_options).await;
    traveller.select(&options, 0);
    let request = traveller.until(is_confirmation_request).await;
    traveller.confirm(&request, Verdict::Yes);
    booking
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_ran_out_is_raised_and_the_trip_asked_for_again() {
    let world = World::start().await;
    let mut manager = Person::connect(&world, MANAGER).await;
    let FrameBody::Budget { budget: set, .. } = manager.ask(&set_budget("low", 10)).await else {
        panic!("not set")
    };
    assert_eq!(set.available, Some(Money::euros(10)));

    let mut traveller = Person::connect(&world, "traveller").await;
    let first = buy(&mut traveller).await;
    let FrameBody::Failed {
        code, message: told, ..
    } = traveller.until_the_end().await
    else {
        panic!("it was not refused")
    };
    assert_eq!(code, events_schema::problem::ErrorCode::BudgetExceeded);
    assert!(
        told.contains("travel manager") && told.contains("CC-100"),
        "{told}"
    );
    world.check_ended(first).await;

    manager.ask(&set_budget("raised", 5_000)).await;
    let second = buy(&mut traveller).await;
    let FrameBody::Confirmed { total, .. } = traveller.until_the_end().await else {
        panic!("it was not booked")
    };
    world.check_ended(second).await;
    let now = budget(&mut manager).await;
    assert_eq!(now.captured, total);
    assert_eq!(now.reserved, Money::euros(0));
    assert_eq!(now.available.unwrap().amount, Decimal::from(5_000) - total.amount);

    // Never below what is spent; the same command twice is one.
    let refused = message(manager.ask(&set_budget("too-low", 1)).await);
    assert!(refused.contains(&total.to_string()), "{refused}");
    let FrameBody::Budget { history, .. } = manager.ask(&set_budget("raised", 5_000)).await else {
        panic!("not repeated")
    };
    let limits: Vec<_> = history.iter().map(|change| change.limit).collect();
    assert_eq!(limits, [Money::euros(5_000), Money::euros(10)]);
}

#[tokio::test(start_paused = true)]
async fn only_travel_managers_may() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let commands = [
        OfficeCommand::ListPeople { cursor: None },
        set_budget("mine", 1_000_000),
        OfficeCommand::ListAttention {},
    ];
    for command in &commands {
        assert!(
            message(traveller.ask(command).await).contains("travel manager"),
            "{command:?}"
        );
    }
    world.laptop.cloud.idle().await;
    let refused = world
        .query("AuditLogTable", "bookingId", "refused#sample-traveller-1")
        .await;
    assert_eq!(refused.len(), commands.len());
    assert!(
        refused.iter().any(|row| row.to_string().contains("set_budget")),
        "{refused:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn people_are_imported_all_or_none_and_edited_one_by_one() {
    let world = World::start().await;
    let mut manager = Person::connect(&world, MANAGER).await;
    let import = |action: &str, csv: &str, dry_run| OfficeCommand::ImportPeople {
        action_id: ActionId::new(action),
        csv: csv.into(),
        dry_run,
    };
    let sheet = "employeeId,name,level,approvers,costCentre,zone,locale\n\
                 new-1,Sample New One,L1,sample-manager,CC-100,Europe/Paris,fr\n\
                 sample-traveller-1,Sample Traveller One,L3,sample-manager,CC-100,Europe/Berlin,en-GB\n";
    let before = world.scan("PeopleTable").await;

    let wrong = format!("{sheet}new-2,Sample New Two,L1,ghost,CC-100,Europe/Paris,fr\n");
    let FrameBody::PeopleImport {
        applied, problems, ..
    } = manager.ask(&import("a", &wrong, false)).await
    else {
        panic!("no answer")
    };
    assert!(!applied);
    assert_eq!(
        problems.iter().map(|problem| problem.line).collect::<Vec<_>>(),
        [4]
    );
    let dry = manager.ask(&import("b", sheet, true)).await;
    assert!(matches!(dry, FrameBody::PeopleImport { applied: false, .. }));
    assert_eq!(
        world.scan("PeopleTable").await,
        before,
        "nothing is written by either"
    );

    let done = manager.ask(&import("c", sheet, false)).await;
    let FrameBody::PeopleImport {
        applied,
        added,
        changed,
        ..
    } = &done
    else {
        panic!("no answer")
    };
    assert!(applied);
    assert_eq!(added, &[EmployeeId::new("new-1")]);
    assert_eq!(
        changed[0].differences,
        [
            "level: L2 -> L3",
            "approvers: sample-manager sample-travel-manager -> sample-manager"
        ]
    );
    assert_eq!(
        manager.ask(&import("c", sheet, false)).await,
        done,
        "sent twice, done once"
    );

    let circle = OfficeCommand::ChangePerson {
        action_id: ActionId::new("d"),
        employee_id: EmployeeId::new("sample-manager"),
        change: PersonChange {
            approvers: Some(vec![EmployeeId::new("new-1")]),
            ..PersonChange::default()
        },
    };
    assert!(message(manager.ask(&circle).await).contains("circle"));

    world.laptop.cloud.idle().await;
    let facts = world
        .query("JournalTable", "aggregateId", "directory#people")
        .await;
    assert_eq!(facts.len(), 1);
    assert!(
        !facts[0]["event"].as_str().unwrap().contains("Sample New"),
        "ids only"
    );
    let trail = world
        .query("AuditLogTable", "bookingId", "directory#people")
        .await;
    assert_eq!(trail.len(), 1);
    assert_eq!(trail[0]["actor"], "sample-travel-manager");
}

/// The flight is booked, the hotel does not say whether it did, the flight is undone.
pub async fn in_need(world: &World, traveller: &mut Person) -> BookingId {
    world.laptop.supplier.set_scenario(Scenario {
        ordering: OrderingFault::Fails,
        only: Some(Kind::Stays),
        ..Scenario::default()
    });
    let booking = buy(traveller).await;
    let end = traveller.until_the_end().await;
    assert!(matches!(end, FrameBody::NeedsAttention { .. }), "{end:?}");
    booking
}

pub fn resolve(action: &str, booking_id: BookingId, legs: Vec<SettledLeg>) -> OfficeCommand {
    OfficeCommand::ResolveAttention {
        action_id: ActionId::new(action),
        booking_id,
        legs,
        note: "MARKER the hotel answered on the telephone".into(),
    }
}

pub fn finding(leg: u32, outcome: LegOutcome, reference: Option<&str>, charged: Option<i64>) -> SettledLeg {
    SettledLeg {
        leg,
        outcome,
        reference: reference.map(str::to_owned),
        charged: charged.map(Money::euros),
    }
}

/// What is found out; what is spent of the hotel's price in the end (`None`: all of it).
#[tokio::test(start_paused = true)]
async fn whatever_is_found_out_no_money_stays_set_aside() {
    use LegOutcome::{Kept, Undone};
    let cases = [
        (Undone, None, Some(0)),
        (Undone, Some(25), Some(25)),
        (Kept, None, None),
        (Kept, Some(40), Some(40)),
    ];
    for (outcome, charged, spent) in cases {
        let world = World::start().await;
        let mut traveller = Person::connect(&world, "traveller").await;
        let mut manager = Person::connect(&world, MANAGER).await;
        let before = budget(&mut manager).await;
        let booking = in_need(&world, &mut traveller).await;
        world.check_ended(booking).await;

        let FrameBody::Attention { items } = manager.ask(&OfficeCommand::ListAttention {}).await else {
            panic!("no list")
        };
        assert_eq!(items.len(), 1);
        let held = items[0].reserved.expect("money is set aside");
        let shown = manager
            .ask(&OfficeCommand::ShowAttention { booking_id: booking })
            .await;
        let FrameBody::AttentionDetail { legs, .. } = shown else {
            panic!("no detail")
        };
        let [leg] = &legs.iter().filter(|leg| leg.open).collect::<Vec<_>>()[..] else {
            panic!("one open leg: {legs:?}")
        };
        assert!(
            leg.last_answer.is_some() && leg.idempotency_key.contains(&booking.to_string()),
            "{leg:?}"
        );

        let incomplete = resolve("none", booking, vec![]);
        assert!(message(manager.ask(&incomplete).await).contains("kept or undone"));
        let command = resolve(
            "it",
            booking,
            vec![finding(leg.leg, outcome, Some("SMPL-TOLD"), charged)],
        );
        let answer = manager.ask(&command).await;
        assert!(matches!(answer, FrameBody::Accepted { .. }), "{answer:?}");
        assert_eq!(manager.ask(&command).await, answer, "sent twice, done once");
        let again = resolve("other", booking, vec![finding(leg.leg, Undone, None, None)]);
        assert!(message(manager.ask(&again).await).contains("already"));

        let spent = spent.map_or(leg.total, Money::euros);
        let after = budget(&mut manager).await;
        assert_eq!(after.reserved, before.reserved);
        assert_eq!(after.captured.amount, before.captured.amount + spent.amount);
        assert_eq!(
            after.available.unwrap().amount,
            before.available.unwrap().amount - spent.amount
        );
        assert_eq!(after.released.amount, held.amount - spent.amount);
        settled(&world, booking).await;
    }
}

/// The booking's history, audit and facts say the same, by reference.
async fn settled(world: &World, booking: BookingId) {
    world.laptop.cloud.idle().await;
    let names = world.event_names(booking).await;
    assert_eq!(names.last().map(String::as_str), Some("AttentionResolved"));
    let head = world.head(booking).await;
    assert_eq!((head.due_at, head.state), (None, BookingState::AttentionResolved));
    let trail = world
        .query("AuditLogTable", "bookingId", &booking.to_string())
        .await;
    let last = trail.last().expect("an entry");
    assert_eq!(last["actor"], "sample-travel-manager");
    assert!(!last.to_string().contains("MARKER"), "the note is referred to");
    let facts = world.query("InsightsTable", "fact", &booking.to_string()).await;
    assert!(
        facts.iter().any(|fact| fact["says"]["kind"] == "settled"),
        "{facts:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn who_does_not_see_to_it_is_reminded() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = in_need(&world, &mut traveller).await;
    let manager = Person::connect(&world, MANAGER).await;
    tokio::time::sleep(Duration::from_secs(4 * 3600 + 600)).await;
    let FrameBody::Attention { items } = manager
        .reconnect(&world)
        .await
        .ask(&OfficeCommand::ListAttention {})
        .await
    else {
        panic!("no list")
    };
    assert_eq!(items[0].reminders, 1);
    assert_eq!(items[0].age_minutes / 60, 4);
    let names = world.event_names(booking).await;
    assert_eq!(names.iter().filter(|name| *name == "AttentionOverdue").count(), 1);
}
