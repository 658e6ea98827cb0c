//! What people and time can make the functions do, played through once on one stack, so that every permission is used.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::booking::LegOutcome;
use events_schema::ids::{ActionId, BookingId, EmployeeId};
use events_schema::socket::{Command, Frame, FrameBody, OfficeCommand, Passenger, Verdict};
use local_cloud::iam::Policies;
use local_cloud::ports::Functions;
use serde_json::json;

use crate::end_to_end::documents;
use crate::end_to_end::office;
use crate::end_to_end::people::{
    Person, door, enter, is_approval_request, is_confirmation_request, is_options,
};
use crate::end_to_end::policies;
use crate::end_to_end::trips::LISBON;
use crate::end_to_end::world::World;

/// Some of whose calls are refused in between, so that it fails.
pub const MACHINE: &str = "BookingMachine";
const MINUTE: Duration = Duration::from_secs(60);

/// A world in which everything has happened that flows can bring about.
pub async fn played() -> World {
    let world = World::with_embeddings().await;
    an_approver_who_is_not_there(&world).await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let mut manager = Person::connect(&world, "manager").await;
    another_policy(&world).await;
    somebody_outside_is_told(&world).await;
    a_trip_beyond_policy(&mut traveller, &mut manager).await;
    a_trip_after_a_question_back(&mut traveller).await;
    a_question_about_the_policy(&mut traveller).await;
    three_travellers(&mut traveller).await;
    nothing_on_offer(&world, &mut traveller).await;
    a_leg_that_fails(&world, &mut traveller).await;
    the_office(&world, &mut traveller).await;
    let waiting = asked_to_choose(&mut traveller).await;
    somebody_elses(&world, waiting).await;
    nobody_we_know(&world).await;
    decided_before_the_token_came(&world).await;
    an_execution_that_was_stopped(&world, waiting).await;
    an_unreadable_head(&world).await;
    traveller.send(&Command::ListBookings { cursor: None });
    the_lists_of_the_page(&world).await;
    records_that_disagree(&world).await;
    what_developers_look_at(&world).await;
    somebody_leaves(&world).await;
    // Heartbeats come every five minutes.
    tokio::time::sleep(MINUTE * 6).await;
    nobody_outside_is_told_any_more(&world).await;
    drop((traveller, manager));
    world.laptop.cloud.idle().await;
    world
}

fn option(frame: &Frame, compliant: bool) -> usize {
    let FrameBody::Options { options, .. } = &frame.body else {
        panic!("no options: {frame:?}")
    };
    let found = options
        .iter()
        .position(|option| option.verdict.compliant == compliant);
    found.expect("an option of either kind")
}

pub const WEBHOOK: &str = "webhook-1";

fn webhooks_setting(world: &World, name: &str) -> String {
    let mut functions = world.laptop.cloud.template().functions.iter();
    let function = functions.find(|function| function.logical_id == "WebhooksFunction");
    function.expect("the function is there").environment[name].clone()
}

/// Nobody answers there: the webhook is told again and again.
pub async fn somebody_outside_is_told(world: &World) {
    let config = world.laptop.cloud.sdk_config("a-test");
    let kms = aws_sdk_kms::Client::new(&config);
    let secrets = webhooks::webhook::Secrets::new(kms, webhooks_setting(world, "WEBHOOK_SECRETS_KEY"));
    let secret = webhooks::signature::Secret::text(&[7; 32]);
    let webhook = webhooks::webhook::Webhook {
        webhook_id: WEBHOOK.into(),
        address: "http://127.0.0.1:9/".into(),
        events: vec!["BookingConfirmed".into()],
        secrets: vec![secrets.seal(WEBHOOK, &secret).await.expect("sealed")],
    };
    let item = serde_dynamo::to_item(webhook).expect("an item");
    let put = aws_sdk_dynamodb::Client::new(&config).put_item();
    let put = put
        .table_name(webhooks_setting(world, "WEBHOOKS_TABLE"))
        .set_item(Some(item));
    put.send().await.expect("kept");
}

/// Or the world would not come to rest before the queue has given up, half a day later.
async fn nobody_outside_is_told_any_more(world: &World) {
    let delete = aws_sdk_dynamodb::Client::new(&world.laptop.cloud.sdk_config("a-test")).delete_item();
    let delete = delete.table_name(webhooks_setting(world, "WEBHOOKS_TABLE"));
    delete
        .key("webhookId", AttributeValue::S(WEBHOOK.into()))
        .send()
        .await
        .expect("removed");
}

