//! Whether a clause bears out what was drafted from it: its own words are quoted, and every number, city and name stands
//! there. Pure.

use rust_decimal::Decimal;

use super::by_rules::tokens::{plain, tokens};
use super::countries;
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
    numbers.extend(rule.from_hours);
    numbers.extend(rule.below_hours);
    numbers.extend(rule.bands.iter().filter_map(|band| band.up_to_percent));
    if let Some(number) = numbers.into_iter().find(|number| missing(Decimal::from(*number))) {
        return Err(format!("clause {} does not say {number}", clause.id));
    }
    let in_hours = |number: u32| missing(Decimal::from(number));
    if let Some(hours) = rule
        .hours
        .filter(|hours| in_hours(*hours) && !(hours.is_multiple_of(24) && !in_hours(*hours / 24)))
    {
        return Err(format!("clause {} does not say {hours} hours", clause.id));
    }
    if let Some(minutes) = rule
        .window_minutes
        .filter(|minutes| in_hours(*minutes) && !(minutes.is_multiple_of(60) && !in_hours(*minutes / 60)))
    {
        return Err(format!("clause {} does not say {minutes} minutes", clause.id));
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
    if let Some(code) = &rule.country
        && !names_country(&clause.text, code)
    {
        let code: String = code
            .chars()
            .filter(|letter| letter.is_alphanumeric())
            .take(2)
            .collect();
        return Err(format!("clause {} does not name the country {code:?}", clause.id));
    }
    let codes = rule.codes.values();
    let city = rule.city.iter().filter(|city| !names_city(&clause.text, city));
    let names = rule.suppliers.iter().chain(city).chain(codes);
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

/// Whether a city is named, be it by another of its names: of Bengaluru the airports say Bangalore.
fn names_city(text: &str, city: &str) -> bool {
    has_name(text, |name| {
        places::by_city(name)
            .first()
            .is_some_and(|known| known.name == city)
    })
}

fn names_country(text: &str, code: &str) -> bool {
    has_name(text, |name| countries::named(name) == Some(code))
}

/// Whether up to four words in a row are such a name.
fn has_name(text: &str, is: impl Fn(&str) -> bool) -> bool {
    let tokens = tokens(text);
    let words: Vec<&str> = tokens.iter().map(|token| token.raw.as_str()).collect();
    let named = |length: usize| words.windows(length).any(|name| is(&name.join(" ")));
    (1..=4).any(named)
}
