//! A booking: head, Journal and audit trail count the same events.

use std::collections::BTreeMap;

use events_schema::audit::DiscrepancyKind;
use events_schema::ids::EventId;
use events_schema::rows::{BookingRow, JournalRow};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Bounds, Finding, Records, Remedy, is_audited_at, not_journalled};
use crate::chain::{AuditRow, GENESIS, link};
use crate::entry::Entry;
use crate::receipts::Receipt;

struct Booking<'a> {
    records: &'a Records,
    journal: BTreeMap<u64, &'a JournalRow>,
    audit: BTreeMap<u64, &'a AuditRow>,
    receipts: BTreeMap<u64, &'a Receipt>,
    /// The newest event that there is, by whatever may be trusted on it.
    newest: u64,
}

pub(super) fn findings(records: &Records, bounds: &Bounds) -> Vec<Finding> {
    let booking = Booking::of(records);
    let mut findings: Vec<_> = booking.head().into_iter().collect();
    for sequence in 1..=booking.newest {
        match booking.journal.get(&sequence) {
            None => findings.push(booking.journal_missing(sequence)),
            Some(row) => findings.extend(booking.audited(row, bounds)),
        }
    }
    let strangers = records.receipts.iter().filter(|r| r.sequence > booking.newest);
    findings.extend(strangers.map(|receipt| not_journalled(receipt, booking.newest)));
    findings
}

impl<'a> Booking<'a> {
    fn of(records: &'a Records) -> Self {
        let journal: BTreeMap<_, _> = records.journal.iter().map(|row| (row.sequence, row)).collect();
        let audit: BTreeMap<_, _> = records.audit.iter().map(|row| (row.position(), row)).collect();
        let receipts: BTreeMap<_, _> = records.receipts.iter().map(|r| (r.sequence, r)).collect();
        // A number alone may be wrong, and an event on the bus may be anybody's. The head's last event names its place.
        let head = records
            .head
            .as_ref()
            .filter(|head| head.last_event.event_id == EventId::of(&records.aggregate, head.sequence));
        let last = |of: Option<u64>| of.unwrap_or(0);
        let newest = last(journal.keys().next_back().copied())
            .max(last(audit.keys().next_back().copied()))
            .max(last(head.map(|head| head.sequence)));
        Self {
            records,
            journal,
            audit,
            receipts,
            newest,
        }
    }

    fn head(&self) -> Option<Finding> {
        let Some(head) = &self.records.head else {
            return (self.newest > 0).then(|| {
                self.of_head(
                    DiscrepancyKind::HeadMissing,
                    self.newest,
                    format!("{} events and no head", self.newest),
                    Remedy::Leave("Journal does not hold everything that a head does"),
                )
            });
        };
        if head.sequence > self.newest {
            return Some(self.head_ahead(head));
        }
        (head.sequence < self.newest).then(|| {
            self.of_head(
                DiscrepancyKind::HeadBehind,
                self.newest,
                format!(
                    "the head counts {} events; there are {}",
                    head.sequence, self.newest
                ),
                Remedy::Leave("Journal does not hold everything that a head does"),
            )
        })
    }

    /// Its last event says whether the number alone is wrong.
    fn head_ahead(&self, head: &BookingRow) -> Finding {
        let names_newest = head.last_event.event_id == EventId::of(&self.records.aggregate, self.newest);
        let remedy = match names_newest {
            true => Remedy::CountBack {
                from: head.sequence,
                to: self.newest,
            },
            false => Remedy::Leave("the head's last event is none of Journal's"),
        };
        self.of_head(
            DiscrepancyKind::HeadAhead,
            head.sequence,
            format!(
                "the head counts {} events; there are {}, and its last event is {}",
                head.sequence, self.newest, head.last_event.name
            ),
            remedy,
        )
    }

    fn of_head(&self, kind: DiscrepancyKind, sequence: u64, evidence: String, remedy: Remedy) -> Finding {
        Finding {
            kind,
            sequence,
            event: self.journal.get(&sequence).map(|row| row.event_type.clone()),
            evidence,
            remedy,
        }
    }

