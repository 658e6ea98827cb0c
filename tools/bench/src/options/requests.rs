//! Random trips between real places, from a seed.

use std::collections::BTreeMap;

use events_schema::money::Money;
use events_schema::place::Place;
use events_schema::trip::{Cabin, FlightWish, StayWish, TripPlan};
use fastrand::Rng;
use jiff::ToSpan;
use jiff::civil::{Date, time};
use places::City;

/// The same seed and day give the same trips.
pub fn random(seed: u64, number: usize, today: Date) -> Vec<TripPlan> {
    let mut dice = Rng::with_seed(seed);
    let cities = cities();
    (0..number).map(|_| trip(&mut dice, &cities, today)).collect()
}

/// Every city that somebody ranked, by its code.
fn cities() -> Vec<&'static City> {
    let ranked = places::airports()
        .filter_map(|airport| places::metro(airport.iata))
        .filter(|city| city.weight > 0);
    let by_code: BTreeMap<_, _> = ranked.map(|city| (city.code, city)).collect();
    by_code.into_values().collect()
}

fn trip(dice: &mut Rng, cities: &[&City], today: Date) -> TripPlan {
    let origin = cities[dice.usize(..cities.len())].place();
    let destination = loop {
        let other = cities[dice.usize(..cities.len())].place();
        if other.code != origin.code {
            break other;
        }
    };
    let depart_on = today.saturating_add(dice.i64(2..300).days());
    let nights = dice.i64(1..6);
    let return_on = depart_on.saturating_add(nights.days());
    // Most want both; some fly home the same way they came, some need only a bed.
    let (flight, stay) = match dice.u8(..10) {
        0..7 => (true, true),
        7..9 => (true, false),
        _ => (false, true),
    };
    let travellers = if dice.u8(..4) == 0 { dice.u8(2..5) } else { 1 };
    let one_way = !stay && dice.bool();
    TripPlan {
        travellers,
        flight: flight.then(|| {
            flight_wish(
                dice,
                &origin,
                &destination,
                depart_on,
                (!one_way).then_some(return_on),
            )
        }),
        stay: stay.then(|| stay_wish(dice, &destination, depart_on, return_on)),
    }
}

fn flight_wish(
    dice: &mut Rng,
    origin: &Place,
    destination: &Place,
    depart_on: Date,
    return_on: Option<Date>,
) -> FlightWish {
    let hour = |dice: &mut Rng, hours| time(dice.i8(hours), 0, 0, 0);
    FlightWish {
        origin: origin.clone(),
        destination: destination.clone(),
        depart_on,
        return_on,
        cabin: (dice.u8(..10) == 0).then_some(Cabin::PremiumEconomy),
        depart_after: (dice.u8(..5) == 0).then(|| hour(dice, 8..18)),
        arrive_before: (dice.u8(..5) == 0).then(|| hour(dice, 12..23)),
        non_stop: dice.u8(..10) == 0,
        max_total: None,
    }
}

fn stay_wish(dice: &mut Rng, place: &Place, check_in: Date, check_out: Date) -> StayWish {
    StayWish {
        place: place.clone(),
        check_in,
        check_out,
        max_per_night: (dice.u8(..5) < 2).then(|| Money::euros(dice.i64(9..25) * 10)),
        near: None,
    }
}

/// One line for a person.
pub fn in_words(plan: &TripPlan) -> String {
    let mut parts = vec![format!("{} travelling", plan.travellers)];
    if let Some(wish) = &plan.flight {
        let back = wish
            .return_on
            .map_or_else(|| "one way".into(), |on| format!("back {on}"));
        parts.push(format!(
            "{} to {} on {}, {back}",
            wish.origin.city, wish.destination.city, wish.depart_on
        ));
        let times = [
            wish.depart_after.map(|at| format!("after {at}")),
            wish.arrive_before.map(|at| format!("there by {at}")),
        ];
        parts.extend(times.into_iter().flatten());
        parts.extend(wish.cabin.map(|cabin| format!("{cabin:?}")));
        parts.extend(wish.non_stop.then(|| "non-stop".into()));
    }
    if let Some(wish) = &plan.stay {
        parts.push(format!("{} nights in {}", wish.nights(), wish.place.city));
        parts.extend(wish.max_per_night.map(|cap| format!("under {cap} a night")));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    //! Whether trips repeat, and make sense.

    use super::*;

    #[test]
    fn the_same_seed_asks_for_the_same_sensible_trips() {
        let today = jiff::civil::date(2026, 11, 21);
        let trips = random(7, 200, today);
        assert_eq!(trips, random(7, 200, today));
        assert_ne!(trips, random(8, 200, today));
        for trip in trips {
            assert!(trip.flight.is_some() || trip.stay.is_some());
            if let Some(wish) = trip.flight {
                assert!(wish.depart_on > today && wish.return_on.is_none_or(|on| on > wish.depart_on));
                assert_ne!(wish.origin.code, wish.destination.code);
            }
        }
    }
}
