//! Days written in digits: `2026-12-03`, `3.12.`, `3/12/2026`.

use winnow::Parser;
use winnow::combinator::{alt, opt, preceded, terminated};

use super::date::Day;
use super::token::{Parsed, Tokens, digits, glued_mark, unless};

pub fn iso(input: &mut Tokens<'_>) -> Parsed<Day> {
    let (year, _, month, _, day) = (
        digits(4, 4),
        glued_mark('-'),
        digits(1, 2),
        glued_mark('-'),
        digits(1, 2),
    )
        .parse_next(input)?;
    Ok(Day::Of {
        day,
        month,
        year: Some(year),
    })
}

pub fn numeric(input: &mut Tokens<'_>) -> Parsed<Day> {
    alt((dotted, slashed)).parse_next(input)
}

/// `3.12.`, `3.12.2026`, `3. 12. 2026`: always day before month.
pub fn dotted(input: &mut Tokens<'_>) -> Parsed<Day> {
    let day = digits(1, 2).parse_next(input)?;
    glued_mark('.').parse_next(input)?;
    let month = digits(1, 2).parse_next(input)?;
    glued_mark('.').parse_next(input)?;
    Ok(Day::Of {
        day,
        month,
        year: opt(short_year).parse_next(input)?,
    })
}

/// `3/12`, `03/12/2026`, `3-12-2026`: either order, unless one number can be no month.
fn slashed(input: &mut Tokens<'_>) -> Parsed<Day> {
    let first = digits(1, 2).parse_next(input)?;
    let dash = alt((glued_mark('/').value(false), glued_mark('-').value(true))).parse_next(input)?;
    let second = digits(1, 2).parse_next(input)?;
    let year = if dash {
        Some(preceded(glued_mark('-'), digits(4, 4)).parse_next(input)?)
    } else {
        opt(preceded(glued_mark('/'), short_year)).parse_next(input)?
    };
    Ok(match (first, second) {
        (13.., _) => Day::Of {
            day: first,
            month: second,
            year,
        },
        (_, 13..) => Day::Of {
            day: second,
            month: first,
            year,
        },
        (same, other) if same == other => Day::Of {
            day: first,
            month: second,
            year,
        },
        _ => Day::EitherOrder { first, second, year },
    })
}

fn short_year(input: &mut Tokens<'_>) -> Parsed<u32> {
    alt((
        digits(4, 4),
        terminated(digits(2, 2), unless(glued_mark(':'))).map(|year| 2000 + year),
    ))
    .parse_next(input)
}
