//! Input, InputPath and InputTransformer: what the target receives.

use super::*;

async fn received(input: TargetInput) -> Result<Value, String> {
    let mut rule = rule("a");
    rule.targets[0].input = input;
    let world = World::start(config(vec![rule]));
    let mut entry = entry(5);
    entry["Detail"] =
        json!({"n": 5, "name": "Ada \"A\"", "legs": [{"from": "BER"}, {"from": "LIS"}], "none": null})
            .to_string()
            .into();
    world.call_ok("PutEvents", json!({"Entries": [entry]})).await;
    world.events.settled().await;
    match (world.targets.taken("a").pop(), world.targets.taken("a-dlq").pop()) {
        (Some(delivery), _) => Ok(delivery.payload),
        (None, Some(dead)) => Err(attribute(&dead, "ERROR_CODE").unwrap().into()),
        (None, None) => panic!("neither delivered nor dead-lettered"),
    }
}

fn transformer(paths: &[(&str, &str)], template: &str) -> TargetInput {
    let paths = paths
        .iter()
        .map(|(name, path)| ((*name).to_owned(), (*path).to_owned()))
        .collect();
    TargetInput::Transformer {
        paths,
        template: template.into(),
    }
}

#[tokio::test(start_paused = true)]
async fn constants_and_parts() {
    let constant = TargetInput::Constant(r#"{"wake": true}"#.into());
    assert_eq!(received(constant).await, Ok(json!({"wake": true})));
    let cases = [
        ("$.detail.n", json!(5)),
        ("$.detail.legs[1].from", json!("LIS")),
        ("$['detail']['n']", json!(5)),
        ("$.detail-type", json!("OrderPaid")),
        ("$.detail.none", json!(null)),
    ];
    for (path, expected) in cases {
        assert_eq!(
            received(TargetInput::Path(path.into())).await,
            Ok(expected),
            "{path}"
        );
    }
    assert_eq!(
        received(TargetInput::Path("$.detail.missing".into())).await,
        Err("INVALID_JSON".into())
    );
}

#[tokio::test(start_paused = true)]
async fn templates() {
    let paths = [
        ("n", "$.detail.n"),
        ("name", "$.detail.name"),
        ("legs", "$.detail.legs"),
        ("no", "$.detail.missing"),
    ];
    let cases = [
        (
            r#"{"order": <n>, "by": <name>}"#,
            json!({"order": 5, "by": "Ada \"A\""}),
        ),
        (
            r#"{"text": "order <n> by <name>"}"#,
            json!({"text": "order 5 by Ada \"A\""}),
        ),
        (r#""<name> paid <n>""#, json!("Ada \"A\" paid 5")),
        (
            r#"{"legs": <legs>}"#,
            json!({"legs": [{"from": "BER"}, {"from": "LIS"}]}),
        ),
        (r#"{"a": <no>, "b": "-<no>-"}"#, json!({"a": null, "b": "--"})),
        (
            r#"{"a": "1 <2> <unknown>", "b": "\"<n>\""}"#,
            json!({"a": "1 <2> <unknown>", "b": "\"5\""}),
        ),
        (
            r#"{"rule": <aws.events.rule-name>, "arn": "<aws.events.rule-arn>"}"#,
            json!({"rule": "a", "arn": "arn:aws:events:eu-west-1:000000000000:rule/orders/a"}),
        ),
        (
            r#"{"at": <aws.events.event.ingestion-time>}"#,
            json!({"at": START}),
        ),
    ];
    for (template, expected) in cases {
        assert_eq!(
            received(transformer(&paths, template)).await,
            Ok(expected),
            "{template}"
        );
    }
    let whole = received(transformer(&[], r#"{"e": <aws.events.event.json>}"#))
        .await
        .unwrap();
    assert_eq!(whole["e"]["detail"]["n"], 5);
    let without = received(transformer(&[], r#"{"e": <aws.events.event>}"#))
        .await
        .unwrap();
    assert_eq!(
        (&without["e"]["source"], without["e"].get("detail")),
        (&json!("sample.shop"), None)
    );
    assert_eq!(
        received(transformer(&paths, "order <n>")).await,
        Err("INVALID_JSON".into())
    );
}

#[test]
fn what_cannot_be_read_is_refused_at_the_start() {
    let refused = [
        TargetInput::Constant("{".into()),
        TargetInput::Path("detail".into()),
        TargetInput::Path("$.detail[*]".into()),
        TargetInput::Path("$..n".into()),
        transformer(&[("n", "$.detail[?(@.n)]")], "<n>"),
    ];
    for input in refused {
        let mut rule = rule("a");
        rule.targets[0].input = input.clone();
        let error = super::super::catalog::Catalog::compile(config(vec![rule])).err();
        let error = error.unwrap_or_else(|| panic!("{input:?}"));
        assert_eq!(error.resource, "rule orders/a");
        assert!(error.reason.starts_with("target only: "), "{error}");
    }
}