/// Another document is another version: embedded as this world does, compared, put in force. And one that a job reads
/// and a model drafts rules from, left as it is.
async fn another_policy(world: &World) {
    let mut manager = Person::connect(world, office::MANAGER).await;
    let policy = crate::repository::read("tools/sojourn/sample/travel-policy.md");
    let policy = policy.replacen("\n\n", "\n\nOf another edition.\n\n", 1);
    let entry = policies::uploaded(world, &mut manager, "again.md", policy.as_bytes()).await;
    let version = entry.version.clone();
    manager
        .ask(&OfficeCommand::ShowPolicy {
            version: version.clone(),
            cursor: None,
        })
        .await;
    let action_id = ActionId::new("activate");
    manager
        .ask(&OfficeCommand::ActivatePolicy { action_id, version })
        .await;
    let read = policies::uploaded(world, &mut manager, "read.pdf", &documents::one_page()).await;
    assert_eq!((read.state.as_str(), read.rules), ("ready", 1), "{read:?}");
}

async fn a_trip_beyond_policy(traveller: &mut Person, manager: &mut Person) {
    traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    traveller.select(&options, option(&options, false));
    let asked = manager.until(is_approval_request).await;
    manager.decide(&asked, Verdict::Yes);
    let asked = traveller.until(is_confirmation_request).await;
    traveller.confirm(&asked, Verdict::Yes);
    traveller.until_the_end().await;
}

/// Told by e-mail, and reminded: the reminder is made due here, because its hour is far off.
async fn an_approver_who_is_not_there(world: &World) {
    let mut asking = Person::connect(world, "manager").await;
    let booking = asking.request(LISBON).await;
    let options = asking.until(is_options).await;
    asking.select(&options, option(&options, false));
    asking.until(is_approval_request).await;
    world.laptop.cloud.idle().await;
    let rows = world
        .query("NoticesTable", "bookingId", &booking.to_string())
        .await;
    let reminder = rows
        .iter()
        .find(|row| row["to"] == "sample-travel-manager" && row["duePartition"].is_string());
    let notice = reminder.expect("a reminder")["notice"].as_str().expect("a key");
    let update = world
        .dynamo()
        .update_item()
        .table_name("sojourn-NoticesTable")
        .key("bookingId", AttributeValue::S(booking.to_string()))
        .key("notice", AttributeValue::S(notice.into()))
        .update_expression("SET dueAt = :now")
        .expression_attribute_values(
            ":now",
            AttributeValue::N(world.laptop.now().as_second().to_string()),
        );
    update.send().await.expect("written");
    tokio::time::sleep(MINUTE * 2).await;
    cancel(&mut asking, booking).await;
}

async fn a_trip_after_a_question_back(traveller: &mut Person) {
    let booking = traveller
        .request("Berlin to Portland 3-8 December, flight only")
        .await;
    traveller
        .until(|body| matches!(body, FrameBody::Clarification { .. }))
        .await;
    let action_id = traveller.action();
    traveller.send(&Command::Clarify {
        action_id,
        booking_id: booking,
        text: "Portland, Oregon".into(),
        round: None,
    });
    traveller.until(is_options).await;
    cancel(traveller, booking).await;
}

async fn a_question_about_the_policy(traveller: &mut Person) {
    traveller.request("May I fly business to Tokyo?").await;
    traveller.until_the_end().await;
}

async fn three_travellers(traveller: &mut Person) {
    let booking = traveller
        .request("Munich to Vienna 14 to 16 January for three people, flights and hotel")
        .await;
    traveller.until(is_options).await;
    let people = ["sample-traveller-1", "sample-traveller-2", "sample-manager"];
    let action_id = traveller.action();
    traveller.send(&Command::SetPassengers {
        action_id,
        booking_id: booking,
        passengers: people
            .iter()
            .map(|id| Passenger::Employee(EmployeeId::new(*id)))
            .collect(),
    });
    traveller
        .until(|body| matches!(body, FrameBody::Accepted { action, .. } if action == "set_passengers"))
        .await;
    cancel(traveller, booking).await;
}

async fn nothing_on_offer(world: &World, traveller: &mut Person) {
    let scenario = |name: &str| {
        world
            .laptop
            .supplier
            .set_scenario(name.parse().expect("a scenario"))
    };
    scenario("empty");
    traveller.request(LISBON).await;
    traveller.until_the_end().await;
    scenario("none");
}

