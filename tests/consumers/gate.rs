//! The gate over the working tree.

use contracts::committed::consumers;
use contracts::gate::in_words;
use contracts::gate::recorded::{earlier, read, sample_file};
use sojourn::commands::contracts::judged;

use crate::repository::{entries, root};

#[test]
fn nothing_committed_breaks_what_was_released() {
    let findings = judged(root(), None, &[]).unwrap_or_else(|error| panic!("{error}"));
    let refused: Vec<_> = findings
        .into_iter()
        .filter(|finding| finding.refused.is_some())
        .collect();
    assert!(
        refused.is_empty(),
        "{}\nraise the version, keep the old one readable, then `cargo run -- contracts release`",
        in_words(&refused)
    );
}

#[test]
fn every_earlier_version_has_a_recorded_event_that_is_read() {
    let mut files = Vec::new();
    for (event, version, _) in earlier() {
        let file = sample_file(event, version);
        let text = crate::repository::read(&format!("events-schema/{file}"));
        let sample = serde_json::from_str(&text).expect("JSON");
        read(&sample).unwrap_or_else(|why| panic!("{file}: {why}"));
        files.push(file.trim_start_matches("earlier/").to_owned());
    }
    files.sort();
    assert_eq!(entries("events-schema/earlier"), files, "samples of no version");
    assert!(!files.is_empty());
}

/// A declaration of an event that no rule hands over would make the gate speak of nobody.
#[test]
fn who_declares_what_it_reads_has_a_rule_for_it() {
    let text = crate::repository::read("events-schema/consumers.json");
    let declared: Vec<contracts::gate::Consumer> = serde_json::from_str(&text).expect("consumers");
    let known = consumers(root()).unwrap_or_else(|error| panic!("{error}"));
    for consumer in declared {
        let by_rules = known.iter().find(|other| other.name == consumer.name);
        let by_rules = by_rules.unwrap_or_else(|| panic!("{} has no rule", consumer.name));
        let events: Vec<_> = consumer.reads.keys().collect();
        assert_eq!(
            events,
            by_rules.reads.keys().collect::<Vec<_>>(),
            "{}",
            consumer.name
        );
    }
}
