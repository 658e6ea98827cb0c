//! The small wishes: how many people, which cabin, what time, what kind of trip.

use events_schema::trip::Cabin;
use jiff::civil::{Time, time};
use winnow::Parser;
use winnow::combinator::{alt, eof, opt, preceded, terminated};
use winnow::error::EmptyError;

use super::date;
use super::token::{Kind, Parsed, Token, Tokens, count, digits, fail, glued_mark, phrase, token, unless};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Flight,
    Stay,
}

/// What is said about a part of the trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attitude {
    Mentioned,
    Only,
    Refused,
}

const FLIGHT: &[&str] = &[
    "flights", "flight", "flying", "fly", "plane tickets", "plane ticket", "plane", "airfare", "air fare",
    "airline",
];
const STAY: &[&str] = &[
    "hotels", "hotel", "accommodation", "lodging", "apartment", "somewhere to stay", "place to stay",
    "overnight stay", "staying", "stay", "rooms", "room", "bed",
];

pub fn part(input: &mut Tokens<'_>) -> Parsed<(Part, Attitude)> {
    let refused = (
        phrase(&[
            "no need for", "don't need", "do not need", "don't want", "do not want", "don't book", "without",
            "no", "not", "skip",
        ]),
        opt(phrase(&["a", "an", "any", "the"])),
    );
    let only = (
        phrase(&["only", "just"]),
        opt(phrase(&["need", "want", "book"])),
        opt(phrase(&["a", "an", "the"])),
    );
    alt((
        (refused, any_part).map(|(_, part)| (part, Attitude::Refused)),
        (only, any_part, unless((opt(phrase(&["and", "with"])), any_part)))
            .map(|(_, part, ())| (part, Attitude::Only)),
        (any_part, phrase(&["only", "alone"])).map(|(part, _)| (part, Attitude::Only)),
        any_part.map(|part| (part, Attitude::Mentioned)),
    ))
    .parse_next(input)
}

fn any_part(input: &mut Tokens<'_>) -> Parsed<Part> {
    alt((phrase(FLIGHT).value(Part::Flight), phrase(STAY).value(Part::Stay))).parse_next(input)
}

/// How many people travel.
pub fn travellers(input: &mut Tokens<'_>) -> Parsed<u32> {
    alt((
        me_and_others, others_and_me, with_others, counted_people, we_are, for_count,
    ))
    .parse_next(input)
}

const PEOPLE: &[&str] = &[
    "people", "persons", "person", "travellers", "travelers", "traveller", "traveler", "passengers",
    "passenger", "adults", "adult", "pax", "guests", "guest", "employees", "team members", "of us",
];
const OTHERS: &[&str] = &[
    "colleagues", "colleague", "coworkers", "coworker", "co workers", "others", "other people", "more people",
];
const ME: &[&str] = &["me", "myself", "i"];

fn others(input: &mut Tokens<'_>) -> Parsed<u32> {
    let my = phrase(&["my", "one of my", "another"]).value(1);
    let many = alt((preceded(opt(phrase(&["my"])), count), my));
    terminated(many, phrase(OTHERS)).parse_next(input)
}

fn me_and_others(input: &mut Tokens<'_>) -> Parsed<u32> {
    preceded((phrase(ME), phrase(&["and", "plus", "with"])), others)
        .map(|others| others + 1)
        .parse_next(input)
}

fn others_and_me(input: &mut Tokens<'_>) -> Parsed<u32> {
    terminated(others, (phrase(&["and", "plus"]), phrase(ME)))
        .map(|others| others + 1)
        .parse_next(input)
}

fn with_others(input: &mut Tokens<'_>) -> Parsed<u32> {
    preceded(phrase(&["together with", "along with", "with", "plus"]), others)
        .map(|others| others + 1)
        .parse_next(input)
}

fn counted_people(input: &mut Tokens<'_>) -> Parsed<u32> {
    let both = phrase(&["both of us", "the two of us"]).value(2);
    let alone = phrase(&["just me", "only me", "for myself", "for me alone", "on my own"]).value(1);
    let group = preceded(
        (
            opt(phrase(&["a"])),
            phrase(&["party of", "group of", "team of", "family of"]),
        ),
        count,
    );
    alt((
        both,
        alone,
        group,
        terminated(count, (opt(glued_mark('-')), phrase(PEOPLE))),
        terminated(count, phrase(OTHERS)),
    ))
    .parse_next(input)
}