async fn a_leg_that_fails(world: &World, traveller: &mut Person) {
    traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    traveller.select(&options, option(&options, true));
    let asked = traveller.until(is_confirmation_request).await;
    let scenario = |name: &str| {
        world
            .laptop
            .supplier
            .set_scenario(name.parse().expect("a scenario"))
    };
    scenario("stay-rejected");
    traveller.confirm(&asked, Verdict::Yes);
    traveller.until_the_end().await;
    scenario("none");
}

/// What travel managers look after: people, budgets, a booking that needs somebody.
async fn the_office(world: &World, traveller: &mut Person) {
    let mut manager = Person::connect(world, office::MANAGER).await;
    manager.ask(&OfficeCommand::ListPeople { cursor: None }).await;
    manager.ask(&office::set_budget("flow-budget", 200_000)).await;
    let booking = office::in_need(world, traveller).await;
    world
        .laptop
        .supplier
        .set_scenario("none".parse().expect("a scenario"));
    manager.ask(&OfficeCommand::ListAttention {}).await;
    let shown = OfficeCommand::ShowAttention { booking_id: booking };
    let FrameBody::AttentionDetail { legs, .. } = manager.ask(&shown).await else {
        panic!("nobody needs attention")
    };
    let open = legs.iter().filter(|leg| leg.open);
    let findings = open.map(|leg| office::finding(leg.leg, LegOutcome::Undone, None, None));
    let resolved = office::resolve("flow-resolved", booking, findings.collect());
    let answer = manager.ask(&resolved).await;
    assert!(matches!(answer, FrameBody::Accepted { .. }), "{answer:?}");
}

async fn the_lists_of_the_page(world: &World) {
    let mut manager = Person::connect(world, office::MANAGER).await;
    let action_id = manager.action();
    manager.send(&Command::ListApprovals { action_id });
    manager
        .until(|body| matches!(body, FrameBody::Approvals { .. }))
        .await;
    let action_id = manager.action();
    manager.send(&Command::ReadInsights { action_id });
    manager
        .until(|body| matches!(body, FrameBody::Insights { .. }))
        .await;
}

/// One who was a passenger of somebody else's trip, which has ended.
async fn somebody_leaves(world: &World) {
    let mut manager = Person::connect(world, office::MANAGER).await;
    let action_id = manager.action();
    let employee_id = EmployeeId::new("sample-traveller-2");
    let erase = OfficeCommand::ErasePerson {
        action_id,
        employee_id,
    };
    let answer = manager.ask(&erase).await;
    assert!(matches!(answer, FrameBody::PersonErased { .. }), "{answer:?}");
}

