//! What must hold of bookings, as the tables say it: read through any DynamoDB client, in process or over HTTP.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::catalogue::catalogue;
use events_schema::event::Fate;
use events_schema::ids::BookingId;
use events_schema::rows::{BookingRow, JournalRow};
use events_schema::state::BookingState;
use serde_json::Value;

/// The stack's name, with which the physical names of its tables begin.
const STACK: &str = "sojourn";

/// The tables of a running Sojourn.
pub struct Records {
    pub dynamo: Client,
}

impl Records {
    pub async fn head(&self, booking: BookingId) -> BookingRow {
        let rows = self.scan("BookingsTable").await;
        let found = rows
            .into_iter()
            .find(|row| row["bookingId"] == booking.to_string());
        serde_json::from_value(found.expect("the booking has a head")).expect("a head's shape")
    }

    /// The booking's events, in order.
    pub async fn journal(&self, booking: BookingId) -> Vec<JournalRow> {
        let rows = self
            .query("JournalTable", "aggregateId", &booking.to_string())
            .await;
        rows.into_iter()
            .map(|row| serde_json::from_value(row).expect("a Journal row's shape"))
            .collect()
    }

    pub async fn event_names(&self, booking: BookingId) -> Vec<String> {
        self.journal(booking)
            .await
            .into_iter()
            .map(|row| row.event_type)
            .collect()
    }

    pub async fn query(&self, table: &str, key: &str, value: &str) -> Vec<Value> {
        let mut items = self
            .dynamo
            .query()
            .table_name(self.table(table))
            .key_condition_expression("#key = :value")
            .expression_attribute_names("#key", key)
            .expression_attribute_values(":value", AttributeValue::S(value.into()))
            .into_paginator()
            .items()
            .send();
        let mut rows = Vec::new();
        while let Some(item) = items.next().await {
            rows.push(as_json(item.expect("a readable table")));
        }
        rows
    }

    pub async fn scan(&self, table: &str) -> Vec<Value> {
        let mut items = self
            .dynamo
            .scan()
            .table_name(self.table(table))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut rows = Vec::new();
        while let Some(item) = items.next().await {
            rows.push(as_json(item.expect("a readable table")));
        }
        rows
    }

    /// The physical name of a table of the template.
    pub fn table(&self, logical_id: &str) -> String {
        format!("{STACK}-{logical_id}")
    }

    /// What must hold of an ended booking, whatever happened to it: I1 to I5 as far as they show in the tables.
    pub async fn check_ended(&self, booking: BookingId) {
        let journal = self.journal(booking).await;
        let names: Vec<_> = journal.iter().map(|row| row.event_type.as_str()).collect();
        let sequences: Vec<_> = journal.iter().map(|row| row.sequence).collect();
        assert_eq!(
            sequences,
            (1..=journal.len() as u64).collect::<Vec<_>>(),
            "gaps in {names:?}"
        );
        let terminal: Vec<_> = names.iter().filter(|name| is_terminal(name)).collect();
        assert_eq!(terminal.len(), 1, "one terminal event: {names:?}");
        let head = self.head(booking).await;
        assert!(head.state.is_terminal(), "{head:?}");
        assert_eq!(head.sequence, journal.len() as u64);
        let waits = head.state == BookingState::NeedsAttention;
        assert_eq!(
            (head.due_at.is_some(), head.due_partition.is_some()),
            (waits, waits),
            "an ended booking waits for nothing but a person"
        );
        self.check_money(booking, &names).await;
        self.check_audit(booking, journal.len()).await;
    }

    /// I3: reserved − released − captured balances, and only a confirmed booking is paid for.
    async fn check_money(&self, booking: BookingId, names: &[&str]) {
        let count = |name: &str| names.iter().filter(|other| **other == name).count();
        let (reserved, captured, released) = (
            count("BudgetReserved"),
            count("BudgetCaptured"),
            count("BudgetReleased"),
        );
        assert!(reserved <= 1 && captured + released <= reserved, "{names:?}");
        assert_eq!(
            captured,
            count("BookingConfirmed"),
            "captured if and only if confirmed: {names:?}"
        );
        let entries = self.scan("BudgetsTable").await;
        let limit = entries
            .iter()
            .find(|row| row["entry"] == "limit")
            .expect("the sample budget");
        let open: f64 = entries
            .iter()
            .filter(|row| row["state"] == "reserved")
            .map(|row| {
                row["amount"]["amount"]
                    .as_str()
                    .and_then(|text| text.parse::<f64>().ok())
                    .unwrap_or(0.0)
            })
            .sum();
        let held = limit["reserved"].as_f64().expect("a number");
        assert!(
            (held - open).abs() < 0.001,
            "reserved {held}, entries {open}, booking {booking}"
        );
    }

    /// I5: the audit trail is gapless and its chain holds.
    async fn check_audit(&self, booking: BookingId, events: usize) {
        let items = self
            .query("AuditLogTable", "bookingId", &booking.to_string())
            .await;
        assert_eq!(items.len(), events, "an audit row for every event");
        let rows: Vec<_> = items
            .into_iter()
            .map(|row| serde_json::from_value(row).expect("an audit row"))
            .collect();
        audit::verify(&rows).expect("the chain holds");
    }
}

pub fn is_terminal(name: &str) -> bool {
    catalogue()
        .iter()
        .any(|event| event.name == name && event.fate == Fate::Terminal)
}

/// Of bytes, which JSON has no way to write, their hexadecimal digits.
fn as_json(mut item: HashMap<String, AttributeValue>) -> Value {
    for value in item.values_mut() {
        if let AttributeValue::B(bytes) = value {
            *value = AttributeValue::S(hex::encode(bytes.as_ref()));
        }
    }
    serde_dynamo::from_item(item).expect("JSON")
}