fn we_are(input: &mut Tokens<'_>) -> Parsed<u32> {
    let many = preceded(
        phrase(&["we are", "we're", "there are", "we will be", "we'll be"]),
        count,
    )
    .parse_next(input)?;
    sentence_goes_on(input)?;
    Ok(many)
}

/// `for three`, where neither nights nor money nor a date follow.
fn for_count(input: &mut Tokens<'_>) -> Parsed<u32> {
    phrase(&["for"]).parse_next(input)?;
    let many = token(|token| !token.is("a") && !token.is("an"))
        .and_then_count()
        .parse_next(input)?;
    sentence_goes_on(input)?;
    Ok(many)
}

/// Nothing that a number could count comes next.
fn sentence_goes_on(input: &mut Tokens<'_>) -> Parsed<()> {
    let next = input.first();
    let fits = next.is_none_or(|token| match token.kind {
        Kind::Word => [
            "in", "from", "to", "on", "with", "and", "please", "at", "under", "next", "tomorrow", "flying",
            "leaving",
        ]
        .iter()
        .any(|word| token.is(word)),
        Kind::Number => false,
        Kind::Mark => {
            [",", ";", ")", "!", "?"].contains(&token.text) || token.text == "." && !followed_by_number(input)
        }
    });
    if fits { Ok(()) } else { fail() }
}

fn followed_by_number(input: &Tokens<'_>) -> bool {
    input
        .get(1)
        .is_some_and(|token| token.glued && token.kind == Kind::Number)
}

trait AndThenCount<'a>: Parser<Tokens<'a>, Token<'a>, EmptyError> + Sized {
    /// Reads the accepted token as a count.
    fn and_then_count(self) -> impl Parser<Tokens<'a>, u32, EmptyError> {
        self.verify_map(|token| count.parse_next(&mut [token].as_slice()).ok())
    }
}

impl<'a, P: Parser<Tokens<'a>, Token<'a>, EmptyError>> AndThenCount<'a> for P {}

pub fn cabin(input: &mut Tokens<'_>) -> Parsed<Cabin> {
    let bare_business = terminated(
        phrase(&["business"]),
        alt((
            eof.void(),
            token(|token| token.kind == Kind::Mark && token.text != "-").void(),
        )),
    );
    alt((
        phrase(&["premium economy", "premium eco"]).value(Cabin::PremiumEconomy),
        phrase(&[
            "business class", "in business", "fly business", "flying business", "travel business",
            "business cabin", "business flights", "business flight", "business fare", "business seats",
            "business seat",
        ])
        .value(Cabin::Business),
        bare_business.value(Cabin::Business),
        phrase(&["economy class", "economy", "coach class", "in coach", "fly coach"]).value(Cabin::Economy),
        phrase(&["first class", "fly first", "flying first", "in first"]).value(Cabin::First),
    ))
    .parse_next(input)
}

pub fn non_stop(input: &mut Tokens<'_>) -> Parsed<()> {
    phrase(&[
        "non stop", "nonstop", "direct", "directly", "without stops", "without a stop", "without changes",
        "without changing", "no stops", "no changes", "no layovers", "no layover", "no connections",
    ])
    .void()
    .parse_next(input)
}

/// A limit to a time of day: `before 10am` is `(true, 10:00)`, `after 18:00` is `(false, 18:00)`.
pub fn time_limit(input: &mut Tokens<'_>) -> Parsed<(bool, Time)> {
    let before = phrase(&[
        "before", "by", "no later than", "not later than", "at the latest by", "at the latest", "latest",
        "until",
    ]);
    let after = phrase(&[
        "after", "no earlier than", "not earlier than", "not before", "no sooner than", "from", "past",
    ]);
    alt((
        preceded(after, clock).map(|time| (false, time)),
        preceded(before, clock).map(|time| (true, time)),
    ))
    .parse_next(input)
}

/// A time of day; a bare hour is read on the 24-hour clock.
fn clock(input: &mut Tokens<'_>) -> Parsed<Time> {
    opt(phrase(&["about", "around"])).parse_next(input)?;
    let named = alt((
        phrase(&["noon", "midday", "12 noon"]).value(time(12, 0, 0, 0)),
        phrase(&["midnight"]).value(time(23, 59, 0, 0)),
    ));
    alt((named, with_minutes, whole_hour)).parse_next(input)
}

