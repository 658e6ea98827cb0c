//! Covers: that the sample policy is one, and that retrieval finds the right clause in it though no word is shared.
//! Does not cover: other documents' vocabularies; the synonym list is English and small.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use events_schema::ids::PolicyVersion;
use events_schema::rows::{ClauseRow, PolicyRules, RuleKind};
use policy::parser::{Document, parser_for};
use policy::{Index, read_rules};

const SAMPLE: &str = include_str!("../../../tools/sojourn/sample/travel-policy.md");

fn sample() -> (Document, PolicyRules) {
    let document = parser_for("travel-policy.md")
        .unwrap()
        .parse(SAMPLE.as_bytes())
        .unwrap();
    let rules =
        read_rules(&PolicyVersion::new("sample"), &document).unwrap_or_else(|error| panic!("{error}"));
    (document, rules)
}

fn rows(document: &Document) -> Vec<ClauseRow> {
    let version = PolicyVersion::new("sample");
    document
        .clauses
        .iter()
        .map(|clause| clause.row(&version))
        .collect()
}

static INDEX: LazyLock<Index> = LazyLock::new(|| Index::of(&rows(&sample().0)));

/// What the policy is not silent about.
fn search(words: &str) -> Vec<String> {
    let found = INDEX.search(words);
    assert!(!found.silent, "{words}: only the nearest, {:?}", found.clauses);
    found.clauses.iter().map(ToString::to_string).collect()
}

#[test]
fn it_has_clauses_and_every_kind_of_rule() {
    let (document, rules) = sample();
    assert!(document.clauses.len() >= 18, "{} clauses", document.clauses.len());
    assert!(rules.rules.len() >= 13, "{} rules", rules.rules.len());
    let kinds: BTreeSet<String> = rules
        .rules
        .iter()
        .map(|rule| serde_json::to_value(&rule.kind).unwrap()["kind"].to_string())
        .collect();
    assert_eq!(kinds.len(), 11, "{kinds:?}");
    let caps = rules
        .rules
        .iter()
        .filter(|rule| matches!(rule.kind, RuleKind::HotelCap { .. }));
    assert!(caps.count() >= 3);
}

#[test]
fn rules_stay_out_of_the_clauses_texts() {
    for clause in sample().0.clauses {
        assert!(
            !clause.text.contains(['{', '}']),
            "{}: {}",
            clause.id,
            clause.text
        );
        assert!(
            !clause.section.is_empty() && !clause.text.is_empty(),
            "{}",
            clause.id
        );
    }
}

#[test]
fn clauses_are_found_though_no_word_is_shared() {
    let clauses = rows(&sample().0);
    for (words, expected) in [
        ("accommodation limit", &["4.1", "4.2", "4.3"][..]),
        ("how early should I reserve", &["2.1"]),
        ("what cabin for a long-haul trip", &["3.2", "3.3"]),
    ] {
        let found = search(words);
        let first = found.first().unwrap();
        assert!(expected.contains(&first.as_str()), "{words}: {found:?}");
        // The claim in this test's name, for the words that matter.
        let clause = clauses
            .iter()
            .find(|clause| clause.clause_id.as_str() == first)
            .unwrap();
        let said: BTreeSet<String> = clause
            .text
            .to_lowercase()
            .split_whitespace()
            .map(String::from)
            .collect();
        let shared = words
            .split([' ', '-'])
            .filter(|word| word.len() > 3 && said.contains(*word));
        assert_eq!(
            shared.collect::<Vec<_>>(),
            Vec::<&str>::new(),
            "{words}: clause {first}"
        );
    }
}

#[test]
fn questions_find_their_clauses() {
    for (words, expected) in [
        ("may I fly business to Tokyo?", &["3.2", "3.3"][..]),
        ("hotel cap in Lisbon", &["4.2"]),
        ("how much may a room in London be", &["4.3"]),
        ("who has to sign off if it is too expensive", &["6.1", "3.7"]),
        ("what happens when my manager does not respond", &["6.2"]),
        ("do tickets have to be refundable", &["3.8", "4.4"]),
    ] {
        is_near(words, &search(words), expected);
    }
}

