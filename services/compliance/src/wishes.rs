//! Which offers are for this plan, and which keep to what the traveller asked for. What was asked for is no policy:
//! an offer that misses it is left out, and where none is left the plan comes back with what could be had instead.

use std::collections::BTreeMap;

use events_schema::compliance::Violation;
use events_schema::ids::{ClauseId, RuleId};
use events_schema::rows::LegKind;
use events_schema::trip::{Cabin, FlightWish, LegContent, Offer, StayWish, TripPlan};
use jiff::civil::Date;

use crate::leg::{Content, Flight, Leg};
use crate::rates::Rates;

/// Offers of an earlier revision of the plan lie in the same table: the place, the dates and the number of travellers
/// must be the plan's.
pub fn is_for(plan: &TripPlan, offer: &Offer) -> bool {
    match &offer.content {
        LegContent::Flight {
            outbound,
            inbound,
            travellers,
            ..
        } => plan.flight.as_ref().is_some_and(|wish| {
            let (Some(first), Some(last)) = (outbound.first(), outbound.last()) else {
                return false;
            };
            let serves = |place: &events_schema::place::Place, code| {
                place.code == code || place.airports.contains(&code)
            };
            *travellers == plan.travellers
                && serves(&wish.origin, first.from)
                && serves(&wish.destination, last.to)
                && first.departs.local.date() == wish.depart_on
                && inbound.first().map(|segment| segment.departs.local.date()) == wish.return_on
        }),
        LegContent::Stay {
            check_in,
            check_out,
            place,
            ..
        } => plan.stay.as_ref().is_some_and(|wish| {
            let near = place.code == wish.place.code
                || place.city == wish.place.city && place.country == wish.place.country
                || place
                    .airports
                    .iter()
                    .any(|airport| wish.place.airports.contains(airport));
            near && *check_in == wish.check_in && *check_out == wish.check_out
        }),
    }
}

/// A wish by the plan's field, whether each leg keeps to it, and how it is told.
struct Wish<'a> {
    field: &'static str,
    limit: String,
    keeps: Box<dyn Fn(&Leg) -> bool + 'a>,
}

/// The legs of one kind that keep to all wishes, or the wishes that leave none.
pub fn keeping(
    plan: &TripPlan,
    rates: &Rates,
    kind: LegKind,
    legs: Vec<Leg>,
) -> Result<Vec<Leg>, Vec<Violation>> {
    let legs: Vec<Leg> = legs.into_iter().filter(|leg| leg.kind() == kind).collect();
    let name = match kind {
        LegKind::Flight => "flight",
        LegKind::Stay => "stay",
    };
    if legs.is_empty() {
        return Err(vec![violation(
            name,
            "no offer".into(),
            "at least one offer".into(),
        )]);
    }
    let wishes = match kind {
        LegKind::Flight => plan.flight.as_ref().map(|wish| of_flight(wish, rates, &legs)),
        LegKind::Stay => plan.stay.as_ref().map(|wish| of_stay(wish, rates)),
    }
    .unwrap_or_default();
    let kept: Vec<Leg> = legs
        .iter()
        .filter(|leg| wishes.iter().all(|wish| (wish.keeps)(leg)))
        .cloned()
        .collect();
    if !kept.is_empty() {
        return Ok(kept);
    }
    let cheapest = legs.iter().map(|leg| leg.total.amount).min().unwrap_or_default();
    let cheapest = events_schema::money::Money::new(cheapest, rates.base);
    let alone: Vec<&Wish<'_>> = wishes
        .iter()
        .filter(|wish| !legs.iter().any(|leg| (wish.keeps)(leg)))
        .collect();
    // Each can be kept, but not all together: then each is in the others' way.
    let (blamed, observed) = match alone.is_empty() {
        true => (
            wishes.iter().collect(),
            "not together with the other wishes".into(),
        ),
        false => (
            alone,
            format!("none of {} offers, the cheapest at {cheapest} in all", legs.len()),
        ),
    };
    Err(blamed
        .into_iter()
        .map(|wish| violation(wish.field, observed.clone(), wish.limit.clone()))
        .collect())
}

