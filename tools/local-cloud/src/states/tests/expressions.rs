//! JSONata: the functions Step Functions adds or changes, what is undefined, what is refused.

use serde_json::{Value, json};

use super::*;
use crate::states::jsonata::{EvaluationError, Expression, Surroundings};
use crate::states::natives::Draw;

fn evaluate(source: &str) -> Result<Value, EvaluationError> {
    evaluate_with(source, 1)
}

fn evaluate_with(source: &str, draw: u8) -> Result<Value, EvaluationError> {
    let variables: BTreeMap<String, Value> = [
        ("price".into(), json!(120)),
        (
            "legs".into(),
            json!([{ "to": "LIS", "eur": 90 }, { "to": "BER", "eur": 110 }]),
        ),
    ]
    .into();
    let states = json!({ "input": { "a": 1, "list": [1, 2, 3], "none": null, "one": [7] }, "context": { "State": { "Name": "S" } } });
    let around = Surroundings {
        variables: &variables,
        states: &states,
        now: "2026-11-21T09:00:00Z".parse().unwrap(),
        draw: Draw([draw; 32]),
    };
    Expression::compile(source).unwrap().evaluate(&around, "Output")
}

#[test]
fn expressions_give_what_step_functions_gives() {
    for (source, expected) in [
        ("$states.input.a + 1", json!(2)),
        ("$states.input.one", json!([7])),
        ("$states.input.none", Value::Null),
        ("$states.context.State.Name", json!("S")),
        ("$price * 2.5", json!(300)),
        ("$sum($legs.eur)", json!(200)),
        ("$legs[eur > 100].to", json!("BER")),
        (
            "{'to': $legs.to, 'cheap': $price < 150}",
            json!({ "to": ["LIS", "BER"], "cheap": true }),
        ),
        ("($x := 5; $f := function($n) { $n * $x }; $f(2))", json!(10)),
        ("$exists($unknown)", json!(false)),
        ("$exists($states.input.b) ? 1 : 2", json!(2)),
        ("$exists($states.input.none)", json!(true)),
        ("$lookup($states.input, 'none')", Value::Null),
        ("$lookup($states.input, 'a')", json!(1)),
        ("$exists($lookup($states.input, 'b'))", json!(false)),
        ("$parse('null')", Value::Null),
        ("$partition([1..5], 2)", json!([[1, 2], [3, 4], [5]])),
        ("$range(1, 10, 3)", json!([1, 4, 7, 10])),
        ("$range(3, 1, -1)", json!([3, 2, 1])),
        ("$range(4, 4, 1)", json!([4])),
        ("$hash('a', 'MD5')", json!("0cc175b9c0f1b6a831c399e269772661")),
        (
            "$hash('a', 'SHA-1')",
            json!("86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
        ),
        ("$substring($hash('a', 'SHA-256'), 0, 8)", json!("ca978112")),
        ("$parse('{\"x\": [1, null]}')", json!({ "x": [1, null] })),
        ("$parse('[5]')", json!([5])),
        (
            "$map(['a', 'b'], function($v) { $substring($hash($v, 'MD5'), 0, 2) })",
            json!(["0c", "92"]),
        ),
        ("'a' ~> $hash('MD5') ~> $length()", json!(32)),
        ("$millis()", json!(1_795_251_600_000_i64)),
        ("$now()", json!("2026-11-21T09:00:00.000Z")),
        ("$now('[Y]-[M01]')", json!("2026-11")),
        ("$random(5) = $random(5)", json!(true)),
        ("$random() = $random()", json!(false)),
        ("($n := $random(); $n >= 0 and $n < 1)", json!(true)),
        ("$uuid() = $uuid()", json!(false)),
        (
            "$count($distinct($map([1, 1, 1], function($v, $i) { $uuid() })))",
            json!(3),
        ),
        ("$count($distinct([1..4].$uuid()))", json!(4)),
        ("$length($uuid())", json!(36)),
        ("$sum($shuffle([1, 2, 3]))", json!(6)),
        ("[3, 1, 2] ~> $shuffle() ~> $sort()", json!([1, 2, 3])),
    ] {
        assert_eq!(evaluate(source), Ok(expected), "{source}");
    }
}

#[test]
fn randomness_follows_the_draw_and_nothing_else() {
    for source in ["$uuid()", "$random()", "$shuffle([1..20])"] {
        assert_eq!(evaluate_with(source, 1), evaluate_with(source, 1), "{source}");
        assert_ne!(evaluate_with(source, 1), evaluate_with(source, 2), "{source}");
    }
}

#[test]
fn what_has_no_value_is_an_error_that_names_expression_and_field() {
    for source in [
        "$states.input.b", "$sum($states.input.b)", "$lookup($states.input, 'b')", "$unknown",
        "$states.input.b.c", "a", "$",
    ] {
        let error = evaluate(source).unwrap_err();
        assert!(
            matches!(error, EvaluationError::Undefined { .. }),
            "{source}: {error}"
        );
        assert!(
            error.to_string().contains(source) && error.to_string().contains("Output"),
            "{error}"
        );
    }
    for (source, reason) in [
        ("1 + 'a'", "Cannot add"),
        ("$hash('a', 'CRC')", "MD5, SHA-1"),
        ("$parse('{')", "not JSON"),
        ("$range(1, 5000, 1)", "at most 1000"),
        ("$uppercase", "function"),
        ("$error('no seats')", "no seats"),
    ] {
        let error = evaluate(source).unwrap_err().to_string();
        assert!(error.contains(reason), "{source}: {error}");
    }
}

#[test]
fn what_step_functions_lacks_is_refused_when_compiled() {
    for (source, reason) in [
        ("$eval('1')", "$eval"),
        ("$map(['1'], $eval)", "$eval"),
        ("$$.a", "$$"),
        ("1 +", "nexpected"),
        ("($states := 1)", "reserved"),
    ] {
        let refused = Expression::compile(source).unwrap_err();
        assert!(refused.contains(reason), "{source}: {refused}");
    }
}