fn with_minutes(input: &mut Tokens<'_>) -> Parsed<Time> {
    let hour = digits(1, 2).parse_next(input)?;
    let colon = alt((glued_mark(':').value(true), glued_mark('.').value(false))).parse_next(input)?;
    let minute = token(|token| token.glued && token.text.len() == 2)
        .verify_map(|token| token.text.parse().ok())
        .parse_next(input)?;
    let half = opt(half_of_day).parse_next(input)?;
    let marked = opt(phrase(&["h", "hrs", "hours", "o'clock"]))
        .parse_next(input)?
        .is_some();
    // `before 3.12` is a date unless something says it is a time.
    if !colon && half.is_none() && !marked {
        return fail();
    }
    time_of(hour, minute, half)
}

fn whole_hour(input: &mut Tokens<'_>) -> Parsed<Time> {
    let hour = digits(1, 2).parse_next(input)?;
    let half = opt(half_of_day).parse_next(input)?;
    if half.is_none()
        && opt(phrase(&["h", "hrs", "o'clock", "oclock"]))
            .parse_next(input)?
            .is_none()
    {
        // `by 5 December`, `before 3-5 December`, `after 2 weeks`
        unless((
            opt(phrase(&["st", "nd", "rd", "th"])),
            opt(phrase(&["of"])),
            date::month,
        ))
        .parse_next(input)?;
        sentence_goes_on(input)?;
    }
    time_of(hour, 0, half)
}

/// Whether it is the second half of the day.
fn half_of_day(input: &mut Tokens<'_>) -> Parsed<bool> {
    let dotted = |letter: &'static str| {
        move |input: &mut Tokens<'_>| {
            (
                token(|token| token.is(letter)),
                glued_mark('.'),
                token(|token| token.glued && token.is("m")),
                opt(glued_mark('.')),
            )
                .void()
                .parse_next(input)
        }
    };
    alt((
        phrase(&["am", "in the morning"]).value(false),
        phrase(&["pm", "in the afternoon", "in the evening"]).value(true),
        dotted("a").value(false),
        dotted("p").value(true),
    ))
    .parse_next(input)
}

fn time_of(hour: u32, minute: u32, second_half: Option<bool>) -> Parsed<Time> {
    let hour = match (hour, second_half) {
        (12, Some(false)) => 0,
        (1..=11, Some(true)) => hour + 12,
        (13.., Some(_)) => return fail(),
        _ => hour,
    };
    match (i8::try_from(hour), i8::try_from(minute)) {
        (Ok(hour), Ok(minute)) => Time::new(hour, minute, 0, 0).or_else(|_| fail()),
        _ => fail(),
    }
}

/// Whether a way back is wanted, where it is said in so many words.
pub fn ways(input: &mut Tokens<'_>) -> Parsed<bool> {
    // `and back to Porto` names a place, too: see `spot`.
    terminated(any_ways, unless(phrase(&["to"]))).parse_next(input)
}

fn any_ways(input: &mut Tokens<'_>) -> Parsed<bool> {
    alt((
        phrase(&[
            "one way", "oneway", "single ticket", "no return", "without return",
        ])
        .value(false),
        phrase(&[
            "round trip", "roundtrip", "return flights", "return flight", "return trip", "return ticket",
            "and return", "there and back", "and back", "return",
        ])
        .value(true),
    ))
    .parse_next(input)
}

/// How long the trip lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    Nights(u32),
    /// Whether the last day counts as a night away is anyone's guess.
    Days,
    SameDay,
}

pub fn length(input: &mut Tokens<'_>) -> Parsed<Length> {
    let unit = |wordings| preceded(opt(glued_mark('-')), phrase(wordings));
    let counted = |wordings| {
        preceded(
            opt(phrase(&["for", "staying"])),
            terminated(count, unit(wordings)),
        )
    };
    alt((
        counted(&["nights", "night"]).map(Length::Nights),
        preceded(phrase(&["for"]), terminated(count, unit(&["weeks", "week"])))
            .map(|weeks| Length::Nights(weeks * 7)),
        preceded(phrase(&["for"]), terminated(count, unit(&["days", "day"]))).value(Length::Days),
        phrase(&["overnight"]).value(Length::Nights(1)),
        phrase(&[
            "day trip", "same day return", "back the same day", "returning the same day",
            "return the same day",
        ])
        .value(Length::SameDay),
    ))
    .parse_next(input)
}
