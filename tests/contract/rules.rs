//! Each rule selects the one event it is named for and nothing near it, and the template gives it to one target.

use std::collections::BTreeSet;

use events_schema::catalogue::{EventType, catalogue};
use events_schema::event::Fate;
use local_cloud::pattern::Pattern;
use serde_json::{Value, json};

use super::subscriptions::{SUBSCRIPTIONS, Subscription};
use super::template::load;
use super::yaml;
use crate::repository::{entries, read};

/// The rule that writes down what the bus received, and its target.
const WHOLE_BUS: (&str, &str) = ("audit.on-any-event.json", "AuditReceiptsFunction");

/// Everything one line of the subscription list promises.
pub fn check(subscription: Subscription) {
    let file = subscription.file();
    let document: Value = serde_json::from_str(&read(&format!("rules/{file}"))).expect("a rule is JSON");
    let pattern = Pattern::parse(&document).unwrap_or_else(|error| panic!("{file}: {error}"));
    let event = event(subscription.event);
    assert_eq!(
        document["source"],
        json!([event.producer.source()]),
        "{file}: only its producer says it"
    );
    assert_eq!(document["detail-type"], json!([event.name]), "{file}");
    selects_only(&pattern, &event, subscription);
    is_wired(&document, subscription);
}

fn selects_only(pattern: &Pattern, event: &EventType, subscription: Subscription) {
    let file = subscription.file();
    let fitting = on_the_bus(event);
    assert!(pattern.matches(&fitting), "{file} does not select its own event");
    for other in catalogue().iter().filter(|other| other.name != event.name) {
        assert!(
            !pattern.matches(&on_the_bus(other)),
            "{file} also selects {}",
            other.name
        );
    }
    let changed = |key: &str, value: Value| {
        let mut near = fitting.clone();
        near[key] = value;
        near
    };
    let near_misses = [
        changed("source", json!("sojourn.somebody-else")),
        changed("source", json!(event.producer.name())),
        changed("source", json!(format!("{}.v2", event.producer.source()))),
        changed("source", Value::Null),
        changed("detail-type", json!(format!("{}V2", event.name))),
        changed("detail-type", json!(event.name.to_lowercase())),
        changed("detail-type", Value::Null),
    ];
    for near in near_misses {
        assert!(!pattern.matches(&near), "{file} selects a near miss: {near}");
    }
    let replayed = changed("replay-name", json!("rebuild-1"));
    assert_eq!(
        pattern.matches(&replayed),
        subscription.replayed,
        "{file}: whether a replay starts it"
    );
}

/// The template hands exactly this pattern, from this file, on our bus, to the target of the list.
fn is_wired(document: &Value, subscription: Subscription) {
    let file = subscription.file();
    let included = yaml::template_text()
        .matches(&format!("Location: rules/{file}"))
        .count();
    assert_eq!(
        included, 1,
        "template.yaml includes rules/{file} {included} times"
    );
    let template = load();
    let rules: Vec<_> = template
        .rules
        .iter()
        .filter(|rule| rule.pattern.as_ref() == Some(document))
        .filter(|rule| {
            rule.targets
                .iter()
                .any(|target| target_id(&template, &target.arn) == subscription.target)
        })
        .collect();
    let [rule] = rules.as_slice() else {
        panic!(
            "{file} is given to {} by {} rules of the template",
            subscription.target,
            rules.len()
        );
    };
    assert_eq!(rule.targets.len(), 1, "{file} has one target");
    assert_eq!(rule.bus, template.buses[0].name, "{file} listens on our bus");
    assert!(rule.enabled, "{file} is switched off");
}

fn target_id(template: &local_cloud::template::Template, arn: &str) -> String {
    let functions = template.functions.iter().map(|f| (&f.arn, &f.logical_id));
    let machines = template.machines.iter().map(|m| (&m.arn, &m.logical_id));
    let queues = template.queues.iter().map(|q| (&q.arn, &q.logical_id));
    functions
        .chain(machines)
        .chain(queues)
        .find(|(known, _)| *known == arn)
        .map(|(_, id)| id.clone())
        .unwrap_or_default()
}

#[test]
fn the_folder_holds_the_subscription_list_and_nothing_else() {
    let expected: BTreeSet<_> = SUBSCRIPTIONS
        .iter()
        .map(|subscription| subscription.file())
        .collect();
    assert_eq!(
        expected.len(),
        SUBSCRIPTIONS.len(),
        "a subscription is listed twice"
    );
    let whole_bus = BTreeSet::from([WHOLE_BUS.0.to_owned()]);
    let expected = &expected | &whole_bus;
    assert_eq!(BTreeSet::from_iter(entries("rules")), expected);
}

#[test]
fn the_template_subscribes_to_nothing_outside_the_list() {
    let template = load();
    let bus = &template.buses[0].name;
    let on_our_bus = template.rules.iter().filter(|rule| rule.bus == *bus).count();
    assert_eq!(
        on_our_bus,
        SUBSCRIPTIONS.len() + 1,
        "and the one on the whole bus"
    );
    let included = yaml::template_text().matches("AWS::Include").count();
    assert_eq!(included, SUBSCRIPTIONS.len() + 1, "includes of template.yaml");
}

