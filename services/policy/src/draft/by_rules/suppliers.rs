//! Whom to buy from: preferred and excluded suppliers by name, and the cheapest flight near the one wanted.

use events_schema::approval::ApprovalLevel;
use events_schema::rows::LegKind;

use super::amounts::amounts;
use super::read::{FLIGHT, HOTEL, PERCENT, Read, added, approvers, or_first};
use super::sentences::Sentence;
use super::tokens::{MONTHS, Token};
use crate::draft::proposal::ProposedRule;

const PREFERRED: [&str; 41] = [
    "preferred", "prefer", "contract", "contracts", "preference", "negotiated", "partner", "partners",
    "to be booked", "to be used", "be used", "be taken", "must be taken", "are taken", "is taken",
    "priority", "our carriers", "our airline", "our airlines", "get our business", "first choice",
    "take them", "book it", "come first", "to be made", "to be selected", "selected", "chosen", "is booked",
    "are booked", "whichever", "please", "bought", "must be booked", "be booked", "book", "shall stay at",
    "should stay at", "first", "before others", "picked",
];
const EXCLUDED: [&str; 32] = [
    "is not flown", "are not flown", "off limits", "off the list", "banned", "blacklisted", "not be used",
    "is excluded", "are excluded", "not to be used", "not be flown", "is not used", "are not used",
    "are barred", "is barred", "forbidden", "not booked", "is not booked", "not be booked", "not permitted",
    "prohibited", "not allowed", "is out", "are out", "not accepted", "not to be booked", "on our blacklist",
    "on the blacklist", "are prohibited", "is prohibited", "black list", "blacklist",
];
const NEVER: [&str; 22] = [
    "do not fly", "don't fly", "do not use", "don't use", "not use", "never fly", "never", "no one flies",
    "nobody flies", "forbidden", "do not book", "don't book", "not book", "avoid",
    "no employee shall travel", "not fly", "no", "nobody may fly", "stay away from", "shall travel",
    "excluded", "prohibited",
];
/// What a name follows that is excluded; it may be the first of the words, too.
const EXCLUDING: [&str; 13] = [
    "with", "fly", "use", "book", "by", "no", "never", "on", "are", "airline", "airlines", "carrier", "chain",
];
/// What a name follows that is preferred.
const PREFERRING: [&str; 14] = [
    "prefer", "preferred", "are", "is", "with", "use", "book", "airline", "airlines", "carrier", "carriers",
    "to", "on", "take",
];
/// Where the exclusion holds sometimes only.
const SOMETIMES: [&str; 8] = [
    "on flights to", "for flights", "flights to", "on routes", "except", "unless", "with a connection", "if",
];
/// Words of a sentence that says nothing but whom not to book.
const SHORT: usize = 7;
const DEARER: [&str; 18] = [
    "lowest", "cheapest", "dearer", "more expensive", "higher", "price", "fare", "fares", "above", "cost",
    "costs", "rate", "rates", "expensive", "pricier", "difference", "more", "most",
];
/// Not the names of suppliers, though they begin a sentence or stand in capitals.
const NO_NAMES: [&str; 83] = [
    "the", "we", "no", "never", "airlines", "airline", "carriers", "carrier", "do", "it", "preferred",
    "prefer", "avoid", "flights", "flight", "all", "any", "our", "fly", "flying", "book", "use", "travel",
    "travellers", "staff", "tickets", "ticket", "on", "in", "for", "at", "with", "by", "of", "and", "or",
    "nobody", "eu", "faa", "iata", "un", "usa", "us", "uk", "europe", "european", "i", "you", "hotels",
    "hotel", "chain", "chains", "where", "when", "if", "stay", "stays", "please", "kindly", "employees",
    "an", "a", "as", "take", "excluded", "also", "trips", "company", "finance", "policy", "not", "alliance",
    "banned", "forbidden", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    "ok", "okay",
];

pub fn preferred(clause: &Read<'_>) -> Vec<ProposedRule> {
    let names_them = |sentence: &&Sentence| {
        let preferred = sentence.says(&PREFERRED) && !sentence.says(&EXCLUDED) && !sentence.says(&["never"]);
        preferred && !names(sentence, &PREFERRING).is_empty()
    };
    let naming = clause.sentences.iter().find(names_them);
    let weighing = clause
        .sentences
        .iter()
        .find(|sentence| sentence.number_of(&PERCENT).is_some() && sentence.says(&DEARER));
    let (Some(naming), Some(weighing)) = (naming, weighing) else {
        return Vec::new();
    };
    let stays = naming.says(&HOTEL) && !naming.says(&FLIGHT) || clause.is_under(&HOTEL);
    vec![ProposedRule {
        suppliers: names(naming, &PREFERRING),
        legs: Some(if stays { LegKind::Stay } else { LegKind::Flight }),
        percent: weighing.number_of(&PERCENT),
        approvals: asked(clause),
        ..ProposedRule::new("preferred_suppliers", &clause.clause.id, &naming.text)
    }]
}

