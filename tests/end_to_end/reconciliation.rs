//! Records lost, added and changed on purpose: every one is found and named, and what another record proves is repaired.

use std::collections::BTreeSet;
use std::time::Duration;

use audit::reconcile::report::{Outcome, Report};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use events_schema::audit::DiscrepancyKind::{self, *};
use events_schema::envelope::Recorded;
use events_schema::ids::{AggregateId, BookingId, EventId};
use events_schema::rows::JournalRow;
use local_cloud::iam::{Policies, Statement};
use local_cloud::ports::Functions;
use serde_json::{Value, json};

use super::people::{Person, is_confirmation_request, is_options};
use super::trips::LISBON;
use super::world::World;
use events_schema::socket::Verdict;

const MINUTE: Duration = Duration::from_secs(60);

/// What a person at the keyboard asks: one booking, at once.
pub async fn reconciled(world: &World, booking: BookingId, repair: bool) -> Report {
    tokio::time::sleep(Duration::from_secs(3)).await;
    let ask = json!({"repair": repair, "settledS": 1, "aggregateId": booking.to_string()});
    let lambda = &world.laptop.cloud.parts().lambda;
    let answer = lambda.invoke("AuditReconciliationFunction", ask).await;
    serde_json::from_value(answer.expect("an answer")).expect("a report")
}

fn named(report: &Report) -> BTreeSet<(DiscrepancyKind, u64, &'static str)> {
    let word = |outcome| match outcome {
        Outcome::Repaired => "repaired",
        Outcome::Repairable => "repairable",
        Outcome::Harmless => "harmless",
        Outcome::Left => "left",
    };
    let findings = report.findings.iter();
    findings
        .map(|one| (one.kind, one.sequence, word(one.outcome)))
        .collect()
}

async fn confirmed(world: &World) -> BookingId {
    let mut traveller = Person::connect(world, "traveller").await;
    let booking = traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    traveller.select(&options, 0);
    let asked = traveller.until(is_confirmation_request).await;
    traveller.confirm(&asked, Verdict::Yes);
    traveller.until_the_end().await;
    world.check_ended(booking).await;
    booking
}

/// The row that was there.
async fn delete(world: &World, table: &str, keys: [(&str, AttributeValue); 2]) -> Value {
    let delete = world
        .dynamo()
        .delete_item()
        .table_name(format!("sojourn-{table}"));
    let delete = keys
        .into_iter()
        .fold(delete, |delete, (name, value)| delete.key(name, value));
    let delete = delete.return_values(aws_sdk_dynamodb::types::ReturnValue::AllOld);
    let old = delete.send().await.expect("deleted").attributes.expect("a row");
    serde_dynamo::from_item(old).expect("JSON")
}

fn text(text: impl ToString) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub async fn lose_from_journal(world: &World, booking: BookingId, sequence: u64) -> Value {
    delete(
        world,
        "JournalTable",
        [("aggregateId", text(booking)), ("sequence", number(sequence))],
    )
    .await
}

pub async fn lose_from_the_trail(world: &World, booking: BookingId, sequence: u64) -> Value {
    let place = format!("{sequence:020}");
    delete(
        world,
        "AuditLogTable",
        [("bookingId", text(booking)), ("auditId", text(place))],
    )
    .await
}

pub async fn lose_a_receipt(world: &World, booking: BookingId, sequence: u64) {
    delete(
        world,
        "ReceiptsTable",
        [("aggregateId", text(booking)), ("sequence", number(sequence))],
    )
    .await;
}

/// Says it on the bus, past every service.
pub async fn say(world: &World, event: &Recorded) {
    let entry = PutEventsRequestEntry::builder()
        .event_bus_name("sojourn-bus")
        .source(&event.source)
        .detail_type(&event.detail_type)
        .detail(serde_json::to_string(&event.detail).expect("JSON"));
    let bus = aws_sdk_eventbridge::Client::new(&world.laptop.cloud.sdk_config("a-test"));
    let answer = bus.put_events().entries(entry.build()).send().await.expect("put");
    assert_eq!(answer.failed_entry_count(), 0, "{answer:?}");
    // Long enough to be heard; a world in which a webhook is tried again comes to rest half a day later only.
    tokio::time::sleep(Duration::from_secs(5)).await;
}

/// One that nobody journalled, and that nobody reacts to.
pub fn made_up(like: &JournalRow, sequence: u64) -> Recorded {
    let mut event = like.recorded().expect("an event");
    let meta = &mut event.detail.meta;
    meta.sequence = sequence;
    meta.event_id = EventId::of(&meta.aggregate_id, sequence);
    event
}

pub async fn count(world: &World, booking: BookingId, sequence: u64) {
    let head = world.head(booking).await;
    let update = world.dynamo().update_item().table_name("sojourn-BookingsTable");
    let update = update
        .key("employeeId", text(head.employee_id))
        .key("bookingId", text(booking))
        .update_expression("SET #sequence = :sequence")
        .expression_attribute_names("#sequence", "sequence")
        .expression_attribute_values(":sequence", number(sequence));
    update.send().await.expect("written");
}

pub fn leg_booked(journal: &[JournalRow]) -> &JournalRow {
    let found = journal.iter().find(|row| row.event_type == "LegBooked");
    found.expect("a leg was booked")
}

