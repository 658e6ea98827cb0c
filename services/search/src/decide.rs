//! What suppliers' answers amount to, and which plans are near enough to suggest. Pure: no I/O, no clock.

use std::time::Duration;

use events_schema::money::Money;
use events_schema::place::Place;
use events_schema::search::{Alternative, SupplierOutcome};
use events_schema::trip::{FlightWish, LegContent, Offer, TripPlan};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::ask::Found;

/// How far another airport may be to be suggested.
const OTHER_AIRPORT_KM: f64 = 200.0;
/// More would be a search, not a suggestion.
const AT_MOST: usize = 3;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// There is at least one offer for every part of the plan.
    Found { flights: u32, stays: u32 },
    /// Somebody answered, and a part of the plan cannot be had.
    Nothing,
    /// Nobody answered: whether there is something is not known.
    Failed { reason: String },
}

pub fn decide(plan: &TripPlan, found: &Found, limit: Duration) -> Decision {
    let (flights, stays) = count(&found.offers);
    if (flights > 0 || plan.flight.is_none()) && (stays > 0 || plan.stay.is_none()) && flights + stays > 0 {
        return Decision::Found { flights, stays };
    }
    if found
        .answers
        .iter()
        .any(|answer| answer.outcome == SupplierOutcome::Answered)
    {
        return Decision::Nothing;
    }
    let all = |outcome| found.answers.iter().all(|answer| answer.outcome == outcome);
    let reason = match found.answers.len() {
        0 => "no supplier is configured".into(),
        _ if all(SupplierOutcome::TimedOut) => format!("no supplier answered within {} s", limit.as_secs()),
        _ if all(SupplierOutcome::Skipped) => {
            "every supplier failed again and again of late, and none is asked for a minute".into()
        }
        _ => "every supplier failed or was late".into(),
    };
    Decision::Failed { reason }
}

/// A plan near the one asked for, and what is different about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// "A day earlier".
    pub difference: String,
    pub plan: TripPlan,
}

/// The nearest plans, nearest first: the same day without its wishes, a day either side, then another airport at either
/// end.
pub fn nearby(plan: &TripPlan, now: Timestamp) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = relaxed(plan).into_iter().collect();
    for (days, difference) in [(-1, "A day earlier"), (1, "A day later")] {
        candidates.extend(moved(plan, days, now).map(|plan| Candidate {
            difference: difference.into(),
            plan,
        }));
    }
    let Some(wish) = &plan.flight else {
        return candidates;
    };
    if let Some(destination) = other_airport(&wish.destination, &wish.origin) {
        let mut changed = wish.clone();
        let difference = format!("Flying to {} ({}) instead", destination.city, destination.code);
        changed.destination = destination;
        candidates.push(Candidate {
            difference,
            plan: TripPlan {
                flight: Some(changed),
                ..plan.clone()
            },
        });
    }
    if let Some(origin) = other_airport(&wish.origin, &wish.destination) {
        let mut changed = wish.clone();
        let difference = format!("Flying from {} ({}) instead", origin.city, origin.code);
        changed.origin = origin;
        candidates.push(Candidate {
            difference,
            plan: TripPlan {
                flight: Some(changed),
                ..plan.clone()
            },
        });
    }
    candidates
}

/// The same trip at any time of the day and with stops, where the wish was narrower.
fn relaxed(plan: &TripPlan) -> Option<Candidate> {
    let wish = plan.flight.as_ref()?;
    let timed = wish.depart_after.is_some() || wish.arrive_before.is_some();
    let difference = match (timed, wish.non_stop) {
        (true, true) => "At another time of day, or with a stop",
        (true, false) => "At another time of day",
        (false, true) => "With a stop",
        (false, false) => return None,
    };
    let relaxed = FlightWish {
        depart_after: None,
        arrive_before: None,
        non_stop: false,
        ..wish.clone()
    };
    Some(Candidate {
        difference: difference.into(),
        plan: TripPlan {
            flight: Some(relaxed),
            ..plan.clone()
        },
    })
}

/// Those candidates that can be had as a whole, with what they cost at least.
pub fn alternatives(candidates: Vec<Candidate>, found: &[Found]) -> Vec<Alternative> {
    let pairs = candidates.into_iter().zip(found);
    let priced = pairs.filter_map(|(candidate, found)| {
        let from_total = cheapest_total(&candidate.plan, &found.offers)?;
        let summary = format!("{}, from {from_total}", candidate.difference);
        Some(Alternative {
            summary,
            plan: candidate.plan,
            from_total,
        })
    });
    priced.take(AT_MOST).collect()
}

/// The cheapest offer of every part together; none if a part is missing or currencies differ.
fn cheapest_total(plan: &TripPlan, offers: &[Offer]) -> Option<Money> {
    let cheapest = |flight: bool| {
        let totals = offers
            .iter()
            .filter(move |offer| is_flight(offer) == flight)
            .map(|offer| offer.total);
        totals.min_by_key(|total| total.amount)
    };
    match (&plan.flight, &plan.stay) {
        (Some(_), Some(_)) => cheapest(true)?.checked_add(cheapest(false)?).ok(),
        (Some(_), None) => cheapest(true),
        (None, Some(_)) => cheapest(false),
        (None, None) => None,
    }
}

/// The whole trip a day earlier or later; none if it would begin in the past.
fn moved(plan: &TripPlan, days: i64, now: Timestamp) -> Option<TripPlan> {
    let shift = |date: Date| date.checked_add(days.days()).ok();
    let mut plan = plan.clone();
    let mut begins = Vec::new();
    if let Some(flight) = &mut plan.flight {
        flight.depart_on = shift(flight.depart_on)?;
        flight.return_on = flight
            .return_on
            .map(shift)
            .map_or(Some(None), |date| date.map(Some))?;
        begins.push((flight.depart_on, flight.origin.zone.clone()));
    }
    if let Some(stay) = &mut plan.stay {
        stay.check_in = shift(stay.check_in)?;
        stay.check_out = shift(stay.check_out)?;
        begins.push((stay.check_in, stay.place.zone.clone()));
    }
    let in_time = begins
        .iter()
        .all(|(date, zone)| now.in_tz(zone).is_ok_and(|now| *date >= now.date()));
    in_time.then_some(plan)
}

/// The nearest airport of another city, unless that is where the other end is.
fn other_airport(place: &Place, other_end: &Place) -> Option<Place> {
    let first = *place.airports.first()?;
    places::airports_near(first, OTHER_AIRPORT_KM)
        .into_iter()
        .map(|(airport, _)| airport)
        .find(|airport| {
            !place.airports.contains(&airport.iata) && !other_end.airports.contains(&airport.iata)
        })
        .map(places::Airport::place)
}

fn count(offers: &[Offer]) -> (u32, u32) {
    let flights = offers.iter().filter(|offer| is_flight(offer)).count();
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    (number(flights), number(offers.len() - flights))
}

fn is_flight(offer: &Offer) -> bool {
    matches!(offer.content, LegContent::Flight { .. })
}

#[cfg(test)]
mod tests;
