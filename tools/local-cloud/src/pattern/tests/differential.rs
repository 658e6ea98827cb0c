//! Random patterns over random events: whatever quamina accepts, we must read the same way.
//!
//! What quamina does not speak (`$or`, nested `anything-but`, `prefix` and `suffix` without case), and ranges with two
//! bounds, of which its version 0.7 takes `[">", 0, "<", 2]` to hold 0, are first said in words that it does, see
//! `in_quaminas_words`; so the oracle judges the whole language.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Mutex;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use quamina::Quamina;
use serde_json::{Map, Value, json};

use crate::pattern::Pattern;

fn number() -> impl Strategy<Value = Value> {
    prop::sample::select(numbers())
}

const TEXTS: [&str; 7] = ["", "a", "ab", "Ab", "abc", "bc", "b"];
/// IPv4 alone: quamina reads no `::` in an event.
const ADDRESSES: [&str; 3] = ["10.0.0.1", "10.0.1.1", "192.168.0.1"];

/// Few names and values, so that patterns and events meet often.
fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => prop::sample::select(TEXTS.to_vec()).prop_map(Value::from),
        3 => prop::sample::select(ADDRESSES.to_vec()).prop_map(Value::from),
        4 => number(),
        1 => Just(Value::Null),
        2 => any::<bool>().prop_map(Value::from),
    ]
}

/// Every text that an event here may hold: what `anything-but` has to be told apart from.
fn texts() -> impl Iterator<Item = Value> {
    TEXTS.into_iter().chain(ADDRESSES).map(Value::from)
}

fn numbers() -> Vec<Value> {
    vec![json!(-1), json!(0), json!(1), json!(1.5), json!(2), json!(300)]
}

/// Fields `x` and `y` hold values or arrays of values, `o` holds an object or an array of objects. Elsewhere quamina
/// 0.7 goes its own way (it finds values where an object is, and sees only a part of an array that mixes both).
/// Field `n` holds numbers: quamina's ranges also take strings and constants, EventBridge's only numbers.
fn object(
    values: BoxedStrategy<Value>,
    numbers: BoxedStrategy<Value>,
    objects: BoxedStrategy<Value>,
) -> impl Strategy<Value = Value> {
    let field = prop_oneof![
        3 => (prop::sample::select(vec!["x", "y"]), values),
        1 => (Just("n"), numbers),
        1 => (Just("o"), objects),
    ];
    prop::collection::vec(field, 1..4).prop_map(|fields| {
        Value::Object(
            fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    })
}

fn event() -> impl Strategy<Value = Value> {
    let values = || {
        prop_oneof![3 => scalar(), 1 => prop::collection::vec(scalar(), 0..3).prop_map(Value::from)].boxed()
    };
    let innermost =
        (prop::sample::select(vec!["x", "y"]), scalar()).prop_map(|(name, value)| json!({name: value}));
    innermost.prop_recursive(3, 16, 3, move |inner| {
        let objects = prop_oneof![
            inner.clone(),
            prop::collection::vec(inner, 1..4).prop_map(Value::from)
        ];
        object(values(), number().boxed(), objects.boxed())
    })
}

fn match_expression() -> impl Strategy<Value = Value> {
    let text = || prop::sample::select(vec!["a", "ab", "Ab", "bc", "B"]);
    prop_oneof![
        4 => scalar(),
        1 => text().prop_map(|text| json!({"prefix": text})),
        1 => text().prop_map(|text| json!({"suffix": text})),
        1 => text().prop_map(|text| json!({"equals-ignore-case": text})),
        1 => prop::sample::select(vec!["*", "a*", "*b*", "a*c", "*c"]).prop_map(|text| json!({"wildcard": text})),
        1 => prop::collection::vec(text(), 1..3).prop_map(|texts| json!({"anything-but": texts})),
        1 => number().prop_map(|number| json!({"anything-but": number})),
        1 => text().prop_map(|text| json!({"prefix": {"equals-ignore-case": text}})),
        1 => text().prop_map(|text| json!({"suffix": {"equals-ignore-case": text}})),
        2 => (nestable(), text()).prop_map(|(name, text)| json!({"anything-but": {name: text}})),
        1 => (nestable(), prop::collection::vec(text(), 1..3))
            .prop_map(|(name, texts)| json!({"anything-but": {name: texts}})),
        1 => prop::sample::select(vec!["10.0.0.0/24", "10.0.0.0/8", "0.0.0.0/0", "10.0.0.1/32"])
            .prop_map(|network| json!({"cidr": network})),
        1 => any::<bool>().prop_map(|exists| json!({"exists": exists})),
    ]
}

/// Operators that `anything-but` may hold.
fn nestable() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["prefix", "suffix", "equals-ignore-case", "wildcard"])
}

