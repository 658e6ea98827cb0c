//! Amounts: what a night, a flight may cost, and above which price money must come back.

use events_schema::approval::ApprovalLevel;
use events_schema::rows::{LegKind, Reach};
use iso_currency::Currency;

use super::read::{AT_MOST, FLIGHT, HOTEL, MORE_THAN, REFUND, Read, approvers, levels, other_levels};
use super::tokens::{Sentence, Token};
use crate::draft::proposal::ProposedRule;

/// What costs money on a trip without being a night or a flight.
const OTHER_COSTS: [&str; 22] = [
    "gift",
    "mile",
    "kilometre",
    "kilometer",
    "meal",
    "meals",
    "breakfast",
    "lunch",
    "dinner",
    "per diem",
    "minibar",
    "laundry",
    "internet",
    "parking",
    "taxi",
    "advance",
    "advances",
    "receipt",
    "receipts",
    "visa",
    "deposit",
    "tips",
];
const ELSEWHERE: [&str; 9] = [
    "elsewhere",
    "anywhere else",
    "other",
    "others",
    "all other cities",
    "everywhere else",
    "default",
    "any",
    "rest",
];
const INTERCONTINENTAL: [&str; 7] = [
    "another continent",
    "intercontinental",
    "other continents",
    "overseas",
    "long haul",
    "transatlantic",
    "long-haul",
];
const DOMESTIC: [&str; 6] = [
    "domestic",
    "within one country",
    "inside one country",
    "within the country",
    "same country",
    "inland",
];
const CONTINENTAL: [&str; 7] = [
    "same continent",
    "on the continent",
    "continental",
    "of the continent",
    "within europe",
    "european",
    "short-haul",
];
/// How many inhabitants' worth a name must have: `Of` is a town.
const WELL_KNOWN: u8 = 3;
const MONTHS: [(&str, &str); 12] = [
    ("january", "31"),
    ("february", "28"),
    ("march", "31"),
    ("april", "30"),
    ("may", "31"),
    ("june", "30"),
    ("july", "31"),
    ("august", "31"),
    ("september", "30"),
    ("october", "31"),
    ("november", "30"),
    ("december", "31"),
];

pub struct Amount {
    /// Where it begins and ends among the tokens.
    pub at: usize,
    pub end: usize,
    pub amount: String,
    pub currency: Currency,
}

pub fn amounts(tokens: &[Token]) -> Vec<Amount> {
    let mut found: Vec<Amount> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Some(number) = token.number else { continue };
        let after = tokens.get(at + 1).and_then(|next| next.currency);
        let before = at.checked_sub(1).and_then(|before| tokens[before].currency);
        let free = |at: usize| found.last().is_none_or(|last| last.end <= at);
        let amount = number.to_string();
        match (after, before) {
            (Some(currency), _) => found.push(Amount {
                at,
                end: at + 2,
                amount,
                currency,
            }),
            (None, Some(currency)) if free(at - 1) => found.push(Amount {
                at: at - 1,
                end: at + 1,
                amount,
                currency,
            }),
            _ => {}
        }
    }
    found
}

fn priced(kind: &str, clause: &Read<'_>, quote: &str, amount: &Amount) -> ProposedRule {
    ProposedRule {
        amount: Some(amount.amount.clone()),
        currency: Some(amount.currency.code().into()),
        ..ProposedRule::new(kind, &clause.clause.id, quote)
    }
}

pub fn hotels(clause: &Read<'_>) -> Vec<ProposedRule> {
    let mut rules = Vec::new();
    if !clause.is_about(&HOTEL) || clause.says(&REFUND) {
        return rules;
    }
    for sentence in clause.parts() {
        if !sentence.says(&AT_MOST) || !sentence.says(&HOTEL) || sentence.says(&OTHER_COSTS) {
            continue;
        }
        let (mut start, mut cities) = (0, Vec::new());
        for amount in amounts(&sentence.tokens) {
            let before = &sentence.tokens[start..amount.at];
            start = amount.end;
            let season = season(before);
            let named = places(before);
            // "In Lisbon 130, and from May to September 150": the season's amount is Lisbon's as well.
            if season.is_none() || !named.is_empty() {
                cities = named;
            }
            let each = || cities.iter().cloned().map(Some);
            let places: Vec<Option<String>> = if cities.is_empty() {
                vec![None]
            } else {
                each().collect()
            };
            rules.extend(places.into_iter().map(|city| ProposedRule {
                city,
                season_from: season.as_ref().map(|(from, _)| from.clone()),
                season_to: season.as_ref().map(|(_, to)| to.clone()),
                ..priced("hotel_cap", clause, &sentence.text, &amount)
            }));
        }
    }
    if clause.says(&AT_MOST) {
        rules.extend(clause.rows.iter().filter_map(|row| hotel_row(clause, row)));
    }
    rules
}

