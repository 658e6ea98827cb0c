//! Spotting places among words.
//!
//! Many words are also cities (`Nice`, `Reading`, `Bath`) and most three-letter words are also airport codes, so a
//! word is a place only where a place is expected: behind `from`, `to`, `in`; on either side of a dash or `to`; beside
//! another place; or written with a capital and no ordinary word.

use events_schema::place::Place;
use places::Resolved;
use winnow::Parser;
use winnow::combinator::opt;

use super::token::{Kind, Parsed, Token, Tokens, fail, phrase, token};
use crate::draft::Whereabouts;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    From,
    To,
    /// `in Lisbon`: where something happens, so where a stay is.
    In,
    /// Without a word that says what it is for.
    Bare,
    /// `back to Berlin`
    BackTo,
    /// Changing planes there is no wish that can be kept.
    Via,
}

/// How sure it is that the words are meant as a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// As a name with a capital.
    Name,
    /// As a code in capitals, or a name in small letters: only beside another sign of a route.
    Doubtful,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    pub role: Role,
    pub place: Whereabouts,
    pub written: Written,
}

/// A place, with the word that says what it is for.
pub fn spot<'a>(text: &'a str) -> impl Fn(&mut Tokens<'a>) -> Parsed<Spot> {
    move |input| {
        let role = opt(role).parse_next(input)?.unwrap_or(Role::Bare);
        let start = *input;
        if let Some((place, written)) = longest(text, input, role != Role::Bare) {
            opt(phrase(&["international airport", "airport"])).parse_next(input)?;
            return Ok(Spot { role, place, written });
        }
        *input = start;
        if matches!(role, Role::From | Role::To) && unknown_name(input) {
            return Ok(Spot {
                role,
                place: Whereabouts::Unknown,
                written: Written::Name,
            });
        }
        fail()
    }
}

/// The sign between the two ends of a route, where it is no word.
pub fn link(input: &mut Tokens<'_>) -> Parsed<()> {
    token(|token| ["-", "→", ">", "/", "⇄", "↔"].contains(&token.text))
        .void()
        .parse_next(input)
}

fn role(input: &mut Tokens<'_>) -> Parsed<Role> {
    let said = phrase(&[
        "and back to", "and return to", "back to", "return to", "returning to", "home to", "departing from",
        "leaving from", "starting from", "starting in", "out of", "leaving", "departing", "from",
        "flying into", "into", "towards", "arriving in", "arriving at", "to", "visiting", "visit",
        "destination", "reaching", "via", "changing in", "stopping in", "in", "at", "around",
    ])
    .parse_next(input)?;
    opt(token(|token| token.text == ":")).parse_next(input)?;
    Ok(match said {
        "and back to" | "and return to" | "back to" | "return to" | "returning to" | "home to" => {
            Role::BackTo
        }
        "departing from" | "leaving from" | "starting from" | "starting in" | "out of" | "leaving"
        | "departing" | "from" => Role::From,
        "via" | "changing in" | "stopping in" => Role::Via,
        "in" | "at" | "around" => Role::In,
        _ => Role::To,
    })
}

/// The place with the most words that stands at the beginning of `input`.
fn longest<'a>(text: &'a str, input: &mut Tokens<'a>, expected: bool) -> Option<(Whereabouts, Written)> {
    let tokens = *input;
    let first = tokens.first().filter(|token| token.kind == Kind::Word)?;
    for length in (1..=tokens.len().min(7)).rev() {
        let name = &tokens[..length];
        if !could_be_a_name(name) {
            continue;
        }
        let words = &text[first.at..name[length - 1].end()];
        let Some(written) = written_as_place(name, words, expected) else {
            continue;
        };
        let Some(place) = named(words) else { continue };
        *input = &tokens[length..];
        let place = narrower(text, &place, input).unwrap_or(place);
        return Some((place, written));
    }
    None
}

/// Words, joined by what joins the words of a name: `St. Louis`, `Frankfurt-Hahn`, `Portland, Oregon`.
fn could_be_a_name(tokens: &[Token<'_>]) -> bool {
    let joint = |token: &Token<'_>| {
        token.kind == Kind::Mark && token.glued && ["-", ".", ",", "/"].contains(&token.text)
    };
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
        return false;
    };
    first.kind == Kind::Word
        && last.kind == Kind::Word
        && tokens
            .iter()
            .all(|token| token.kind == Kind::Word || joint(token))
        && tokens
            .windows(2)
            .all(|pair| pair[0].kind == Kind::Word || pair[1].kind == Kind::Word)
}

