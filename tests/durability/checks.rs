//! The invariants, over HTTP and in the supplier's own order book, after everything has ended. Beside this: legs and
//! their undoing ([`legs`]), who decided ([`decisions`]), a replay ([`replayed`]). I11 needs a model, which is not in
//! play here.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use aws_sdk_sfn::types::ExecutionStatus;
use aws_types::SdkConfig;
use events_schema::ids::{ActionId, BookingId};
use events_schema::problem::ErrorCode;
use events_schema::rows::JournalRow;
use events_schema::socket::{Command, FrameBody};
use rust_decimal::Decimal;
use serde_json::Value;
use sojourn::commands::outside;
use sojourn::laptop::{Identity, SAMPLE_PEOPLE};
use sojourn::running::Running;
use sojourn::traveller::Traveller;

use super::contest::Decided;
use super::journey::{Ended, now};
use super::supplier::Outside;
use super::{decisions, legs, poison, replayed};
use crate::records::Records;

/// For what follows the last event of a booking: audit, archive, executions that end.
const SETTLING: Duration = Duration::from_secs(300);
const LOOK: Duration = Duration::from_millis(250);

pub type Journals = BTreeMap<BookingId, Vec<JournalRow>>;

/// Panics at the first invariant that does not hold; else gives a line of what was looked at.
pub async fn check(
    running: &Running,
    data: &Path,
    supplier: &Outside,
    ended: &[Ended],
    contests: &[Decided],
) -> String {
    let aws = outside::sdk_config(running);
    let records = Records {
        dynamo: aws_sdk_dynamodb::Client::new(&aws),
    };
    let mut journals = Journals::new();
    for end in ended {
        journals.insert(end.booking, records.journal(end.booking).await);
    }
    settle(&records, &aws, &journals).await;
    let heads = records.scan("BookingsTable").await;
    assert_eq!(heads.len(), ended.len(), "I1: one booking for each request");
    for end in ended {
        records.check_ended(end.booking).await;
    }
    legs::check(&records.scan("LegsTable").await, &journals, supplier, ended);
    budget_balances(&records, &journals).await;
    decisions::check(&records, &journals, contests).await;
    strangers_see_nothing(running, data, &records, &journals, ended).await;
    let events: usize = journals.values().map(Vec::len).sum();
    let letters = dead_letters(&aws).await;
    let replayed = replayed::check(&records, &aws, data, &journals, supplier).await;
    format!(
        "{events} events, {} orders, {} contests, {letters} dead letters of time-outs; {replayed} events replayed \
         without effect",
        supplier.orders().len(),
        contests.len()
    )
}

