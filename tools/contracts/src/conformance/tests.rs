//! The kit over two consumers: one that takes everything as it comes, and one that takes care.

use serde_json::json;

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

/// One that keeps a row per event, and the total as it is.
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

/// One that takes no object with a member it does not know, however deep: such a validator is soon written.
fn strict(case: &Case) -> Outcome {
    let closed = |event: &Value| {
        event["detail"]["data"]["total"]
            .to_string()
            .contains("notYetKnown")
    };
    match case.deliveries.iter().any(closed) {
        true => Outcome {
            errors: vec!["a member that is not known".into(); case.deliveries.len()],
            kept: Vec::new(),
        },
        false => careful(case),
    }
}

#[test]
fn whoever_refuses_a_member_deep_within_fails() {
    assert_eq!(failing(strict), ["unknown-field-within"]);
}

/// Refused or taken is said, and refused is wrong for one that says it reads earlier versions.
#[test]
fn an_earlier_version_is_taken_or_refused_and_taken_by_whoever_says_so() {
    let contract = contracts().into_iter().next().expect("an event");
    let case = || {
        cases(&contract, &[contract.example.clone()])
            .pop()
            .expect("a case")
    };
    let refused = Outcome {
        errors: vec!["not mine".into()],
        kept: Vec::new(),
    };
    let taken = Outcome {
        errors: Vec::new(),
        kept: vec![json!("a row")],
    };
    let lost = Outcome::default();
    let check = |case: &Case, outcome: &Outcome| case.verdict(&taken, outcome, case).is_ok();
    let either = case();
    assert_eq!(
        [&taken, &refused, &lost].map(|outcome| check(&either, outcome)),
        [true, true, false]
    );
    let promised = case().read_earlier();
    assert_eq!(
        [&taken, &refused, &lost].map(|outcome| check(&promised, outcome)),
        [true, false, false]
    );
    assert_eq!(either.choice(&taken), Some("taken"));
    assert_eq!(either.choice(&refused), Some("refused"));
    assert_eq!(
        cases(&contract, &[])[0].choice(&taken),
        None,
        "a plain one leaves no choice"
    );
}
