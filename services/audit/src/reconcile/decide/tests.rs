//! Given the records of one history, what is found. What the repairs do is seen from outside, in `tests/end_to_end`.

use events_schema::audit::DiscrepancyKind::{self, *};
use events_schema::catalogue::catalogue;
use events_schema::envelope::{AggregateType, Recorded};
use events_schema::ids::{AggregateId, EventId};
use events_schema::rows::{BookingRow, JournalRow, LastEvent};
use events_schema::samples;
use events_schema::state::BookingState;
use jiff::SignedDuration;
use serde_json::Value;

use super::*;
use crate::chain::{content_hash, link};
use crate::entry::Entry;

const EVENTS: u64 = 6;

fn bounds() -> Bounds {
    Bounds {
        now: samples::now() + SignedDuration::from_hours(1),
        settled: SignedDuration::from_secs(60),
        receipts_since: Some(samples::now() - SignedDuration::from_hours(1)),
    }
}

fn journalled(aggregate: &AggregateId, sequence: u64, mut event: Recorded) -> JournalRow {
    let meta = &mut event.detail.meta;
    meta.aggregate_id = aggregate.clone();
    meta.sequence = sequence;
    meta.event_id = EventId::of(aggregate, sequence);
    JournalRow {
        aggregate_id: aggregate.clone(),
        sequence,
        cause_key: format!("somebody:{sequence}"),
        result: Value::Null,
        event_type: event.detail_type.clone(),
        correlation_id: event.detail.meta.correlation_id,
        occurred_at: event.detail.meta.occurred_at,
        event: serde_json::to_string(&event).unwrap(),
    }
}

fn receipt(row: &JournalRow) -> Receipt {
    Receipt {
        aggregate_id: row.aggregate_id.clone(),
        sequence: row.sequence,
        event_type: row.event_type.clone(),
        event: row.event.clone(),
        received_at: row.occurred_at,
        entries: vec![format!("entry-{}", row.sequence)],
        contents: vec![content_hash(&row.recorded().unwrap()).unwrap()],
    }
}

/// A booking whose records agree.
fn booking() -> Records {
    let aggregate = AggregateId::from(samples::booking());
    let events = catalogue()
        .into_iter()
        .filter(|event| event.aggregate == AggregateType::Booking);
    let journal: Vec<_> = (1..=EVENTS)
        .zip(events)
        .map(|(sequence, event)| journalled(&aggregate, sequence, event.example()))
        .collect();
    let mut audit: Vec<AuditRow> = Vec::new();
    for row in &journal {
        let entry = Entry::of_row(row).unwrap();
        audit.push(link(aggregate.as_str(), row.sequence, audit.last(), entry).unwrap());
    }
    let head = BookingRow {
        employee_id: samples::employee(),
        booking_id: samples::booking(),
        state: BookingState::OptionsRanked,
        sequence: EVENTS,
        round: 0,
        execution_id: None,
        cancel_requested: false,
        previous_booking: None,
        due_at: None,
        due_partition: None,
        sweeps: 0,
        last_event: LastEvent {
            event_id: EventId::of(&aggregate, EVENTS),
            name: "OptionsRanked".into(),
        },
        cost_centre: samples::cost_centre(),
        correlation_id: EventId::of(&aggregate, 1),
        created_at: samples::now(),
        updated_at: samples::now(),
    };
    Records {
        receipts: journal.iter().map(receipt).collect(),
        head: Some(head),
        aggregate,
        journal,
        audit,
    }
}

fn remedy(finding: &Finding) -> &'static str {
    match finding.remedy {
        Remedy::Restore(_) => "restore",
        Remedy::CountBack { .. } => "count back",
        Remedy::Chain(_) => "chain",
        Remedy::Publish => "publish",
        Remedy::Harmless => "harmless",
        Remedy::Leave(_) => "leave",
    }
}

type Change = fn(&mut Records);

fn check(name: &str, change: Change, expected: &[(DiscrepancyKind, u64, &str)]) {
    let mut records = booking();
    change(&mut records);
    let findings = compare(&records, &bounds()).expect("at rest");
    let found: Vec<_> = findings.iter().map(|f| (f.kind, f.sequence, remedy(f))).collect();
    assert_eq!(found, expected, "{name}: {findings:#?}");
}

