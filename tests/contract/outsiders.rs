//! What `template.yaml` gives to those outside: what every event looks like, by a registry of schemas, and a place on
//! the bus for rules of accounts that were named, and of no others.

use std::collections::{BTreeMap, BTreeSet};

use contracts::source::contracts;
use local_cloud::template::{LoadOptions, Template};
use serde_json::{Value, json};

use super::yaml;
use crate::repository::{read, root};

const BUS_POLICY: &str = "AWS::Events::EventBusPolicy";
/// Rules and nothing else: whoever may make one may look at it, change it and take it away.
const OF_A_RULE: &[&str] = &[
    "events:PutRule", "events:DeleteRule", "events:DescribeRule", "events:EnableRule", "events:DisableRule",
    "events:PutTargets", "events:RemoveTargets", "events:ListTargetsByRule", "events:TagResource",
];

/// The one resource of its kind.
fn only(kind: &str) -> Value {
    let all = yaml::resources(kind);
    let [(_, resource)] = all.as_slice() else {
        panic!("{} of {kind}", all.len())
    };
    resource.clone()
}

#[test]
fn the_registry_of_the_stack_is_the_generated_one() {
    let properties = &only("AWS::Serverless::Application")["Properties"];
    let registry: Value = {
        let location = properties["Location"].as_str().expect("a file");
        serde_json::from_str(&read(location)).unwrap_or_else(|error| panic!("{location}: {error}"))
    };
    assert_eq!(registry, contracts::registry::template(&contracts()));

    // What it asks for is what it is given, under the stack's own name.
    assert_eq!(
        properties["Parameters"],
        json!({ "RegistryName": "${AWS::StackName}-events" })
    );
    let asked = registry["Parameters"].as_object().expect("parameters");
    assert!(asked.keys().eq(["RegistryName"]), "{asked:?}");

    let resources = registry["Resources"].as_object().expect("resources").values();
    let schemas = resources.filter(|resource| resource["Type"] == "AWS::EventSchemas::Schema");
    let registered: BTreeSet<_> = schemas
        .map(|schema| schema["Properties"]["SchemaName"].to_string())
        .collect();
    let events: BTreeSet<_> = contracts()
        .iter()
        .map(|contract| json!(format!("{}@{}", contract.source, contract.name)).to_string())
        .collect();
    assert_eq!(registered, events);
}

/// How many policies of the bus a deployment for these accounts has.
fn policies_for(accounts: &str) -> usize {
    let options = LoadOptions {
        parameters: BTreeMap::from([("SubscriberAccounts".into(), accounts.into())]),
        ..LoadOptions::default()
    };
    let template = Template::load(&root().join("template.yaml"), &options).expect("it can be loaded");
    let resources = template.resources.iter();
    resources.filter(|resource| resource.kind == BUS_POLICY).count()
}

#[test]
fn nobody_else_has_a_place_on_the_bus_unless_named() {
    for (accounts, policies) in [("", 0), ("111122223333", 1), ("111122223333,444455556666", 1)] {
        assert_eq!(policies_for(accounts), policies, "for {accounts:?}");
    }
}

#[test]
fn other_accounts_may_keep_rules_of_their_own_and_never_publish() {
    let properties = &only(BUS_POLICY)["Properties"];
    assert_eq!(properties["EventBusName"], "Bus");
    // One statement, and no further policy or action by another way of writing it.
    let members: BTreeSet<_> = properties.as_object().expect("properties").keys().collect();
    assert!(
        members
            .iter()
            .eq(["EventBusName", "Statement", "StatementId"].iter()),
        "{members:?}"
    );
    let statement = &properties["Statement"];
    assert_eq!(
        statement,
        &json!({
            "Effect": "Allow",
            "Principal": { "AWS": "SubscriberAccounts" },
            "Action": OF_A_RULE,
            "Resource": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/${Bus}/*",
            "Condition": { "StringEqualsIfExists": { "events:creatorAccount": "${aws:PrincipalAccount}" } },
        })
    );
    assert!(!statement["Action"].to_string().contains("PutEvents"));
}