/// One of each is repaired: a Journal row, an audit row, a head, and an event that is said again.
async fn records_that_disagree(world: &World) {
    use crate::end_to_end::reconciliation as records;
    let heads = world.scan("BookingsTable").await;
    let head = heads
        .iter()
        .find(|row| row["state"] == "confirmed")
        .expect("a trip was booked");
    let booking = head["bookingId"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("a booking");
    let newest = head["sequence"].as_u64().expect("a number");
    let journal = world.journal(booking).await;
    records::lose_from_journal(world, booking, 3).await;
    records::lose_from_the_trail(world, booking, 5).await;
    records::lose_a_receipt(world, booking, 6).await;
    records::say(
        world,
        &records::made_up(records::leg_booked(&journal), newest + 3),
    )
    .await;
    records::count(world, booking, newest + 9).await;
    let report = records::reconciled(world, booking, true).await;
    assert!(report.findings.len() >= 5, "{report:#?}");
}

/// A history, the bus, replays; and one who may see none of it.
async fn what_developers_look_at(world: &World) {
    let heads = world.scan("BookingsTable").await;
    let head = heads
        .iter()
        .find(|row| row["state"] == "confirmed")
        .expect("a trip was booked");
    let booking_id = head["bookingId"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("a booking");
    let mut manager = Person::connect(world, office::MANAGER).await;
    let (to, action_id) = (world.laptop.now(), ActionId::new("flow-replay"));
    let from = to - jiff::SignedDuration::from_hours(1);
    for command in [
        OfficeCommand::ShowHistory { booking_id },
        OfficeCommand::TailEvents { after: None },
        OfficeCommand::StartReplay { action_id, from, to },
    ] {
        let answer = manager.ask(&command).await;
        assert!(!matches!(answer, FrameBody::Error { .. }), "{answer:?}");
    }
    let mut stranger = Person::connect(world, "traveller-2").await;
    let refused = stranger.ask(&OfficeCommand::ShowHistory { booking_id }).await;
    assert!(matches!(refused, FrameBody::Error { .. }), "{refused:?}");
}

async fn asked_to_choose(traveller: &mut Person) -> BookingId {
    let booking = traveller.request(LISBON).await;
    traveller.until(is_options).await;
    traveller.resume(booking, 0);
    booking
}

async fn cancel(traveller: &mut Person, booking: BookingId) {
    let action_id = traveller.action();
    traveller.send(&Command::CancelBooking {
        action_id,
        booking_id: booking,
    });
    traveller.until_the_end().await;
}

async fn somebody_elses(world: &World, booking: BookingId) {
    let mut stranger = Person::connect(world, "traveller-2").await;
    let action_id = stranger.action();
    stranger.send(&Command::CancelBooking {
        action_id,
        booking_id: booking,
    });
    stranger
        .until(|body| matches!(body, FrameBody::Error { .. }))
        .await;
}

/// Who is not let in is written down.
async fn nobody_we_know(world: &World) {
    let refused = enter(&door(world), "no-token-at-all").await;
    assert!(refused.is_err_and(|refusal| refusal.status == 403));
}

/// The wait's task runs again after its question was answered: it must wake itself. The token is of no execution.
async fn decided_before_the_token_came(world: &World) {
    let decisions = world.records().scan("DecisionsTable").await;
    let taken = decisions
        .iter()
        .find(|row| row["state"] == "taken")
        .expect("something was decided");
    let booking = taken["bookingId"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("a booking");
    let head = world.head(booking).await;
    let payload = json!({
        "task": "await_decision", "employeeId": head.employee_id, "bookingId": booking,
        "executionId": head.execution_id, "decision": taken["decision"], "taskToken": "of-no-execution",
    });
    // Whether Step Functions knows the token is not the question.
    let _ = world
        .laptop
        .cloud
        .parts()
        .lambda
        .invoke("BookingTaskFunction", payload)
        .await;
}

/// The sweeper asks again for what is overdue, and ends the booking once its execution is gone.
async fn an_execution_that_was_stopped(world: &World, booking: BookingId) {
    make_overdue(world, booking).await;
    tokio::time::sleep(MINUTE * 2).await;
    let head = world.head(booking).await;
    assert!(head.sweeps > 0 && !head.state.is_terminal(), "{head:?}");
    let states = aws_sdk_sfn::Client::new(&world.laptop.cloud.sdk_config("a-test"));
    let execution = head.execution_id.expect("claimed");
    states
        .stop_execution()
        .execution_arn(execution.as_str())
        .send()
        .await
        .expect("stopped");
    // What takes the booking over can do nothing either: only then it is closed from outside.
    let endpoint = world.laptop.cloud.endpoint();
    endpoint.set_policies(MACHINE, Policies::default());
    for _ in 0..6 {
        make_overdue(world, booking).await;
        tokio::time::sleep(MINUTE * 10).await;
        if world.head(booking).await.state.is_terminal() {
            break;
        }
    }
    assert!(
        world.head(booking).await.state.is_terminal(),
        "the sweeper gave it up"
    );
    let machine = world.laptop.cloud.template().machines[0]
        .grants
        .statements
        .clone();
    endpoint.set_policies(MACHINE, Policies::new(machine));
}

async fn make_overdue(world: &World, booking: BookingId) {
    let head = world.head(booking).await;
    let overdue = world.laptop.now().as_second() - 60;
    let dynamo = world.dynamo();
    dynamo
        .update_item()
        .table_name("sojourn-BookingsTable")
        .key("employeeId", AttributeValue::S(head.employee_id.to_string()))
        .key("bookingId", AttributeValue::S(booking.to_string()))
        .update_expression("SET dueAt = :overdue")
        .expression_attribute_values(":overdue", AttributeValue::N(overdue.to_string()))
        .send()
        .await
        .expect("written");
}

/// What no stream consumer can read is parked.
async fn an_unreadable_head(world: &World) {
    let dynamo = world.dynamo();
    let text = |text: &str| AttributeValue::S(text.into());
    let put = dynamo.put_item().table_name("sojourn-BookingsTable");
    let put = put
        .item("employeeId", text("nobody"))
        .item("bookingId", text("no booking"));
    put.item("sequence", AttributeValue::N("1".into()))
        .send()
        .await
        .expect("written");
}
