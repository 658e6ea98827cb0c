//! The places and the season a few words name.

use std::collections::BTreeSet;

use super::tokens::{MONTHS, Token};
use crate::draft::countries;

/// How many inhabitants' worth a name must have: `Of` is a town. Behind a preposition any will do.
const WELL_KNOWN: u8 = 3;
const PREPOSITIONS: [&str; 6] = ["in", "at", "for", "to", "from", "of"];
const ELSEWHERE: [&str; 17] = [
    "elsewhere", "everywhere", "anywhere", "other", "others", "otherwise", "default", "rest", "remaining",
    "any", "outside", "beyond", "abroad", "overseas", "foreign", "countries", "else",
];
/// Places that no rule can name.
const REGIONS: [&str; 65] = [
    "england", "scotland", "wales", "britain", "europe", "european", "asia", "asian", "africa", "african",
    "america", "american", "americas", "scandinavia", "scandinavian", "nordic", "nordics", "baltic",
    "baltics", "eu", "eea", "schengen", "apac", "emea", "balkans", "gulf", "benelux", "dach", "continent",
    "continents", "home", "inland", "capital", "capitals", "village", "villages", "mountain", "mountains",
    "coast", "resort", "resorts", "island", "islands", "airport", "airports", "region", "regions",
    "province", "provinces", "rural", "zone", "zones", "tier", "countryside", "ship", "ships", "cabins",
    "camps", "site", "sites", "neighbouring", "neighboring", "mainland", "continental", "emirates",
];
/// Times that no rule can name.
const SEASONS: [&str; 6] = ["summer", "winter", "season", "off-season", "peak", "weeks"];
/// Only beside "other" are these everywhere else.
const TOWNS: [&str; 12] = [
    "town", "towns", "city", "cities", "metropolis", "metropolises", "area", "areas", "country", "republic",
    "localities", "locations",
];
/// Sentences and their parts begin with them, and some town is called so.
const NO_NAMES: [&str; 38] = [
    "price", "prices", "hotel", "hotels", "room", "rooms", "rate", "rates", "limit", "limits", "lodging",
    "accommodation", "flights", "flight", "night", "nights", "finance", "travel", "from", "in", "for", "at",
    "to", "between", "max", "maximum", "up", "a", "an", "the", "over", "above", "under", "below", "all",
    "city", "until", "and",
];

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Whereabouts {
    /// As the airports call them.
    pub cities: Vec<String>,
    /// ISO 3166-1 alpha-2.
    pub countries: BTreeSet<&'static str>,
    /// Where no other place is named.
    pub elsewhere: bool,
    /// First and last day, `06-15`.
    pub season: Option<(String, String)>,
    /// One country is meant, and not by its name.
    pub of_country: bool,
    /// A place is named that no rule can express,
    pub unknown: bool,
    /// or something that is called by a name nobody knows.
    pub unnamed: bool,
}

impl Whereabouts {
    pub fn of(tokens: &[Token]) -> Self {
        let mut found = Self {
            season: season(tokens),
            ..Self::default()
        };
        let mut rest: Vec<&str> = Vec::new();
        let (mut at, mut in_list) = (0, false);
        while at < tokens.len() {
            let (token, ahead) = (&tokens[at], &tokens[at..]);
            let placed = is_placed(tokens, at, in_list) && !NO_NAMES.contains(&token.word.as_str());
            if let Some((length, place)) = place(ahead, placed) {
                found.add(place);
                in_list = true;
                at += length;
                continue;
            }
            // A name nobody knows: of a place, as far as anybody can tell.
            found.unnamed |= may_be_place(token) && (is_prepared(tokens, at) || is_before_amount(ahead));
            in_list &= ["and", "or", "the"].contains(&token.word.as_str());
            rest.push(&token.word);
            at += 1;
        }
        found.conclude(&rest);
        found
    }

    /// What the words say that are no names.
    fn conclude(&mut self, rest: &[&str]) {
        let has = |words: &[&str]| rest.iter().any(|word| words.contains(word));
        self.elsewhere = has(&ELSEWHERE);
        self.of_country = has(&["country", "republic"]) && !has(&["foreign"]);
        // "In the high season (June to August)"
        let unsaid_season = has(&SEASONS) && self.season.is_none();
        self.unknown =
            unsaid_season || has(&REGIONS) || has(&TOWNS) && !self.elsewhere && self.cities.is_empty();
        self.unnamed &= self.is_nowhere();
        // "Outside London": the city is where the amount does not hold.
        if has(&["outside", "beyond", "except"]) && !self.cities.is_empty() {
            self.cities.clear();
            self.unknown |= !has(&["outside"]);
        } else if has(&["outside"]) {
            // "Outside Switzerland 190"
            self.unknown |= self.countries.is_empty();
            self.countries.clear();
        }
    }