#[tokio::test(start_paused = true)]
async fn what_was_lost_on_purpose_is_found_named_and_repaired() {
    let world = World::start().await;
    let booking = confirmed(&world).await;
    let untouched = reconciled(&world, booking, false).await;
    assert_eq!(
        (untouched.compared, named(&untouched)),
        (1, BTreeSet::new()),
        "{untouched:?}"
    );

    let journal = world.journal(booking).await;
    let newest = journal.len() as u64;
    let head = world.head(booking).await;
    // First: the trail's writer hears of it, and fills what it then finds missing.
    count(&world, booking, newest + 9).await;
    world.laptop.cloud.idle().await;
    let journalled = lose_from_journal(&world, booking, 3).await;
    let audited = lose_from_the_trail(&world, booking, 5).await;
    let last_audited = lose_from_the_trail(&world, booking, newest).await;
    lose_a_receipt(&world, booking, 6).await;
    say(&world, &journal[1].recorded().expect("an event")).await;
    say(&world, &made_up(leg_booked(&journal), newest + 3)).await;

    let found = reconciled(&world, booking, false).await;
    let all = |outcome| {
        BTreeSet::from([
            (SaidAgain, 2, "harmless"),
            (JournalMissing, 3, outcome),
            (AuditMissing, 5, outcome),
            (NotReceived, 6, outcome),
            (AuditMissing, newest, outcome),
            (NotJournalled, newest + 3, "left"),
            (HeadAhead, newest + 9, outcome),
        ])
    };
    assert_eq!(named(&found), all("repairable"), "{found:#?}");
    let again = reconciled(&world, booking, false).await;
    assert_eq!(again.findings, found.findings, "looking changes nothing");

    let repaired = reconciled(&world, booking, true).await;
    assert_eq!(named(&repaired), all("repaired"), "{repaired:#?}");
    world.laptop.cloud.idle().await;

    // Put back as they were, but for what the one who asked was told, which is kept nowhere else.
    let mut expected = journalled;
    expected["result"] = Value::Null;
    assert_eq!(json!(world.journal(booking).await[2]), expected);
    let trail = world
        .query("AuditLogTable", "bookingId", &booking.to_string())
        .await;
    assert_eq!(
        (&trail[4], &trail[newest as usize - 1]),
        (&audited, &last_audited)
    );
    assert_eq!(world.head(booking).await, head);
    world.check_ended(booking).await;

    let left = BTreeSet::from([(SaidAgain, 2, "harmless"), (NotJournalled, newest + 3, "left")]);
    let afterwards = reconciled(&world, booking, true).await;
    assert_eq!(named(&afterwards), left, "{afterwards:#?}");
    said_once(&world, booking, newest + 3).await;
}

/// With the evidence, and only once however often somebody looks.
async fn said_once(world: &World, booking: BookingId, sequence: u64) {
    let aggregate = AggregateId::records_of(&booking.into());
    let rows = world
        .query("JournalTable", "aggregateId", aggregate.as_str())
        .await;
    let [row] = rows.as_slice() else {
        panic!("said {} times", rows.len())
    };
    let row: JournalRow = serde_json::from_value(row.clone()).expect("a row");
    let data = row.recorded().expect("an event").detail.data;
    assert_eq!(data["about"], booking.to_string());
    assert_eq!(data["discrepancies"][0]["kind"], "not_journalled");
    assert_eq!(data["discrepancies"][0]["sequence"], sequence);
    let heard = world
        .query("ReceiptsTable", "aggregateId", aggregate.as_str())
        .await;
    assert_eq!(heard.len(), 1, "and the bus received it");
}

/// The service may save and not publish: the event never reaches the bus, and the booking stands still.
#[tokio::test(start_paused = true)]
async fn an_event_that_never_reached_the_bus_is_said_again_and_the_booking_goes_on() {
    const SILENT: &str = "PolicyRetrieveFunction";
    let world = World::start().await;
    let endpoint = world.laptop.cloud.endpoint();
    let functions = &world.laptop.cloud.template().functions;
    let function = functions.iter().find(|function| function.logical_id == SILENT);
    let all = function.expect("a function").grants.statements.clone();
    let publishes = |statement: &Statement| {
        let actions = statement.actions().unwrap_or_default();
        actions.iter().any(|action| action == "events:PutEvents")
    };
    let silent = all.iter().filter(|statement| !publishes(statement)).cloned();
    endpoint.set_policies(SILENT, Policies::new(silent.collect()));

    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = traveller.request(LISBON).await;
    while world.journal(booking).await.len() < 2 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let found = reconciled(&world, booking, false).await;
    assert_eq!(
        named(&found),
        BTreeSet::from([(NotReceived, 2, "repairable")]),
        "{found:#?}"
    );
    assert_eq!(found.findings[0].event.as_deref(), Some("PolicyRetrieved"));

    reconciled(&world, booking, true).await;
    traveller.until(is_options).await;
    endpoint.set_policies(SILENT, Policies::new(all));
}

#[tokio::test(start_paused = true)]
async fn nobody_has_to_ask() {
    let world = World::start().await;
    let booking = confirmed(&world).await;
    lose_from_the_trail(&world, booking, 4).await;
    lose_a_receipt(&world, booking, 7).await;
    tokio::time::sleep(MINUTE * 90).await;
    world.check_ended(booking).await;
    let report = reconciled(&world, booking, false).await;
    assert_eq!(named(&report), BTreeSet::new(), "{report:#?}");
}
