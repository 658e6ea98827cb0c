//! An offer as rules see it: amounts in the policy's currency, times in minutes, where it goes.

use events_schema::money::Money;
use events_schema::place::{IataCode, Place};
use events_schema::rows::{LegKind, Reach};
use events_schema::trip::{Cabin, FlightSegment, LegContent, Offer};
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use crate::rates::Rates;

#[derive(Clone, Debug)]
pub struct Leg {
    pub offer: Offer,
    pub total: Money,
    pub taxes: Money,
    pub content: Content,
}

#[derive(Clone, Debug)]
pub enum Content {
    Flight(Flight),
    Stay(Stay),
}

#[derive(Clone, Debug)]
pub struct Flight {
    pub cabin: Cabin,
    pub per_traveller: Money,
    /// Time in the air one way, the longer of both.
    pub minutes: u32,
    /// From door to door of the airports, both ways.
    pub travel_minutes: u32,
    pub stops: u32,
    pub departs: DateTime,
    pub arrives: DateTime,
    /// When the way back begins.
    pub returns: Option<DateTime>,
    /// Every flight as printed on a ticket, there and back.
    pub numbers: String,
    /// Unknown where an airport is.
    pub reach: Option<Reach>,
    pub carriers: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Stay {
    pub hotel: String,
    pub place: Place,
    pub stars: u8,
    pub per_night: Money,
    pub check_in: Date,
    pub nights: u32,
    pub distance_km: Decimal,
}

impl Leg {
    /// `None` for an offer that cannot be judged: no rate for its currency, or a flight without a segment.
    pub fn of(offer: &Offer, rates: &Rates) -> Option<Self> {
        let total = rates.to_base(offer.total)?;
        let content = match &offer.content {
            LegContent::Flight {
                outbound,
                inbound,
                cabin,
                travellers,
            } => {
                let per_traveller =
                    Money::new(total.amount / Decimal::from((*travellers).max(1)), total.currency);
                Content::Flight(flight(outbound, inbound, *cabin, per_traveller.rounded())?)
            }
            LegContent::Stay {
                hotel,
                stars,
                place,
                check_in,
                nights,
                per_night,
                distance_km,
                ..
            } => Content::Stay(Stay {
                hotel: hotel.clone(),
                place: place.clone(),
                stars: *stars,
                per_night: rates.to_base(*per_night)?,
                check_in: *check_in,
                nights: *nights,
                distance_km: *distance_km,
            }),
        };
        Some(Self {
            total,
            taxes: rates.to_base(offer.taxes)?,
            content,
            offer: offer.clone(),
        })
    }

    pub fn kind(&self) -> LegKind {
        match self.content {
            Content::Flight(_) => LegKind::Flight,
            Content::Stay(_) => LegKind::Stay,
        }
    }

    /// What a rule may name: the supplier, each carrier, or the hotel.
    pub fn sellers(&self) -> Vec<&str> {
        match &self.content {
            Content::Flight(flight) => flight.carriers.iter().map(String::as_str).collect(),
            Content::Stay(stay) => vec![stay.hotel.as_str()],
        }
    }
}

fn flight(
    outbound: &[FlightSegment],
    inbound: &[FlightSegment],
    cabin: Cabin,
    per_traveller: Money,
) -> Option<Flight> {
    let (first, last) = (outbound.first()?, outbound.last()?);
    let in_the_air = |segments: &[FlightSegment]| {
        segments
            .iter()
            .map(|segment| segment.duration_minutes)
            .sum::<u32>()
    };
    let mut carriers: Vec<String> = outbound
        .iter()
        .chain(inbound)
        .map(|segment| segment.carrier.clone())
        .collect();
    carriers.sort();
    carriers.dedup();
    let numbers: Vec<&str> = outbound
        .iter()
        .chain(inbound)
        .map(|segment| segment.flight.as_str())
        .collect();
    Some(Flight {
        cabin,
        per_traveller,
        minutes: in_the_air(outbound).max(in_the_air(inbound)),
        travel_minutes: travel_minutes(outbound) + travel_minutes(inbound),
        stops: (outbound.len() + inbound.len()).saturating_sub(if inbound.is_empty() { 1 } else { 2 }) as u32,
        departs: first.departs.local,
        arrives: last.arrives.local,
        returns: inbound.first().map(|segment| segment.departs.local),
        numbers: numbers.join(", "),
        reach: reach(first.from, last.to),
        carriers,
    })
}

/// From the first departure to the last arrival; time in the air where a zone is unknown.
fn travel_minutes(segments: &[FlightSegment]) -> u32 {
    let (Some(first), Some(last)) = (segments.first(), segments.last()) else {
        return 0;
    };
    let elapsed = match (first.departs.instant(), last.arrives.instant()) {
        (Ok(departs), Ok(arrives)) => u32::try_from(arrives.duration_since(departs).as_mins()).ok(),
        _ => None,
    };
    elapsed.unwrap_or_else(|| segments.iter().map(|segment| segment.duration_minutes).sum())
}

/// Parts of the world are those of the time zones' names: `Europe/Lisbon`.
pub fn reach(from: IataCode, to: IataCode) -> Option<Reach> {
    let (from, to) = (places::airport(from)?, places::airport(to)?);
    Some(if from.country == to.country {
        Reach::Domestic
    } else if part_of_the_world(from) == part_of_the_world(to) {
        Reach::Continental
    } else {
        Reach::Intercontinental
    })
}

fn part_of_the_world(airport: &places::Airport) -> &str {
    // Europe's islands keep Atlantic time.
    if airport.zone.starts_with("Atlantic/") && matches!(airport.country, "PT" | "ES" | "IS" | "FO") {
        return "Europe";
    }
    airport.zone.split('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reach_is_told_by_country_and_part_of_the_world() {
        let reach = |from: &str, to: &str| reach(from.parse().unwrap(), to.parse().unwrap());
        for (from, to, expected) in [
            ("BER", "MUC", Some(Reach::Domestic)),
            ("BER", "LIS", Some(Reach::Continental)),
            ("BER", "KEF", Some(Reach::Continental)),
            ("FRA", "JFK", Some(Reach::Intercontinental)),
            ("JFK", "LAX", Some(Reach::Domestic)),
            ("BER", "XXX", None),
        ] {
            assert_eq!(reach(from, to), expected, "{from}-{to}");
        }
    }
}
