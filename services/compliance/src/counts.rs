//! What people compare beside the price. Pure.

use jiff::civil::DateTime;
use rust_decimal::Decimal;

use crate::leg::{Content, Flight, Leg};

/// Nobody chooses between two flights by less.
const NOTICED_MINUTES: u32 = 15;

/// No better and no worse than another part of the day: whoever wants to leave in the evening has no use for a cheaper
/// morning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartOfDay {
    Morning,
    Afternoon,
    Evening,
}

impl PartOfDay {
    pub fn of(at: DateTime) -> Self {
        match at.hour() {
            ..12 => Self::Morning,
            12..17 => Self::Afternoon,
            _ => Self::Evening,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Morning => "morning",
            Self::Afternoon => "afternoon",
            Self::Evening => "evening",
        }
    }
}

/// Less is better.
pub fn counts(leg: &Leg) -> Vec<Decimal> {
    let firm = Decimal::from(u8::from(!leg.offer.refundable));
    match &leg.content {
        Content::Flight(flight) => vec![
            Decimal::from(flight.travel_minutes / NOTICED_MINUTES),
            Decimal::from(flight.stops),
            firm,
        ],
        Content::Stay(stay) => vec![-Decimal::from(stay.stars), stay.distance_km, firm],
    }
}

/// When one leaves, there and back; nothing for a stay.
pub fn parts_of_day(leg: &Leg) -> Vec<PartOfDay> {
    match &leg.content {
        Content::Flight(Flight { departs, returns, .. }) => {
            let departures = [Some(*departs), *returns];
            departures.into_iter().flatten().map(PartOfDay::of).collect()
        }
        Content::Stay(_) => Vec::new(),
    }
}

/// Stops or stars, and the parts of the day: what a person calls another kind of trip.
pub fn class(leg: &Leg) -> (u32, Vec<PartOfDay>) {
    let comfort = match &leg.content {
        Content::Flight(flight) => flight.stops,
        Content::Stay(stay) => u32::from(stay.stars),
    };
    (comfort, parts_of_day(leg))
}

/// The flight or the hotel itself, whatever its fare: two of these in a list are the same thing twice.
pub fn subject(leg: &Leg) -> &str {
    match &leg.content {
        Content::Flight(flight) => &flight.numbers,
        Content::Stay(stay) => &stay.hotel,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_three_parts() {
        for (hour, expected) in [
            (0, PartOfDay::Morning),
            (11, PartOfDay::Morning),
            (12, PartOfDay::Afternoon),
            (16, PartOfDay::Afternoon),
            (17, PartOfDay::Evening),
            (23, PartOfDay::Evening),
        ] {
            let at = jiff::civil::date(2026, 12, 3).at(hour, 30, 0, 0);
            assert_eq!(PartOfDay::of(at), expected, "{hour}");
        }
    }
}
