//! The conformance kit: for each event the deliveries that a consumer meets sooner or later, and what they must leave
//! behind. At-least-once delivery in no order is the bus's promise; this is what it means for the one who listens.
//!
//! Pure: [`cases`] gives the deliveries, whoever runs them tells [`Case::verdict`] what happened.

mod unknown;
mod verdict;

#[cfg(test)]
mod tests;

use events_schema::ids::{AggregateId, BookingId, EventId};
use serde::Serialize;
use serde_json::{Value, json};

use crate::source::{Contract, on_the_bus};

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    pub name: String,
    /// What it stands for, in a sentence.
    pub about: &'static str,
    pub aggregate_id: String,
    /// Whole events as EventBridge hands them over, in the order of delivery.
    pub deliveries: Vec<Value>,
    pub expect: Expectation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    /// Nothing fails, and what is kept afterwards is what the plain deliveries leave.
    AsPlain,
    /// Nothing fails, and what is kept is what the plain deliveries leave, but for what was not known to it: whoever keeps
    /// a value whole keeps that with it.
    BesidesUnknown,
    /// Either every delivery is refused and nothing kept, or all is as with the plain ones.
    AsPlainOrRefused,
    /// Every delivery fails: better a dead letter than a misreading.
    Refused,
    /// Either something is kept or the delivery fails: nothing is lost in silence.
    TakenOrRefused,
    /// Nothing fails, and something is kept.
    Taken,
}

/// What became of a case's deliveries.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What the consumer said to each delivery that failed.
    pub errors: Vec<String>,
    /// What it keeps of the case's aggregate: rows, in any order.
    pub kept: Vec<Value>,
}

/// Of two events of one aggregate.
type Deliveries = fn(&Contract, &Value, &Value) -> Vec<Value>;

/// Name, what it stands for, what is expected, what is delivered; the plain one first.
const CASES: &[(&str, &str, Expectation, Deliveries)] = &[
    (
        "plain",
        "Two events of one aggregate, each once, in order.",
        Expectation::AsPlain,
        |_, a, b| vec![a.clone(), b.clone()],
    ),
    (
        "duplicate",
        "The same delivery several times.",
        Expectation::AsPlain,
        |_, a, b| vec![a.clone(), a.clone(), b.clone(), b.clone(), a.clone()],
    ),
    (
        "republished",
        "The same event published again: only the bus's own id differs.",
        Expectation::AsPlain,
        |_, a, b| {
            vec![
                a.clone(),
                b.clone(),
                with(a, "id", json!("00000000-0000-4000-8000-000000000001")),
            ]
        },
    ),
    (
        "reordered",
        "The later event first.",
        Expectation::AsPlain,
        |_, a, b| vec![b.clone(), a.clone()],
    ),
    (
        "late",
        "Sent again from a dead-letter queue, two weeks later.",
        Expectation::AsPlain,
        |_, a, b| {
            [a, b]
                .map(|event| with(event, "time", json!("2026-12-05T09:00:00Z")))
                .to_vec()
        },
    ),
    (
        "unknown-field",
        "Members that a later, compatible version may bring.",
        Expectation::AsPlain,
        |_, a, b| [a, b].map(unknown::beside).to_vec(),
    ),
    (
        "unknown-field-within",
        "The same at every object that takes unknown ones, down to the smallest.",
        Expectation::BesidesUnknown,
        |contract, a, b| {
            [a, b]
                .map(|event| unknown::within(event, &contract.schema))
                .to_vec()
        },
    ),
    (
        "replayed",
        "From the archive, with replay-name. A rule that excludes replays never lets it come.",
        Expectation::AsPlainOrRefused,
        |_, a, b| {
            [a, b]
                .map(|event| with(event, "replay-name", json!("conformance")))
                .to_vec()
        },
    ),
    (
        "newer-version",
        "Written in a version that is not known yet.",
        Expectation::Refused,
        |_, a, _| {
            let mut newer = a.clone();
            let version = &mut newer["detail"]["meta"]["schemaVersion"];
            *version = json!(version.as_u64().unwrap_or_default() + 1);
            vec![newer]
        },
    ),
];

/// Every case of one event, the plain one first. `samples` are recorded events of earlier versions.
pub fn cases(contract: &Contract, samples: &[Value]) -> Vec<Case> {
    let of_today = CASES.iter().map(|(name, about, expect, deliveries)| {
        let aggregate_id = aggregate(contract, name);
        let (first, second) = pair(contract, &aggregate_id);
        let deliveries = deliveries(contract, &first, &second);
        Case {
            name: (*name).into(),
            about,
            aggregate_id,
            deliveries,
            expect: *expect,
        }
    });
    of_today
        .chain(samples.iter().map(|sample| older(contract, sample)))
        .collect()
}

fn older(contract: &Contract, sample: &Value) -> Case {
    let name = format!("older-version-{}", sample["detail"]["meta"]["schemaVersion"]);
    let aggregate_id = aggregate(contract, &name);
    let (first, _) = pair(contract, &aggregate_id);
    let mut event = on_the_bus(sample);
    for member in ["aggregateId", "eventId"] {
        event["detail"]["meta"][member] = first["detail"]["meta"][member].clone();
    }
    Case {
        name,
        about: "Recorded in a version that is no longer written.",
        aggregate_id,
        deliveries: vec![event],
        expect: Expectation::TakenOrRefused,
    }
}

/// One of its own for every case, the same in every run.
fn aggregate(contract: &Contract, case: &str) -> String {
    BookingId::derived(&["conformance", contract.name, case]).to_string()
}

/// Two events of one aggregate, one after the other.
fn pair(contract: &Contract, aggregate: &str) -> (Value, Value) {
    let event = |sequence: u64| {
        let mut recorded = contract.example.clone();
        let meta = &mut recorded["detail"]["meta"];
        meta["aggregateId"] = json!(aggregate);
        meta["sequence"] = json!(sequence);
        meta["eventId"] = json!(EventId::of(&AggregateId::new(aggregate), sequence));
        on_the_bus(&recorded)
    };
    (event(7), event(8))
}

fn with(event: &Value, member: &str, value: Value) -> Value {
    let mut event = event.clone();
    event[member] = value;
    event
}