/// A replay starts nothing, on whichever bus: every rule says so itself, but for those of who welcomes one. Patterns that
/// are written into the template have no file of their own that would be checked.
#[test]
fn no_rule_of_the_template_lets_a_replay_in_but_those_that_welcome_one() {
    let template = super::template::with_suppliers();
    let patterns = template
        .rules
        .iter()
        .filter_map(|rule| Some((rule, rule.pattern.as_ref()?)));
    let (mut elsewhere, mut welcoming) = (0, 0);
    for (rule, pattern) in patterns {
        elsewhere += usize::from(rule.bus == "default");
        let refuses = pattern["replay-name"] == json!([{ "exists": false }]);
        let targets: BTreeSet<_> = rule
            .targets
            .iter()
            .map(|target| target_id(&template, &target.arn))
            .collect();
        let welcomes = targets
            .iter()
            .any(|target| replay::rules::WELCOMING.contains(&target.as_str()));
        welcoming += usize::from(welcomes);
        assert_eq!(
            refuses, !welcomes,
            "{} to {targets:?}: {pattern}",
            rule.logical_id
        );
    }
    assert!(
        elsewhere >= 2 && welcoming > 0,
        "{elsewhere} rules on the default bus, {welcoming} that welcome"
    );
}

/// One rule selects whatever we say, and nothing that anybody else says or that is said again in a replay.
#[test]
fn what_the_bus_receives_is_written_down_once() {
    let (file, target) = WHOLE_BUS;
    let document: Value = serde_json::from_str(&read(&format!("rules/{file}"))).expect("a rule is JSON");
    let pattern = Pattern::parse(&document).expect("a pattern");
    for event in catalogue() {
        let mut live = on_the_bus(&event);
        assert!(pattern.matches(&live), "{} is passed over", event.name);
        live["replay-name"] = json!("rebuild-1");
        assert!(!pattern.matches(&live), "{} of a replay", event.name);
        live["source"] = json!("aws.events");
        assert!(!pattern.matches(&live), "of somebody else");
    }
    let template = load();
    let whole = |rule: &&local_cloud::template::RuleResource| rule.pattern.as_ref() == Some(&document);
    let rules: Vec<_> = template.rules.iter().filter(whole).collect();
    let [rule] = rules.as_slice() else {
        panic!("{} rules on the whole bus", rules.len())
    };
    assert_eq!(target_id(&template, &rule.targets[0].arn), target);
    assert_eq!(rule.bus, template.buses[0].name);
}

#[test]
fn an_event_meets_the_fate_its_type_announces() {
    for event in catalogue() {
        let consumers: Vec<_> = SUBSCRIPTIONS
            .iter()
            .filter(|s| s.event == event.name)
            .map(|s| s.consumer)
            .collect();
        match event.fate {
            Fate::Reacted => assert!(!consumers.is_empty(), "nobody reacts to {}", event.name),
            Fate::Terminal => {
                // Some are carried on to whoever is not on AWS.
                let ours: Vec<_> = consumers.iter().filter(|name| **name != "webhooks").collect();
                assert_eq!(ours, [&"insights", &"notices"], "{} ends a lifecycle", event.name);
            }
            Fate::Recorded => assert!(
                consumers.is_empty(),
                "{} is said to be for the record",
                event.name
            ),
        }
    }
}

#[test]
fn an_event_has_one_producer_and_that_is_a_service() {
    let services = entries("services");
    let mut seen = BTreeSet::new();
    for event in catalogue() {
        assert!(
            seen.insert(event.name),
            "{} is in the catalogue twice",
            event.name
        );
        assert!(
            services.contains(&event.producer.name().into()),
            "{}: no such service",
            event.producer.name()
        );
        assert_eq!(event.example().source, event.producer.source());
    }
}

#[test]
fn every_subscription_is_to_an_event_of_the_catalogue_by_a_service() {
    let services = entries("services");
    for subscription in SUBSCRIPTIONS {
        event(subscription.event);
        let service = subscription.consumer.split('-').next().unwrap_or_default();
        assert!(
            services.contains(&service.into()),
            "{}: no such service",
            subscription.consumer
        );
    }
}

/// A replay must start nothing, so who welcomes one is decided here and not by leaving out a line of a rule.
#[test]
fn only_insights_welcomes_replays() {
    let welcoming: BTreeSet<_> = SUBSCRIPTIONS
        .iter()
        .filter(|s| s.replayed)
        .map(|s| s.consumer)
        .collect();
    assert_eq!(welcoming, BTreeSet::from(["insights"]));
    // Who may be replayed to is asked of the same list.
    let targets: BTreeSet<_> = SUBSCRIPTIONS
        .iter()
        .filter(|s| s.replayed)
        .map(|s| s.target)
        .collect();
    assert_eq!(targets, replay::rules::WELCOMING.iter().copied().collect());
}

fn event(name: &str) -> EventType {
    catalogue()
        .into_iter()
        .find(|event| event.name == name)
        .unwrap_or_else(|| panic!("no event is called {name}"))
}

/// The example as EventBridge hands it to rules.
fn on_the_bus(event: &EventType) -> Value {
    let example = event.example();
    json!({
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": example.detail_type,
        "source": example.source,
        "account": "000000000000",
        "time": example.detail.meta.occurred_at,
        "region": "eu-west-1",
        "resources": [],
        "detail": example.detail,
    })
}
