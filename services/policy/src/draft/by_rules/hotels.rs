//! What a night may cost, by place and season.

use iso_currency::Currency;
use rust_decimal::Decimal;

use super::amounts::{Amount, amounts, amounts_and_bare, figures};
use super::read::{AT_MOST, FLIGHT, HOTEL, REFUND, Read};
use super::sentences::Sentence;
use super::special::{GRADES, is_conditional, is_conditional_within, is_special};
use super::tokens::Token;
use super::whereabouts::{Whereabouts, may_be_place};
use crate::draft::proposal::ProposedRule;

/// What costs money on a trip without being a night.
const OTHER_COSTS: [&str; 49] = [
    "gift", "mile", "miles", "kilometre", "kilometer", "km", "meal", "meals", "breakfast", "breakfasts",
    "lunch", "lunches", "dinner", "dinners", "food", "diem", "diems", "subsistence", "allowance", "day",
    "minibar", "laundry", "internet", "wifi", "wi-fi", "parking", "taxi", "taxis", "car", "advance",
    "advances", "receipt", "receipts", "visa", "tips", "tip", "tax", "taxes", "vat", "fee", "fees", "kennel",
    "phone", "train", "trains", "card", "cash", "supplement", "surcharge",
];
/// Beside these, such a cost only says what the amount comprises.
const COMPRISED: [&str; 15] = [
    "included", "including", "incl", "include", "includes", "inclusive", "excluding", "excl", "excluded",
    "exclusive", "with", "without", "before", "plus", "net",
];
/// How near.
const BESIDE: usize = 4;
/// Words of a part that says nothing but an amount and where it holds.
const BARE: usize = 6;
const REST_OF_YEAR: [&str; 13] = [
    "rest of the year", "rest of year", "other months", "otherwise", "else", "all other months",
    "remainder of the year", "rest of the months", "outside that period", "outside this period",
    "out of season", "outside the season", "outside these months",
];
const MORE: [&str; 3] = ["above", "over", "exceeding"];
const ADDED: [&str; 9] = [
    "add", "adds", "another", "additional", "by", "around", "about", "approximately", "roughly",
];
const DIFFERS: [&str; 5] = ["more", "extra", "dearer", "cheaper", "less"];
const NONE: [&str; 3] = ["no room", "no hotel", "none"];
const ALLOWED: [&str; 3] = ["hotel allowance", "accommodation allowance", "lodging allowance"];
/// Words of a sentence that is a heading.
const HEADING: usize = 3;
/// No night costs less, in any currency.
const LEAST: u32 = 20;
const NIGHTLY: [&str; 6] = ["a night", "per night", "each night", "nightly", "night", "nights"];
const LODGING: [&str; 20] = [
    "hotel", "hotels", "room", "rooms", "lodging", "accommodation", "motel", "motels", "stay", "stays",
    "overnight", "sleep", "sleeping", "bed", "beds", "guesthouse", "nights", "nightly", "inn", "inns",
];
const ROOM: [&str; 8] = [
    "hotel", "hotels", "room", "rooms", "lodging", "accommodation", "motel", "motels",
];

pub fn hotels(clause: &Read<'_>) -> Vec<ProposedRule> {
    let mut rules = Vec::new();
    let under = clause.is_under(&HOTEL);
    // A list of places and amounts goes on where the clause before it was one.
    let (mut open, mut spoken) = (under || clause.follows_hotels, under || clause.follows_hotels);
    if !under && clause.is_under_special() {
        return rules;
    }
    // "Cape Town: 2,200 a night"
    let heading = clause.place();
    let placed_by_heading = !heading.is_nowhere();
    let about = clause.is_about(&LODGING) || placed_by_heading;
    let mut context = Context::default();
    let parts = |sentence| unconditional(sentence).into_iter().enumerate();
    for (position, part) in clause.sentences.iter().flat_map(parts) {
        // What another sentence said is forgotten.
        if position == 0 {
            context = Context {
                heading: heading.clone(),
                ..Context::default()
            };
        }
        open = part.says(&HOTEL) || open && !part.says(&FLIGHT);
        if !open || part.says(&REFUND) && !part.says(&AT_MOST) || is_conditional(&part) {
            continue;
        }
        let nightly = part.says(&NIGHTLY) && (part.says(&ROOM) || under || placed_by_heading);
        let limits = part.says(&AT_MOST)
            || part.says(&ALLOWED)
            || part.says(&NONE)
            || nightly
            || under && is_bare(&part)
            || is_label(&part);
        let placed = limits || spoken || part.says(&ROOM) || part.says(&NIGHTLY);
        // "Hotel rules. Singapore 280; …"
        spoken |= part.tokens.len() <= HEADING && part.says(&ROOM);
        let found = caps(clause, &part, &mut context, (placed, limits && about));
        spoken |= !found.is_empty();
        rules.extend(found);
    }
    if open || clause.is_about(&HOTEL) {
        let currency = clause.currency();
        if clause.is_about(&AT_MOST) || spoken {
            rules.extend(clause.rows.iter().flat_map(|row| of_row(clause, row, currency)));
        }
    }
    rules
}

