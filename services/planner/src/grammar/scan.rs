//! One pass over a text: at each word, the phrase that begins there, or on to the next word.
//!
//! Order matters: what is more specific is tried first (`in two weeks` before `two weeks`, `returning Friday` before
//! `return`). What no phrase explains is skipped; whether enough was understood is for [`crate::check`] to say.

use events_schema::trip::Cabin;
use iso_currency::Currency;
use jiff::civil::Time;
use winnow::Parser;
use winnow::combinator::{alt, not, opt, preceded, terminated};

use super::cap::{self, Cap, Per};
use super::date::{self, Said};
use super::spot::{self, Role, Spot, Written};
use super::token::{Kind, Parsed, Token, Tokens, count, fail, phrase, token, tokens};
use super::wish::{self, Attitude, Length, Part};

#[derive(Clone, Debug, PartialEq)]
pub enum Phrase {
    Range(Said, Said),
    Day(DayCue, Said),
    VagueMonth,
    Length(Length),
    TimeLimit {
        before: bool,
        time: Time,
    },
    /// Which movement the words that follow are about.
    Movement(Movement),
    Cap(Cap),
    Per(Per),
    Travellers(u32),
    Cabin(Cabin),
    NonStop,
    OtherTransport,
    Part(Part, Attitude),
    /// Both flights and a stay; only an answer is that short.
    Both,
    WayBack(bool),
    Near(String),
    Spot(Spot),
    Link,
    /// Words of someone asking what is allowed.
    PolicyCue,
    /// Words of someone asking for something to be done.
    BookingCue,
    BareCount(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayCue {
    None,
    Outbound,
    Back,
    CheckIn,
    CheckOut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    Departure,
    Arrival,
    Return,
}

/// A phrase and the tokens it spans.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub phrase: Phrase,
    pub begin: usize,
    pub end: usize,
}

/// The phrases of a cleaned text, in order. An amount without a currency is in `currency`. Where a place was asked
/// for (`place_asked`), even a lone code is one.
pub fn scan(text: &str, currency: Currency, place_asked: bool) -> Vec<Found> {
    let tokens = tokens(text);
    let mut input = tokens.as_slice();
    let mut found = Vec::new();
    while !input.is_empty() {
        let begin = tokens.len() - input.len();
        let mut ahead = input;
        match any_phrase(text, currency, &mut ahead) {
            Ok(phrases) if ahead.len() < input.len() => {
                let end = tokens.len() - ahead.len();
                found.extend(phrases.into_iter().map(|phrase| Found { phrase, begin, end }));
                input = ahead;
            }
            _ => input = &input[1..],
        }
    }
    if !place_asked {
        drop_doubtful(&mut found);
    }
    found
}

fn any_phrase<'a>(text: &'a str, currency: Currency, input: &mut Tokens<'a>) -> Parsed<Vec<Phrase>> {
    if let Some(pair) = small_code_pair(input) {
        return Ok(pair);
    }
    let days = alt((
        near(text).map(Phrase::Near),
        preceded(opt(day_cue), date::range).map(|(first, last)| Phrase::Range(first, last)),
        wish::length.map(Phrase::Length),
        cued_day,
        wish::time_limit.map(|(before, time)| Phrase::TimeLimit { before, time }),
        date::vague_month.value(Phrase::VagueMonth),
        by_the_rules.value(Phrase::BookingCue),
    ));
    let wishes = alt((
        cap::cap(currency).map(Phrase::Cap),
        policy_cue.value(Phrase::PolicyCue),
        wish::travellers.map(Phrase::Travellers),
        wish::cabin.map(Phrase::Cabin),
        wish::non_stop.value(Phrase::NonStop),
        wish::ways.map(Phrase::WayBack),
        wish::part.map(|(part, attitude)| Phrase::Part(part, attitude)),
        phrase(&["both"]).value(Phrase::Both),
        cap::per.map(Phrase::Per),
    ));
    let rest = alt((
        movement.map(Phrase::Movement),
        booking_cue.value(Phrase::BookingCue),
        other_transport.value(Phrase::OtherTransport),
        spot::link.value(Phrase::Link),
        count.map(Phrase::BareCount),
    ));
    alt((
        alt((days, wishes)).map(|phrase| vec![phrase]),
        |input: &mut _| spotted(text, input),
        rest.map(|phrase| vec![phrase]),
    ))
    .parse_next(input)
}

