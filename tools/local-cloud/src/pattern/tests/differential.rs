//! Random patterns over random events: whatever quamina accepts, we must read the same way.

use proptest::prelude::*;
use quamina::Quamina;
use serde_json::{Map, Value, json};

use crate::pattern::Pattern;

fn number() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(-1),
        json!(0),
        json!(1),
        json!(1.5),
        json!(2),
        json!(300),
    ])
}

/// Few names and values, so that patterns and events meet often.
fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::sample::select(vec!["", "a", "ab", "Ab", "abc", "bc", "b"]).prop_map(Value::from),
        number(),
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
    ]
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
        1 => text().prop_map(|text| json!({"anything-but": {"prefix": text}})),
        1 => any::<bool>().prop_map(|exists| json!({"exists": exists})),
    ]
}

fn range() -> impl Strategy<Value = Value> {
    (prop::sample::select(vec!["<", "<=", ">", ">=", "="]), number())
        .prop_map(|(operator, at)| json!([{"numeric": [operator, at]}]))
}

fn pattern() -> impl Strategy<Value = Value> {
    let leaf = || {
        prop::collection::vec(match_expression(), 1..3)
            .prop_map(Value::from)
            .boxed()
    };
    let innermost =
        (prop::sample::select(vec!["x", "y"]), leaf()).prop_map(|(name, value)| json!({name: value}));
    innermost.prop_recursive(2, 6, 2, move |inner| {
        object(leaf(), range().boxed(), inner.boxed())
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

/// For quamina an empty array exists; EventBridge documents `exists` for values only.
fn presence_meets_no_empty_array(pattern: &Value, event: &Value) -> bool {
    !pattern.to_string().contains("exists") || !event.to_string().contains("[]")
}

fn quamina_selects(pattern: &Value, event: &Value) -> Option<bool> {
    if !quamina_speaks(pattern) || !presence_meets_no_empty_array(pattern, event) {
        return None;
    }
    let mut oracle = Quamina::new();
    oracle.add_pattern("p".to_owned(), &pattern.to_string()).ok()?;
    oracle.has_matches(event.to_string().as_bytes()).ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn we_select_what_quamina_selects(pattern in pattern(), event in event()) {
        if let Some(expected) = quamina_selects(&pattern, &event) {
            let ours = Pattern::parse(&pattern).expect("quamina accepts it");
            prop_assert_eq!(ours.matches(&event), expected, "{} on {}", pattern, event);
        }
    }
}

/// Without this the test above could skip everything and still pass.
#[test]
fn the_oracle_answers() {
    let object = |text: &str| {
        serde_json::from_str::<Map<String, Value>>(text)
            .map(Value::Object)
            .expect(text)
    };
    let event = object(r#"{"x":"ab","o":[{"y":1},{"y":2}]}"#);
    assert_eq!(
        quamina_selects(&object(r#"{"x":[{"prefix":"a"}]}"#), &event),
        Some(true)
    );
    assert_eq!(
        quamina_selects(&object(r#"{"o":{"y":[{"numeric":[">",2]}]}}"#), &event),
        Some(false)
    );
}