/// A sentence's parts up to the first that holds on a condition: what follows is about that.
fn unconditional(sentence: &Sentence) -> Vec<Sentence> {
    let parts = sentence.parts();
    let first = parts
        .iter()
        .position(|part| amounts(&part.tokens).is_empty() && is_conditional_within(part));
    parts
        .into_iter()
        .take(first.map_or(usize::MAX, |first| first + 1))
        .collect()
}

/// "Hotels: 120 EUR".
fn is_label(part: &Sentence) -> bool {
    let first = part.tokens.first();
    let next = part
        .tokens
        .get(1)
        .is_some_and(|next| next.number.is_some() || next.currency.is_some());
    first.is_some_and(|token| ROOM.contains(&token.word.as_str()) && (next || token.ends == Some(':')))
}

/// "120 EUR a night": hardly more than the amount.
fn is_bare(part: &Sentence) -> bool {
    let begins = part
        .tokens
        .first()
        .is_some_and(|token| token.ends == Some(':') || token.number.is_some() || token.currency.is_some());
    begins || part.tokens.len() <= BARE
}

/// `placed`: whether an amount beside a place is a cap; `anywhere`: whether one without a place is.
fn caps(
    clause: &Read<'_>,
    part: &Sentence,
    context: &mut Context,
    (placed, anywhere): (bool, bool),
) -> Vec<ProposedRule> {
    let qualifies = |words: &[Token]| {
        let place = Whereabouts::of(words);
        place.is_placed() || place.season.is_some()
    };
    let amounts = amounts_and_bare(&part.tokens, clause.currency(), qualifies);
    let subject = &part.tokens[..amounts.first().map_or(0, |amount| amount.at)];
    if is_other_cost(subject) && !Sentence::of(subject, String::new()).says(&ROOM) {
        return Vec::new();
    }
    let colon = subject.iter().rposition(|token| token.ends == Some(':'));
    if let Some(colon) = colon {
        context.whole = Whereabouts::of(&subject[..=colon]);
    }
    let mut rules = Vec::new();
    for figure in figures(&part.tokens, amounts, qualifies) {
        let words = Sentence::of(&figure.words, String::new());
        let mut place = Whereabouts::of(&figure.words);
        let before = figure.amount.at.checked_sub(1).map(|before| &part.tokens[before]);
        // A name right before its amount: "Mykonos 220 from June".
        if let Some(name) = before.filter(|_| !place.is_placed()) {
            let season = place.season.take();
            place = Whereabouts {
                season,
                ..Whereabouts::of(std::slice::from_ref(name))
            };
        }
        let place = context.complete(place, &words);
        let holds = if place.is_placed() { placed } else { anywhere };
        let of_grade = words.says(&GRADES) && !words.says(&["all levels", "all grades", "any level"]);
        let special = of_grade || is_special(&words) || is_conditional_within(&words);
        let of_something_else =
            special || is_other_cost(&figure.words) || is_difference(part, &figure.amount);
        if holds && !of_something_else && !place.unknown && !place.unnamed {
            rules.extend(by_place(
                &place,
                &priced("hotel_cap", clause, &part.text, &figure.amount),
            ));
        }
    }
    rules
}

/// What an amount takes from the words around it.
#[derive(Default)]
struct Context {
    /// What the headings name.
    heading: Whereabouts,
    /// What stands before the colon of a list.
    whole: Whereabouts,
    /// Where the amount before holds,
    before: Whereabouts,
    /// and whether for a season.
    seasonal: bool,
}

