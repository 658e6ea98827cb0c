//! From days as written to days of the calendar, given today.
//!
//! A day without a year is the next such day; a day that ends something is the next such day after its beginning.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::date::{Day, Said, Which};
use crate::draft::{DayProblem, DayRead};

/// A stretch longer than this is taken for a day written before its beginning (`5-3 December`), not for a year away.
const LONGEST_DAYS: i32 = 180;

/// A day as written, and the traveller's local date when they wrote it: "tomorrow" stays the day after the request
/// even if the answer to a question comes a day later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dated {
    pub said: Said,
    pub on: Date,
}

/// The first such day on or after the day it was written.
pub fn first_day(Dated { said, on }: Dated) -> DayRead {
    agreeing(said, resolve(said.day, on, on)?)
}

/// The days of a range whose last may lend its year to the first (`30 Dec - 2 Jan 2027`).
pub fn days(first: Dated, last: Dated) -> (DayRead, DayRead) {
    let lent = Dated {
        said: lent_year(first.said, last.said),
        on: first.on,
    };
    let begin = first_day(lent);
    let end = match begin {
        Ok(begin) => last_day(last, begin),
        Err(_) => first_day(last),
    };
    (begin, end)
}

/// The day meant, given that it follows `begin`. It may still lie before: that is for the check to refuse.
pub fn last_day(Dated { said, on }: Dated, begin: Date) -> DayRead {
    let after = resolve(said.day, on, begin)?;
    let too_long = begin
        .until(after)
        .is_ok_and(|span| span.get_days() > LONGEST_DAYS);
    let day = match said.day {
        Day::Of {
            day,
            month,
            year: None,
        } if too_long => date(begin.year(), month, day)?,
        _ => after,
    };
    agreeing(said, day)
}

fn lent_year(first: Said, last: Said) -> Said {
    let (
        Day::Of {
            day,
            month,
            year: None,
        },
        Day::Of {
            day: last_day,
            month: last_month,
            year: Some(year),
        },
    ) = (first.day, last.day)
    else {
        return first;
    };
    let across_new_year = (month, day) > (last_month, last_day) && month > last_month;
    let year = if across_new_year {
        year.saturating_sub(1)
    } else {
        year
    };
    Said {
        day: Day::Of {
            day,
            month,
            year: Some(year),
        },
        ..first
    }
}

fn agreeing(said: Said, day: Date) -> DayRead {
    match said.weekday {
        Some(weekday) if weekday != day.weekday() => Err(DayProblem::WeekdayDiffers(day)),
        _ => Ok(day),
    }
}

/// `from` is where the search for a day without a year begins: today, or the beginning of what the day ends.
fn resolve(day: Day, today: Date, from: Date) -> DayRead {
    match day {
        Day::Of {
            day,
            month,
            year: Some(year),
        } => not_past(
            date(i16::try_from(year).map_err(|_| DayProblem::Invalid)?, month, day)?,
            today,
        ),
        Day::Of {
            day,
            month,
            year: None,
        } => next_date(month, day, from),
        Day::EitherOrder { first, second, year } => {
            let of = |day, month| resolve(Day::Of { day, month, year }, today, from);
            match (of(first, second), of(second, first)) {
                (Ok(one), Ok(other)) => Err(DayProblem::EitherOf(one, other)),
                (Ok(one), Err(_)) | (Err(_), Ok(one)) => Ok(one),
                (Err(problem), Err(_)) => Err(problem),
            }
        }
        Day::OfMonth { day } => next_day_of_month(day, from),
        Day::Weekday { weekday, which } => on_weekday(weekday, which, today, from),
        Day::InDays(days) => today
            .checked_add(i64::from(days).days())
            .map_err(|_| DayProblem::Invalid),
        Day::InMonths(months) => today
            .checked_add(i64::from(months).months())
            .map_err(|_| DayProblem::Invalid),
    }
}

fn date(year: i16, month: u32, day: u32) -> DayRead {
    let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day)) else {
        return Err(DayProblem::Invalid);
    };
    Date::new(year, month, day).map_err(|_| DayProblem::Invalid)
}

fn not_past(day: Date, today: Date) -> DayRead {
    if day < today {
        Err(DayProblem::InThePast(day))
    } else {
        Ok(day)
    }
}

