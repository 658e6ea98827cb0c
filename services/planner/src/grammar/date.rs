//! How people write days: what was said, not yet which day it is.
//!
//! This file knows no calendar: `31 February` parses here and is refused by [`super::calendar`].

use jiff::civil::Weekday;
use winnow::Parser;
use winnow::combinator::{alt, opt, preceded, terminated};

use super::numeric::{dotted, iso, numeric};
use super::token::{
    Kind, Parsed, Token, Tokens, count, digits, fail, glued_mark, mark, phrase, token, unless,
};

/// One day as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    pub day: Day,
    /// A weekday given beside the date, which has to agree with it.
    pub weekday: Option<Weekday>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// `3 December`, `2026-12-03`, `3.12.`
    Of {
        day: u32,
        month: u32,
        year: Option<u32>,
    },
    /// `3/12`: day and month stand in an order that differs between countries.
    EitherOrder {
        first: u32,
        second: u32,
        year: Option<u32>,
    },
    /// `the 5th`
    OfMonth {
        day: u32,
    },
    Weekday {
        weekday: Weekday,
        which: Which,
    },
    /// `tomorrow`, `in two weeks`
    InDays(u32),
    InMonths(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// `Tuesday`: the first one after today.
    Coming,
    /// `this Tuesday`: the one in the present week, Monday to Sunday.
    ThisWeek,
    /// `next Tuesday`: the one in the week after.
    NextWeek,
}

impl From<Day> for Said {
    fn from(day: Day) -> Self {
        Self { day, weekday: None }
    }
}

/// A first and a last day: `3-5 December`, `30 Dec - 2 Jan`, `next Tuesday to Friday`.
pub fn range(input: &mut Tokens<'_>) -> Parsed<(Said, Said)> {
    let between = opt(phrase(&["between"])).parse_next(input)?.is_some();
    let separator = |input: &mut Tokens<'_>| separator(between, input);
    let (first, _, last) = alt((
        (open_day, separator, day_in_month).map(share_month),
        (month_day, separator, plain_day_with_year).map(share_month_before),
        (day, separator, day),
    ))
    .parse_next(input)?;
    let week = opt(phrase(&[
        "next week", "of next week", "this week", "of this week",
    ]))
    .parse_next(input)?;
    Ok(match week {
        Some(week) => (in_week(first, week), in_week(last, week)),
        None => (first, last),
    })
}

/// One day: `3 December`, `next Friday`, `tomorrow`, `in two weeks`, `the 5th`.
pub fn day(input: &mut Tokens<'_>) -> Parsed<Said> {
    alt((
        dated,
        weekday_day,
        relative.map(Said::from),
        ordinal_day.map(Said::from),
    ))
    .parse_next(input)
}

/// A month without a day: too vague to plan by, yet worth asking about.
pub fn vague_month(input: &mut Tokens<'_>) -> Parsed<u32> {
    preceded(
        (phrase(&["in", "early", "mid", "late", "during"]), opt(mark('-'))),
        month,
    )
    .parse_next(input)
}

pub fn month(input: &mut Tokens<'_>) -> Parsed<u32> {
    const MONTHS: [&str; 12] = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
        "november", "december",
    ];
    let word = token(|token| token.kind == Kind::Word)
        .parse_next(input)?
        .text
        .to_ascii_lowercase();
    let found = MONTHS.iter().position(|name| {
        *name == word
            || (word.len() == 3 && name.starts_with(&word))
            || (word == "sept" && *name == "september")
    });
    match found {
        Some(index) => {
            opt(glued_mark('.')).parse_next(input)?;
            Ok(index as u32 + 1)
        }
        None => fail(),
    }
}

fn separator(between: bool, input: &mut Tokens<'_>) -> Parsed<()> {
    if between {
        return phrase(&["and", "to"]).void().parse_next(input);
    }
    let words = phrase(&[
        "to", "until", "till", "til", "through", "thru", "up to", "returning", "back",
    ]);
    alt((
        mark('-').void(),
        mark('→').void(),
        (words, opt(phrase(&["on"]))).void(),
    ))
    .parse_next(input)
}

/// The last day lends its month and year to the first: `3-5 December 2026`.
fn share_month((first, _, last): ((Option<Weekday>, u32), (), Said)) -> (Said, (), Said) {
    let (weekday, day) = first;
    let day = match last.day {
        Day::Of { month, year, .. } => Day::Of { day, month, year },
        other => other,
    };
    (Said { day, weekday }, (), last)
}

/// The first day lends its month to the last: `December 3rd to 5th, 2026`.
fn share_month_before((first, _, last): (MonthDay, (), (u32, Option<u32>))) -> (Said, (), Said) {
    let (weekday, month, day) = first;
    let (last_day, year) = last;
    let said = |day, weekday| Said {
        day: Day::Of { day, month, year },
        weekday,
    };
    (said(day, weekday), (), said(last_day, None))
}

