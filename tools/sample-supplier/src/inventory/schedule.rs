//! The timetable: how one gets from one airport to another on a day.

use events_schema::place::IataCode;
use jiff::Zoned;
use jiff::civil::Date;
use places::Airport;

use super::Inventory;
use crate::catalogue::{CARRIERS, CHEAP_CARRIER, HUBS};
use crate::wire::Segment;

/// No airliner flies further without a stop.
const RANGE_KM: u32 = 15_500;
/// Nearer than this, people take a train.
const NEAREST_KM: u32 = 90;

#[derive(Clone, Debug)]
pub struct Itinerary {
    pub segments: Vec<Segment>,
    pub distance_km: u32,
    pub cheap_carrier: bool,
    pub departs: Zoned,
    pub arrives: Zoned,
}

impl Inventory {
    /// Every way from `from` to `to` leaving on a day, direct ones first. The position in this list is part of an
    /// offer's id, so it depends on nothing but the seed, the airports and the day.
    pub(super) fn itineraries(&self, from: &Airport, to: &Airport, on: Date) -> Vec<Itinerary> {
        let distance = km(from, to);
        if distance < NEAREST_KM {
            return Vec::new();
        }
        let mut found: Vec<Itinerary> = (0..daily_directs(from, to, distance))
            .filter_map(|slot| self.fly(&[from, to], on, slot))
            .collect();
        for (rank, hub) in hubs_between(from, to).into_iter().take(3).enumerate() {
            let departures = if rank == 0 { 2 } else { 1 };
            found.extend((0..departures).filter_map(|slot| self.fly(&[from, hub, to], on, slot)));
        }
        if found.is_empty()
            && let (Some(first), Some(second)) = (nearest_hub(from, to), nearest_hub(to, from))
            && first.iata != second.iata
        {
            found.extend((0..2).filter_map(|slot| self.fly(&[from, first, second, to], on, slot)));
        }
        found
    }

    /// One itinerary over `stops`. None if the day's clock does not exist in jiff's range.
    fn fly(&self, stops: &[&Airport], on: Date, slot: u32) -> Option<Itinerary> {
        let route: Vec<&str> = stops.iter().map(|stop| stop.iata.as_str()).collect();
        // The slot's hour, carrier and number are the same every day, as in a real timetable.
        let mut dice = self.dice(&format!("slot {} {slot}", route.join("-")));
        let total_km: u32 = stops.windows(2).map(|pair| km(pair[0], pair[1])).sum();
        let cheap_carrier = stops.len() == 2 && total_km < 3_000 && dice.u8(..4) == 0;
        let (designator, carrier) = if cheap_carrier {
            CHEAP_CARRIER
        } else {
            CARRIERS[dice.usize(..CARRIERS.len())]
        };

        let first_minute = 6 * 60 + slot * 190 % (15 * 60) + 5 * dice.u32(..24);
        let hour = i8::try_from(first_minute / 60 % 24).ok()?;
        let minute = i8::try_from(first_minute % 60).ok()?;
        let departs = on.at(hour, minute, 0, 0).in_tz(stops[0].zone).ok()?;

        let mut segments = Vec::new();
        let mut at = departs.clone();
        for pair in stops.windows(2) {
            if !segments.is_empty() {
                at = at
                    .checked_add(jiff::SignedDuration::from_mins(50 + 5 * dice.i64(0..26)))
                    .ok()?;
            }
            let minutes = block_minutes(pair[0], pair[1]);
            let lands = at
                .checked_add(jiff::SignedDuration::from_mins(minutes.into()))
                .ok()?
                .in_tz(pair[1].zone)
                .ok()?;
            segments.push(Segment {
                flight: format!("{designator} {}", dice.u32(100..999)),
                carrier: carrier.into(),
                from: pair[0].iata,
                to: pair[1].iata,
                departs: at.datetime(),
                departs_zone: pair[0].zone.into(),
                arrives: lands.datetime(),
                arrives_zone: pair[1].zone.into(),
                duration_minutes: minutes,
            });
            at = lands;
        }
        Some(Itinerary {
            segments,
            distance_km: total_km,
            cheap_carrier,
            departs,
            arrives: at,
        })
    }
}

pub fn km(from: &Airport, to: &Airport) -> u32 {
    // Whole kilometres: the last bits of a sine differ between machines, prices must not.
    places::great_circle_km(from, to).round() as u32
}

/// 0 for a strip nobody ranked, 5 for a world city's first airport; its lesser airports count less.
pub fn importance(airport: &Airport) -> u32 {
    let Some(city) = places::metro(airport.iata) else {
        return 0;
    };
    let rank = city
        .airports
        .iter()
        .position(|code| *code == airport.iata)
        .unwrap_or(0);
    u32::from(city.weight).saturating_sub(u32::try_from(rank).unwrap_or(0))
}

fn daily_directs(from: &Airport, to: &Airport, distance: u32) -> u32 {
    let weight = importance(from) + importance(to);
    match distance {
        ..1_500 => weight.saturating_sub(3).min(6),
        1_500..4_000 => weight.saturating_sub(4).min(5),
        4_000..10_000 => weight.saturating_sub(6),
        10_000..=RANGE_KM => weight.saturating_sub(8),
        _ => 0,
    }
}

/// Gate to gate: 800 km/h, half an hour of taxi, climb and approach, slower against the wind going west.
fn block_minutes(from: &Airport, to: &Airport) -> u32 {
    let east = ((to.longitude - from.longitude + 540.0) % 360.0) - 180.0;
    let speed_kmh = if east < 0.0 { 770 } else { 820 };
    let minutes = 30 + km(from, to) * 60 / speed_kmh;
    minutes.div_ceil(5) * 5
}

/// Hubs on the way, the smallest detour first.
fn hubs_between(from: &Airport, to: &Airport) -> Vec<&'static Airport> {
    let direct = km(from, to);
    let mut hubs: Vec<(u32, IataCode, &'static Airport)> = hubs()
        .filter(|hub| !same_city(hub, from) && !same_city(hub, to))
        .map(|hub| (km(from, hub), km(hub, to), hub))
        .filter(|(first, second, _)| (150..=RANGE_KM).contains(first) && (150..=RANGE_KM).contains(second))
        .map(|(first, second, hub)| (first + second, hub.iata, hub))
        .filter(|(both, ..)| *both <= direct * 7 / 5 + 400)
        .collect();
    hubs.sort_by_key(|(both, code, _)| (*both, *code));
    hubs.into_iter().map(|(_, _, hub)| hub).collect()
}

fn nearest_hub(to: &Airport, but_not: &Airport) -> Option<&'static Airport> {
    hubs()
        .filter(|hub| !same_city(hub, to) && !same_city(hub, but_not))
        .min_by_key(|hub| (km(hub, to), hub.iata))
}

fn hubs() -> impl Iterator<Item = &'static Airport> {
    HUBS.iter()
        .filter_map(|code| code.parse().ok())
        .filter_map(places::airport)
}

fn same_city(one: &Airport, other: &Airport) -> bool {
    one.iata == other.iata || (one.city == other.city && one.country == other.country)
}
