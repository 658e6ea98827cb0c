//! Covers: what reading a document's rules refuses, and that it says which rule and why. The sample policy itself is
//! read in `tests/sample_policy.rs`.

use super::*;
use crate::parser::{Parser, parser_for};

const SETTINGS: &str = r#"{"currency": "EUR", "rates": {"USD": "0.92"}, "strict": {"clause": "1.1",
    "highestCabin": "economy", "approvals": ["L1"], "slaHours": 24, "silence": "declines"}}"#;

fn read(settings: &str, rules: &str) -> Result<PolicyRules, String> {
    let text =
        format!("1.1 Strict.\n\n```policy\n{settings}\n```\n\n4.2 Hotels.\n\n```rules\n{rules}\n```\n");
    let parser: &dyn Parser = parser_for("p.md").unwrap();
    let document = parser.parse(text.as_bytes()).unwrap();
    read_rules(&PolicyVersion::new("v"), &document).map_err(|error| error.0)
}

fn cap(id: &str, more: &str) -> String {
    format!(
        r#"{{"id": "{id}", "kind": "hotel_cap", "perNight": {{"amount": "140", "currency": "EUR"}}{more}}}"#
    )
}

#[test]
fn a_rule_cites_the_clause_it_stands_under_or_the_one_it_names() {
    let under = read(SETTINGS, &cap("a", "")).unwrap();
    assert_eq!(under.rules[0].clause, ClauseId::new("4.2"));
    let named = read(SETTINGS, &cap("a", r#", "clause": "1.1""#)).unwrap();
    assert_eq!(named.rules[0].clause, ClauseId::new("1.1"));
}

#[test]
fn every_problem_is_told_with_its_rule() {
    let usd = |code: &str| {
        format!(
            r#"{{"id": "a", "kind": "hotel_cap", "perNight": {{"amount": "140", "currency": "{code}"}}}}"#
        )
    };
    assert!(read(SETTINGS, &usd("USD")).is_ok());
    for (rules, expected) in [
        (cap("a", r#", "clause": "9.9""#), "rule a cites clause 9.9, which the document does not have"),
        (cap("a", r#", "ctiy": "Lisbon""#), "rule a has a field ctiy"),
        (cap("a", r#", "season": {"from": "06-01", "to": "09-31"}"#), "rule a cannot be read"),
        (cap("a", r#", "season": {"from": "06-01", "to": "09-30", "til": 1}"#), "season.til"),
        (r#"{"id": "a", "kind": "hotel_floor"}"#.into(), "rule a cannot be read: unknown variant"),
        (r#"{"kind": "hotel_floor"}"#.into(), "the 1. rule cannot be read"),
        (format!("[{}, {}]", cap("a", ""), cap("a", r#", "city": "Rome""#)), "two rules are called a"),
        (usd("JPY"), "rule a: there is no rate for JPY"),
        (r#"{"id": "s", "kind": "approver_sla", "hours": 90, "silence": "approves"}"#.into(), "4 to 72"),
        (r#"{"id": "x", "kind": "excluded_suppliers", "suppliers": []}"#.into(), "suppliers must be named"),
        (
            r#"{"id": "o", "kind": "approval_by_overage", "bands": [{"upToPercent": 20, "approvals": ["L1"]}]}"#.into(),
            "one band must be without upToPercent",
        ),
        (
            r#"{"id": "o", "kind": "approval_by_overage", "bands": [{"upToPercent": 20, "approvals": ["L1", "Finance"]},
                {"approvals": ["L1"]}]}"#.into(),
            "a larger overage needs fewer approvals",
        ),
        (
            r#"{"id": "p", "kind": "advance_purchase", "bands": [{"minDays": 7, "approvals": []}]}"#.into(),
            "one band must begin at 0 days",
        ),
        (
            r#"{"id": "p", "kind": "advance_purchase", "bands": [{"minDays": 0, "approvals": []},
                {"minDays": 7, "approvals": ["L1"]}]}"#.into(),
            "booking 7 days ahead needs somebody whom booking 0 days ahead does not",
        ),
        ("[]".into(), "there is no typed rule"),
    ] {
        let error = read(SETTINGS, &rules).unwrap_err();
        assert!(error.contains(expected), "{rules}: {error}");
    }
}

#[test]
fn rules_that_contradict_each_other_are_refused_naming_both() {
    let lisbon = |id: &str, amount: u32| {
        format!(
            r#"{{"id": "{id}", "kind": "hotel_cap", "city": "Lisbon", "perNight": {{"amount": "{amount}", "currency": "EUR"}}}}"#
        )
    };
    let error = read(SETTINGS, &format!("[{}, {}]", lisbon("a", 140), lisbon("b", 150))).unwrap_err();
    assert!(
        error.starts_with("rules a (clause 4.2) and b (clause 4.2) contradict each other"),
        "{error}"
    );
    let preferred = r#"{"id": "a", "kind": "preferred_suppliers", "suppliers": ["Sample Air"], "legs": "flight",
        "withinPercent": 10, "approvals": ["L1"]}"#;
    let excluded = r#"{"id": "b", "kind": "excluded_suppliers", "suppliers": ["sample air"]}"#;
    let error = read(SETTINGS, &format!("[{preferred}, {excluded}]")).unwrap_err();
    assert!(
        error.contains("Sample Air is both preferred and excluded"),
        "{error}"
    );
    assert!(read(SETTINGS, &format!("[{}, {}]", lisbon("a", 140), cap("b", ""))).is_ok());
}

#[test]
fn settings_are_read_strictly() {
    for (settings, expected) in [
        (
            SETTINGS.replace("\"1.1\"", "\"7.7\""),
            "the strict defaults cite clause 7.7",
        ),
        (
            SETTINGS.replace("0.92", "0"),
            "the rate of USD must be above zero",
        ),
        (
            SETTINGS.replace("\"rates\"", "\"rate\""),
            "the policy block cannot be read: unknown field `rate`",
        ),
        (SETTINGS.replace("[\"L1\"]", "[]"), "name nobody who approves"),
    ] {
        let error = read(&settings, &cap("a", "")).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}