fn range() -> impl Strategy<Value = Value> {
    let one_sided = (prop::sample::select(vec!["<", "<=", ">", ">=", "="]), number())
        .prop_map(|(operator, at)| json!([{"numeric": [operator, at]}]));
    let (above, below) = (
        prop::sample::select(vec![">", ">="]),
        prop::sample::select(vec!["<", "<="]),
    );
    let between = (
        above,
        prop::sample::select(vec![-1, 0, 1]),
        below,
        prop::sample::select(vec![2, 300]),
    )
        .prop_map(|(above, from, below, to)| json!([{"numeric": [above, from, below, to]}]));
    prop_oneof![one_sided, between]
}

fn pattern() -> impl Strategy<Value = Value> {
    let leaf = || {
        prop::collection::vec(match_expression(), 1..3)
            .prop_map(Value::from)
            .boxed()
    };
    let one_field =
        move || (prop::sample::select(vec!["x", "y"]), leaf()).prop_map(|(name, value)| json!({name: value}));
    one_field().prop_recursive(2, 6, 2, move |inner| {
        let plain = object(leaf(), range().boxed(), inner.boxed());
        // Beside `$or` no field that one of its branches has: that is no pattern.
        let branches = prop::collection::vec(one_field(), 2..4);
        let either = (branches, prop::option::of(range())).prop_map(|(branches, beside)| {
            let mut either = json!({"$or": branches});
            if let Some(beside) = beside {
                either["n"] = beside;
            }
            either
        });
        prop_oneof![3 => plain, 1 => either]
    })
}

/// Patterns of which one selects an event if and only if `pattern` does: a way through each `$or`.
fn in_quaminas_words(pattern: &Value) -> Vec<Value> {
    let mut ways = vec![Map::new()];
    for (name, value) in pattern.as_object().expect("a pattern is an object") {
        let choices: Vec<Map<String, Value>> = match value {
            Value::Array(branches) if name == "$or" => {
                let ways = branches.iter().flat_map(in_quaminas_words);
                ways.filter_map(|way| way.as_object().cloned()).collect()
            }
            Value::Array(values) => {
                let values: Vec<_> = values.iter().flat_map(values_in_quaminas_words).collect();
                vec![Map::from_iter([(name.clone(), Value::from(values))])]
            }
            inner => {
                let ways = in_quaminas_words(inner).into_iter();
                ways.map(|way| Map::from_iter([(name.clone(), way)])).collect()
            }
        };
        ways = ways
            .iter()
            .flat_map(|way| {
                let with =
                    |choice: &Map<String, Value>| way.clone().into_iter().chain(choice.clone()).collect();
                choices.iter().map(with).collect::<Vec<Map<_, _>>>()
            })
            .collect();
    }
    ways.into_iter().map(Value::Object).collect()
}

/// What a nested operator or a range selects is found by asking quamina about each value there is, by one plain
/// operator after the other; where case does not count, every spelling is named.
fn values_in_quaminas_words(value: &Value) -> Vec<Value> {
    for operator in ["prefix", "suffix"] {
        if let Some(text) = value[operator]["equals-ignore-case"].as_str() {
            let spelled = |text: String| json!({operator: text});
            return spellings(text).into_iter().map(spelled).collect();
        }
    }
    if let [above, from, below, to] = value["numeric"].as_array().map_or(&[][..], Vec::as_slice) {
        let within = |number: &Value| {
            selects(&json!({"numeric": [above, from]}), number)
                && selects(&json!({"numeric": [below, to]}), number)
        };
        return numbers().into_iter().filter(within).collect();
    }
    let Some((operator, operand)) = value["anything-but"]
        .as_object()
        .and_then(|nested| nested.iter().next())
    else {
        return vec![value.clone()];
    };
    let excluded = match operand {
        Value::Array(texts) => texts.clone(),
        text => vec![text.clone()],
    };
    let is_excluded = |text: &Value| {
        excluded
            .iter()
            .any(|operand| selects(&json!({operator: operand}), text))
    };
    let allowed = texts().filter(|text| !is_excluded(text));
    allowed
        .chain(numbers())
        .chain([json!(null), json!(true), json!(false)])
        .collect()
}

/// Asked once for each pair: the oracle's automata are dear to build.
fn selects(operator: &Value, value: &Value) -> bool {
    static ASKED: Mutex<BTreeMap<(String, String), bool>> = Mutex::new(BTreeMap::new());
    let pair = (operator.to_string(), value.to_string());
    let mut asked = ASKED.lock().expect("no test panics while it asks");
    *asked
        .entry(pair)
        .or_insert_with(|| asked_of_quamina(operator, value))
}

fn asked_of_quamina(operator: &Value, value: &Value) -> bool {
    let answer = quamina_selects(&json!({"v": [operator]}), &json!({"v": value}));
    answer.unwrap_or_else(|| panic!("quamina does not speak {operator}"))
}

