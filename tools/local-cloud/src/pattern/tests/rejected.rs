//! What is no pattern, and whether the error says where and why.

use crate::pattern::{MAX_FILTER_PATTERN, Pattern};

#[test]
fn each_mistake_is_named() {
    let cases = [
        (r#"["a"]"#, "the pattern must be a JSON object"),
        (r#"{"#, "not JSON"),
        (r#"{}"#, "empty objects are not allowed"),
        (r#"{"a":{}}"#, "empty objects are not allowed at a"),
        (r#"{"a":[]}"#, "empty arrays are not allowed at a"),
        (r#"{"a":"b"}"#, "must be an object or an array at a"),
        (r#"{"a":{"b":1}}"#, "must be an object or an array at a.b"),
        (r#"{"a":[["b"]]}"#, "a value must be a string"),
        (r#"{"a":[{}]}"#, "a match expression needs a name"),
        (r#"{"a":[{"prefix":"x","suffix":"y"}]}"#, "only one key"),
        (r#"{"a":[{"regex":"x"}]}"#, "unrecognized match type regex"),
        (r#"{"a":[{"prefix":5}]}"#, "prefix takes a string"),
        (
            r#"{"a":[{"prefix":{"suffix":"x"}}]}"#,
            "prefix cannot be combined with suffix",
        ),
        (
            r#"{"a":[{"exists":"false"}]}"#,
            "exists must be true or false at a",
        ),
        (r#"{"a":[{"cidr":"10.0.0.1"}]}"#, "malformed CIDR"),
        (r#"{"a":[{"cidr":"10.0.0.0/33"}]}"#, "malformed CIDR"),
        (r#"{"a":[{"wildcard":"a**b"}]}"#, "consecutive asterisks"),
        (r#"{"a":[{"wildcard":"a\\b"}]}"#, "can be escaped"),
        (r#"{"a":[{"numeric":5}]}"#, "numeric takes an array"),
        (r#"{"a":[{"numeric":[">"]}]}"#, "numeric takes pairs"),
        (r#"{"a":[{"numeric":["<",5,">",0]}]}"#, "numeric takes ="),
        (r#"{"a":[{"numeric":[">",5,"<",5]}]}"#, "lower bound"),
        (r#"{"a":[{"numeric":["=",6e9]}]}"#, "from -5.0e9"),
        (r#"{"a":[{"anything-but":[1,"a"]}]}"#, "not mixed"),
        (r#"{"a":[{"anything-but":[]}]}"#, "anything-but takes a list"),
        (r#"{"a":[{"anything-but":null}]}"#, "anything-but takes a string"),
        (r#"{"a":[{"anything-but":{"prefix":""}}]}"#, "cannot be empty"),
        (
            r#"{"a":[{"anything-but":{"numeric":["=",1]}}]}"#,
            "anything-but cannot be combined with numeric",
        ),
        (r#"{"$or":[{"a":[1]}]}"#, "$or needs at least two"),
        (r#"{"$or":{"a":[1]}}"#, "$or must be an array"),
        (r#"{"$or":[{"a":[1]},1]}"#, "$or must be an array"),
        (r#"{"$or":[{"a":[1]},{"prefix":["x"]}]}"#, "operator's name"),
        (
            r#"{"a":[1],"$or":[{"a":[2]},{"b":[2]}]}"#,
            "both inside and outside $or at a",
        ),
    ];
    for (pattern, reason) in cases {
        let error = Pattern::parse(pattern).expect_err(pattern).to_string();
        assert!(
            error.starts_with("Event pattern is not valid. Reason: "),
            "{error}"
        );
        assert!(error.contains(reason), "{pattern}: {error}");
    }
}

#[test]
fn a_rule_takes_2048_characters_and_not_one_more() {
    let of_length = |length: usize| format!(r#"{{"a":["{}"]}}"#, "x".repeat(length - 10));
    assert_eq!(of_length(2_048).len(), 2_048);
    assert!(Pattern::parse(of_length(2_048).as_str()).is_ok());
    let error = Pattern::parse(of_length(2_049).as_str()).expect_err("too long");
    assert!(error.reason.contains("2049 characters"), "{error}");
    assert!(Pattern::parse_within(of_length(2_049).as_str(), MAX_FILTER_PATTERN).is_ok());
}

#[test]
fn or_may_not_multiply_without_bound() {
    let pair = |name: usize| format!(r#"{{"f{name}":{{"$or":[{{"a":[1]}},{{"b":[1]}}]}}}}"#);
    let nested: Vec<String> = (0..10)
        .map(|name| pair(name)[1..pair(name).len() - 1].to_owned())
        .collect();
    let error = Pattern::parse(format!("{{{}}}", nested.join(",")).as_str()).expect_err("1,024 combinations");
    assert!(error.reason.contains("1000 combinations"), "{error}");
}