fn written_as_place(tokens: &[Token<'_>], words: &str, expected: bool) -> Option<Written> {
    let ordinary = ORDINARY_WORDS.iter().any(|word| words.eq_ignore_ascii_case(word));
    let is_code_shaped = words.len() == 3 && words.is_ascii();
    let in_capitals = words.chars().all(|c| c.is_ascii_uppercase());
    if is_code_shaped && (in_capitals || !tokens[0].is_capitalised()) {
        // Small letters may still be a code where both ends of a route are written so: see `scan`.
        let meant = !ordinary && (in_capitals || CITIES_OF_THREE_LETTERS.contains(&words));
        return meant.then_some(if expected {
            Written::Name
        } else {
            Written::Doubtful
        });
    }
    match (expected, tokens[0].is_capitalised()) {
        (true, true) => Some(Written::Name),
        (true, false) => (!ordinary).then_some(Written::Name),
        (false, true) => Some(if ordinary {
            Written::Doubtful
        } else {
            Written::Name
        }),
        (false, false) => (!ordinary && words.len() > 3).then_some(Written::Doubtful),
    }
}

/// What a name or code stands for.
pub fn named(words: &str) -> Option<Whereabouts> {
    match places::resolve(words) {
        Resolved::One(place) => Some(Whereabouts::Known(place)),
        Resolved::Ambiguous(places) => Some(Whereabouts::Several(places)),
        Resolved::Unknown => None,
    }
}

/// `Lisbon (LIS)`, `Portland PDX`, `Paris Charles de Gaulle`: what follows a city may say which of its airports is
/// meant, or which of the cities.
fn narrower<'a>(text: &'a str, city: &Whereabouts, input: &mut Tokens<'a>) -> Option<Whereabouts> {
    const MOST_WORDS: usize = 5;
    let belongs =
        |place: &Place, exact: &Place| place.code == exact.code || place.airports.contains(&exact.code);
    let fits = |exact: &Place| match city {
        Whereabouts::Known(place) => belongs(place, exact),
        Whereabouts::Several(places) => places.iter().any(|place| belongs(place, exact)),
        Whereabouts::Unknown => false,
    };
    let (inside, closing) = match input {
        [open, inside @ ..] if open.text == "(" => (inside, 1),
        _ => (*input, 0),
    };
    let first = inside.first().filter(|token| token.is_capitalised())?;
    (1..=inside.len().min(MOST_WORDS)).rev().find_map(|length| {
        let name = &inside[..length];
        let closed = closing == 0 || inside.get(length).is_some_and(|token| token.text == ")");
        if !closed || !name.iter().all(|token| token.kind == Kind::Word) {
            return None;
        }
        match named(&text[first.at..name[length - 1].end()]) {
            Some(Whereabouts::Known(exact)) if fits(&exact) => {
                *input = &inside[length + closing..];
                Some(Whereabouts::Known(exact))
            }
            _ => None,
        }
    })
}

/// Skips a name written with capitals that no city or airport bears.
fn unknown_name(input: &mut Tokens<'_>) -> bool {
    let length = input
        .iter()
        .take_while(|token| token.is_capitalised() && !is_ordinary(token.text))
        .count();
    *input = &input[length..];
    length > 0
}

pub fn is_ordinary(word: &str) -> bool {
    ORDINARY_WORDS
        .iter()
        .any(|ordinary| word.eq_ignore_ascii_case(ordinary))
}

/// Cities whose whole name has three letters, so that `from rio to ulm` is understood.
const CITIES_OF_THREE_LETTERS: [&str; 5] = ["ulm", "rio", "fez", "pau", "goa"];

/// Words of requests that are also names or codes of places, or could stand where a place is expected.
const ORDINARY_WORDS: &[&str] = &[
    "a", "all", "am", "and", "any", "apr", "are", "as", "asap", "at", "aud", "aug", "away", "back", "bad",
    "bar", "bath", "bed", "best", "big", "book", "bus", "business", "but", "buy", "cad", "can", "car", "ceo",
    "cfo", "cheap", "chf", "class", "client", "coo", "cto", "date", "day", "days", "dec", "did", "do", "due",
    "early", "eat", "eco", "economy", "end", "eta", "etd", "eur", "fair", "far", "fast", "feb", "few",
    "find", "first", "fit", "flight", "fly", "for", "fri", "fyi", "gbp", "get", "go", "got", "had", "has",
    "have", "her", "here", "him", "his", "home", "hot", "hotel", "how", "i", "in", "inc", "is", "it", "jan",
    "join", "jul", "jun", "just", "lab", "lap", "law", "lead", "led", "let", "long", "lot", "low", "ltd",
    "male", "man", "map", "mar", "march", "mary", "max", "may", "me", "meet", "men", "met", "min", "mobile",
    "mon", "most", "my", "net", "new", "next", "nice", "night", "no", "nor", "not", "nov", "now", "oct",
    "of", "off", "old", "on", "one", "open", "opt", "or", "orange", "our", "out", "own", "pay", "pdf", "per",
    "please", "plus", "pop", "put", "ran", "reading", "return", "run", "same", "sat", "saw", "say", "sea",
    "see", "sep", "set", "she", "sit", "six", "some", "split", "stay", "sun", "take", "team", "ten", "that",
    "the", "them", "then", "there", "this", "thu", "to", "too", "top", "total", "train", "trip", "try",
    "tue", "two", "usa", "usd", "use", "van", "vat", "via", "vip", "visit", "want", "was", "way", "we",
    "wed", "who", "why", "will", "win", "with", "work", "yes", "yet", "you",
];