/// `leaving Berlin before 10` speaks of the departure, not only of Berlin.
fn spotted<'a>(text: &'a str, input: &mut Tokens<'a>) -> Parsed<Vec<Phrase>> {
    let leaving = input
        .first()
        .is_some_and(|token| token.is("leaving") || token.is("departing"));
    let spot = Phrase::Spot(spot::spot(text).parse_next(input)?);
    Ok(if leaving {
        vec![Phrase::Movement(Movement::Departure), spot]
    } else {
        vec![spot]
    })
}

fn day_cue(input: &mut Tokens<'_>) -> Parsed<DayCue> {
    let cue = phrase(&[
        "coming back", "flying back", "fly back", "heading back", "going back", "come back", "returning",
        "return", "back", "until", "till", "til", "checking out", "check out", "checkout", "checking in",
        "check in", "checkin", "arriving", "leaving", "leave", "departing", "depart", "departure",
        "starting", "flying out", "outbound", "out", "from",
    ])
    .parse_next(input)?;
    opt(token(|token| token.text == ":")).parse_next(input)?;
    opt(phrase(&["on", "by"])).parse_next(input)?;
    Ok(match cue {
        "checking out" | "check out" | "checkout" => DayCue::CheckOut,
        "checking in" | "check in" | "checkin" => DayCue::CheckIn,
        "arriving" | "leaving" | "leave" | "departing" | "depart" | "departure" | "starting"
        | "flying out" | "outbound" | "out" | "from" => DayCue::Outbound,
        _ => DayCue::Back,
    })
}

fn cued_day(input: &mut Tokens<'_>) -> Parsed<Phrase> {
    let cue = opt(day_cue).parse_next(input)?.unwrap_or(DayCue::None);
    opt(phrase(&["on"])).parse_next(input)?;
    Ok(Phrase::Day(cue, date::day.parse_next(input)?))
}

fn movement(input: &mut Tokens<'_>) -> Parsed<Movement> {
    alt((
        phrase(&["coming back", "flying back", "returning", "inbound", "back"]).value(Movement::Return),
        phrase(&[
            "arriving", "arrive", "arrival", "landing", "land", "be there", "get there", "there",
        ])
        .value(Movement::Arrival),
        phrase(&[
            "leaving", "leave", "departing", "depart", "departure", "taking off",
        ])
        .value(Movement::Departure),
    ))
    .parse_next(input)
}

/// `near the fair`, `close to Gare du Nord`: up to where the sentence turns to something else.
fn near<'a>(text: &'a str) -> impl Fn(&mut Tokens<'a>) -> Parsed<String> {
    const LONGEST_CHARS: usize = 80;
    move |input| {
        phrase(&[
            "within walking distance of", "walking distance to", "walking distance from", "close to",
            "next to", "near to", "near",
        ])
        .parse_next(input)?;
        let Some(first) = input.first() else { return fail() };
        let mut end = first.at;
        while let Some(token) = input.first() {
            if ends_near(token, input) {
                break;
            }
            end = token.end();
            *input = &input[1..];
        }
        let words: String = text[first.at..end].trim().chars().take(LONGEST_CHARS).collect();
        if words.is_empty() {
            fail()
        } else {
            Ok(words.trim_end().to_string())
        }
    }
}

fn ends_near(token: &Token<'_>, input: &Tokens<'_>) -> bool {
    const ENDS: [&str; 21] = [
        "in", "from", "on", "for", "under", "below", "max", "maximum", "up", "at", "arriving", "leaving",
        "with", "and", "between", "next", "tomorrow", "please", "to", "until", "returning",
    ];
    let sentence_ends = token.kind == Kind::Mark
        && !(token.text == "-" && token.glued)
        && token.text != "'"
        && token.text != "&";
    let mut ahead = *input;
    let a_date = date::range(&mut ahead).is_ok() || date::day(&mut { *input }).is_ok();
    sentence_ends || ENDS.iter().any(|word| token.is(word)) || a_date
}

