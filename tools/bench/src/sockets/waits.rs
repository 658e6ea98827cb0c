//! From the state change to the frame: Journal says when a booking changed, the traveller when they heard of it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::trips::Made;
use crate::BenchError;
use crate::process::Started;
use crate::wire::{Client, DYNAMODB};

const JOURNAL: &str = "sojourn-JournalTable";

/// Of every frame, in milliseconds, shortest first.
pub async fn of(started: &Started, made: &Made) -> Result<Vec<f64>, BenchError> {
    let mut connection = Client::new(started.port).connect().await?;
    let bookings: BTreeSet<_> = made.arrivals.keys().map(|(booking, _)| *booking).collect();
    let mut waits = Vec::new();
    for booking in bookings {
        let ask = json!({
            "TableName": JOURNAL, "KeyConditionExpression": "aggregateId = :id",
            "ExpressionAttributeValues": { ":id": { "S": booking.to_string() } },
        });
        let answer = connection.call(DYNAMODB, "Query", &ask).await?;
        for row in answer["Items"].as_array().into_iter().flatten() {
            let (sequence, changed) =
                changed(row).ok_or_else(|| format!("a Journal row without a time: {row}"))?;
            if let Some(heard) = made.arrivals.get(&(booking, sequence)) {
                waits.push(heard.duration_since(changed).as_secs_f64() * 1_000.0);
            }
        }
    }
    waits.sort_by(f64::total_cmp);
    Ok(waits)
}

fn changed(row: &Value) -> Option<(u64, Timestamp)> {
    let sequence = row["sequence"]["N"].as_str()?.parse().ok()?;
    Some((sequence, row["occurredAt"]["S"].as_str()?.parse().ok()?))
}