    fn add(&mut self, place: Place) {
        match place {
            Place::City(city) => self.cities.push(city),
            Place::Country(code) => {
                self.countries.insert(code);
            }
        }
    }

    /// No city and no country is named.
    pub fn is_nowhere(&self) -> bool {
        self.cities.is_empty() && self.countries.is_empty()
    }

    /// Whether any place is named, or that it is everywhere else.
    pub fn is_placed(&self) -> bool {
        self.elsewhere || self.unknown || !self.is_nowhere()
    }
}

/// Whether the first word is followed by nothing but an amount.
fn is_before_amount(tokens: &[Token]) -> bool {
    let next = tokens.get(1);
    next.is_none_or(|next| next.number.is_some() || next.currency.is_some()) || tokens[0].ends == Some(':')
}

/// Whether the first word, or the list that it begins, is.
fn leads(tokens: &[Token]) -> bool {
    is_before_amount(tokens)
        || tokens[0].ends == Some(',')
        || tokens.get(1).is_some_and(|next| next.word == "and")
}

enum Place {
    City(String),
    Country(&'static str),
}

/// A name that is no common word.
pub fn may_be_place(token: &Token) -> bool {
    let word = token.word.as_str();
    is_name(token) && !NO_NAMES.contains(&word) && !ELSEWHERE.contains(&word)
}

fn is_prepared(tokens: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| tokens[before].word.as_str());
    before.is_some_and(|word| PREPOSITIONS.contains(&word))
}

/// Whether a name that stands here is a place's, be the place never so small.
fn is_placed(tokens: &[Token], at: usize, in_list: bool) -> bool {
    match at.checked_sub(1).map(|before| &tokens[before]) {
        Some(before) if before.ends.is_none() => {
            let begins = at == 1 && ["and", "but", "while"].contains(&before.word.as_str());
            in_list || begins || is_prepared(tokens, at)
        }
        // "Debrecen, Szeged: 120 EUR"
        _ => in_list || leads(&tokens[at..]),
    }
}

fn is_name(token: &Token) -> bool {
    token.is_capital() && token.currency.is_none() && token.number.is_none() && token.month().is_none()
}

/// The longest name that the tokens begin with.
fn place(tokens: &[Token], placed: bool) -> Option<(usize, Place)> {
    let mut longest = 0;
    for token in tokens.iter().take(3) {
        if !is_name(token) {
            break;
        }
        longest += 1;
        // A comma ends a name.
        if token.ends.is_some() {
            break;
        }
    }
    (1..=longest).rev().find_map(|length| {
        let names: Vec<&str> = tokens[..length]
            .iter()
            .map(|token| token.raw.trim_end_matches("'s"))
            .collect();
        let name = names.join(" ");
        let least = if placed { 0 } else { WELL_KNOWN };
        let city = places::by_city(&name).into_iter().next();
        let city = city.filter(|city| city.weight >= least && name.len() > 2);
        // "North America" is more than the country.
        let is_region = length == 1 && REGIONS.contains(&tokens[0].word.as_str());
        let country = countries::named(&name).filter(|_| !is_region);
        // Of Georgia and the like the country is meant, of Singapore and Luxembourg either.
        match (city, country) {
            (Some(city), Some(_)) if city.weight >= WELL_KNOWN => {
                Some((length, Place::City(city.name.to_owned())))
            }
            (_, Some(code)) => Some((length, Place::Country(code))),
            (Some(city), None) => Some((length, Place::City(city.name.to_owned()))),
            (None, None) => None,
        }
    })
}

/// `from May to September`, `between 15 June and 31 August`, `in July and August`.
fn season(tokens: &[Token]) -> Option<(String, String)> {
    let months: Vec<usize> = (0..tokens.len())
        .filter(|at| tokens[*at].month().is_some())
        .collect();
    let (first, last) = (*months.first()?, *months.last()?);
    let day = |at: usize| {
        let whole = |at: usize| {
            tokens
                .get(at)
                .and_then(Token::whole)
                .filter(|day| (1..=31).contains(day))
        };
        at.checked_sub(1).and_then(whole).or_else(|| whole(at + 1))
    };
    let (from, to) = (tokens[first].month()?, tokens[last].month()?);
    Some((
        format!("{:02}-{:02}", from + 1, day(first).unwrap_or(1)),
        format!("{:02}-{:02}", to + 1, day(last).unwrap_or(MONTHS[to].1.into())),
    ))
}
