//! Whether a clause bears out what was drafted from it: its own words are quoted, and every number, city and name stands
//! there. Pure.

use rust_decimal::Decimal;

use super::by_rules::tokens::{plain, tokens};
use super::proposal::ProposedRule;
use crate::parser::Clause;

/// Clauses say both: "three weeks" and "21 days".
const DAYS_A_WEEK: u32 = 7;

pub fn check(clause: &Clause, rule: &ProposedRule) -> Result<(), String> {
    let text = plain(&clause.text);
    let quote = plain(&rule.quote);
    if quote.is_empty() || !text.contains(&quote) {
        return Err(format!("its quotation is not in clause {}", clause.id));
    }
    let said: Vec<Decimal> = tokens(&clause.text)
        .iter()
        .filter_map(|token| token.number)
        .collect();
    let missing = |number: Decimal| !said.contains(&number);
    if let Some(amount) = &rule.amount
        && amount.parse::<Decimal>().map_or(true, missing)
    {
        return Err(format!("clause {} does not say {amount}", clause.id));
    }
    let mut numbers: Vec<u32> = Vec::new();
    numbers.extend(rule.percent);
    numbers.extend(rule.window_hours);
    numbers.extend(rule.hours);
    numbers.extend(rule.from_hours);
    numbers.extend(rule.below_hours);
    numbers.extend(rule.bands.iter().filter_map(|band| band.up_to_percent));
    if let Some(number) = numbers.into_iter().find(|number| missing(Decimal::from(*number))) {
        return Err(format!("clause {} does not say {number}", clause.id));
    }
    let days = rule
        .bands
        .iter()
        .filter_map(|band| band.min_days)
        .filter(|days| *days > 0);
    let unsaid = |days: &u32| {
        missing(Decimal::from(*days))
            && (!days.is_multiple_of(DAYS_A_WEEK) || missing(Decimal::from(*days / DAYS_A_WEEK)))
    };
    if let Some(days) = days.into_iter().find(unsaid) {
        return Err(format!("clause {} does not say {days} days", clause.id));
    }
    let codes = rule.codes.values();
    let names = rule.suppliers.iter().chain(&rule.city).chain(codes);
    match names.into_iter().find(|name| !text.contains(&plain(name))) {
        Some(name) => {
            let name: String = name
                .chars()
                .filter(|letter| !letter.is_control())
                .take(40)
                .collect();
            Err(format!("clause {} does not name {name:?}", clause.id))
        }
        None => Ok(()),
    }
}