fn in_week(said: Said, week: &str) -> Said {
    let which = if week.ends_with("next week") {
        Which::NextWeek
    } else {
        Which::ThisWeek
    };
    match said.day {
        Day::Weekday { weekday, .. } => Day::Weekday { weekday, which }.into(),
        _ => said,
    }
}

/// A weekday and a day number that still lack their month: the first half of `Tue 3 - Fri 5 December`.
fn open_day(input: &mut Tokens<'_>) -> Parsed<(Option<Weekday>, u32)> {
    let weekday = opt(terminated(weekday, opt(mark(',')))).parse_next(input)?;
    Ok((weekday, day_number.parse_next(input)?))
}

fn dated(input: &mut Tokens<'_>) -> Parsed<Said> {
    let weekday = opt(terminated(weekday, (opt(mark(',')), opt(phrase(&["the"]))))).parse_next(input)?;
    let day = alt((iso, calendar_day, numeric)).parse_next(input)?;
    Ok(Said { day, weekday })
}

fn day_in_month(input: &mut Tokens<'_>) -> Parsed<Said> {
    let weekday = opt(terminated(weekday, opt(mark(',')))).parse_next(input)?;
    let day = alt((day_month, dotted)).parse_next(input)?;
    Ok(Said { day, weekday })
}

fn calendar_day(input: &mut Tokens<'_>) -> Parsed<Day> {
    alt((day_month, month_day_year)).parse_next(input)
}

/// `3 December`, `3rd of Dec 2026`, `the 3. December`
fn day_month(input: &mut Tokens<'_>) -> Parsed<Day> {
    let day = day_number.parse_next(input)?;
    opt(phrase(&["of"])).parse_next(input)?;
    opt(mark('-')).parse_next(input)?;
    let month = month.parse_next(input)?;
    Ok(Day::Of {
        day,
        month,
        year: opt(year).parse_next(input)?,
    })
}

/// `December 3rd, 2026`
fn month_day_year(input: &mut Tokens<'_>) -> Parsed<Day> {
    let (_, month, day) = month_day.parse_next(input)?;
    Ok(Day::Of {
        day,
        month,
        year: opt(year).parse_next(input)?,
    })
}

/// Weekday, month and day.
type MonthDay = (Option<Weekday>, u32, u32);

fn month_day(input: &mut Tokens<'_>) -> Parsed<MonthDay> {
    let weekday = opt(terminated(weekday, opt(mark(',')))).parse_next(input)?;
    let month = month.parse_next(input)?;
    opt(phrase(&["the"])).parse_next(input)?;
    Ok((weekday, month, day_number.parse_next(input)?))
}

fn plain_day_with_year(input: &mut Tokens<'_>) -> Parsed<(u32, Option<u32>)> {
    // `December 3 to 5 January` is two dated days, not a range within December.
    let day = terminated(day_number, unless((opt(phrase(&["of"])), month))).parse_next(input)?;
    Ok((day, opt(year).parse_next(input)?))
}

/// A day's number with what may surround it: `3`, `3rd`, `the 3rd`, `3.`
fn day_number(input: &mut Tokens<'_>) -> Parsed<u32> {
    opt(phrase(&["the"])).parse_next(input)?;
    let day = digits(1, 2).parse_next(input)?;
    opt(alt((ordinal_suffix, glued_mark('.')))).parse_next(input)?;
    // `150.50` and `10:30` are no days.
    unless(token(|token: &Token<'_>| {
        token.glued && (token.kind == Kind::Number || token.text == ":")
    }))
    .parse_next(input)?;
    Ok(day)
}

fn ordinal_suffix<'a>(input: &mut Tokens<'a>) -> Parsed<Token<'a>> {
    token(|token| token.glued && ["st", "nd", "rd", "th"].iter().any(|suffix| token.is(suffix)))
        .parse_next(input)
}

fn ordinal_day(input: &mut Tokens<'_>) -> Parsed<Day> {
    let the = opt(phrase(&["the"])).parse_next(input)?;
    let day = digits(1, 2).parse_next(input)?;
    ordinal_suffix.parse_next(input)?;
    // `2nd floor` is no day; `the 2nd` and `2nd to 4th` are.
    if the.is_none() {
        unless(token(|token: &Token<'_>| {
            token.kind == Kind::Word && !token.is("to") && !token.is("and")
        }))
        .parse_next(input)?;
    }
    Ok(Day::OfMonth { day })
}

/// Years of this century and the last, so that `5 December 1500 EUR` keeps its amount.
fn year(input: &mut Tokens<'_>) -> Parsed<u32> {
    opt(mark(',')).parse_next(input)?;
    digits(4, 4)
        .verify(|year| (1900..2200).contains(year))
        .parse_next(input)
}