async fn settle(records: &Records, aws: &SdkConfig, journals: &Journals) {
    let mut behind = String::new();
    let wait = async {
        loop {
            behind = what_is_behind(records, aws, journals).await;
            if behind.is_empty() {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    let settled = tokio::time::timeout(SETTLING, wait).await;
    assert!(settled.is_ok(), "not settled: {behind}");
}

/// The first thing that is not through yet: the audit (I5), an execution that runs (I2), the archive of everything
/// published (I7), the poison (I9).
async fn what_is_behind(records: &Records, aws: &SdkConfig, journals: &Journals) -> String {
    for (booking, journal) in journals {
        let key = booking.to_string();
        let audited = records.query("AuditLogTable", "bookingId", &key).await.len();
        if audited < journal.len() {
            return format!("{booking}: {audited} audit rows for {} events", journal.len());
        }
    }
    let states = aws_sdk_sfn::Client::new(aws);
    let machines = states
        .list_state_machines()
        .send()
        .await
        .expect("Step Functions answers");
    for machine in machines.state_machines() {
        let running = states
            .list_executions()
            .state_machine_arn(machine.state_machine_arn())
            .status_filter(ExecutionStatus::Running);
        let running = running.send().await.expect("Step Functions answers");
        if let [first, ..] = running.executions() {
            return format!("{} is running", first.name());
        }
    }
    let events: usize = journals.values().map(Vec::len).sum();
    let archived = archived(aws).await;
    if archived < events {
        return format!("{archived} events in the archive for {events} in Journal");
    }
    if !poison::is_dead(aws).await {
        return "the poison is still being tried".into();
    }
    String::new()
}

async fn archived(aws: &SdkConfig) -> usize {
    let events = aws_sdk_eventbridge::Client::new(aws);
    let archives = events.list_archives().send().await.expect("EventBridge answers");
    let counts = archives.archives().iter().map(|archive| archive.event_count());
    usize::try_from(counts.max().expect("an archive")).expect("a count")
}

/// I9: beside the one poison, all that may be in a queue is what a busy machine had no time for, as its letter says; its
/// booking has ended all the same. How many there are.
async fn dead_letters(aws: &SdkConfig) -> usize {
    let sqs = aws_sdk_sqs::Client::new(aws);
    let queues = sqs
        .list_queues()
        .max_results(1000)
        .send()
        .await
        .expect("SQS answers");
    assert!(!queues.queue_urls().is_empty(), "the stack has queues");
    let (mut count, mut poisoned) = (0, 0);
    for url in queues.queue_urls() {
        loop {
            let asked = sqs
                .receive_message()
                .queue_url(url)
                .max_number_of_messages(10)
                .visibility_timeout(600);
            let received = asked.send().await.expect("SQS answers");
            if received.messages().is_empty() {
                break;
            }
            for message in received.messages() {
                let letter = message.body().unwrap_or_default();
                if poison::is_its_letter(url, letter) {
                    poisoned += 1;
                    continue;
                }
                assert!(letter.contains("Sandbox.Timedout"), "I9: {url} holds {letter}");
                count += 1;
            }
        }
    }
    assert_eq!(poisoned, poison::QUEUES.len(), "I9: the poison's own letters");
    count
}

/// I3: captured is the sum of what was confirmed, set aside is only what waits for a person, and the limit has not
/// changed.
async fn budget_balances(records: &Records, journals: &Journals) {
    let entries = records.scan("BudgetsTable").await;
    let limit = entries
        .iter()
        .find(|row| row["entry"] == "limit")
        .expect("the sample budget");
    let figure = |name: &str| -> Decimal { decimal(&limit[name]) };
    let sum = |event: &str, amount: &str| -> Decimal {
        let found = journals.values().filter_map(|journal| find(journal, event));
        found
            .map(|row| data(row)[amount]["amount"].clone())
            .filter(|amount| !amount.is_null())
            .map(|amount| decimal(&amount))
            .sum()
    };
    let confirmed = sum("BookingConfirmed", "total");
    let held = sum("BookingNeedsAttention", "reserved");
    assert_eq!(figure("reserved").round_dp(2), held.round_dp(2), "I3: reserved");
    let captured: Decimal = entries
        .iter()
        .filter(|row| row["state"] == "captured")
        .map(|row| decimal(&row["amount"]["amount"]))
        .sum();
    assert_eq!(
        figure("captured").round_dp(2),
        captured.round_dp(2),
        "I3: captured"
    );
    assert_eq!(
        captured.round_dp(2),
        confirmed.round_dp(2),
        "I3: captured and confirmed"
    );
    let whole = figure("available") + figure("captured") + figure("reserved");
    assert_eq!(whole.round_dp(2), Decimal::from(250_000), "I3: the limit");
}

/// I10: a booking can be neither followed nor cancelled by somebody who has nothing to do with it, and that is why: an
/// answer of something else having gone wrong is none.
async fn strangers_see_nothing(
    running: &Running,
    data: &Path,
    records: &Records,
    journals: &Journals,
    ended: &[Ended],
) {
    let end = ended
        .iter()
        .find(|end| end.traveller.name == "traveller")
        .expect("a trip of theirs");
    let before = &journals[&end.booking];
    let stranger = SAMPLE_PEOPLE
        .iter()
        .find(|person| person.name == "traveller-2")
        .expect("a sample");
    let identity = Identity::open(data).expect("the key is kept");
    let employee = events_schema::ids::EmployeeId::new(stranger.employee);
    let token = identity.token(&employee, stranger.roles, now()).expect("a token");
    let mut socket = Traveller::connect(&running.socket, &token).await.expect("let in");
    let booking_id = end.booking;
    let resume = Command::Resume { booking_id, after: 0 };
    let cancel = Command::CancelBooking {
        action_id: ActionId::new("a-strangers"),
        booking_id,
    };
    for command in [resume, cancel] {
        socket.send(&command).await.expect("sent");
        let code = refusal(&mut socket, booking_id).await;
        assert!(
            matches!(code, ErrorCode::Forbidden | ErrorCode::NotFound),
            "I10: {command:?}: {code:?}"
        );
    }
    let after = records.journal(booking_id).await;
    assert_eq!(after.len(), before.len(), "I10: a stranger moved {booking_id}");
}

/// Whatever else comes says nothing of the booking.
async fn refusal(socket: &mut Traveller, booking: BookingId) -> ErrorCode {
    loop {
        let frame = socket.next_within(SETTLING).await.expect("an answer").frame;
        if let FrameBody::Error { code, .. } = frame.body {
            return code;
        }
        assert_ne!(frame.booking_id, Some(booking), "I10: {frame:?}");
    }
}

pub fn find<'a>(journal: &'a [JournalRow], event: &str) -> Option<&'a JournalRow> {
    journal.iter().find(|row| row.event_type == event)
}

pub fn count(journal: &[JournalRow], event: &str) -> usize {
    journal.iter().filter(|row| row.event_type == event).count()
}

/// What the event says.
pub fn data(row: &JournalRow) -> Value {
    let event: Value = serde_json::from_str(&row.event).expect("an event");
    event["detail"]["data"].clone()
}

fn decimal(value: &Value) -> Decimal {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse().unwrap_or_else(|error| panic!("{value}: {error}"))
}
