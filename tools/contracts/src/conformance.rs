//! The conformance kit: for each event the deliveries that a consumer meets sooner or later, and what they must leave
//! behind. At-least-once delivery in no order is the bus's promise; this is what it means for the one who listens.
//!
//! Pure: [`cases`] gives the deliveries, whoever runs them tells [`Case::verdict`] what happened.

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
    /// Either every delivery is refused and nothing kept, or all is as with the plain ones.
    AsPlainOrRefused,
    /// Every delivery fails: better a dead letter than a misreading.
    Refused,
    /// Either something is kept or the delivery fails: nothing is lost in silence.
    TakenOrRefused,
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
type Deliveries = fn(&Value, &Value) -> Vec<Value>;

/// Name, what it stands for, what is expected, what is delivered; the plain one first.
const CASES: &[(&str, &str, Expectation, Deliveries)] = &[
    (
        "plain",
        "Two events of one aggregate, each once, in order.",
        Expectation::AsPlain,
        |a, b| vec![a.clone(), b.clone()],
    ),
    (
        "duplicate",
        "The same delivery several times.",
        Expectation::AsPlain,
        |a, b| vec![a.clone(), a.clone(), b.clone(), b.clone(), a.clone()],
    ),
    (
        "republished",
        "The same event published again: only the bus's own id differs.",
        Expectation::AsPlain,
        |a, b| {
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
        |a, b| vec![b.clone(), a.clone()],
    ),
    (
        "late",
        "Sent again from a dead-letter queue, two weeks later.",
        Expectation::AsPlain,
        |a, b| {
            [a, b]
                .map(|event| with(event, "time", json!("2026-12-05T09:00:00Z")))
                .to_vec()
        },
    ),
    (
        "unknown-field",
        "Members that a later, compatible version may bring.",
        Expectation::AsPlain,
        |a, b| vec![with_more(a), with_more(b)],
    ),
    (
        "replayed",
        "From the archive, with replay-name. A rule that excludes replays never lets it come.",
        Expectation::AsPlainOrRefused,
        |a, b| {
            [a, b]
                .map(|event| with(event, "replay-name", json!("conformance")))
                .to_vec()
        },
    ),
    (
        "newer-version",
        "Written in a version that is not known yet.",
        Expectation::Refused,
        |a, _| {
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
        let deliveries = deliveries(&first, &second);
        Case {
            name: (*name).into(),
            about: *about,
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

/// A member more at every object that takes unknown ones: the closed ones are not ours to open.
fn with_more(event: &Value) -> Value {
    let mut event = event.clone();
    for place in ["/detail/meta", "/detail/data"] {
        if let Some(Value::Object(members)) = event.pointer_mut(place) {
            members.insert("notYetKnown".into(), json!({ "is": "for later" }));
        }
    }
    event
}

impl Case {
    /// `plain` is what the plain case of the same event left, `outcome` what this one did.
    pub fn verdict(&self, plain: &Outcome, outcome: &Outcome, plain_case: &Self) -> Result<(), String> {
        let refused = outcome.errors.len() == self.deliveries.len();
        let same = || {
            let (expected, found) = (plain_case.comparable(plain), self.comparable(outcome));
            match expected == found {
                true => Ok(()),
                false => Err(format!(
                    "what is kept differs from the plain deliveries:\n    plain: {expected:?}\n    here:  {found:?}"
                )),
            }
        };
        match (self.expect, outcome.errors.first()) {
            (Expectation::AsPlain, Some(error)) => Err(format!("a delivery failed: {error}")),
            (Expectation::AsPlain, None) => same(),
            (Expectation::AsPlainOrRefused, _) if refused && outcome.kept.is_empty() => Ok(()),
            (Expectation::AsPlainOrRefused, Some(error)) => Err(format!("some deliveries failed: {error}")),
            (Expectation::AsPlainOrRefused, None) => same(),
            (Expectation::Refused, _) if refused && outcome.kept.is_empty() => Ok(()),
            (Expectation::Refused, _) => Err("it was taken, though its version is not known".into()),
            (Expectation::TakenOrRefused, _) if refused != outcome.kept.is_empty() => {
                Err("it failed and was kept all the same, or neither".into())
            }
            (Expectation::TakenOrRefused, _) => Ok(()),
        }
    }

    /// Rows as text, sorted, with this case's own ids under names that all cases share.
    fn comparable(&self, outcome: &Outcome) -> Vec<String> {
        let aggregate = AggregateId::new(self.aggregate_id.as_str());
        let mut rows: Vec<_> = outcome
            .kept
            .iter()
            .map(|row| {
                let mut text = sorted(row).to_string().replace(&self.aggregate_id, "AGGREGATE");
                for sequence in [7, 8] {
                    let id = EventId::of(&aggregate, sequence).to_string();
                    text = text.replace(&id, &format!("EVENT-{sequence}"));
                }
                text
            })
            .collect();
        rows.sort();
        rows
    }
}

/// A row's members in the order of their names: two reads of a table may give them in any.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut all: Vec<_> = members.iter().collect();
            all.sort_by(|one, other| one.0.cmp(other.0));
            let each = all
                .into_iter()
                .map(|(name, member)| (name.clone(), sorted(member)));
            Value::Object(each.collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::contracts;

    /// A consumer kept as a list of what it was told.
    fn naive(case: &Case) -> Outcome {
        Outcome {
            errors: Vec::new(),
            kept: case
                .deliveries
                .iter()
                .map(|event| event["detail"].clone())
                .collect(),
        }
    }

    /// One that keeps a row per event and reads what it knows.
    fn careful(case: &Case) -> Outcome {
        let mut outcome = Outcome::default();
        for event in &case.deliveries {
            let recorded = json!({
                "source": event["source"], "detailType": event["detail-type"], "detail": event["detail"],
            });
            match crate::gate::recorded::read(&recorded) {
                Err(error) => outcome.errors.push(error),
                Ok(()) => {
                    let meta = &event["detail"]["meta"];
                    let row = json!([
                        meta["aggregateId"],
                        meta["sequence"],
                        event["detail"]["data"]["total"]
                    ]);
                    if !outcome.kept.contains(&row) {
                        outcome.kept.push(row);
                    }
                }
            }
        }
        outcome
    }

    fn failing(consumer: fn(&Case) -> Outcome) -> Vec<String> {
        let contract = contracts()
            .into_iter()
            .find(|contract| contract.name == "BookingConfirmed")
            .unwrap();
        let cases = cases(&contract, &[]);
        let plain = consumer(&cases[0]);
        let failed = cases
            .iter()
            .filter(|case| case.verdict(&plain, &consumer(case), &cases[0]).is_err());
        failed.map(|case| case.name.clone()).collect()
    }

    #[test]
    fn a_consumer_that_takes_everything_as_it_comes_fails_where_it_should() {
        let expected = ["duplicate", "republished", "unknown-field", "newer-version"];
        assert_eq!(failing(naive), expected);
    }

    #[test]
    fn one_that_keeps_a_row_per_event_conforms() {
        assert_eq!(failing(careful), Vec::<String>::new());
    }
}
