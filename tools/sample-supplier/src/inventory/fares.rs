//! What a seat costs: distance, cabin, how early it is bought, the day, the season, and a little chance.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};

use super::schedule::{Itinerary, importance};
use super::{Inventory, percent};
use crate::wire::Cabin;

/// For one traveller, one way, in cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    pub fare: i64,
    pub taxes: i64,
}

impl Inventory {
    /// None where the cabin is not flown: premium economy starts at 1,500 km, first class at 4,000 km.
    pub(super) fn price(&self, itinerary: &Itinerary, cabin: Cabin, bought: Timestamp) -> Option<Price> {
        let on = itinerary.departs.date();
        let distance = i64::from(itinerary.distance_km);
        let cabin_percent = match cabin {
            Cabin::Economy => 100,
            Cabin::PremiumEconomy if distance >= 1_500 => 170,
            Cabin::Business if distance < 4_000 => 260,
            Cabin::Business => 380,
            Cabin::First if distance >= 4_000 => 620,
            Cabin::PremiumEconomy | Cabin::First => return None,
        };
        let route_percent = match itinerary.segments.len() {
            1 if itinerary.cheap_carrier => 80,
            1 => 110,
            _ => 92,
        };
        let mut dice = self.dice(&format!("fare {on} {}", itinerary.segments[0].flight));
        let chance = 90 + dice.i64(0..21);
        let mut fare = 2_500 + 5 * distance.min(2_000) + 7 * (distance - 2_000).max(0) / 2;
        for factor in [
            cabin_percent,
            route_percent,
            advance_percent(bought, itinerary),
            weekday_percent(on),
            season_percent(on),
            chance,
        ] {
            fare = percent(fare, factor);
        }
        Some(Price {
            fare,
            taxes: taxes(itinerary),
        })
    }

    /// Seats a client may still buy; fewer as the day comes near.
    pub(super) fn seats_left(&self, itinerary: &Itinerary, cabin: Cabin) -> u8 {
        let mut dice = self.dice(&format!(
            "seats {} {} {cabin:?}",
            itinerary.departs.date(),
            itinerary.segments[0].flight
        ));
        dice.u8(2..10)
    }
}

pub fn days_ahead(bought: Timestamp, departs: &jiff::Zoned) -> i64 {
    departs
        .timestamp()
        .duration_since(bought)
        .as_hours()
        .div_euclid(24)
}

fn advance_percent(bought: Timestamp, itinerary: &Itinerary) -> i64 {
    match days_ahead(bought, &itinerary.departs) {
        60.. => 72,
        30.. => 82,
        21.. => 90,
        14.. => 100,
        7.. => 125,
        3.. => 160,
        _ => 200,
    }
}

fn weekday_percent(on: Date) -> i64 {
    match on.weekday() {
        Weekday::Friday | Weekday::Sunday => 115,
        Weekday::Tuesday | Weekday::Wednesday => 92,
        _ => 100,
    }
}

fn season_percent(on: Date) -> i64 {
    match (on.month(), on.day()) {
        (7 | 8, _) | (12, 18..) | (1, ..=4) => 120,
        (1 | 2 | 11, _) => 92,
        _ => 100,
    }
}

/// A charge per airport used, and a levy on distance, for each segment.
fn taxes(itinerary: &Itinerary) -> i64 {
    let levy = match itinerary.distance_km {
        ..2_500 => 900,
        2_500..6_000 => 2_900,
        _ => 5_200,
    };
    let charges: i64 = itinerary
        .segments
        .iter()
        .filter_map(|segment| places::airport(segment.from))
        .map(|airport| 850 + 310 * i64::from(importance(airport)))
        .sum();
    levy + charges
}
