//! A trip as an iCalendar file (RFC 5545): one event for each flight segment, one for each stay. Pure.
//!
//! Flights carry their local times with a VTIMEZONE for each zone, so that every calendar shows them right wherever
//! it is opened; stays are whole days. The same trip always gives the same file, with the same UIDs: importing it
//! again replaces what was there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use events_schema::booking::BookingConfirmed;
use events_schema::ids::BookingId;
use events_schema::place::{IataCode, LocalTime};
use events_schema::trip::{BookedLeg, FlightSegment, LegContent};
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// RFC 5545, 3.1: longer lines are folded, counted in octets.
const LONGEST_LINE: usize = 75;

pub(super) struct CalendarFile {
    pub name: String,
    pub text: String,
}

pub(super) fn of(booking: BookingId, trip: &BookingConfirmed, confirmed_at: Timestamp) -> CalendarFile {
    let mut lines = Lines::default();
    lines.add("BEGIN", "VCALENDAR");
    lines.add("VERSION", "2.0");
    lines.add("PRODID", "-//Sojourn//Itinerary//EN");
    lines.add("CALSCALE", "GREGORIAN");
    lines.add("METHOD", "PUBLISH");
    for (zone, instants) in zones(&trip.legs) {
        time_zone(&mut lines, &zone, &instants);
    }
    let stamp = utc(confirmed_at);
    for leg in &trip.legs {
        leg_events(&mut lines, booking, leg, &stamp);
    }
    lines.add("END", "VCALENDAR");
    CalendarFile {
        name: file_name(&trip.legs),
        text: lines.text,
    }
}

fn leg_events(lines: &mut Lines, booking: BookingId, leg: &BookedLeg, stamp: &str) {
    let begin = |lines: &mut Lines, part: usize| {
        lines.add("BEGIN", "VEVENT");
        lines.add("UID", &format!("{booking}-{}-{part}@sojourn", leg.leg));
        lines.add("DTSTAMP", stamp);
        lines.add("STATUS", "CONFIRMED");
    };
    match &leg.content {
        LegContent::Flight {
            outbound, inbound, ..
        } => {
            for (part, segment) in outbound.iter().chain(inbound).enumerate() {
                begin(lines, part);
                flight(lines, segment, &leg.reference);
                lines.add("END", "VEVENT");
            }
        }
        LegContent::Stay {
            hotel,
            place,
            check_in,
            check_out,
            ..
        } => {
            begin(lines, 0);
            // DTEND is exclusive: the night before it is the last.
            lines.add("DTSTART;VALUE=DATE", &check_in.strftime("%Y%m%d").to_string());
            lines.add("DTEND;VALUE=DATE", &check_out.strftime("%Y%m%d").to_string());
            lines.add_text("SUMMARY", &format!("{hotel}, {}", place.city));
            lines.add_text("LOCATION", &format!("{hotel}, {}, {}", place.city, place.country));
            lines.add_text("DESCRIPTION", &format!("Booking reference {}", leg.reference));
            lines.add("TRANSP", "TRANSPARENT");
            lines.add("END", "VEVENT");
        }
    }
}

fn flight(lines: &mut Lines, segment: &FlightSegment, reference: &str) {
    let at = |time: &LocalTime| time.local.strftime("%Y%m%dT%H%M%S").to_string();
    lines.add(
        &format!("DTSTART;TZID={}", segment.departs.zone),
        &at(&segment.departs),
    );
    lines.add(
        &format!("DTEND;TZID={}", segment.arrives.zone),
        &at(&segment.arrives),
    );
    let (from, to) = (city(segment.from), city(segment.to));
    lines.add_text("SUMMARY", &format!("{} {from} to {to}", segment.flight));
    lines.add_text("LOCATION", &format!("{from} ({})", segment.from));
    let details = format!(
        "{} {}\n{from} ({}) {} to {to} ({}) {}\nBooking reference {reference}",
        segment.carrier,
        segment.flight,
        segment.from,
        segment.departs.local.strftime("%H:%M"),
        segment.to,
        segment.arrives.local.strftime("%H:%M"),
    );
    lines.add_text("DESCRIPTION", &details);
}

/// A code nobody knows stays one.
fn city(code: IataCode) -> String {
    places::by_code(code).map_or_else(|| code.to_string(), |place| place.city)
}

/// `berlin-lisbon-2026-12-03.ics`; plain ASCII, since it becomes a file's name.
fn file_name(legs: &[BookedLeg]) -> String {
    let words = legs.iter().find_map(|leg| match &leg.content {
        LegContent::Flight { outbound, .. } => {
            let (first, last) = outbound.first().zip(outbound.last())?;
            Some(format!(
                "{}-{}-{}",
                city(first.from),
                city(last.to),
                first.departs.local.date()
            ))
        }
        LegContent::Stay { .. } => None,
    });
    let stay = || {
        legs.iter().find_map(|leg| match &leg.content {
            LegContent::Stay { place, check_in, .. } => Some(format!("{}-{check_in}", place.city)),
            LegContent::Flight { .. } => None,
        })
    };
    let words = words.or_else(stay).unwrap_or_else(|| "trip".into());
    let plain = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    format!("{}.ics", words.chars().map(plain).collect::<String>())
}