/// With no cabin asked for, the lowest that can be had: dearer cabins are for those who ask.
pub fn lowest_cabin(plan: &TripPlan, legs: Vec<Leg>) -> Vec<Leg> {
    if plan.flight.as_ref().is_none_or(|wish| wish.cabin.is_some()) {
        return legs;
    }
    let cabin = |leg: &Leg| match &leg.content {
        Content::Flight(flight) => Some(flight.cabin),
        Content::Stay(_) => None,
    };
    let lowest: Option<Cabin> = legs.iter().filter_map(cabin).min();
    legs.into_iter().filter(|leg| cabin(leg) == lowest).collect()
}

fn violation(field: &str, observed: String, limit: String) -> Violation {
    Violation {
        rule: RuleId::new(Violation::ASKED_FOR),
        clause: ClauseId::new(Violation::ASKED_FOR),
        field: field.into(),
        observed,
        limit,
    }
}

fn of_flight<'a>(wish: &'a FlightWish, rates: &'a Rates, legs: &[Leg]) -> Vec<Wish<'a>> {
    let mut wishes = Vec::new();
    if let Some(cabin) = wish.cabin {
        wishes.push(flight_wish(
            "flight.cabin",
            crate::judge::cabin_name(cabin).into(),
            move |flight| flight.cabin == cabin,
        ));
    }
    if let Some(after) = wish.depart_after {
        wishes.push(flight_wish(
            "flight.departAfter",
            after.to_string(),
            move |flight| flight.departs.time() >= after,
        ));
    }
    if let Some(before) = wish.arrive_before {
        // On the first day on which one can be there: an overnight flight is there by 9 the next morning.
        let day = first_arrival(legs);
        wishes.push(flight_wish(
            "flight.arriveBefore",
            before.to_string(),
            move |flight| day.is_none_or(|day| flight.arrives <= day.to_datetime(before)),
        ));
    }
    if wish.non_stop {
        wishes.push(flight_wish("flight.nonStop", "non-stop".into(), |flight| {
            flight.stops == 0
        }));
    }
    if let Some(cap) = wish.max_total {
        wishes.push(Wish {
            field: "flight.maxTotal",
            limit: cap.to_string(),
            // A cap in a currency without a rate cannot be compared, and is not held against an offer.
            keeps: Box::new(move |leg| {
                rates
                    .to_base(cap)
                    .is_none_or(|cap| leg.total.amount <= cap.amount)
            }),
        });
    }
    wishes
}

fn flight_wish<'a>(field: &'static str, limit: String, keeps: impl Fn(&Flight) -> bool + 'a) -> Wish<'a> {
    Wish {
        field,
        limit,
        keeps: Box::new(move |leg| matches!(&leg.content, Content::Flight(flight) if keeps(flight))),
    }
}

fn first_arrival(legs: &[Leg]) -> Option<Date> {
    let arrivals = legs.iter().filter_map(|leg| match &leg.content {
        Content::Flight(flight) => Some(flight.arrives.date()),
        Content::Stay(_) => None,
    });
    arrivals.min()
}

fn of_stay<'a>(wish: &'a StayWish, rates: &'a Rates) -> Vec<Wish<'a>> {
    let cap = wish
        .max_per_night
        .and_then(|cap| Some((cap, rates.to_base(cap)?)));
    cap.map(|(asked, cap)| Wish {
        field: "stay.maxPerNight",
        limit: format!("{asked} a night"),
        keeps: Box::new(move |leg| match &leg.content {
            Content::Stay(stay) => stay.per_night.amount <= cap.amount,
            Content::Flight(_) => false,
        }),
    })
    .into_iter()
    .collect()
}

/// Violations that several offers share are told once.
pub fn distinct(violations: Vec<Violation>) -> Vec<Violation> {
    let by_cause: BTreeMap<(RuleId, String, String), Violation> = violations
        .into_iter()
        .map(|violation| {
            (
                (
                    violation.rule.clone(),
                    violation.field.clone(),
                    violation.observed.clone(),
                ),
                violation,
            )
        })
        .collect();
    by_cause.into_values().collect()
}
