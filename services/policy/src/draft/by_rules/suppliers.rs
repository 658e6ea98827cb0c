//! Whom to buy from: preferred and excluded suppliers by name, and the cheapest flight near the one wanted.

use events_schema::approval::ApprovalLevel;
use events_schema::rows::LegKind;

use super::read::{FLIGHT, HOTEL, Read, approvers};
use super::tokens::Sentence;
use crate::draft::proposal::ProposedRule;

const PREFERRED: [&str; 7] = [
    "preferred",
    "prefer",
    "contract",
    "contracts",
    "preference",
    "negotiated",
    "partner",
];
const EXCLUDED: [&str; 11] = [
    "is not flown",
    "are not flown",
    "off limits",
    "banned",
    "blacklisted",
    "must not be used",
    "may not be used",
    "is excluded",
    "are excluded",
    "not to be used",
    "must not be flown",
];
const PERCENT: [&str; 2] = ["percent", "per cent"];

pub fn preferred(clause: &Read<'_>) -> Vec<ProposedRule> {
    let rule = |sentence: &Sentence| {
        let suppliers = names(sentence);
        let percent = sentence.number_of(&PERCENT)?;
        if suppliers.is_empty() || !sentence.says(&PREFERRED) {
            return None;
        }
        let stays = sentence.says(&HOTEL) && !sentence.says(&FLIGHT);
        Some(ProposedRule {
            suppliers,
            legs: Some(if stays { LegKind::Stay } else { LegKind::Flight }),
            percent: Some(percent),
            approvals: asked(clause),
            ..ProposedRule::new("preferred_suppliers", &clause.clause.id, &sentence.text)
        })
    };
    clause.sentences.iter().filter_map(rule).collect()
}

pub fn excluded(clause: &Read<'_>) -> Vec<ProposedRule> {
    let wanted = |sentence: &&Sentence| sentence.says(&EXCLUDED) && !names(sentence).is_empty();
    let rule = |sentence: &Sentence| ProposedRule {
        suppliers: names(sentence),
        ..ProposedRule::new("excluded_suppliers", &clause.clause.id, &sentence.text)
    };
    clause.sentences.iter().filter(wanted).map(rule).collect()
}

pub fn lowest_fare(clause: &Read<'_>) -> Vec<ProposedRule> {
    let wanted = |sentence: &&Sentence| {
        sentence.says(&["cheapest", "lowest", "lowest-priced"]) && sentence.says(&FLIGHT)
    };
    let rule = |sentence: &Sentence| {
        Some(ProposedRule {
            window_hours: Some(sentence.number_of(&["hours", "hour"])?),
            percent: clause
                .sentences
                .iter()
                .find_map(|other| other.number_of(&PERCENT)),
            approvals: asked(clause),
            ..ProposedRule::new("lowest_logical_fare", &clause.clause.id, &sentence.text)
        })
    };
    clause.sentences.iter().filter(wanted).filter_map(rule).collect()
}

/// Who is named in the clause; somebody must be.
fn asked(clause: &Read<'_>) -> Vec<ApprovalLevel> {
    let named: Vec<ApprovalLevel> = clause.sentences.iter().flat_map(approvers).collect();
    let named = super::read::added(&[], named);
    if named.is_empty() {
        vec![ApprovalLevel::L1]
    } else {
        named
    }
}

/// The names a sentence begins with. One capital may be the sentence's own, so that a name has at least two words.
fn names(sentence: &Sentence) -> Vec<String> {
    let mut names: Vec<Vec<&str>> = vec![Vec::new()];
    for token in &sentence.tokens {
        let goes_on = token.is_capital() || token.word == "and";
        if !goes_on {
            break;
        }
        if token.is_capital() {
            names
                .last_mut()
                .into_iter()
                .for_each(|name| name.push(&token.raw));
        }
        if token.word == "and" || token.ends == Some(',') {
            names.push(Vec::new());
        }
    }
    let names = names.into_iter().filter(|name| name.len() > 1);
    names.map(|name| name.join(" ")).collect()
}