/// Every zone a flight touches, with when.
fn zones(legs: &[BookedLeg]) -> BTreeMap<String, BTreeSet<Timestamp>> {
    let mut zones: BTreeMap<String, BTreeSet<Timestamp>> = BTreeMap::new();
    for leg in legs {
        let LegContent::Flight {
            outbound, inbound, ..
        } = &leg.content
        else {
            continue;
        };
        for time in outbound
            .iter()
            .chain(inbound)
            .flat_map(|segment| [&segment.departs, &segment.arrives])
        {
            // A zone this build does not know stays a name: calendars know most of them by it.
            if let Ok(instant) = time.instant() {
                zones.entry(time.zone.clone()).or_default().insert(instant);
            }
        }
    }
    zones
}

/// The zone as it is from the first instant to the last: the rule in force at the first, and each change until then.
fn time_zone(lines: &mut Lines, zone: &str, instants: &BTreeSet<Timestamp>) {
    let (Ok(tz), Some(first), Some(last)) = (TimeZone::get(zone), instants.first(), instants.last()) else {
        return;
    };
    lines.add("BEGIN", "VTIMEZONE");
    lines.add("TZID", zone);
    // `preceding` leaves out a change at the very instant.
    let before = tz.preceding(*first + SignedDuration::from_secs(1)).next();
    match before {
        Some(change) => observance(lines, &tz, change.timestamp()),
        None => standing(lines, &tz, *first),
    }
    for change in tz
        .following(*first)
        .take_while(|change| change.timestamp() <= *last)
    {
        observance(lines, &tz, change.timestamp());
    }
    lines.add("END", "VTIMEZONE");
}

/// What holds from a change on. Its onset is told in the time that held before it (RFC 5545, 3.6.5).
fn observance(lines: &mut Lines, tz: &TimeZone, at: Timestamp) {
    let earlier = tz.to_offset(at - SignedDuration::from_nanos(1));
    part(lines, tz, at, earlier, earlier.to_datetime(at));
}

/// A zone that never changed its offset.
fn standing(lines: &mut Lines, tz: &TimeZone, at: Timestamp) {
    part(
        lines,
        tz,
        at,
        tz.to_offset(at),
        jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0),
    );
}

fn part(lines: &mut Lines, tz: &TimeZone, at: Timestamp, earlier: Offset, onset: DateTime) {
    let info = tz.to_offset_info(at);
    let kind = if info.dst().is_dst() {
        "DAYLIGHT"
    } else {
        "STANDARD"
    };
    lines.add("BEGIN", kind);
    lines.add("DTSTART", &onset.strftime("%Y%m%dT%H%M%S").to_string());
    lines.add("TZOFFSETFROM", &offset(earlier));
    lines.add("TZOFFSETTO", &offset(info.offset()));
    lines.add_text("TZNAME", info.abbreviation());
    lines.add("END", kind);
}

/// `+0100`
fn offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[derive(Default)]
struct Lines {
    text: String,
}

impl Lines {
    /// A value that needs no escaping.
    fn add(&mut self, name: &str, value: &str) {
        self.fold(&format!("{name}:{value}"));
    }

    /// Words, which may hold what would otherwise end or part them.
    fn add_text(&mut self, name: &str, words: &str) {
        let mut escaped = String::with_capacity(words.len());
        for letter in words.chars() {
            match letter {
                '\\' | ';' | ',' => escaped.extend(['\\', letter]),
                '\n' => escaped.push_str("\\n"),
                other if other.is_control() => {}
                other => escaped.push(other),
            }
        }
        self.add(name, &escaped);
    }

    fn fold(&mut self, line: &str) {
        let mut room = LONGEST_LINE;
        for letter in line.chars() {
            if letter.len_utf8() > room {
                self.text.push_str("\r\n ");
                room = LONGEST_LINE - 1;
            }
            self.text.push(letter);
            room -= letter.len_utf8();
        }
        let _ = write!(self.text, "\r\n");
    }
}

#[cfg(test)]
mod tests {
    use events_schema::event::Event;
    use events_schema::samples;
    use jiff::civil::date;

    use super::*;

    fn segment(from: &str, to: &str, departs: LocalTime, arrives: LocalTime) -> FlightSegment {
        FlightSegment {
            flight: "SJ 412".into(),
            carrier: "Sample; Air, Lines".into(),
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            departs,
            arrives,
            duration_minutes: 200,
        }
    }