fn weekday(input: &mut Tokens<'_>) -> Parsed<Weekday> {
    const DAYS: [(&[&str], Weekday); 7] = [
        (&["monday", "mon"], Weekday::Monday),
        (&["tuesday", "tue", "tues"], Weekday::Tuesday),
        (&["wednesday", "wed", "weds"], Weekday::Wednesday),
        (&["thursday", "thu", "thur", "thurs"], Weekday::Thursday),
        (&["friday", "fri"], Weekday::Friday),
        (&["saturday", "sat"], Weekday::Saturday),
        (&["sunday", "sun"], Weekday::Sunday),
    ];
    let word = token(|token| token.kind == Kind::Word).parse_next(input)?;
    match DAYS
        .iter()
        .find(|(names, _)| names.iter().any(|name| word.is(name)))
    {
        Some((_, weekday)) => Ok(*weekday),
        None => fail(),
    }
}

/// `Tuesday`, `next Tuesday`, `Tuesday next week`
fn weekday_day(input: &mut Tokens<'_>) -> Parsed<Said> {
    let before = opt(phrase(&[
        "next week", "this week", "next", "this coming", "this", "coming",
    ]))
    .parse_next(input)?;
    opt(mark(',')).parse_next(input)?;
    opt(phrase(&["on"])).parse_next(input)?;
    let weekday = weekday.parse_next(input)?;
    let after = opt(phrase(&[
        "next week", "of next week", "this week", "of this week",
    ]))
    .parse_next(input)?;
    let which = match (after.or(before), before) {
        (Some("next week" | "of next week" | "next"), _) => Which::NextWeek,
        (Some("this week" | "of this week" | "this"), _) => Which::ThisWeek,
        _ => Which::Coming,
    };
    Ok(Day::Weekday { weekday, which }.into())
}

fn relative(input: &mut Tokens<'_>) -> Parsed<Day> {
    let named = alt((
        phrase(&["the day after tomorrow", "day after tomorrow"]).value(2),
        phrase(&["tomorrow"]).value(1),
        phrase(&["today", "tonight"]).value(0),
    ));
    alt((named.map(Day::InDays), in_some_time)).parse_next(input)
}

/// `in two weeks`, `ten days from now`
fn in_some_time(input: &mut Tokens<'_>) -> Parsed<Day> {
    let ahead = opt(phrase(&["in"])).parse_next(input)?;
    let many = count.parse_next(input)?;
    let unit = phrase(&[
        "days", "day", "weeks", "week", "fortnights", "fortnight", "months", "month",
    ])
    .parse_next(input)?;
    let time = token(|token| token.is("time"));
    let from_now = opt(alt((phrase(&["from now", "from today"]).void(), time.void()))).parse_next(input)?;
    if ahead.is_none() && from_now.is_none() {
        return fail();
    }
    Ok(match unit {
        "days" | "day" => Day::InDays(many),
        "weeks" | "week" => Day::InDays(many * 7),
        "fortnights" | "fortnight" => Day::InDays(many * 14),
        _ => Day::InMonths(many),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::token::{clean, tokens};

    fn reads(text: &str) -> Option<(Said, Said)> {
        let clean = clean(text);
        let tokens = tokens(&clean);
        range.parse_next(&mut tokens.as_slice()).ok()
    }

    fn of(day: u32, month: u32, year: Option<u32>) -> Said {
        Day::Of { day, month, year }.into()
    }

    #[test]
    fn a_range_can_be_written_in_many_ways() {
        let december = Some((of(3, 12, None), of(5, 12, None)));
        for text in [
            "3-5 December",
            "3 – 5 Dec",
            "3rd to 5th December",
            "the 3rd to the 5th of December",
            "December 3rd to 5th",
            "Dec 3-5",
            "3.12.-5.12.",
            "3.-5.12.",
            "3 Dec until 5 Dec",
            "between 3 and 5 December",
            "3. - 5. December",
        ] {
            assert_eq!(reads(text), december, "{text}");
        }
        let with_year = Some((of(3, 12, Some(2026)), of(5, 12, Some(2026))));
        for text in [
            "3-5 December 2026", "Dec 3-5, 2026", "2026-12-03 to 2026-12-05", "2026-12-03 - 2026-12-05",
            "3.12.2026-5.12.2026",
        ] {
            assert_eq!(reads(text), with_year, "{text}");
        }
    }

    #[test]
    fn numbers_alone_are_no_dates() {
        for text in ["3-5", "3 to 5 people", "150.50 - 200", "10:30 to 11:30"] {
            assert_eq!(reads(text), None, "{text}");
        }
    }
}