fn spellings(text: &str) -> Vec<String> {
    text.chars().fold(vec![String::new()], |before, character| {
        let both = [character.to_ascii_lowercase(), character.to_ascii_uppercase()];
        let longer = |start: &String| both.map(|character| format!("{start}{character}"));
        before.iter().flat_map(longer).collect()
    })
}

/// quamina joins `exists` to the other values of a field differently and refuses some combinations; AWS allows them.
fn quamina_speaks(pattern: &Value) -> bool {
    match pattern {
        Value::Object(fields) => fields.values().all(quamina_speaks),
        Value::Array(values) => {
            values.len() == 1
                || !values
                    .iter()
                    .filter_map(Value::as_object)
                    .any(|object| object.contains_key("exists"))
        }
        _ => true,
    }
}

/// Quamina 0.7 selects nothing by a field that must exist and, right behind it, one that must not: `{"x": 1}` is not
/// selected by `{"x": [{"exists": true}], "y": [{"exists": false}]}`.
fn presence_meets_no_absence(pattern: &Value) -> bool {
    let text = pattern.to_string();
    !text.contains(r#"{"exists":true}"#) || !text.contains(r#"{"exists":false}"#)
}

/// For quamina an empty array exists; EventBridge documents `exists` for values only.
fn presence_meets_no_empty_array(pattern: &Value, event: &Value) -> bool {
    !pattern.to_string().contains("exists") || !event.to_string().contains("[]")
}

fn quamina_selects(pattern: &Value, event: &Value) -> Option<bool> {
    let judges = quamina_speaks(pattern)
        && presence_meets_no_absence(pattern)
        && presence_meets_no_empty_array(pattern, event);
    if !judges {
        return None;
    }
    let mut oracle = Quamina::new();
    oracle.add_pattern("p".to_owned(), &pattern.to_string()).ok()?;
    oracle.has_matches(event.to_string().as_bytes()).ok()
}

const CASES: u32 = 1_000;

/// Patterns that Quamina has no words for are passed over, and that must stay the smaller part.
#[test]
fn we_select_what_quamina_selects() {
    let config = ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let (answered, selected) = (Cell::new(0), Cell::new(0));
    let compared = TestRunner::new(config).run(&(pattern(), event()), |(pattern, event)| {
        let ways = in_quaminas_words(&pattern);
        let answers: Option<Vec<bool>> = ways.iter().map(|way| quamina_selects(way, &event)).collect();
        if let Some(answers) = answers {
            let ours = Pattern::parse(&pattern).expect("quamina accepts it");
            let expected = answers.contains(&true);
            answered.set(answered.get() + 1);
            selected.set(selected.get() + u32::from(expected));
            prop_assert_eq!(ours.matches(&event), expected, "{} on {}", pattern, event);
        }
        Ok(())
    });
    compared.unwrap_or_else(|error| panic!("{error}"));
    let (answered, selected) = (answered.get(), selected.get());
    assert!(answered >= CASES / 2, "quamina answered {answered} of {CASES}");
    assert!(selected >= CASES / 50, "and selected {selected} of them");
}

/// And it answers by each operator.
#[test]
fn the_oracle_answers() {
    let event = json!({"x": "ab", "n": 2, "ip": "10.0.0.1", "o": [{"y": 1}, {"y": 2}]});
    for (pattern, expected) in [
        (json!({"x": [{"prefix": "a"}]}), true),
        (json!({"x": [{"suffix": "a"}]}), false),
        (json!({"x": [{"equals-ignore-case": "AB"}]}), true),
        (json!({"x": [{"wildcard": "*b"}]}), true),
        (json!({"x": [{"anything-but": ["ab", "b"]}]}), false),
        (json!({"n": [{"anything-but": 1}]}), true),
        (json!({"n": [{"numeric": [">", 0, "<=", 2]}]}), true),
        (json!({"o": {"y": [{"numeric": [">", 2]}]}}), false),
        (json!({"ip": [{"cidr": "10.0.0.0/24"}]}), true),
        (json!({"z": [{"exists": false}]}), true),
        (json!({"x": [{"prefix": {"equals-ignore-case": "A"}}]}), true),
        (json!({"x": [{"anything-but": {"suffix": ["c", "b"]}}]}), false),
        (
            json!({"$or": [{"x": ["b"]}, {"n": [2]}], "ip": [{"exists": true}]}),
            true,
        ),
        (json!({"o": {"$or": [{"y": [3]}, {"y": [4]}]}}), false),
    ] {
        let ways = in_quaminas_words(&pattern);
        let answers: Option<Vec<bool>> = ways.iter().map(|way| quamina_selects(way, &event)).collect();
        let answers = answers.unwrap_or_else(|| panic!("{pattern}: quamina does not speak {ways:?}"));
        assert_eq!(answers.contains(&true), expected, "{pattern}");
    }
}
