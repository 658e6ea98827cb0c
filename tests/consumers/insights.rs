//! Our own read model: it conforms, and reads of each event what is declared of it. What it reads is measured: a member
//! is read if another value of it makes another fact.

use std::collections::{BTreeMap, BTreeSet};

use contracts::conformance::{Case, Outcome, cases};
use contracts::gate::Consumer;
use contracts::source::{Contract, contracts};
use events_schema::envelope::Recorded;
use insights::{FactRow, fact_of};
use serde_json::{Value, json};

fn declared() -> Consumer {
    let text = crate::repository::read("events-schema/consumers.json");
    let all: Vec<Consumer> = serde_json::from_str(&text).expect("consumers");
    all.into_iter()
        .find(|consumer| consumer.name == "insights")
        .expect("insights is declared")
}

fn recorded(event: &Value) -> Result<Recorded, serde_json::Error> {
    let detail_type = event.get("detail-type").unwrap_or(&event["detailType"]);
    serde_json::from_value(
        json!({ "source": event["source"], "detailType": detail_type, "detail": event["detail"] }),
    )
}

fn fact(event: &Value) -> Result<Option<FactRow>, String> {
    let recorded = recorded(event).map_err(|error| error.to_string())?;
    fact_of(&recorded).map_err(|error| error.to_string())
}

fn of_insights() -> Vec<Contract> {
    let declared = declared();
    contracts()
        .into_iter()
        .filter(|contract| declared.reads(contract.name).is_some())
        .collect()
}

/// The table as it is: a row is put under its key, whatever stood there.
fn delivered(case: &Case) -> Outcome {
    let mut table = BTreeMap::new();
    let mut errors = Vec::new();
    for event in &case.deliveries {
        match fact(event) {
            Ok(Some(row)) => {
                let value = serde_json::to_value(&row).expect("a row is JSON");
                table.insert((row.fact, row.sort), value);
            }
            Ok(None) => {}
            Err(why) => errors.push(why),
        }
    }
    Outcome {
        errors,
        kept: table.into_values().collect(),
    }
}

#[test]
fn it_conforms_for_every_event_it_reacts_to() {
    let mut run = 0;
    for contract in of_insights() {
        let sample =
            crate::repository::root().join(format!("events-schema/earlier/{}.v1.json", contract.name));
        let sample = std::fs::read_to_string(sample)
            .ok()
            .map(|text| serde_json::from_str(&text).expect("JSON"));
        // It is rebuilt from all there ever was.
        let cases = cases(&contract, &sample.into_iter().collect::<Vec<Value>>());
        let cases: Vec<_> = cases.into_iter().map(Case::read_earlier).collect();
        let plain = delivered(&cases[0]);
        assert_eq!(plain.kept.len(), 2, "{}", contract.name);
        for case in &cases {
            let verdict = case.verdict(&plain, &delivered(case), &cases[0]);
            assert_eq!(verdict, Ok(()), "{} {}", contract.name, case.name);
            run += 1;
        }
    }
    assert!(run > 60, "{run} cases");
}

#[test]
fn it_reads_what_is_declared_and_nothing_else() {
    let declared = declared();
    for contract in of_insights() {
        let reads = declared.reads(contract.name).expect("declared");
        let found = places_read(&contract.example);
        let covers = |read: &str, place: &str| place == read || place.starts_with(&format!("{read}."));
        for place in &found {
            assert!(
                reads.iter().any(|read| covers(read, place)),
                "{} reads {place}, undeclared",
                contract.name
            );
        }
        for read in reads {
            assert!(
                found.iter().any(|place| covers(read, place)),
                "{} does not read {read}",
                contract.name
            );
        }
    }
}

/// Members whose change, to another value that is one of the type, changes the fact.
fn places_read(example: &Value) -> BTreeSet<String> {
    let before = fact(example).expect("the example is read");
    let mut found = BTreeSet::new();
    let mut paths = Vec::new();
    leaves(&example["detail"], "/detail", &mut paths);
    for (path, place) in paths {
        let old = example.pointer(&path).cloned().unwrap_or_default();
        for value in others(&old) {
            let mut changed = example.clone();
            if let Some(there) = changed.pointer_mut(&path) {
                *there = value;
            }
            if fact(&changed).is_ok_and(|after| after != before) {
                found.insert(place.clone());
            }
        }
    }
    found
}

/// A list is also looked at as a whole: how many there are may be all that is read.
fn leaves(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
    let place = || {
        let parts = path.trim_start_matches("/detail/").split('/');
        parts
            .filter(|part| part.parse::<usize>().is_err())
            .collect::<Vec<_>>()
            .join(".")
    };
    match value {
        Value::Object(members) => {
            members
                .iter()
                .for_each(|(name, member)| leaves(member, &format!("{path}/{name}"), found));
        }
        Value::Array(items) => {
            found.push((path.to_owned(), place()));
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| leaves(item, &format!("{path}/{index}"), found));
        }
        _ => found.push((path.to_owned(), place())),
    }
}

fn others(old: &Value) -> Vec<Value> {
    match old {
        Value::Array(items) => vec![items.iter().chain(items).cloned().collect(), json!([])],
        Value::Number(number) => vec![json!(number.as_u64().unwrap_or(0) + 1), json!(2)],
        Value::Bool(flag) => vec![json!(!flag)],
        Value::String(text) => {
            let mut all = vec![
                format!("{text}x"),
                format!("1{text}"),
                text.replace('1', "2"),
                text.replace('2', "3"),
            ];
            all.extend(["NO_OFFERS", "PRICE_CHANGED", "USD", "7.25", "AMS"].map(str::to_owned));
            all.push("cancellation_requested".into());
            all.extend([
                text.replace("2026-12", "2027-01"),
                text.replace("2026-11", "2026-10"),
            ]);
            all.into_iter().map(Value::from).collect()
        }
        _ => Vec::new(),
    }
}
