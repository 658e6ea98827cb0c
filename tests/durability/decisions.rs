//! I8 and I5: every question has one answer, competing ones have one winner, and the audit says who decided what, on
//! which evidence, and who else tried.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use audit::AuditRow;
use events_schema::ids::{BookingId, DecisionId};
use events_schema::rows::{DecisionAnswer, DecisionRow, DecisionState, JournalRow};
use events_schema::socket::{Command, Verdict};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::checks::{Journals, data};
use super::contest::{Decided, Side};
use crate::records::Records;

/// For a refused attempt to be in the audit.
const WRITTEN_WITHIN: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(250);

type Decisions = BTreeMap<(BookingId, DecisionId), DecisionRow>;

/// The events by which people decide.
const DECIDING: &[&str] = &[
    "OptionSelected", "ApprovalGranted", "ApprovalDeclined", "PurchaseConfirmed", "PurchaseDeclined",
];

pub async fn check(records: &Records, journals: &Journals, contests: &[Decided]) {
    let mut decisions = Decisions::new();
    for row in records.scan("DecisionsTable").await {
        let row: DecisionRow = serde_json::from_value(row).expect("a decision");
        assert_ne!(row.state, DecisionState::Open, "I8: {row:?}");
        let taken = row.state == DecisionState::Taken;
        assert_eq!(taken, row.answer.is_some(), "I8: {row:?}");
        decisions.insert((row.booking_id, row.decision.clone()), row);
    }
    for (booking, journal) in journals {
        one_answer_each(*booking, journal, &decisions);
        let audited = rows(records, &booking.to_string()).await;
        audit_says_it_all(*booking, journal, &audited, &decisions);
    }
    for contest in contests {
        the_winner_decided(contest, journals, &decisions);
        the_loser_is_written_down(records, contest).await;
    }
}

/// Every cause moved its booking once, every question was answered by one event, and what was answered is what its row
/// says.
fn one_answer_each(booking: BookingId, journal: &[JournalRow], decisions: &Decisions) {
    let mut causes = BTreeSet::new();
    let mut answered = BTreeSet::new();
    for row in journal {
        let cause = &row.cause_key;
        assert!(causes.insert(cause), "I8: {booking}: two answers to {cause}");
        if DECIDING.contains(&row.event_type.as_str()) {
            let question = question(row);
            assert_eq!(
                decisions[&(booking, question.clone())].state,
                DecisionState::Taken,
                "I8: {booking}: {question}"
            );
            assert!(
                answered.insert(question.clone()),
                "I8: {booking}: {question} twice"
            );
        }
    }
    let taken = decisions.values().filter(|row| row.booking_id == booking);
    let taken = taken.filter(|row| row.state == DecisionState::Taken).count();
    assert_eq!(taken, answered.len(), "I7: {booking}: answers and their events");
}

/// I5: row by row the very events of Journal, what brought them about, what they rest on, and whose doing they were.
fn audit_says_it_all(
    booking: BookingId,
    journal: &[JournalRow],
    audited: &[AuditRow],
    decisions: &Decisions,
) {
    assert_eq!(audited.len(), journal.len(), "I5: {booking}");
    for (event, row) in journal.iter().zip(audited) {
        let place = format!("I5: {booking} {} {}", event.sequence, event.event_type);
        assert_eq!(row.position(), event.sequence, "{place}");
        assert_eq!(row.action, event.event_type, "{place}");
        assert_eq!(row.cause.as_ref(), Some(&event.cause_key), "{place}");
        assert_eq!(
            row.event_hash,
            hex::encode(Sha256::digest(&event.event)),
            "{place}"
        );
        let evidence: Value = serde_json::from_str(&row.evidence).expect("JSON");
        assert_eq!(evidence, data(event), "{place}");
        if DECIDING.contains(&event.event_type.as_str()) {
            let decided = &decisions[&(booking, question(event))];
            let by = decided.decided_by.as_ref().map(ToString::to_string);
            assert_eq!(Some(&row.actor), by.as_ref(), "{place}");
            if let Some(hash) = evidence["quoteHash"].as_str() {
                assert_eq!(hash, decided.quote_hash, "{place}: what was on the screen");
            }
        }
    }
}

/// What became of the booking is what the side said that heard it had won.
fn the_winner_decided(contest: &Decided, journals: &Journals, decisions: &Decisions) {
    let (booking, question) = (contest.contest.booking, &contest.contest.question);
    let row = &decisions[&(booking, question.clone())];
    let winner = contest.winner();
    assert_eq!(row.answer, Some(answer(winner)), "I8: {booking}: {question}");
    let by = row.decided_by.as_ref().map(ToString::to_string);
    assert_eq!(by.as_deref(), Some(contest.contest.by.employee), "I8: {booking}");
    let cause = |side: &Side| format!("{}:{}", contest.contest.by.employee, side.action);
    let moved = |side: &Side| {
        let rows = journals[&booking].iter();
        rows.filter(|row| row.cause_key == cause(side)).count()
    };
    let moves = (moved(winner), moved(contest.loser()));
    assert_eq!(moves, (1, 0), "I8: {booking}: {question}");
}

/// The refused attempt, in the chain of whoever made it, which is written behind the answer.
async fn the_loser_is_written_down(records: &Records, contest: &Decided) {
    let (booking, by) = (contest.contest.booking.to_string(), contest.contest.by.employee);
    let tried = contest.loser().command.name();
    let is_it = |row: &AuditRow| {
        let evidence: Value = serde_json::from_str(&row.evidence).expect("JSON");
        row.actor == by && evidence["booking"] == booking && evidence["action"] == tried
    };
    let written = async {
        while !rows(records, &format!("refused#{by}")).await.iter().any(is_it) {
            tokio::time::sleep(LOOK).await;
        }
    };
    let in_time = tokio::time::timeout(WRITTEN_WITHIN, written).await;
    assert!(
        in_time.is_ok(),
        "I5: that {by} tried to {tried} for {booking} is not in the audit"
    );
}

/// A chain of the audit, which must hold, in its order.
async fn rows(records: &Records, chain: &str) -> Vec<AuditRow> {
    let items = records.query("AuditLogTable", "bookingId", chain).await;
    let read = |item| serde_json::from_value(item).expect("an audit row");
    let rows: Vec<AuditRow> = items.into_iter().map(read).collect();
    audit::verify(&rows).unwrap_or_else(|broken| panic!("I5: {chain}: {broken}"));
    rows
}

fn question(row: &JournalRow) -> DecisionId {
    let data = data(row);
    DecisionId::new(data["decision"].as_str().expect("the question it answers"))
}

fn answer(side: &Side) -> DecisionAnswer {
    match &side.command {
        Command::SelectOption { option_id, .. } => DecisionAnswer::Option(option_id.clone()),
        Command::DecideApproval { decision, .. } | Command::ConfirmPurchase { decision, .. } => {
            match decision {
                Verdict::Yes => DecisionAnswer::Yes,
                Verdict::No => DecisionAnswer::No,
            }
        }
        other => panic!("no answer: {other:?}"),
    }
}
