//! What the records of one history say against each other, and what would put it right. Pure.
//!
//! Nothing here guesses. A record is repaired only from another one that proves what it held: a Journal row from what the
//! bus received, if the audit trail has the hash of just that; an audit row from Journal, if the row behind it holds the
//! hash that comes of it. Everything else is left for somebody to look at.

mod booking;
mod facts;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use events_schema::audit::DiscrepancyKind;
use events_schema::ids::{AggregateId, BookingId};
use events_schema::rows::{BookingRow, JournalRow};
use jiff::{SignedDuration, Timestamp};

use crate::chain::{self, AuditRow, content_hash};
use crate::receipts::{self, Receipt};

/// Consumers remember for 30 days what they have seen. What is published again must reach them well within.
const PUBLISHABLE: SignedDuration = SignedDuration::from_hours(20 * 24);
/// DynamoDB drops expired rows when it gets round to it, a few days late at most.
const EXPIRY_MARGIN: SignedDuration = SignedDuration::from_hours(3 * 24);

/// Everything that is kept of one history.
#[derive(Clone, Debug, PartialEq)]
pub struct Records {
    pub aggregate: AggregateId,
    pub head: Option<BookingRow>,
    pub journal: Vec<JournalRow>,
    pub audit: Vec<AuditRow>,
    pub receipts: Vec<Receipt>,
}

/// What may be asked of the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub now: Timestamp,
    /// For how long a history must have been at rest: what is on its way is not lost.
    pub settled: SignedDuration,
    /// When the first receipt was written; absent where there is none yet.
    pub receipts_since: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub kind: DiscrepancyKind,
    pub sequence: u64,
    pub event: Option<String>,
    pub evidence: String,
    pub remedy: Remedy,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Remedy {
    /// Put the Journal row back.
    Restore(Box<JournalRow>),
    /// Let the head count what there is.
    CountBack { from: u64, to: u64 },
    /// Put the audit row back into its chain.
    Chain(Box<AuditRow>),
    /// Say it again: whoever has heard it remembers.
    Publish,
    /// Nothing is lost.
    Harmless,
    /// Nothing proves what would be right.
    Leave(&'static str),
}

/// `None` while the history moves.
pub fn compare(records: &Records, bounds: &Bounds) -> Option<Vec<Finding>> {
    let moved = [
        records.head.as_ref().map(|head| head.updated_at),
        records.journal.iter().map(|row| row.occurred_at).max(),
        records.receipts.iter().map(|receipt| receipt.received_at).max(),
    ];
    if moved
        .into_iter()
        .flatten()
        .any(|at| at + bounds.settled > bounds.now)
    {
        return None;
    }
    let mut findings = match records.aggregate.as_str().parse::<BookingId>() {
        Ok(_) => booking::findings(records, bounds),
        Err(_) => facts::findings(records, bounds),
    };
    findings.extend(on_the_bus(records, bounds));
    findings.sort_by_key(|finding| finding.sequence);
    Some(findings)
}

/// Journal against what the bus received.
fn on_the_bus(records: &Records, bounds: &Bounds) -> Vec<Finding> {
    let receipts: BTreeMap<_, _> = records.receipts.iter().map(|r| (r.sequence, r)).collect();
    let mut findings = Vec::new();
    for row in &records.journal {
        let finding = match receipts.get(&row.sequence) {
            None => not_received(row, bounds),
            Some(receipt) => received(row, receipt),
        };
        findings.extend(finding);
    }
    findings
}

fn not_received(row: &JournalRow, bounds: &Bounds) -> Option<Finding> {
    let since = bounds.receipts_since?;
    let kept = bounds.now - receipts::KEPT + EXPIRY_MARGIN;
    if row.occurred_at < since || row.occurred_at < kept {
        return None;
    }
    Some(Finding {
        kind: DiscrepancyKind::NotReceived,
        sequence: row.sequence,
        event: Some(row.event_type.clone()),
        evidence: format!(
            "Journal has {} at {} from {}; the bus never received it",
            row.event_type, row.sequence, row.occurred_at
        ),
        remedy: said_again(row, bounds),
    })
}

fn said_again(row: &JournalRow, bounds: &Bounds) -> Remedy {
    match row.occurred_at + PUBLISHABLE > bounds.now {
        true => Remedy::Publish,
        false => Remedy::Leave("it is too old to be said again: consumers remember for 30 days"),
    }
}

fn received(row: &JournalRow, receipt: &Receipt) -> Option<Finding> {
    let ours = row.recorded().and_then(|recorded| content_hash(&recorded));
    let ours = ours.unwrap_or_else(|_| "unreadable".into());
    let other = receipt.contents.iter().find(|hash| **hash != ours);
    let (kind, evidence, remedy) = match other {
        Some(other) => (
            DiscrepancyKind::ReceivedDiffers,
            format!(
                "Journal has {} with the hash {ours}; the bus received another under this place, with {other}",
                row.event_type
            ),
            Remedy::Leave("what was said cannot be unsaid"),
        ),
        None if receipt.entries.len() > 1 => (
            DiscrepancyKind::SaidAgain,
            format!(
                "the bus received {} {} times",
                row.event_type,
                receipt.entries.len()
            ),
            Remedy::Harmless,
        ),
        None => return None,
    };
    Some(Finding {
        kind,
        sequence: row.sequence,
        event: Some(row.event_type.clone()),
        evidence,
        remedy,
    })
}

/// Received, and nobody of ours has written it down.
fn not_journalled(receipt: &Receipt, newest: u64) -> Finding {
    Finding {
        kind: DiscrepancyKind::NotJournalled,
        sequence: receipt.sequence,
        event: Some(receipt.event_type.clone()),
        evidence: format!(
            "the bus received {} at {} on {}; the newest event known here is {newest}",
            receipt.event_type, receipt.sequence, receipt.received_at
        ),
        remedy: Remedy::Leave("what was said cannot be unsaid"),
    }
}

/// Whether the audit trail still has to have what happened then.
fn is_audited_at(at: Timestamp, bounds: &Bounds) -> bool {
    at > bounds.now - chain::KEPT + EXPIRY_MARGIN
}