pub fn excluded(clause: &Read<'_>) -> Vec<ProposedRule> {
    let about = |sentence: &Sentence| {
        clause.is_about(&FLIGHT)
            || sentence.says(&["airlines", "carrier", "carriers", "air"])
            || sentence.tokens.len() <= SHORT && sentence.says(&["no", "never", "don't", "not"])
    };
    let rule = |sentence: &Sentence| {
        let names = excluded_names(sentence);
        let wanted = !names.is_empty()
            && amounts(&sentence.tokens).is_empty()
            && about(sentence)
            && !sentence.says(&SOMETIMES);
        wanted.then(|| ProposedRule {
            suppliers: names,
            ..ProposedRule::new("excluded_suppliers", &clause.clause.id, &sentence.text)
        })
    };
    clause.sentences.iter().filter_map(rule).collect()
}

/// "Sample Air is not used", "We never fly with Sample Air", "No Sample Air".
fn excluded_names(sentence: &Sentence) -> Vec<String> {
    if sentence.says(&EXCLUDED) {
        let named = names(
            sentence,
            if sentence.tokens[0].word == "banned" {
                &["are"]
            } else {
                &[]
            },
        );
        if !named.is_empty() {
            return named;
        }
    }
    match sentence.after(&NEVER) {
        Some(behind) => names(&behind, &EXCLUDING),
        None => Vec::new(),
    }
}

pub fn lowest_fare(clause: &Read<'_>) -> Vec<ProposedRule> {
    let wanted = |sentence: &&Sentence| {
        sentence.says(&["cheapest", "lowest", "lowest-priced"])
            && (sentence.says(&FLIGHT) || clause.is_about(&FLIGHT))
            && amounts(&sentence.tokens).is_empty()
            && !sentence.says(&["before the meeting", "connection", "layover"])
    };
    let rule = |sentence: &Sentence| {
        let hours = sentence.number_of(&["hours", "hour"]).map(|hours| hours * 60);
        Some(ProposedRule {
            window_minutes: Some(hours.or_else(|| sentence.number_of(&["minutes", "minute"]))?),
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

/// Who is named in the clause, but for what is said of amounts; somebody must be.
fn asked(clause: &Read<'_>) -> Vec<ApprovalLevel> {
    let without = clause
        .sentences
        .iter()
        .filter(|sentence| amounts(&sentence.tokens).is_empty());
    let named: Vec<ApprovalLevel> = without.flat_map(approvers).collect();
    or_first(added(&[], named))
}

/// Names that a sentence begins with, or that follow one of the words, with those in a row with them. A single capital may be
/// the sentence's own, so that a first word counts only before another name, a comma, or a verb.
fn names(sentence: &Sentence, behind: &[&str]) -> Vec<String> {
    let mut names: Vec<Vec<&str>> = Vec::new();
    let (mut open, mut joined) = (false, true);
    for (at, token) in sentence.tokens.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| &sentence.tokens[before]);
        let leads = before.is_none_or(|before| {
            behind.contains(&before.word.as_str()) || before.ends == Some(':') && !behind.is_empty()
        });
        let begins = before.is_some() || behind == EXCLUDING || begins_name(token, sentence.tokens.get(1));
        let is_joint = ["and", "or", "nor", "the"].contains(&token.word.as_str());
        if open && !joined && !is_joint && token.is_capital() {
            names
                .last_mut()
                .into_iter()
                .for_each(|name| name.push(&token.raw));
        } else if !is_joint && is_named(token) && (open || leads) && begins {
            names.push(vec![&token.raw]);
            open = true;
        } else {
            open &= is_joint;
            joined = true;
            continue;
        }
        joined = token.ends == Some(',');
        open &= token.ends.is_none() || joined;
    }
    let names: Vec<String> = names.into_iter().map(|name| name.join(" ")).collect();
    // Cities and countries are listed as airlines are; of `Emirates` and `Etihad` the former is one.
    let is_place = |name: &String| {
        let city = places::by_city(name).into_iter().next();
        places::country(name).is_some() || city.is_some_and(|city| city.weight > 1)
    };
    if names.iter().all(is_place) {
        Vec::new()
    } else {
        names
    }
}

fn is_named(token: &Token) -> bool {
    let word = token.word.as_str();
    // `easyJet`
    token.raw.contains(char::is_uppercase)
        && token.currency.is_none()
        && word.len() > 1
        && !NO_NAMES.contains(&word)
        && !MONTHS.iter().any(|(month, _)| *month == word)
        && !(word.len() == 2 && word.starts_with('l') && word.ends_with(|last: char| last.is_ascii_digit()))
}

fn begins_name(token: &Token, next: Option<&Token>) -> bool {
    let verbs = [
        "and", "is", "are", "must", "may", "has", "have", "or", "shall", "should", "gets", "get",
    ];
    token.ends == Some(',')
        || next.is_some_and(|next| next.is_capital() || verbs.contains(&next.word.as_str()))
}