/// 29 February may be up to eight years away.
fn next_date(month: u32, day: u32, from: Date) -> DayRead {
    (from.year()..=from.year().saturating_add(8))
        .filter_map(|year| date(year, month, day).ok())
        .find(|date| *date >= from)
        .ok_or(DayProblem::Invalid)
}

fn next_day_of_month(day: u32, from: Date) -> DayRead {
    (0..=12)
        .filter_map(|months| from.first_of_month().checked_add(months.months()).ok())
        .filter_map(|first| date(first.year(), first.month() as u32, day).ok())
        .find(|date| *date >= from)
        .ok_or(DayProblem::Invalid)
}

fn on_weekday(weekday: Weekday, which: Which, today: Date, from: Date) -> DayRead {
    let monday = today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days());
    let in_week = |weeks: i64| {
        let offset = weeks * 7 + i64::from(weekday.to_monday_zero_offset());
        monday
            .clone()
            .and_then(|monday| monday.checked_add(offset.days()))
            .map_err(|_| DayProblem::Invalid)
    };
    match which {
        Which::Coming => from.nth_weekday(1, weekday).map_err(|_| DayProblem::Invalid),
        Which::ThisWeek => not_past(in_week(0)?, today),
        Which::NextWeek => in_week(1),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as on;

    use super::*;

    /// A Saturday.
    const TODAY: Date = on(2026, 11, 21);

    fn of(day: u32, month: u32, year: Option<u32>) -> Dated {
        said(Day::Of { day, month, year })
    }

    fn said(day: Day) -> Dated {
        Dated {
            said: day.into(),
            on: TODAY,
        }
    }

    #[test]
    fn a_date_without_a_year_is_the_next_one() {
        assert_eq!(first_day(of(3, 12, None)), Ok(on(2026, 12, 3)));
        assert_eq!(first_day(of(3, 3, None)), Ok(on(2027, 3, 3)));
        assert_eq!(first_day(of(21, 11, None)), Ok(TODAY));
    }

    #[test]
    fn a_range_may_cross_the_year() {
        let across = (Ok(on(2026, 12, 30)), Ok(on(2027, 1, 2)));
        assert_eq!(days(of(30, 12, None), of(2, 1, None)), across);
        assert_eq!(days(of(30, 12, None), of(2, 1, Some(2027))), across);
    }

    #[test]
    fn a_range_written_backwards_stays_backwards() {
        assert_eq!(
            days(of(5, 12, None), of(3, 12, None)),
            (Ok(on(2026, 12, 5)), Ok(on(2026, 12, 3)))
        );
    }

    #[test]
    fn what_is_no_day_is_no_day() {
        assert_eq!(first_day(of(31, 2, None)), Err(DayProblem::Invalid));
        assert_eq!(first_day(of(0, 12, None)), Err(DayProblem::Invalid));
        assert_eq!(
            first_day(of(3, 12, Some(2025))),
            Err(DayProblem::InThePast(on(2025, 12, 3)))
        );
        assert_eq!(
            first_day(said(Day::OfMonth { day: 32 })),
            Err(DayProblem::Invalid)
        );
    }

    #[test]
    fn weekdays_count_from_today() {
        let weekday = |weekday, which| said(Day::Weekday { weekday, which });
        let tuesday = weekday(Weekday::Tuesday, Which::NextWeek);
        let friday = weekday(Weekday::Friday, Which::Coming);
        assert_eq!(
            days(tuesday, friday),
            (Ok(on(2026, 11, 24)), Ok(on(2026, 11, 27)))
        );
        // On a Monday, "next Tuesday" is not tomorrow.
        assert_eq!(
            first_day(Dated {
                on: on(2026, 11, 23),
                ..tuesday
            }),
            Ok(on(2026, 12, 1))
        );
        assert_eq!(
            first_day(weekday(Weekday::Friday, Which::ThisWeek)),
            Err(DayProblem::InThePast(on(2026, 11, 20)))
        );
    }

    #[test]
    fn a_slash_date_is_asked_about_where_both_orders_are_days() {
        let said = said(Day::EitherOrder {
            first: 3,
            second: 12,
            year: None,
        });
        assert_eq!(
            first_day(said),
            Err(DayProblem::EitherOf(on(2026, 12, 3), on(2027, 3, 12)))
        );
    }
}