fn hotel_row(clause: &Read<'_>, row: &Sentence) -> Option<ProposedRule> {
    let amount = amounts(&row.tokens).into_iter().next()?;
    let cities = places(&row.tokens[..amount.at]);
    if cities.is_empty() && !row.says(&ELSEWHERE) {
        return None;
    }
    Some(ProposedRule {
        city: cities.into_iter().next(),
        ..priced("hotel_cap", clause, &row.text, &amount)
    })
}

pub fn fares(clause: &Read<'_>) -> Vec<ProposedRule> {
    let mut rules: Vec<ProposedRule> = Vec::new();
    if !clause.is_about(&FLIGHT) || clause.says(&REFUND) {
        return rules;
    }
    for sentence in &clause.sentences {
        if !sentence.says(&AT_MOST) || !sentence.says(&FLIGHT) || sentence.says(&OTHER_COSTS) {
            continue;
        }
        let (mut start, whole) = (0, reach(sentence));
        for amount in amounts(&sentence.tokens) {
            let before = Sentence::of(&sentence.tokens[start..amount.at], String::new());
            start = amount.end;
            let (reach, levels) = (reach(&before).or(whole), levels(&before.tokens));
            // Whoever has a cap of their own is not held to everybody's.
            for rule in rules
                .iter_mut()
                .filter(|rule| rule.reach == reach && rule.levels.is_empty())
            {
                rule.levels = if levels.is_empty() {
                    Vec::new()
                } else {
                    other_levels(&levels)
                };
            }
            rules.push(ProposedRule {
                reach,
                levels,
                ..priced("fare_cap", clause, &sentence.text, &amount)
            });
        }
    }
    if clause.says(&AT_MOST) {
        let row = |row: &Sentence| {
            let amount = amounts(&row.tokens).into_iter().next()?;
            Some(ProposedRule {
                reach: Some(reach(row)?),
                ..priced("fare_cap", clause, &row.text, &amount)
            })
        };
        rules.extend(clause.rows.iter().filter_map(row));
    }
    rules
}

pub fn refundability(clause: &Read<'_>) -> Vec<ProposedRule> {
    let wanted = |sentence: &&Sentence| sentence.says(&REFUND) && sentence.says(&MORE_THAN);
    let rule = |sentence: &Sentence| {
        let amount = amounts(&sentence.tokens).into_iter().next()?;
        let legs = match (sentence.says(&HOTEL), sentence.says(&FLIGHT)) {
            (true, false) => LegKind::Stay,
            (false, true) => LegKind::Flight,
            _ => return None,
        };
        let named = approvers(sentence);
        Some(ProposedRule {
            legs: Some(legs),
            approvals: if named.is_empty() {
                vec![ApprovalLevel::L1]
            } else {
                named
            },
            ..priced("refundability", clause, &sentence.text, &amount)
        })
    };
    clause.sentences.iter().filter(wanted).filter_map(rule).collect()
}

fn reach(sentence: &Sentence) -> Option<Reach> {
    if sentence.says(&INTERCONTINENTAL) {
        Some(Reach::Intercontinental)
    } else if sentence.says(&DOMESTIC) {
        Some(Reach::Domestic)
    } else if sentence.says(&CONTINENTAL) {
        Some(Reach::Continental)
    } else {
        None
    }
}

/// Cities of some weight, as the airports call them.
fn places(tokens: &[Token]) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let longest = tokens[at..]
            .iter()
            .take(3)
            .take_while(|token| token.is_capital())
            .count();
        let city = (1..=longest).rev().find_map(|length| {
            let name: Vec<&str> = tokens[at..at + length]
                .iter()
                .map(|token| token.raw.as_str())
                .collect();
            let name = name.join(" ");
            let month = MONTHS.iter().any(|(month, _)| name.eq_ignore_ascii_case(month));
            let known = places::by_city(&name).into_iter().next();
            let known = known.filter(|city| city.weight >= WELL_KNOWN && !month && name.len() > 2);
            known.map(|city| (length, city.name.to_owned()))
        });
        at += city.as_ref().map_or(1, |(length, _)| *length);
        found.extend(city.map(|(_, name)| name));
    }
    found
}

/// `from May to September`, as the first and the last day.
fn season(tokens: &[Token]) -> Option<(String, String)> {
    let months: Vec<usize> = tokens
        .iter()
        .filter(|token| token.is_capital())
        .filter_map(|token| MONTHS.iter().position(|(month, _)| *month == token.word))
        .collect();
    let (from, to) = (*months.first()?, *months.last()?);
    Some((
        format!("{:02}-01", from + 1),
        format!("{:02}-{}", to + 1, MONTHS[to].1),
    ))
}