fn policy_cue(input: &mut Tokens<'_>) -> Parsed<()> {
    alt((
        phrase(&[
            "may i", "may we", "am i allowed", "are we allowed", "is it allowed", "allowed", "entitled",
            "eligible", "can i fly", "can we fly", "can i stay", "can we stay", "can i book", "can i claim",
            "can i expense", "can i use", "can i upgrade", "can i take",
        ]),
        phrase(&[
            "how early", "how far in advance", "how long in advance", "how long before", "how much may",
            "how much can", "how much am i", "how much is", "what class", "what cabin", "which class",
            "which cabin", "do i need", "do we need", "does the company", "who approves",
            "who has to approve",
        ]),
        phrase(&[
            "policies", "policy", "rules", "rule", "limits", "limit", "per diem", "reimbursed", "reimburse",
            "reimbursement", "approval", "cap for", "cap on", "guideline", "guidelines", "permitted",
            "maximum rate",
        ]),
    ))
    .void()
    .parse_next(input)
}

/// `within policy` is a wish, not a question.
fn by_the_rules(input: &mut Tokens<'_>) -> Parsed<()> {
    (
        phrase(&[
            "within", "in line with", "according to", "as per", "per", "inside",
        ]),
        opt(phrase(&["the", "our", "company"])),
        opt(phrase(&["travel", "company"])),
        phrase(&["policy", "limits", "limit", "rules"]),
    )
        .void()
        .parse_next(input)
}

fn other_transport(input: &mut Tokens<'_>) -> Parsed<()> {
    let vehicle = phrase(&[
        "train", "trains", "rail", "by bus", "by car", "rental car", "hire car", "rent a car",
    ]);
    terminated(vehicle, not(phrase(&["station"])))
        .void()
        .parse_next(input)
}

fn booking_cue(input: &mut Tokens<'_>) -> Parsed<()> {
    phrase(&[
        "book me", "book us", "i need", "we need", "i want", "we want", "i'd like", "we'd like",
        "i would like", "we would like", "find me", "find us", "find", "get me", "get us", "looking for",
        "can you", "could you",
    ])
    .void()
    .parse_next(input)
}

/// `ber to lis`: codes in small letters, taken for codes only where both ends of a route are.
fn small_code_pair(input: &mut Tokens<'_>) -> Option<Vec<Phrase>> {
    let code = |token: &Token<'_>| {
        let fits = token.kind == Kind::Word
            && token.text.len() == 3
            && token.text.bytes().all(|b| b.is_ascii_lowercase());
        let known = || match spot::named(&token.text.to_ascii_uppercase()) {
            Some(place @ crate::draft::Whereabouts::Known(_)) => Some(place),
            _ => None,
        };
        if fits && !spot::is_ordinary(token.text) {
            known()
        } else {
            None
        }
    };
    let [from, link, to, rest @ ..] = *input else {
        return None;
    };
    if !(link.is("to") || link.text == "-" || link.text == "→") {
        return None;
    }
    let (from, to) = (code(from)?, code(to)?);
    *input = rest;
    let spot = |role, place| {
        Phrase::Spot(Spot {
            role,
            place,
            written: Written::Name,
        })
    };
    Some(vec![spot(Role::From, from), spot(Role::To, to)])
}

/// Keeps a doubtful place only beside another sign of a route: a place, a link, or a word for flight or hotel.
fn drop_doubtful(found: &mut Vec<Found>) {
    let supports = |neighbour: Option<&Found>, end: usize, begin: usize| {
        end == begin
            && matches!(
                neighbour.map(|found| &found.phrase),
                Some(Phrase::Spot(_) | Phrase::Link | Phrase::Part(..))
            )
    };
    let doubtful =
        |found: &Found| matches!(&found.phrase, Phrase::Spot(spot) if spot.written == Written::Doubtful);
    let keep: Vec<bool> = (0..found.len())
        .map(|index| {
            let this = &found[index];
            let before = index.checked_sub(1).and_then(|index| found.get(index));
            let after = found.get(index + 1);
            !doubtful(this)
                || before.is_some_and(|before| supports(Some(before), before.end, this.begin))
                || after.is_some_and(|after| supports(Some(after), this.end, after.begin))
        })
        .collect();
    let mut keep = keep.into_iter();
    found.retain(|_| keep.next().unwrap_or(true));
}
