//! A request to try, whatever the day is: far enough ahead for the sample policy to ask for nobody's approval.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// A fortnight is what the sample policy wants for the dearest trips; nobody minds more.
const DAYS_AHEAD: i64 = 30;
const NIGHTS: i64 = 2;

/// Two nights in Lisbon, as somebody would say it `now`.
pub fn request(now: Timestamp) -> String {
    request_in(DAYS_AHEAD, now)
}

/// The same, so many days ahead.
pub fn request_in(days: i64, now: Timestamp) -> String {
    let today = now.to_zoned(TimeZone::UTC).date();
    let day = |ahead: i64| {
        let date = today.saturating_add(Span::new().days(ahead));
        date.strftime("%-d %B").to_string()
    };
    format!(
        "Berlin to Lisbon {} to {}, hotel under 150 a night",
        day(days),
        day(days + NIGHTS)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggestion_lies_ahead_across_months_and_years() {
        for (now, expected) in [
            ("2026-11-27T00:10:00Z", "27 December to 29 December"),
            ("2026-12-01T23:59:59Z", "31 December to 2 January"),
        ] {
            let said = request(now.parse().expect("a time"));
            assert!(said.contains(expected), "{said}");
        }
    }
}
