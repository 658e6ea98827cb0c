//! From the state change to the frame: Journal says when a booking changed, the traveller when they heard of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::trips::Made;
use crate::BenchError;
use crate::process::Started;
use crate::wire::{Client, DYNAMODB};

const JOURNAL: &str = "sojourn-JournalTable";

/// In milliseconds, shortest first.
#[derive(Default)]
pub struct Waits {
    pub all: Vec<f64>,
    /// By the event that the frame tells of.
    pub by_event: BTreeMap<String, Vec<f64>>,
}

/// Of every frame.
pub async fn of(started: &Started, made: &Made) -> Result<Waits, BenchError> {
    let mut connection = Client::new(started.port).connect().await?;
    let bookings: BTreeSet<_> = made.arrivals.keys().map(|(booking, _)| *booking).collect();
    let mut waits = Waits::default();
    for booking in bookings {
        let ask = json!({
            "TableName": JOURNAL, "KeyConditionExpression": "aggregateId = :id",
            "ExpressionAttributeValues": { ":id": { "S": booking.to_string() } },
        });
        let answer = connection.call(DYNAMODB, "Query", &ask).await?;
        for row in answer["Items"].as_array().into_iter().flatten() {
            let (sequence, changed, event) =
                changed(row).ok_or_else(|| format!("a Journal row without a time: {row}"))?;
            if let Some(heard) = made.arrivals.get(&(booking, sequence)) {
                let wait = heard.duration_since(changed).as_secs_f64() * 1_000.0;
                waits.all.push(wait);
                waits.by_event.entry(event.to_owned()).or_default().push(wait);
            }
        }
    }
    waits.all.sort_by(f64::total_cmp);
    waits
        .by_event
        .values_mut()
        .for_each(|waits| waits.sort_by(f64::total_cmp));
    Ok(waits)
}

fn changed(row: &Value) -> Option<(u64, Timestamp, &str)> {
    let sequence = row["sequence"]["N"].as_str()?.parse().ok()?;
    let at = row["occurredAt"]["S"].as_str()?.parse().ok()?;
    Some((sequence, at, row["eventType"]["S"].as_str()?))
}
