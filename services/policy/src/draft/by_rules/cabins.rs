//! Which cabin may be flown, by the length of the flight and the traveller's level.

use events_schema::trip::Cabin;

use super::caps::amounts;
use super::read::{FLIGHT, Read, approvers, levels, other_levels};
use super::tokens::Sentence;
use crate::draft::proposal::ProposedRule;

const NOT: [&str; 7] = ["not", "nobody", "never", "no one", "unless", "except", "cannot"];
const BELOW: [&str; 5] = ["under", "below", "less", "shorter", "fewer"];
const FROM: [&str; 6] = ["above", "over", "more", "longer", "from", "least"];
const HOURS: [&str; 3] = ["hours", "hour", "hrs"];

pub fn cabins(clause: &Read<'_>) -> Vec<ProposedRule> {
    let mut rules: Vec<ProposedRule> = Vec::new();
    if !clause.is_about(&FLIGHT) {
        return rules;
    }
    for part in clause.parts() {
        let Some(cabin) = cabin(&part) else { continue };
        // "For L4, who may sit in business, 5,200 EUR" is about the amount.
        if !amounts(&part.tokens).is_empty() {
            continue;
        }
        let asked = approvers(&part);
        if !asked.is_empty() {
            // "Business class needs the manager's approval": an exception from what was said before.
            let lower = |rule: &&mut ProposedRule| rule.cabin < Some(cabin);
            rules
                .iter_mut()
                .filter(lower)
                .for_each(|rule| rule.approvals = asked.clone());
        } else if !part.says(&NOT) && cabin < Cabin::First {
            let (from_hours, below_hours) = hours(&part);
            rules.push(ProposedRule {
                cabin: Some(cabin),
                levels: levels(&part.tokens),
                from_hours,
                below_hours,
                ..ProposedRule::new("cabin_limit", &clause.clause.id, &part.text)
            });
        }
    }
    apart(rules)
}

/// The one cabin a part speaks of; of several the lowest, so that doubt never allows more.
fn cabin(part: &Sentence) -> Option<Cabin> {
    let premium = part.says(&["premium economy", "premium"]);
    // Without the class that is called alike.
    let economies = part.tokens.iter().filter(|token| token.word == "economy").count();
    if part.says(&["coach"]) || economies > usize::from(premium) {
        Some(Cabin::Economy)
    } else if premium {
        Some(Cabin::PremiumEconomy)
    } else if part.says(&["business", "business class", "business-class"]) {
        Some(Cabin::Business)
    } else if part.says(&["first class", "first-class"]) {
        Some(Cabin::First)
    } else {
        None
    }
}

/// From, and below.
fn hours(part: &Sentence) -> (Option<u32>, Option<u32>) {
    let Some((at, hours)) = part.numbers_of(&HOURS).first().copied() else {
        return (None, None);
    };
    let near = |words: &[&str], tokens: &[super::tokens::Token]| {
        tokens.iter().any(|token| words.contains(&token.word.as_str()))
    };
    let before = &part.tokens[at.saturating_sub(2)..at];
    let after = &part.tokens[at + 1..part.tokens.len().min(at + 4)];
    if near(&BELOW, before) {
        (None, Some(hours))
    } else if near(&FROM, before) || near(&["more", "longer"], after) {
        (Some(hours), None)
    } else {
        (None, None)
    }
}

/// "Coach is the rule. Above ten hours L4 sits in premium": the rule is for shorter flights, and for the others.
fn apart(rules: Vec<ProposedRule>) -> Vec<ProposedRule> {
    let is_general = |rule: &ProposedRule| {
        rule.from_hours.is_none() && rule.below_hours.is_none() && rule.levels.is_empty()
    };
    let special = rules.iter().find(|rule| rule.from_hours.is_some()).cloned();
    let Some(special) = special else { return rules };
    let mut parted = Vec::new();
    for rule in rules {
        if !is_general(&rule) {
            parted.push(rule);
            continue;
        }
        parted.push(ProposedRule {
            below_hours: special.from_hours,
            ..rule.clone()
        });
        if !special.levels.is_empty() {
            parted.push(ProposedRule {
                from_hours: special.from_hours,
                levels: other_levels(&special.levels),
                ..rule
            });
        }
    }
    parted
}