    fn file(outbound: Vec<FlightSegment>) -> CalendarFile {
        let mut trip = BookingConfirmed::example();
        let flight = LegContent::Flight {
            outbound,
            inbound: Vec::new(),
            cabin: events_schema::trip::Cabin::Economy,
            travellers: 1,
        };
        let stay = LegContent::Stay {
            hotel: "Hotel \u{201e}Grüße\u{201c}".repeat(6),
            stars: 3,
            place: places::by_code("LIS".parse().unwrap()).unwrap(),
            check_in: date(2026, 12, 3),
            check_out: date(2026, 12, 5),
            nights: 2,
            rooms: 1,
            per_night: samples::total(),
            distance_km: rust_decimal::Decimal::ONE,
        };
        let leg = trip.legs[0].clone();
        trip.legs = [flight, stay]
            .into_iter()
            .zip(0..)
            .map(|(content, number)| BookedLeg {
                content,
                leg: number,
                ..leg.clone()
            })
            .collect();
        of(samples::booking(), &trip, samples::now())
    }

    fn winter() -> CalendarFile {
        let local = |hour| date(2026, 12, 3).at(hour, 10, 0, 0);
        file(vec![segment(
            "BER",
            "LIS",
            LocalTime::new(local(7), "Europe/Berlin"),
            LocalTime::new(local(9), "Europe/Lisbon"),
        )])
    }

    /// Lines as a calendar reads them, folds undone.
    fn unfolded(text: &str) -> Vec<String> {
        text.replace("\r\n ", "")
            .split("\r\n")
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn flights_keep_their_local_times_and_zones() {
        let file = winter();
        assert_eq!(file.name, "berlin-lisbon-2026-12-03.ics");
        let lines = unfolded(&file.text);
        for wanted in [
            "DTSTART;TZID=Europe/Berlin:20261203T071000",
            "DTEND;TZID=Europe/Lisbon:20261203T091000",
            "SUMMARY:SJ 412 Berlin to Lisbon",
            "DTSTART;VALUE=DATE:20261203",
            "DTEND;VALUE=DATE:20261205",
            "DTSTAMP:20261121T090000Z",
        ] {
            assert!(lines.iter().any(|line| line == wanted), "{wanted} in {lines:#?}");
        }
        assert!(
            lines
                .iter()
                .any(|line| line.contains("Sample\\; Air\\, Lines SJ 412\\n")),
            "{lines:#?}"
        );
    }

    #[test]
    fn the_zone_says_what_held_and_since_when() {
        let lines = unfolded(&winter().text);
        let at = lines
            .iter()
            .position(|line| line == "TZID:Europe/Berlin")
            .unwrap();
        assert_eq!(
            lines[at + 1..at + 8],
            [
                "BEGIN:STANDARD", "DTSTART:20261025T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100",
                "TZNAME:CET", "END:STANDARD", "END:VTIMEZONE",
            ]
        );
    }

    #[test]
    fn a_trip_over_the_change_of_clocks_has_both() {
        let there = segment(
            "BER",
            "LIS",
            LocalTime::new(date(2026, 10, 24).at(9, 0, 0, 0), "Europe/Berlin"),
            LocalTime::new(date(2026, 10, 24).at(11, 0, 0, 0), "Europe/Lisbon"),
        );
        let back = segment(
            "LIS",
            "BER",
            LocalTime::new(date(2026, 10, 27).at(9, 0, 0, 0), "Europe/Lisbon"),
            LocalTime::new(date(2026, 10, 27).at(13, 0, 0, 0), "Europe/Berlin"),
        );
        let text = file(vec![there, back]).text;
        assert_eq!(text.matches("BEGIN:DAYLIGHT").count(), 2, "{text}");
        assert_eq!(text.matches("BEGIN:STANDARD").count(), 2, "{text}");
    }

    #[test]
    fn a_zone_without_changes_stands() {
        let local = |hour| date(2026, 12, 3).at(hour, 0, 0, 0);
        let text = file(vec![segment(
            "BER",
            "LIS",
            LocalTime::new(local(7), "Etc/UTC"),
            LocalTime::new(local(9), "Etc/UTC"),
        )])
        .text;
        assert!(text.contains("TZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000"), "{text}");
    }

    #[test]
    fn no_line_is_longer_than_allowed_and_no_letter_is_torn() {
        let text = winter().text;
        assert!(text.ends_with("END:VCALENDAR\r\n"));
        let lines: Vec<_> = text.split("\r\n").collect();
        assert!(lines.iter().all(|line| line.len() <= LONGEST_LINE), "{lines:#?}");
        assert!(
            lines.iter().any(|line| line.starts_with(' ')),
            "the long name is folded"
        );
        assert!(
            unfolded(&text)
                .iter()
                .any(|line| line.contains(&"\u{201e}Grüße\u{201c}".repeat(1)))
        );
    }
}
