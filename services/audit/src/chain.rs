//! The hash chain. Pure: the same entry behind the same row always gives the same row, so writing twice changes
//! nothing, and changing, dropping or moving a row breaks every hash behind it.

use events_schema::envelope::Recorded;
use events_schema::ids::{EmployeeId, EventId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::entry::Entry;

pub(crate) const KEPT: SignedDuration = SignedDuration::from_hours(2 * 365 * 24);
/// Stands before the first row.
pub(crate) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One row of table AuditLog, key (bookingId, auditId), index `byEmployee` (employeeId, timestamp).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditRow {
    /// The chain: a booking's id, or `refused#<employeeId>`.
    pub booking_id: String,
    /// The place in the chain, zero-padded so that text sorts like numbers.
    pub audit_id: String,
    pub event_id: EventId,
    /// Whose booking it is, or who was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<EmployeeId>,
    pub timestamp: Timestamp,
    pub actor: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<EmployeeId>,
    pub action: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The event's data, canonical JSON.
    pub evidence: String,
    /// SHA-256 of the event as published, hex.
    pub event_hash: String,
    pub previous_hash: String,
    /// SHA-256 over all of the above in canonical JSON, hex.
    pub hash: String,
    /// Epoch seconds, two years after the event: DynamoDB then drops the row. Not part of the hash.
    pub expires_at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("row {at} is missing")]
    Missing { at: u64 },
    #[error("row {at} belongs to another chain")]
    Foreign { at: u64 },
    #[error("row {at} does not follow the row before it")]
    Unlinked { at: u64 },
    #[error("row {at} was changed")]
    Changed { at: u64 },
}

/// The row at `position` (from 1) of `chain`, behind `previous`.
pub fn link(
    chain: &str,
    position: u64,
    previous: Option<&AuditRow>,
    entry: Entry,
) -> Result<AuditRow, serde_json::Error> {
    let mut row = AuditRow {
        booking_id: chain.into(),
        audit_id: audit_id(position),
        event_id: entry.meta.event_id,
        employee_id: entry.meta.employee_id,
        timestamp: entry.meta.occurred_at,
        actor: entry.actor,
        on_behalf_of: entry.on_behalf_of,
        action: entry.action,
        cause: entry.cause,
        evidence: canonical(&entry.evidence),
        event_hash: entry.event_hash,
        previous_hash: previous.map_or(GENESIS, |row| &row.hash).into(),
        hash: String::new(),
        expires_at: (entry.meta.occurred_at + KEPT).as_second(),
    };
    row.hash = row.computed_hash()?;
    Ok(row)
}

/// Whether these are all rows of one chain from its beginning, none changed. In any order.
pub fn verify(rows: &[AuditRow]) -> Result<(), Broken> {
    let mut rows: Vec<_> = rows.iter().collect();
    rows.sort_by(|a, b| a.audit_id.cmp(&b.audit_id));
    let mut previous: Option<&AuditRow> = None;
    for (at, row) in (1..).zip(rows) {
        if row.audit_id != audit_id(at) {
            return Err(Broken::Missing { at });
        }
        if previous.is_some_and(|previous| previous.booking_id != row.booking_id) {
            return Err(Broken::Foreign { at });
        }
        if row.previous_hash != previous.map_or(GENESIS, |row| &row.hash) {
            return Err(Broken::Unlinked { at });
        }
        // What cannot be written as JSON was not written by us.
        if row.computed_hash().ok().as_ref() != Some(&row.hash) {
            return Err(Broken::Changed { at });
        }
        previous = Some(row);
    }
    Ok(())
}

impl AuditRow {
    /// The place in the chain, from 1; 0 if the id is not one of ours.
    pub fn position(&self) -> u64 {
        self.audit_id.parse().unwrap_or(0)
    }

    pub(crate) fn computed_hash(&self) -> Result<String, serde_json::Error> {
        let mut content = serde_json::to_value(self)?;
        if let Some(content) = content.as_object_mut() {
            content.remove("hash");
            content.remove("expiresAt");
        }
        Ok(hex::encode(Sha256::digest(canonical(&content))))
    }
}

