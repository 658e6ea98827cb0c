//! Amounts that a clause names for flights or nights and that none of its rules holds: what whoever compares the rules with
//! the clauses must see.

use events_schema::money::Money;
use events_schema::rows::{ClauseRow, PolicyRules, Rule, RuleKind};

use super::amounts::{Amount, amounts, figures};
use super::fares::is_no_fare;
use super::hotels::is_other_cost;
use super::read::{FLIGHT, HOTEL, Read};
use super::sentences::Sentence;
use super::tokens::Token;
use super::whereabouts::Whereabouts;
use crate::draft::DataClause;

/// Each amount once, as the clause names them. Where there are no rules at all, none is missing.
pub fn unheld(row: &ClauseRow, rules: Option<&PolicyRules>) -> Vec<Money> {
    let Some(rules) = rules else { return Vec::new() };
    let cited: Vec<&Rule> = rules
        .rules
        .iter()
        .filter(|rule| rule.clause == row.clause_id)
        .collect();
    let clause = DataClause::of(row);
    let read = Read::of(&clause);
    let (nights, flights) = (read.is_about(&HOTEL), read.is_about(&FLIGHT));
    let mut found: Vec<Money> = Vec::new();
    if !nights && !flights {
        return found;
    }
    for line in read.sentences.iter().chain(&read.rows) {
        let placed = |words: &[Token]| Whereabouts::of(words).is_placed();
        for figure in figures(&line.tokens, amounts(&line.tokens), placed) {
            let words = Sentence::of(&figure.words, String::new());
            let money = money(&figure.amount);
            let held = cited.iter().any(|rule| amount_of(&rule.kind) == Some(money));
            let of_night = nights && !is_other_cost(&figure.words);
            let of_flight = flights && !is_no_fare(&words);
            if (of_night || of_flight) && !held && !found.contains(&money) {
                found.push(money);
            }
        }
    }
    found
}

fn money(amount: &Amount) -> Money {
    Money::new(amount.value, amount.currency)
}

fn amount_of(rule: &RuleKind) -> Option<Money> {
    match rule {
        RuleKind::HotelCap { per_night, .. } => Some(*per_night),
        RuleKind::FareCap { per_traveller, .. } => Some(*per_traveller),
        RuleKind::Refundability { above, .. } => Some(*above),
        RuleKind::AdvancePurchase { .. }
        | RuleKind::CabinLimit { .. }
        | RuleKind::PreferredSuppliers { .. }
        | RuleKind::ExcludedSuppliers { .. }
        | RuleKind::LowestLogicalFare { .. }
        | RuleKind::ApprovalByOverage { .. }
        | RuleKind::ApproverSla { .. }
        | RuleKind::ReasonCodes { .. } => None,
    }
}
