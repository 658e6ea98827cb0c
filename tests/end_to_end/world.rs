//! A whole Sojourn for one test, and what must hold of every booking in it.

use std::collections::BTreeMap;
use std::path::Path;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::catalogue::catalogue;
use events_schema::event::Fate;
use events_schema::ids::BookingId;
use events_schema::rows::{BookingRow, JournalRow};
use events_schema::state::BookingState;
use jiff::{Timestamp, civil};
use local_cloud::clock::Clock;
use serde_json::Value;
use sojourn::laptop::{Laptop, LaptopOptions};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::repository;

const SEED: u64 = 7;

pub struct World {
    pub laptop: Laptop,
    directory: TempDir,
}

/// A data directory with the samples in place: seeding it once spares every test the uploads.
static SEEDED: OnceCell<TempDir> = OnceCell::const_new();

/// Saturday morning, 21 November 2026.
pub fn beginning() -> Timestamp {
    civil::date(2026, 11, 21)
        .at(9, 0, 0, 0)
        .in_tz("UTC")
        .expect("a date")
        .timestamp()
}

impl World {
    pub async fn start() -> Self {
        let seeded = SEEDED
            .get_or_init(|| async {
                let directory = tempfile::tempdir().expect("a temporary directory");
                start(directory.path(), beginning()).await.cloud.shutdown().await;
                directory
            })
            .await;
        let directory = tempfile::tempdir().expect("a temporary directory");
        copy(seeded.path(), directory.path());
        let laptop = start(directory.path(), beginning()).await;
        Self { laptop, directory }
    }

    /// Kills the process, as far as one can from inside, and starts it again on what it left.
    pub async fn crash(self) -> Self {
        let Self { laptop, directory } = self;
        let now = laptop.now();
        laptop.cloud.shutdown().await;
        drop(laptop.supplier);
        let laptop = start(directory.path(), now).await;
        Self { laptop, directory }
    }

    /// Where the cloud keeps everything.
    pub fn data_dir(&self) -> &Path {
        self.directory.path()
    }

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
            .dynamo()
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
            rows.push(serde_dynamo::from_item(item.expect("a readable table")).expect("JSON"));
        }
        rows
    }

    pub async fn scan(&self, table: &str) -> Vec<Value> {
        let answer = self
            .dynamo()
            .scan()
            .table_name(self.table(table))
            .send()
            .await
            .expect("a readable table");
        let items = answer.items.unwrap_or_default().into_iter();
        items
            .map(|item| serde_dynamo::from_item(item).expect("JSON"))
            .collect()
    }

    pub fn dynamo(&self) -> Client {
        Client::new(&self.laptop.cloud.sdk_config("a-test"))
    }

    /// The physical name of a table of the template.
    pub fn table(&self, logical_id: &str) -> String {
        let tables = &self.laptop.cloud.template().tables;
        let found = tables.iter().find(|table| table.name.ends_with(logical_id));
        found.unwrap_or_else(|| panic!("no {logical_id}")).name.clone()
    }

    /// What must hold of an ended booking, whatever happened to it: I1 to I5 as far as they show in the tables.
    pub async fn check_ended(&self, booking: BookingId) {
        self.laptop.cloud.idle().await;
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

async fn start(data_dir: &Path, now: Timestamp) -> Laptop {
    let options = LaptopOptions {
        repository: repository::root().into(),
        template: None,
        data_dir: data_dir.into(),
        clock: Clock::starting_at(now),
        seed: SEED,
        endpoint_url: None,
        model: None,
    };
    match Laptop::start(options).await {
        Ok(laptop) => laptop,
        Err(error) => panic!("the laptop does not start: {}", sojourn::commands::report(&error)),
    }
}

fn is_terminal(name: &str) -> bool {
    catalogue()
        .iter()
        .any(|event| event.name == name && event.fate == Fate::Terminal)
}

fn copy(from: &Path, to: &Path) {
    let entries: BTreeMap<_, _> = std::fs::read_dir(from)
        .expect("a folder")
        .map(|entry| entry.expect("an entry"))
        .map(|e| (e.path(), e))
        .collect();
    for (path, entry) in entries {
        let target = to.join(entry.file_name());
        if path.is_dir() {
            std::fs::create_dir_all(&target).expect("a folder");
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("a copy");
        }
    }
}
