//! What is no booking: people, budgets, policies, refused attempts. Their chains are in the order of arrival, so a place
//! in Journal is no place in the trail: rows are told by their events.

use std::collections::{BTreeMap, BTreeSet};

use events_schema::audit::DiscrepancyKind;
use events_schema::rows::JournalRow;

use super::{Bounds, Finding, Records, Remedy, is_audited_at, not_journalled, said_again};
use crate::chain::{AuditRow, link};
use crate::entry::Entry;
use crate::facts::chain;

pub(super) fn findings(records: &Records, bounds: &Bounds) -> Vec<Finding> {
    let newest = records.journal.iter().map(|row| row.sequence).max().unwrap_or(0);
    let mut findings = holes(records, newest);
    findings.extend(unaudited(records, bounds));
    findings
}

fn holes(records: &Records, newest: u64) -> Vec<Finding> {
    let known: BTreeSet<_> = records.journal.iter().map(|row| row.sequence).collect();
    let missing = (1..=newest).filter(|sequence| !known.contains(sequence));
    let missing = missing.map(|sequence| Finding {
        kind: DiscrepancyKind::JournalMissing,
        sequence,
        event: None,
        evidence: format!("Journal goes on behind {sequence} and has no row there"),
        remedy: Remedy::Leave("nothing proves what it held"),
    });
    let strangers = records
        .receipts
        .iter()
        .filter(|receipt| !known.contains(&receipt.sequence));
    let strangers = strangers.filter(|receipt| receipt.sequence > newest);
    let strangers = strangers.map(|receipt| not_journalled(receipt, newest));
    missing.chain(strangers).collect()
}

fn unaudited(records: &Records, bounds: &Bounds) -> Vec<Finding> {
    let written: BTreeSet<_> = records.audit.iter().map(|row| row.event_id).collect();
    let mut findings = Vec::new();
    for row in &records.journal {
        let Ok(recorded) = row.recorded() else { continue };
        let Ok(chain) = chain(&recorded) else { continue };
        if written.contains(&recorded.detail.meta.event_id) || !is_audited_at(row.occurred_at, bounds) {
            continue;
        }
        findings.push(Finding {
            kind: DiscrepancyKind::AuditMissing,
            sequence: row.sequence,
            event: Some(row.event_type.clone()),
            evidence: format!(
                "Journal has {} at {}; the chain {chain} has no row of it",
                row.event_type, row.sequence
            ),
            remedy: rechained(&chain, row, &records.audit).unwrap_or_else(|| said_again(row, bounds)),
        });
    }
    findings
}

/// Into the hole whose next row proves that this is what stood there. Without one, whoever writes the chain has not seen
/// it, or the end was taken off: what they remember tells them which, once it is said again.
fn rechained(chain: &str, row: &JournalRow, audit: &[AuditRow]) -> Option<Remedy> {
    let rows: BTreeMap<_, _> = audit
        .iter()
        .filter(|row| row.booking_id == chain)
        .map(|row| (row.position(), row))
        .collect();
    let holes = rows
        .keys()
        .filter(|position| **position > 1 && !rows.contains_key(&(*position - 1)));
    for behind in holes {
        let position = behind - 1;
        let previous = rows.get(&(position - 1)).copied();
        let Some(made) = made(chain, position, previous, row) else {
            continue;
        };
        if made.hash == rows[behind].previous_hash {
            return Some(Remedy::Chain(Box::new(made)));
        }
    }
    None
}

/// As `audit-facts` writes it.
fn made(chain: &str, position: u64, previous: Option<&AuditRow>, row: &JournalRow) -> Option<AuditRow> {
    let recorded = row.recorded().ok()?;
    let text = serde_json::to_string(&recorded).ok()?;
    link(chain, position, previous, Entry::of_event(recorded, &text)).ok()
}
