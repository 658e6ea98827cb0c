//! What is to be replayed, from the command line.

use ::replay::Request;
use ::replay::journal::Selection;
use clap::{Args, ValueEnum};
use events_schema::ids::BookingId;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::commands::CommandError;
use crate::commands::up::now;

pub(super) const AS_FAST_AS_IT_LIKES: &str = "the archive replays as fast as it likes";

#[derive(Args)]
pub(in crate::commands) struct What {
    /// All events of this booking, in order.
    #[arg(long, value_name = "BOOKING", conflicts_with_all = ["since", "until"])]
    booking: Option<BookingId>,
    /// Of it, its Nth event and everything that one led to (`events BOOKING` shows the numbers).
    #[arg(long, value_name = "N", requires = "booking")]
    caused_by: Option<u64>,
    /// From this time on: 2026-11-01 or 2026-11-01T09:00:00Z (default: from the beginning).
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<Timestamp>,
    /// Up to this time (default: now).
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<Timestamp>,
    /// Only what this EventBridge pattern selects: '{"detail-type": ["BookingConfirmed"]}'.
    #[arg(long, value_name = "JSON")]
    pattern: Option<String>,
    /// To these rules or consumers, with commas between (default: all that welcome replays).
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    to: Vec<String>,
    /// Where the events come from (default: journal for a booking or with a rate, else archive).
    #[arg(long, value_name = "SOURCE")]
    from: Option<Source>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::commands) enum Source {
    /// EventBridge's: by time, as fast as it likes, in no order within a minute.
    Archive,
    /// Our own record: in order, by any pattern, at a rate.
    Journal,
}

impl What {
    pub fn source(&self, rate: Option<u32>) -> Result<Source, CommandError> {
        match self.from {
            Some(Source::Archive) if self.booking.is_some() => {
                Err("the archive cannot be asked for a booking: --from journal".into())
            }
            Some(Source::Archive) if rate.is_some() => {
                Err(format!("{AS_FAST_AS_IT_LIKES}: a rate needs --from journal").into())
            }
            Some(source) => Ok(source),
            None if self.booking.is_some() || rate.is_some() => Ok(Source::Journal),
            None => Ok(Source::Archive),
        }
    }

    pub fn request(&self, name: Option<String>, rate: Option<u32>) -> Result<Request, CommandError> {
        let now = now();
        // Two may start in one second, one from each source.
        let from = match self.source(rate)? {
            Source::Archive => "archive",
            Source::Journal => "journal",
        };
        Ok(Request {
            name: name.unwrap_or_else(|| format!("{from}-{}", now.strftime("%Y%m%dT%H%M%SZ"))),
            selection: self.selection(now),
            to: self.to.clone(),
            pattern: self.pattern.as_deref().map(pattern).transpose()?,
            per_second: rate,
        })
    }

    fn selection(&self, now: Timestamp) -> Selection {
        match (self.booking, self.caused_by) {
            (Some(booking), Some(sequence)) => Selection::CausedBy {
                booking: booking.into(),
                sequence,
            },
            (Some(booking), None) => Selection::Booking {
                booking: booking.into(),
            },
            (None, _) => Selection::Time {
                from: self.since.unwrap_or(Timestamp::UNIX_EPOCH),
                until: self.until.unwrap_or(now),
            },
        }
    }
}

fn pattern(text: &str) -> Result<Value, CommandError> {
    serde_json::from_str(text).map_err(|error| format!("the pattern is no JSON: {error}").into())
}

/// A day stands for its beginning in UTC.
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    let day = |date: Date| date.to_datetime(Time::midnight()).to_zoned(TimeZone::UTC).ok();
    let read = text.parse::<Timestamp>().ok();
    let read = read.or_else(|| text.parse().ok().and_then(day).map(|zoned| zoned.timestamp()));
    read.ok_or_else(|| "a time is 2026-11-01 or 2026-11-01T09:00:00Z".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments_are_times() {
        let at = |text: &str| time(text).map(|at| at.to_string());
        assert_eq!(at("2026-11-01").unwrap(), "2026-11-01T00:00:00Z");
        assert_eq!(at("2026-11-01T09:00:00+01:00").unwrap(), "2026-11-01T08:00:00Z");
        for no in ["yesterday", "2026-13-01", ""] {
            assert!(at(no).is_err(), "{no}");
        }
    }

    #[test]
    fn the_source_follows_from_what_is_asked() {
        let what = |booking: bool, from| What {
            booking: booking.then(events_schema::samples::booking),
            caused_by: None,
            since: None,
            until: None,
            pattern: None,
            to: Vec::new(),
            from,
        };
        let cases = [
            (false, None, None, Some(Source::Archive)),
            (true, None, None, Some(Source::Journal)),
            (false, None, Some(5), Some(Source::Journal)),
            (false, Some(Source::Journal), None, Some(Source::Journal)),
            (true, Some(Source::Archive), None, None),
            (false, Some(Source::Archive), Some(5), None),
        ];
        for (booking, from, rate, expected) in cases {
            assert_eq!(
                what(booking, from).source(rate).ok(),
                expected,
                "{booking} {from:?} {rate:?}"
            );
        }
    }
}
