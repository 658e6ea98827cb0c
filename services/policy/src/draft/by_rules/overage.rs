//! Who must allow what is above a cap, by how far it is.

use super::read::{PERCENT, Read, added, approvers};
use super::sentences::Sentence;
use super::tokens::Token;
use crate::draft::proposal::{ProposedBand, ProposedRule};

const CAPS: [&str; 21] = [
    "cap", "caps", "ceiling", "ceilings", "limit", "limits", "over", "overage", "exceeds", "above",
    "exceeding", "overrun", "overruns", "maximum", "overspend", "exceed", "exceeded", "excess", "more",
    "over-cap", "dearer",
];
/// What is over nothing that was capped.
const NO_CAPS: [&str; 13] = [
    "cheapest", "lowest", "tip", "tips", "gratuity", "advances", "per diem", "allowance", "fairs",
    "breakfast", "lunch", "dinner", "lowest-priced",
];
const FURTHER: [&str; 18] = [
    "beyond that", "above that", "more than that", "beyond", "over that", "anything further", "further",
    "anything more", "more", "anything above", "anything beyond", "higher", "above", "anything over",
    "past that", "all others", "others", "anything else",
];
const BEYOND: [&str; 6] = ["above", "over", "beyond", "more than", "exceeding", "past"];
const UP_TO: [&str; 7] = [
    "up to", "at most", "within", "not more than", "no more than", "until", "to",
];
/// Words within which a new statement names its percentage, or says that it goes further.
const SOON: usize = 7;
const AT_ONCE: usize = 3;

/// "Up to 20 percent over, the manager; up to 50, Finance as well; beyond that, also the director."
pub fn by_overage(clause: &Read<'_>) -> Vec<ProposedRule> {
    if !clause.is_about(&CAPS) || !clause.says(&PERCENT) || clause.says(&NO_CAPS) {
        return Vec::new();
    }
    let mut bands: Vec<ProposedBand> = Vec::new();
    let mut asked = Vec::new();
    let mut quote: Option<String> = None;
    let says_how_far = |piece: &Sentence| piece.number_of(&PERCENT).is_some() || piece.says(&FURTHER);
    let lines = clause.sentences.iter().chain(&clause.rows);
    for piece in lines.flat_map(|line| line.pieces(begins_new, says_how_far)) {
        let named = approvers(&piece);
        let percent = piece.numbers_of(&PERCENT).last().map(|(_, percent)| *percent);
        if !says_how_far(&piece) {
            continue;
        }
        if named.is_empty() {
            // "15 percent or less: no questions asked", "up to 20 percent the head of division": no rule can say so.
            match percent.is_some() {
                true => return Vec::new(),
                false => continue,
            }
        }
        asked = added(&asked, named);
        quote.get_or_insert(piece.text.clone());
        let up_to = percent.filter(|_| !piece.says(&BEYOND) || piece.says(&UP_TO));
        // "Above 40 percent": what was open at the top ends there.
        if let (None, Some(percent)) = (up_to, percent)
            && let Some(open) = bands.last_mut().filter(|band| band.up_to_percent.is_none())
        {
            open.up_to_percent = Some(percent);
        }
        bands.push(ProposedBand {
            up_to_percent: up_to,
            approvals: asked.clone(),
            ..ProposedBand::default()
        });
    }
    let rule = |quote: String| ProposedRule {
        bands: bands.clone(),
        ..ProposedRule::new("approval_by_overage", &clause.clause.id, &quote)
    };
    // Only beyond what is not said: not understood.
    let begins = bands.iter().any(|band| band.up_to_percent.is_some());
    quote.filter(|_| begins).map(rule).into_iter().collect()
}

fn begins_new(tokens: &[Token]) -> bool {
    let first = |words: usize| Sentence::of(&tokens[..tokens.len().min(words)], String::new());
    let at = first(SOON).numbers_of(&PERCENT).first().map(|(at, _)| *at);
    // "And the department head, above 30 percent …": what comes before the comma is of the statement before.
    let at_once = at.is_some_and(|at| tokens[..at].iter().all(|token| token.ends.is_none()));
    at_once || first(AT_ONCE).says(&FURTHER)
}