fn drop_journal(records: &mut Records, sequence: u64) {
    records.journal.retain(|row| row.sequence != sequence);
}

fn drop_audit(records: &mut Records, sequence: u64) {
    records.audit.retain(|row| row.position() != sequence);
}

fn drop_receipt(records: &mut Records, sequence: u64) {
    records.receipts.retain(|receipt| receipt.sequence != sequence);
}

fn head(records: &mut Records) -> &mut BookingRow {
    records.head.as_mut().expect("a head")
}

#[test]
fn records_that_agree_say_nothing() {
    check("whole", |_| {}, &[]);
}

#[test]
fn one_record_proves_what_another_held() {
    check(
        "a Journal row",
        |r| drop_journal(r, 3),
        &[(JournalMissing, 3, "restore")],
    );
    check(
        "the last one",
        |r| drop_journal(r, 6),
        &[(JournalMissing, 6, "restore")],
    );
    check(
        "an audit row",
        |r| drop_audit(r, 3),
        &[(AuditMissing, 3, "chain")],
    );
    check("the first", |r| drop_audit(r, 1), &[(AuditMissing, 1, "chain")]);
    check(
        "three in a row",
        |r| (2..=4).for_each(|n| drop_audit(r, n)),
        &[
            (AuditMissing, 2, "chain"),
            (AuditMissing, 3, "chain"),
            (AuditMissing, 4, "chain"),
        ],
    );
    check(
        "all",
        |r| r.audit.clear(),
        &[1, 2, 3, 4, 5, 6].map(|n| (AuditMissing, n, "chain")),
    );
    check(
        "never said",
        |r| drop_receipt(r, 4),
        &[(NotReceived, 4, "publish")],
    );
    check(
        "counts ahead",
        |r| head(r).sequence = 9,
        &[(HeadAhead, 9, "count back")],
    );
    check(
        "said twice",
        |r| r.receipts[1].entries.push("again".into()),
        &[(SaidAgain, 2, "harmless")],
    );
}

#[test]
fn an_audit_row_is_written_again_as_it_was() {
    let mut records = booking();
    let lost = records.audit[2].clone();
    drop_audit(&mut records, 3);
    let findings = compare(&records, &bounds()).expect("at rest");
    assert_eq!(findings[0].remedy, Remedy::Chain(Box::new(lost)));
}

#[test]
fn what_nothing_proves_is_left() {
    check(
        "nobody has its words",
        |r| {
            drop_journal(r, 3);
            drop_receipt(r, 3);
        },
        &[(JournalMissing, 3, "leave")],
    );
    check(
        "other words than the trail's",
        |r| {
            drop_journal(r, 3);
            r.receipts[2].event = r.receipts[1].event.clone();
        },
        &[(JournalMissing, 3, "leave")],
    );
    check(
        "only the bus has it",
        |r| {
            drop_journal(r, 3);
            drop_audit(r, 3);
        },
        &[(JournalMissing, 3, "leave")],
    );
    check(
        "the next row does not prove it",
        |r| {
            drop_audit(r, 3);
            r.audit[2].previous_hash = "00".into();
        },
        &[(AuditMissing, 3, "leave"), (AuditDiffers, 4, "leave")],
    );
    check(
        "a changed row",
        |r| r.audit[2].actor = "somebody-else".into(),
        &[(AuditDiffers, 3, "leave")],
    );
    check(
        "of another event",
        |r| r.audit[2].event_hash = "00".into(),
        &[(AuditDiffers, 3, "leave")],
    );
    check(
        "two things were said",
        |r| r.receipts[2].contents.push("00".into()),
        &[(ReceivedDiffers, 3, "leave")],
    );
    check("no head", |r| r.head = None, &[(HeadMissing, 6, "leave")]);
    check(
        "the head is behind",
        |r| {
            head(r).sequence = 4;
            let earlier = EventId::of(&r.aggregate, 4);
            head(r).last_event.event_id = earlier;
        },
        &[(HeadBehind, 6, "leave")],
    );
    check(
        "the head names an event of nobody",
        |r| {
            head(r).sequence = 9;
            let other = EventId::of(&r.aggregate, 8);
            head(r).last_event.event_id = other;
        },
        &[(HeadAhead, 9, "leave")],
    );
    check(
        "nobody has the newest",
        |r| {
            drop_journal(r, 6);
            drop_audit(r, 6);
            drop_receipt(r, 6);
        },
        &[(JournalMissing, 6, "leave")],
    );
    check(
        "a stranger's event",
        |r| {
            let mut stranger = r.receipts[5].clone();
            stranger.sequence = 12;
            r.receipts.push(stranger);
        },
        &[(NotJournalled, 12, "leave")],
    );
}