fn audit_id(position: u64) -> String {
    format!("{position:020}")
}

/// SHA-256 of an event whatever the order of its members, hex.
pub(crate) fn content_hash(recorded: &Recorded) -> Result<String, serde_json::Error> {
    let content = serde_json::to_value(recorded)?;
    Ok(hex::encode(Sha256::digest(canonical(&content))))
}

/// JSON with the members of every object in the order of their names: equal values give equal text.
fn canonical(value: &Value) -> String {
    sorted(value).to_string()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members
                .iter()
                .map(|(name, value)| (name.clone(), sorted(value)))
                .collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            members.into_iter().collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use events_schema::catalogue::catalogue;
    use serde_json::json;

    use super::*;

    fn chain_of(length: u64) -> Vec<AuditRow> {
        let mut rows: Vec<AuditRow> = Vec::new();
        for (position, event) in (1..=length).zip(catalogue()) {
            let entry = Entry::of_event(event.example(), "{}");
            let row = link("b-1", position, rows.last(), entry).unwrap();
            rows.push(row);
        }
        rows
    }

    #[test]
    fn a_chain_as_written_is_whole_in_any_order_and_at_any_length() {
        for length in [0, 1, 12] {
            let mut rows = chain_of(length);
            assert_eq!(verify(&rows), Ok(()));
            rows.reverse();
            assert_eq!(verify(&rows), Ok(()));
        }
    }

    #[test]
    fn every_change_is_found() {
        type Change = fn(&mut Vec<AuditRow>);
        let cases: [(&str, Change, Broken); 9] = [
            (
                "actor",
                |rows| rows[4].actor = "somebody-else".into(),
                Broken::Changed { at: 5 },
            ),
            (
                "evidence",
                |rows| rows[4].evidence = "{}".into(),
                Broken::Changed { at: 5 },
            ),
            (
                "event",
                |rows| rows[4].event_hash = "00".into(),
                Broken::Changed { at: 5 },
            ),
            (
                "hash",
                |rows| rows[4].hash = "00".into(),
                Broken::Changed { at: 5 },
            ),
            (
                "first row gone",
                |rows| drop(rows.remove(0)),
                Broken::Missing { at: 1 },
            ),
            (
                "middle row gone",
                |rows| drop(rows.remove(4)),
                Broken::Missing { at: 5 },
            ),
            (
                "two rows swapped",
                |rows| {
                    let id = rows[4].audit_id.clone();
                    rows[4].audit_id = std::mem::replace(&mut rows[5].audit_id, id);
                },
                Broken::Unlinked { at: 5 },
            ),
            (
                "of another booking",
                |rows| rows[4].booking_id = "b-2".into(),
                Broken::Foreign { at: 5 },
            ),
            (
                "changed and hashed again",
                |rows| {
                    rows[4].actor = "somebody-else".into();
                    rows[4].hash = rows[4].computed_hash().unwrap();
                },
                Broken::Unlinked { at: 6 },
            ),
        ];
        for (name, change, expected) in cases {
            let mut rows = chain_of(8);
            change(&mut rows);
            assert_eq!(verify(&rows), Err(expected), "{name}");
        }
    }

    #[test]
    fn a_row_survives_the_table_and_the_order_of_members() {
        let rows = chain_of(5);
        let items: Vec<std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>> = rows
            .iter()
            .map(|row| serde_dynamo::to_item(row).unwrap())
            .collect();
        let read: Vec<AuditRow> = serde_dynamo::from_items(items).unwrap();
        assert_eq!(verify(&read), Ok(()));
        assert_eq!(
            canonical(&json!({"b": 1, "a": {"d": [{"y": 1, "x": 2}], "c": 2}})),
            r#"{"a":{"c":2,"d":[{"x":2,"y":1}]},"b":1}"#
        );
    }

    #[test]
    fn rows_are_kept_two_years() {
        let row = &chain_of(1)[0];
        assert_eq!(row.expires_at - row.timestamp.as_second(), 63_072_000);
    }
}
