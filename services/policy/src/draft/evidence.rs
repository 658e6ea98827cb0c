//! Whether a clause bears out what was drafted from it: its own words are quoted, and every number, city and name stands
//! there. Pure.

use rust_decimal::Decimal;

use super::by_rules::tokens::{plain, tokens};
use super::countries;
use super::proposal::ProposedRule;
use crate::parser::Clause;

/// Clauses say both: "three weeks" and "21 days", "two days" and "48 hours".
const DAYS_A_WEEK: u32 = 7;
const HOURS_A_DAY: u32 = 24;
const MINUTES_AN_HOUR: u32 = 60;
/// Of a name that no clause has, in characters.
const LONGEST_NAME: usize = 40;

pub fn check(clause: &Clause, rule: &ProposedRule) -> Result<(), String> {
    let quote = plain(&rule.quote);
    if quote.is_empty() || !plain(&clause.text).contains(&quote) {
        return Err(format!("its quotation is not in clause {}", clause.id));
    }
    if let Some(number) = Numbers::of(&clause.text).missing(rule) {
        return Err(format!("clause {} does not say {number}", clause.id));
    }
    match missing_name(&clause.text, rule) {
        Some(name) => Err(format!("clause {} does not name {name}", clause.id)),
        None => Ok(()),
    }
}

/// Those a clause says.
struct Numbers(Vec<Decimal>);

impl Numbers {
    fn of(text: &str) -> Self {
        Self(tokens(text).iter().filter_map(|token| token.number).collect())
    }

    fn say(&self, number: u32) -> bool {
        self.0.contains(&Decimal::from(number))
    }

    /// In this unit, or in one that is so many of it.
    fn say_in(&self, number: u32, larger: u32) -> bool {
        self.say(number) || number.is_multiple_of(larger) && self.say(number / larger)
    }

    /// What the rule says and the clause does not.
    fn missing(&self, rule: &ProposedRule) -> Option<String> {
        let amount = |text: &&String| {
            !text
                .parse::<Decimal>()
                .is_ok_and(|amount| self.0.contains(&amount))
        };
        if let Some(amount) = rule.amount.as_ref().filter(amount) {
            return Some(amount.clone());
        }
        let percents = rule.bands.iter().filter_map(|band| band.up_to_percent);
        let plain = [rule.percent, rule.from_hours, rule.below_hours];
        let plain = plain.into_iter().flatten().chain(percents);
        if let Some(number) = plain.into_iter().find(|number| !self.say(*number)) {
            return Some(number.to_string());
        }
        if let Some(hours) = rule.hours.filter(|hours| !self.say_in(*hours, HOURS_A_DAY)) {
            return Some(format!("{hours} hours"));
        }
        if let Some(minutes) = rule
            .window_minutes
            .filter(|minutes| !self.say_in(*minutes, MINUTES_AN_HOUR))
        {
            return Some(format!("{minutes} minutes"));
        }
        // "Up to 20 days": from 21 on it is otherwise.
        let says = |days: u32| days == 0 || self.say_in(days, DAYS_A_WEEK) || self.say(days - 1);
        let mut days = rule.bands.iter().filter_map(|band| band.min_days);
        days.find(|days| !says(*days)).map(|days| format!("{days} days"))
    }
}

/// What the rule names and the clause does not, for people to read.
fn missing_name(text: &str, rule: &ProposedRule) -> Option<String> {
    let shown = |name: &str, most: usize| -> String {
        let name = name.chars().filter(|letter| !letter.is_control());
        format!("{:?}", name.take(most).collect::<String>())
    };
    if let Some(code) = rule.country.as_ref().filter(|code| !names_country(text, code)) {
        return Some(format!("the country {}", shown(code, 2)));
    }
    let city = rule.city.iter().filter(|city| !names_city(text, city));
    let mut names = rule.suppliers.iter().chain(city).chain(rule.codes.values());
    let text = plain(text);
    let missing = names.find(|name| !text.contains(&plain(name)));
    missing.map(|name| shown(name, LONGEST_NAME))
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