#[test]
fn what_is_on_its_way_too_old_or_from_before_is_not_missed() {
    let mut records = booking();
    drop_receipt(&mut records, 4);
    let mut at = bounds();
    at.settled = SignedDuration::from_hours(2);
    assert_eq!(compare(&records, &at), None, "it moves");
    let nothing = [
        ("before the first receipt", Some(samples::later())),
        ("no receipts at all", None),
    ];
    for (name, receipts_since) in nothing {
        let at = Bounds {
            receipts_since,
            ..bounds()
        };
        assert_eq!(compare(&records, &at), Some(Vec::new()), "{name}");
    }
    at = bounds();
    at.now = samples::now() + SignedDuration::from_hours(21 * 24);
    let findings = compare(&records, &at).expect("at rest");
    assert_eq!(remedy(&findings[0]), "leave", "consumers would take it for new");
    at.now = samples::now() + SignedDuration::from_hours(399 * 24);
    assert_eq!(compare(&records, &at), Some(Vec::new()), "receipts have expired");
    drop_audit(&mut records, 2);
    at.now = samples::now() + SignedDuration::from_hours(730 * 24);
    assert_eq!(compare(&records, &at), Some(Vec::new()), "and the trail");
}

/// Of people and budgets the trail is in the order of arrival: here the second came first.
#[test]
fn facts_are_told_by_their_events() {
    let aggregate = AggregateId::budget(&samples::cost_centre());
    let event = catalogue()
        .into_iter()
        .find(|event| event.name == "BudgetSet")
        .unwrap();
    let journal: Vec<_> = (1..=4)
        .map(|n| journalled(&aggregate, n, event.example()))
        .collect();
    let mut audit: Vec<AuditRow> = Vec::new();
    for (position, at) in (1..).zip([1, 0, 2, 3]) {
        let recorded = journal[at].recorded().unwrap();
        let entry = Entry::of_event(recorded, &journal[at].event);
        audit.push(link(aggregate.as_str(), position, audit.last(), entry).unwrap());
    }
    let whole = Records {
        receipts: journal.iter().map(receipt).collect(),
        head: None,
        aggregate,
        journal,
        audit,
    };
    let cases: [(&str, Change, &[(DiscrepancyKind, u64, &str)]); 5] = [
        ("whole", |_| {}, &[]),
        (
            "within the chain",
            |r| drop_audit(r, 2),
            &[(AuditMissing, 1, "chain")],
        ),
        (
            "at its end",
            |r| drop_audit(r, 4),
            &[(AuditMissing, 4, "publish")],
        ),
        (
            "a hole in Journal",
            |r| drop_journal(r, 3),
            &[(JournalMissing, 3, "leave")],
        ),
        (
            "a stranger's",
            |r| {
                let mut stranger = r.receipts[0].clone();
                stranger.sequence = 7;
                r.receipts.push(stranger);
            },
            &[(NotJournalled, 7, "leave")],
        ),
    ];
    for (name, change, expected) in cases {
        let mut records = whole.clone();
        change(&mut records);
        let findings = compare(&records, &bounds()).expect("at rest");
        let found: Vec<_> = findings.iter().map(|f| (f.kind, f.sequence, remedy(f))).collect();
        assert_eq!(found, expected, "{name}: {findings:#?}");
    }
}