impl Context {
    fn complete(&mut self, mut place: Whereabouts, words: &Sentence) -> Whereabouts {
        // "In Lisbon 130, and from May to September 150": the season's amount is Lisbon's as well.
        let rest_of_year = self.seasonal && words.says(&REST_OF_YEAR) && place.cities.is_empty();
        // Unless a name stands there that nobody knows.
        let named = || words.tokens.iter().any(may_be_place);
        place.unnamed |= self.before.is_placed() && place.season.is_some() && !place.is_placed() && named();
        let same_place = place.season.is_some() && !place.is_placed() && !place.unnamed;
        if same_place || rest_of_year {
            let season = place.season.take();
            place = Whereabouts {
                season,
                ..self.before.clone()
            };
        }
        self.before = Whereabouts {
            season: None,
            ..place.clone()
        };
        self.seasonal = place.season.is_some();
        // "In July and August: Palma 190, Ibiza 240"
        if place.season.is_none() && !rest_of_year && place.is_placed() && !self.whole.is_placed() {
            place.season.clone_from(&self.whole.season);
        }
        // "Japan: Tokyo 18,000, others 12,000"
        if place.elsewhere && place.is_nowhere() {
            place.countries.clone_from(&self.whole.countries);
        }
        // "The rest of the country", which no heading names.
        place.unknown |= place.of_country && place.is_nowhere() && self.heading.is_nowhere();
        if place.is_nowhere() {
            place.cities.clone_from(&self.heading.cities);
            place.countries.clone_from(&self.heading.countries);
            place.unknown |= self.heading.unknown;
        }
        place
    }
}

/// "20 more", "above 220", or so little that it is no night.
fn is_difference(part: &Sentence, amount: &Amount) -> bool {
    let behind = part.tokens.get(amount.end).map(|token| token.word.as_str());
    let (before, earlier) = amount.behind(&part.tokens);
    let none = part.says(&NONE);
    let above = MORE.contains(&before) && !none && !["not", "no", "go"].contains(&earlier);
    above
        || ADDED.contains(&before)
        || behind.is_some_and(|word| DIFFERS.contains(&word))
        || amount.value < Decimal::from(LEAST)
}

/// One for each city or, without cities, for each country, or one for everywhere else.
fn by_place(place: &Whereabouts, rule: &ProposedRule) -> Vec<ProposedRule> {
    let (season_from, season_to) = place.season.clone().unzip();
    let rule = ProposedRule {
        season_from,
        season_to,
        ..rule.clone()
    };
    let in_city = |city: &String| ProposedRule {
        city: Some(city.clone()),
        ..rule.clone()
    };
    let in_country = |code: &&str| ProposedRule {
        country: Some((*code).to_owned()),
        ..rule.clone()
    };
    if !place.cities.is_empty() {
        place.cities.iter().map(in_city).collect()
    } else if !place.countries.is_empty() {
        place.countries.iter().map(in_country).collect()
    } else {
        vec![rule]
    }
}

/// Of a row's amounts the first.
fn of_row(clause: &Read<'_>, row: &Sentence, currency: Option<Currency>) -> Vec<ProposedRule> {
    let placed = |words: &[Token]| Whereabouts::of(words).is_placed();
    let amount = amounts_and_bare(&row.tokens, currency, placed).into_iter().next();
    let Some(amount) = amount else { return Vec::new() };
    let place = Whereabouts::of(&row.tokens[..amount.at]);
    if !place.is_placed() || place.unknown || place.unnamed {
        return Vec::new();
    }
    by_place(&place, &priced("hotel_cap", clause, &row.text, &amount))
}

/// Whether the words are about something else that is paid for, and not about what a night's price comprises.
pub fn is_other_cost(words: &[Token]) -> bool {
    words.iter().enumerate().any(|(at, token)| {
        let beside = &words[at.saturating_sub(BESIDE)..words.len().min(at + 1 + BESIDE)];
        let comprised = beside
            .iter()
            .any(|token| COMPRISED.contains(&token.word.as_str()));
        let before = at.checked_sub(1).map(|before| words[before].word.as_str());
        let of_hotel = token.word == "allowance" && before.is_some_and(|word| LODGING.contains(&word));
        OTHER_COSTS.contains(&token.word.as_str()) && !of_hotel && !comprised
    })
}

pub fn priced(kind: &str, clause: &Read<'_>, quote: &str, amount: &Amount) -> ProposedRule {
    ProposedRule {
        amount: Some(amount.value.to_string()),
        currency: Some(amount.currency.code().into()),
        ..ProposedRule::new(kind, &clause.clause.id, quote)
    }
}