    fn journal_missing(&self, sequence: u64) -> Finding {
        let (audit, receipt) = (self.audit.get(&sequence), self.receipts.get(&sequence));
        let known = receipt.map(|r| r.event_type.clone());
        let known = known.or_else(|| audit.map(|row| row.action.clone()));
        let says = |who: &str, there: bool| format!("{who} {}", if there { "has it" } else { "has not" });
        let evidence = format!(
            "Journal has no event {sequence}; {}, {}",
            says("the audit trail", audit.is_some()),
            says("the bus", receipt.is_some())
        );
        let remedy = match (audit, receipt) {
            (Some(audit), Some(receipt)) => match restored(audit, receipt) {
                Some(row) => Remedy::Restore(Box::new(row)),
                None => Remedy::Leave("what the bus received is not what the audit trail has the hash of"),
            },
            (None, Some(_)) => Remedy::Leave("only the bus has it, and nothing proves that it was ours"),
            _ => Remedy::Leave("no record has its words"),
        };
        Finding {
            kind: DiscrepancyKind::JournalMissing,
            sequence,
            event: known,
            evidence,
            remedy,
        }
    }

    fn audited(&self, row: &JournalRow, bounds: &Bounds) -> Option<Finding> {
        let finding = |kind, evidence, remedy| Finding {
            kind,
            sequence: row.sequence,
            event: Some(row.event_type.clone()),
            evidence,
            remedy,
        };
        let Some(audit) = self.audit.get(&row.sequence) else {
            return is_audited_at(row.occurred_at, bounds).then(|| {
                finding(
                    DiscrepancyKind::AuditMissing,
                    format!(
                        "Journal has {} at {}; the audit trail has no row",
                        row.event_type, row.sequence
                    ),
                    self.rechained(row.sequence),
                )
            });
        };
        let wrong = self.wrong_with(audit, row)?;
        Some(finding(
            DiscrepancyKind::AuditDiffers,
            format!("{wrong}; Journal has {} there", row.event_type),
            Remedy::Leave("nothing overwrites the audit trail"),
        ))
    }

    fn wrong_with(&self, audit: &AuditRow, row: &JournalRow) -> Option<String> {
        if audit.event_hash != hex::encode(Sha256::digest(&row.event)) {
            return Some(format!(
                "the audit row is of another event, with the hash {}",
                audit.event_hash
            ));
        }
        if audit.computed_hash().ok().as_ref() != Some(&audit.hash) {
            return Some("the audit row was changed after it was written".into());
        }
        let before = self.audit.get(&(row.sequence - 1));
        let follows = before.is_none_or(|before| audit.previous_hash == before.hash);
        (!follows).then(|| "the audit row does not follow the row before it".into())
    }

    /// The row as it must have been: written behind the one before it, and proved by the one behind it, where there is
    /// one.
    fn rechained(&self, sequence: u64) -> Remedy {
        match self.chained_up_to(sequence) {
            Some(row) => self.proved(row),
            None => Remedy::Leave("the events before it are not all known, so its hash is not"),
        }
    }

    fn chained_up_to(&self, sequence: u64) -> Option<AuditRow> {
        let chain = self.records.aggregate.as_str();
        // From the last row that is there, over all that are not.
        let start = self.audit.range(..sequence).next_back();
        let first = start.map_or(1, |(position, _)| position + 1);
        let mut previous = start.map(|(_, row)| (*row).clone());
        for position in first..=sequence {
            let entry = Entry::of_row(self.journal.get(&position)?).ok()?;
            previous = Some(link(chain, position, previous.as_ref(), entry).ok()?);
        }
        previous
    }

    fn proved(&self, row: AuditRow) -> Remedy {
        let Some((next, behind)) = self.audit.range(row.position() + 1..).next() else {
            return Remedy::Chain(Box::new(row));
        };
        let last = match *next == row.position() + 1 {
            true => Some(row.clone()),
            false => self.chained_up_to(next - 1),
        };
        let expected = last.map_or_else(|| GENESIS.to_owned(), |last| last.hash);
        match behind.previous_hash == expected {
            true => Remedy::Chain(Box::new(row)),
            false => Remedy::Leave("the audit row behind it does not follow from what Journal says"),
        }
    }
}

/// Word for word what was published, or nothing. What the one who asked was told is kept nowhere else: it is lost.
fn restored(audit: &AuditRow, receipt: &Receipt) -> Option<JournalRow> {
    if hex::encode(Sha256::digest(&receipt.event)) != audit.event_hash {
        return None;
    }
    let mut row = JournalRow {
        aggregate_id: receipt.aggregate_id.clone(),
        sequence: receipt.sequence,
        cause_key: audit.cause.clone()?,
        result: Value::Null,
        event: receipt.event.clone(),
        event_type: receipt.event_type.clone(),
        correlation_id: audit.event_id,
        occurred_at: audit.timestamp,
    };
    row.correlation_id = row.recorded().ok()?.detail.meta.correlation_id;
    Some(row)
}
