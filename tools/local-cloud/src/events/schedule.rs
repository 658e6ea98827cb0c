//! Schedule expressions: `rate(5 minutes)`, `cron(0 12 ? * MON-FRI *)`, `at(2026-12-01T09:00:00)`, and when they
//! are due next. Pure: the clock is the caller's.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Schedules reach no further.
const LAST_YEAR: i16 = 2199;

#[derive(Clone, Debug)]
pub struct Schedule {
    kind: Kind,
    zone: TimeZone,
}

#[derive(Clone, Debug)]
enum Kind {
    Rate(SignedDuration),
    Cron(Box<Cron>),
    At(DateTime),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{expression} is not a schedule: {reason}")]
pub struct ScheduleError {
    pub expression: String,
    pub reason: String,
}

impl Schedule {
    /// `zone` is an IANA name; UTC without one.
    pub fn parse(expression: &str, zone: Option<&str>) -> Result<Self, ScheduleError> {
        let fail = |reason: String| ScheduleError {
            expression: expression.to_owned(),
            reason,
        };
        let zone = match zone {
            None => TimeZone::UTC,
            Some(name) => TimeZone::get(name).map_err(|error| fail(error.to_string()))?,
        };
        let (kind, rest) = expression
            .split_once('(')
            .ok_or_else(|| fail("no parenthesis".into()))?;
        let fields = rest
            .strip_suffix(')')
            .ok_or_else(|| fail("no closing parenthesis".into()))?;
        let kind = match kind {
            "rate" => Kind::Rate(rate(fields).map_err(fail)?),
            "cron" => Kind::Cron(Box::new(Cron::parse(fields).map_err(fail)?)),
            "at" => Kind::At(
                fields
                    .parse()
                    .map_err(|error: jiff::Error| fail(error.to_string()))?,
            ),
            other => return Err(fail(format!("{other} is none of rate, cron, at"))),
        };
        Ok(Self { kind, zone })
    }

    /// The first due time after `after`; for a rate, one interval later. `None`: never again.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        match &self.kind {
            Kind::Rate(interval) => after.checked_add(*interval).ok(),
            Kind::Cron(cron) => cron.next_after(after, &self.zone),
            Kind::At(at) => at
                .to_zoned(self.zone.clone())
                .ok()
                .map(|at| at.timestamp())
                .filter(|at| *at > after),
        }
    }

    /// The first due time after `now`, on the beat that `due` set: what was missed meanwhile stays missed.
    pub fn next_on_beat(&self, due: Timestamp, now: Timestamp) -> Option<Timestamp> {
        match &self.kind {
            Kind::Rate(interval) => {
                let missed = now.duration_since(due).as_millis().max(0) / interval.as_millis();
                let beats = i32::try_from(missed + 1).ok()?;
                due.checked_add(interval.checked_mul(beats)?).ok()
            }
            _ => self.next_after(now.max(due)),
        }
    }
}

fn rate(fields: &str) -> Result<SignedDuration, String> {
    let [value, unit] = fields.split_whitespace().collect::<Vec<_>>()[..] else {
        return Err("a rate is a number and a unit".into());
    };
    let value: i64 = value
        .parse()
        .ok()
        .filter(|value| *value > 0)
        .ok_or("the rate must be a positive number")?;
    let minutes = match (unit, value) {
        ("minute", 1) | ("minutes", 2..) => 1,
        ("hour", 1) | ("hours", 2..) => 60,
        ("day", 1) | ("days", 2..) => 24 * 60,
        _ => return Err("the unit is minute, hour or day for 1 and minutes, hours or days above".into()),
    };
    value
        .checked_mul(minutes * 60)
        .map(SignedDuration::from_secs)
        .ok_or_else(|| "the rate is too long".into())
}

/// minutes hours day-of-month month day-of-week year
#[derive(Clone, Debug)]
struct Cron {
    minutes: Steps,
    hours: Steps,
    day: Day,
    months: Steps,
    years: Steps,
}

#[derive(Clone, Debug)]
enum Day {
    OfMonth(Steps),
    /// `L`
    LastOfMonth,
    /// `LW`
    LastWeekday,
    /// `15W`: the weekday nearest to that day, within the month.
    NearestWeekday(i8),
    /// 1 is Sunday.
    OfWeek(Steps),
    /// `6L`: the last Friday of the month.
    LastOfWeek(u16),
    /// `3#2`: the second Tuesday of the month.
    NthOfWeek(u16, i8),
}

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

impl Cron {
    fn parse(fields: &str) -> Result<Self, String> {
        let [minutes, hours, day_of_month, months, day_of_week, years] =
            fields.split_whitespace().collect::<Vec<_>>()[..]
        else {
            return Err("cron has six fields".into());
        };
        Ok(Self {
            minutes: Steps::parse(minutes, 0, 59, &[])?,
            hours: Steps::parse(hours, 0, 23, &[])?,
            day: Day::parse(day_of_month, day_of_week)?,
            months: Steps::parse(months, 1, 12, &MONTHS)?,
            years: Steps::parse(years, 1970, LAST_YEAR as u16, &[])?,
        })
    }

    fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let start = after.to_zoned(zone.clone()).datetime();
        let mut date = start.date();
        while date.year() <= LAST_YEAR {
            if self.falls_on(date)
                && let Some(due) = self.times(date).find(|due| {
                    // Where clocks go forward, a time that does not exist is moved to one that does.
                    due.to_zoned(zone.clone())
                        .is_ok_and(|due| due.timestamp() > after)
                })
            {
                return due.to_zoned(zone.clone()).ok().map(|due| due.timestamp());
            }
            date = date.checked_add(1.day()).ok()?;
        }
        None
    }

    fn falls_on(&self, date: Date) -> bool {
        self.years.contain(date.year() as u16)
            && self.months.contain(date.month() as u16)
            && self.day.is(date)
    }

    fn times(&self, date: Date) -> impl Iterator<Item = DateTime> {
        let hours = (0..24_i8).filter(|hour| self.hours.contain(*hour as u16));
        hours.flat_map(move |hour| {
            let minutes = (0..60_i8).filter(|minute| self.minutes.contain(*minute as u16));
            minutes.map(move |minute| date.at(hour, minute, 0, 0))
        })
    }
}

impl Day {
    fn parse(of_month: &str, of_week: &str) -> Result<Self, String> {
        match (of_month, of_week) {
            ("?", "?") => Err("day-of-month and day-of-week cannot both be ?".into()),
            ("?", day) => Self::parse_of_week(day),
            (day, "?") => Self::parse_of_month(day),
            _ => Err("day-of-month or day-of-week must be ?".into()),
        }
    }

    fn parse_of_month(field: &str) -> Result<Self, String> {
        match (field, field.strip_suffix('W')) {
            ("L", _) => Ok(Self::LastOfMonth),
            ("LW", _) => Ok(Self::LastWeekday),
            (_, Some(day)) => Ok(Self::NearestWeekday(number(day, 1, 31, &[])? as i8)),
            _ => Ok(Self::OfMonth(Steps::parse(field, 1, 31, &[])?)),
        }
    }

    fn parse_of_week(field: &str) -> Result<Self, String> {
        if field == "L" {
            return Ok(Self::OfWeek(Steps::parse("7", 1, 7, &[])?));
        }
        if let Some(day) = field.strip_suffix('L') {
            return Ok(Self::LastOfWeek(number(day, 1, 7, &WEEKDAYS)?));
        }
        if let Some((day, nth)) = field.split_once('#') {
            return Ok(Self::NthOfWeek(
                number(day, 1, 7, &WEEKDAYS)?,
                number(nth, 1, 5, &[])? as i8,
            ));
        }
        Ok(Self::OfWeek(Steps::parse(field, 1, 7, &WEEKDAYS)?))
    }

    fn is(&self, date: Date) -> bool {
        let weekday = date.weekday().to_sunday_one_offset() as u16;
        let last_week = date.day() + 7 > date.days_in_month();
        match self {
            Self::OfMonth(days) => days.contain(date.day() as u16),
            Self::LastOfMonth => date.day() == date.days_in_month(),
            Self::LastWeekday => date == nearest_weekday(date.last_of_month()),
            Self::NearestWeekday(day) => {
                *day <= date.days_in_month()
                    && date == nearest_weekday(Date::constant(date.year(), date.month(), *day))
            }
            Self::OfWeek(days) => days.contain(weekday),
            Self::LastOfWeek(day) => weekday == *day && last_week,
            Self::NthOfWeek(day, nth) => weekday == *day && (date.day() - 1) / 7 + 1 == *nth,
        }
    }
}

/// The nearest day from Monday to Friday that lies in the same month.
fn nearest_weekday(date: Date) -> Date {
    let shift: i8 = match date.weekday() {
        Weekday::Saturday if date.day() == 1 => 2,
        Weekday::Saturday => -1,
        Weekday::Sunday if date.day() == date.days_in_month() => -2,
        Weekday::Sunday => 1,
        _ => 0,
    };
    Date::constant(date.year(), date.month(), date.day() + shift)
}

/// A field of numbers: `*`, `5`, `1-5`, `0/15`, `MON,WED`.
#[derive(Clone, Debug)]
struct Steps(Vec<Step>);

#[derive(Clone, Debug)]
struct Step {
    from: u16,
    to: u16,
    by: u16,
}

impl Steps {
    fn parse(field: &str, low: u16, high: u16, names: &[&str]) -> Result<Self, String> {
        field
            .split(',')
            .map(|part| Step::parse(part, low, high, names))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    fn contain(&self, value: u16) -> bool {
        self.0
            .iter()
            .any(|step| (step.from..=step.to).contains(&value) && (value - step.from).is_multiple_of(step.by))
    }
}

impl Step {
    fn parse(part: &str, low: u16, high: u16, names: &[&str]) -> Result<Self, String> {
        let (range, by) = match part.split_once('/') {
            Some((range, by)) => (range, Some(number(by, 1, high, &[])?)),
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (low, high),
            Some((from, to)) => (number(from, low, high, names)?, number(to, low, high, names)?),
            None => {
                let from = number(range, low, high, names)?;
                (from, if by.is_some() { high } else { from })
            }
        };
        if from > to {
            return Err(format!("{part}: the range ends before it starts"));
        }
        Ok(Self {
            from,
            to,
            by: by.unwrap_or(1),
        })
    }
}

fn number(text: &str, low: u16, high: u16, names: &[&str]) -> Result<u16, String> {
    let named = names
        .iter()
        .position(|name| name.eq_ignore_ascii_case(text))
        .map(|index| index as u16 + 1);
    named
        .or_else(|| text.parse().ok())
        .filter(|number| (low..=high).contains(number))
        .ok_or_else(|| format!("{text} is not in {low}-{high}"))
}
