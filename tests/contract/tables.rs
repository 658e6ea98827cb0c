//! What every table in `template.yaml` must have, and whether rows carry the attribute that they expire by.

use std::collections::{BTreeMap, BTreeSet};

use events_schema::approval::{Silence, Verdict};
use events_schema::catalogue::{AnyEvent, catalogue};
use events_schema::ids::ConnectionId;
use events_schema::option::TripOption;
use events_schema::rows::{ConnectionRow, FrameRow, OfferRow, OptionRow};
use events_schema::samples;
use serde_json::{Value, json};

use super::yaml;
use crate::repository::{files_ending, read};

#[test]
fn tables_can_be_restored_are_encrypted_and_outlive_the_stack() {
    let tables = yaml::resources("AWS::DynamoDB::Table");
    assert!(tables.len() >= 18, "{} tables", tables.len());
    for (id, table) in tables {
        let properties = &table["Properties"];
        assert_eq!(
            properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true,
            "{id}"
        );
        assert_eq!(properties["SSESpecification"]["SSEEnabled"], true, "{id}");
        assert_eq!(table["DeletionPolicy"], "Retain", "{id}");
        assert_eq!(table["UpdateReplacePolicy"], "Retain", "{id}");
    }
}

/// DynamoDB says nothing about a TTL attribute that no item has: rows would simply stay.
#[test]
fn rows_expire_by_the_attribute_their_table_names() {
    let written = |row: Value| {
        row.as_object()
            .map(|row| row.keys().cloned().collect::<BTreeSet<_>>())
            .unwrap_or_default()
    };
    let rows = BTreeMap::from([
        ("ConnectionsTable", written(json!(connection()))),
        (
            "FramesTable",
            written(json!(FrameRow {
                recipient: "r".into(),
                sequence: 1,
                frame: "{}".into(),
                ttl: 1
            })),
        ),
        ("OffersTable", written(json!(offer()))),
        ("OptionsTable", written(json!(option_row()))),
        ("NoticesTable", written(json!(notice()))),
        ("InboxTable", literals("services/lambda-host/src/inbox.rs")),
        ("ParkedTable", literals("services/lambda-host/src/parking.rs")),
        ("AuditLogTable", attributes_of("services/audit/src")),
        ("SupplierHealthTable", attributes_of("services/suppliers/src")),
        ("ReceiptsTable", literals("services/audit/src/receipts.rs")),
    ]);
    let mut expiring = BTreeSet::new();
    for (id, table) in yaml::resources("AWS::DynamoDB::Table") {
        let ttl = &table["Properties"]["TimeToLiveSpecification"];
        let Some(attribute) = ttl["AttributeName"].as_str() else {
            continue;
        };
        assert_eq!(ttl["Enabled"], true, "{id}");
        let row = rows
            .get(id.as_str())
            .unwrap_or_else(|| panic!("{id} expires, but which row does it hold?"));
        assert!(
            row.contains(attribute),
            "{id} expires by {attribute}, which its rows do not have: {row:?}"
        );
        expiring.insert(id);
    }
    assert_eq!(
        expiring,
        rows.keys().map(|id| id.to_string()).collect(),
        "tables that expire"
    );
}

fn connection() -> ConnectionRow {
    ConnectionRow {
        employee_id: samples::employee(),
        connection_id: ConnectionId::new("c"),
        roles: Vec::new(),
        connected_at: samples::now(),
        ttl: 1,
        behind_since: None,
    }
}

fn notice() -> notices::ledger::NoticeRow {
    let event = catalogue()
        .into_iter()
        .find(|event| event.name == "BookingConfirmed");
    let example = event.expect("an event").example();
    let read = AnyEvent::read(&example).expect("its example");
    notices::decide::owed(&read, &example.detail.meta, &lambda_host::Deadlines::default()).remove(0)
}

fn offer() -> OfferRow {
    let offer = samples::flight_offer();
    OfferRow {
        booking_id: samples::booking(),
        offer_id: offer.id.clone(),
        offer,
        ttl: 1,
    }
}

fn option_row() -> OptionRow {
    let option = TripOption {
        id: samples::option(),
        legs: vec![samples::flight_offer()],
        total: samples::total(),
        taxes: samples::taxes(),
        verdict: Verdict {
            compliant: true,
            traces: Vec::new(),
            approvals: Vec::new(),
            reasons: Vec::new(),
            approval_sla_hours: 24,
            silence: Silence::Declines,
        },
        reason: "Cheapest within policy".into(),
    };
    OptionRow {
        booking_id: samples::booking(),
        option_id: samples::option(),
        rank: 0,
        option,
        held: Vec::new(),
        ttl: 1,
    }
}

/// Attribute names written as string literals in one source file.
fn literals(path: &str) -> BTreeSet<String> {
    read(path)
        .split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// Attribute names of a crate's rows: literals, and fields as serde renames them.
fn attributes_of(folder: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in files_ending(folder, ".rs") {
        names.extend(literals(&file));
        for line in read(&file).lines() {
            if let Some((field, _)) = line.trim().trim_start_matches("pub ").split_once(':') {
                names.insert(camel(field));
            }
        }
    }
    names
}

fn camel(field: &str) -> String {
    let mut words = field.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}