/// It was an answer at a lower threshold, which took more of what the policy does not say for an answer too.
#[test]
fn a_question_that_may_be_met_with_silence_is_shown_its_clause() {
    let words = "which airlines are banned";
    let found = INDEX.search(words).clauses;
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    is_near(words, &found, &["5.2", "5.1"]);
}

fn is_near(words: &str, found: &[String], expected: &[&str]) {
    let near: Vec<&str> = found.iter().take(2).map(String::as_str).collect();
    assert!(
        expected.iter().any(|clause| near.contains(clause)),
        "{words}: {found:?}"
    );
}

#[test]
fn a_plain_request_is_never_met_with_silence() {
    for words in [
        "Berlin to Lisbon 3-5 December, hotel under 150 a night",
        "BER-LIS on the 3rd",
        "next Tuesday to Madrid and back on Friday",
        "a flight to New York",
        "Vienna, Monday to Wednesday, aisle seat, vegetarian meal",
        "I have to see a customer in Osaka in March and need a hotel near the station",
        "train to Hamburg tomorrow morning, back in the evening",
        "business trip to Nairobi for two people 4 to 9 May",
        "fly me to Toronto",
    ] {
        let found = search(words);
        assert!(found.len() >= 2, "{words}: {found:?}");
    }
    assert!(search("Berlin to Lisbon 3-5 December, hotel under 150 a night").contains(&"4.2".to_owned()));
}

#[test]
fn what_the_policy_does_not_speak_of_meets_silence() {
    for words in [
        "may I bring my dog", "office chairs", "", "parental leave pension", "the of and",
    ] {
        assert!(INDEX.search(words).silent, "{words}");
    }
}

#[test]
fn the_handbook_is_a_policy_too() {
    let text = include_str!("../../../tools/sojourn/sample/field-handbook.md");
    let document = policy::parse("field-handbook.md", text.as_bytes(), None).unwrap();
    let rules = policy::rules_of(&PolicyVersion::new("handbook"), &document);
    let rules = rules.unwrap_or_else(|error| panic!("{error}")).unwrap();
    assert!(rules.rules.len() >= 14, "{} rules", rules.rules.len());
}

#[test]
fn rules_beside_a_document_are_its_rules_and_an_empty_one_is_refused() {
    let version = PolicyVersion::new("v");
    let text = b"1.1 Rooms cost at most 140 EUR.";
    let untyped = policy::parse("p.md", text, None).unwrap();
    assert_eq!(policy::rules_of(&version, &untyped), Ok(None));
    let beside = |clause: &str| {
        serde_json::json!({
            "policy": {"currency": "EUR", "strict": {"clause": "1.1", "highestCabin": "economy", "approvals": ["L1"],
                "slaHours": 24, "silence": "declines"}},
            "rules": [{"id": "cap", "clause": clause, "kind": "hotel_cap",
                "perNight": {"amount": "140.00", "currency": "EUR"}}],
        })
        .to_string()
    };
    let typed = policy::parse("p.md", text, Some(beside("1.1").as_bytes())).unwrap();
    assert_eq!(
        policy::rules_of(&version, &typed).unwrap().unwrap().rules.len(),
        1
    );
    let elsewhere = policy::parse("p.md", text, Some(beside("7.7").as_bytes())).unwrap();
    let refused = policy::rules_of(&version, &elsewhere).unwrap_err().to_string();
    assert!(refused.contains("cites clause 7.7"), "{refused}");
    for empty in ["", " \n\n"] {
        let refused = policy::parse("p.md", empty.as_bytes(), None)
            .unwrap_err()
            .to_string();
        assert!(refused.contains("p.md is empty"), "{refused}");
    }
}
