//! What a traveller finds plausible, as properties over random journeys: any two airports with scheduled traffic, any date
//! up to a year out. Seeded, so that a failure can be repeated.

use std::collections::BTreeSet;

use events_schema::place::IataCode;
use events_schema::samples;
use fastrand::Rng;
use iso_currency::Currency;
use jiff::{SignedDuration, Timestamp, ToSpan};
use places::Airport;
use rust_decimal::Decimal;
use sample_supplier::inventory::Inventory;
use sample_supplier::wire::{Cabin, Content, FlightSearch, Offer, Segment, StaySearch};

const INVENTORY: Inventory = Inventory { seed: 20_261_121 };
const LIFETIME: SignedDuration = SignedDuration::from_hours(6);

/// Airports of cities that people travel to for work.
fn airports() -> Vec<&'static Airport> {
    let ranked = places::airports().filter(|airport| {
        places::metro(airport.iata).is_some_and(|city| city.weight >= 2 && city.airports[0] == airport.iata)
    });
    ranked.collect()
}

fn journeys(seed: u64, number: usize) -> Vec<(&'static Airport, &'static Airport, FlightSearch)> {
    let airports = airports();
    let mut dice = Rng::with_seed(seed);
    let today = samples::now().in_tz("UTC").expect("a zone").date();
    let mut journeys = Vec::new();
    while journeys.len() < number {
        let (from, to) = (
            airports[dice.usize(..airports.len())],
            airports[dice.usize(..airports.len())],
        );
        if places::great_circle_km(from, to) < 150.0 {
            continue;
        }
        let depart_on = today.checked_add(dice.i64(2..340).days()).expect("a date");
        let search = FlightSearch {
            origins: vec![from.iata],
            destinations: vec![to.iata],
            depart_on,
            return_on: dice
                .bool()
                .then(|| depart_on.checked_add(dice.i64(3..15).days()).expect("a date")),
            cabin: Cabin::Economy,
            travellers: dice.u8(1..3),
            depart_after: None,
            arrive_before: None,
            non_stop: false,
        };
        journeys.push((from, to, search));
    }
    journeys
}

fn search(search: &FlightSearch, now: Timestamp) -> Vec<Offer> {
    INVENTORY
        .flights(search, now, LIFETIME)
        .expect("a sensible question")
}

fn ways(offer: &Offer) -> Vec<&[Segment]> {
    match &offer.content {
        Content::Flight {
            outbound, inbound, ..
        } => [outbound.as_slice(), inbound.as_slice()]
            .into_iter()
            .filter(|way| !way.is_empty())
            .collect(),
        Content::Stay { .. } => panic!("a stay"),
    }
}

fn at(airport: IataCode) -> &'static Airport {
    places::airport(airport).expect("known")
}

#[test]
fn flights_take_as_long_as_the_distance_says() {
    let mut flights = 0;
    for (from, to, wish) in journeys(1, 120) {
        let offers = search(&wish, samples::now());
        assert!(
            !offers.is_empty(),
            "{}-{} on {}",
            from.iata,
            to.iata,
            wish.depart_on
        );
        for segment in offers.iter().flat_map(ways).flatten() {
            flights += 1;
            let km = places::great_circle_km(at(segment.from), at(segment.to));
            let cruise = km / f64::from(segment.duration_minutes.saturating_sub(30).max(1)) * 60.0;
            assert!(
                (600.0..950.0).contains(&cruise) || km < 400.0,
                "{segment:?}: {cruise:.0} km/h over {km:.0} km"
            );
            assert!(segment.duration_minutes >= 35 && km <= 15_500.0, "{segment:?}");
            let departs = segment.departs.in_tz(&segment.departs_zone).expect("a time");
            let arrives = segment.arrives.in_tz(&segment.arrives_zone).expect("a time");
            let flown = arrives.timestamp().duration_since(departs.timestamp()).as_mins();
            assert_eq!(flown, i64::from(segment.duration_minutes), "{segment:?}");
        }
    }
    assert!(flights > 2_000, "{flights}");
}

#[test]
fn connections_leave_time_to_change_and_no_more_than_a_few_hours() {
    let mut changes = 0;
    for (_, _, wish) in journeys(2, 120) {
        for way in search(&wish, samples::now()).iter().flat_map(ways) {
            assert!(way.len() <= 3, "{way:?}");
            let visited: BTreeSet<_> = way.iter().map(|segment| segment.from).collect();
            assert_eq!(
                visited.len(),
                way.len(),
                "nobody passes one airport twice: {way:?}"
            );
            for pair in way.windows(2) {
                changes += 1;
                assert_eq!(pair[0].to, pair[1].from);
                let lands = pair[0]
                    .arrives
                    .in_tz(&pair[0].arrives_zone)
                    .expect("a time")
                    .timestamp();
                let leaves = pair[1]
                    .departs
                    .in_tz(&pair[1].departs_zone)
                    .expect("a time")
                    .timestamp();
                let minutes = leaves.duration_since(lands).as_mins();
                assert!(
                    (45..=240).contains(&minutes),
                    "{minutes} minutes to change: {pair:?}"
                );
            }
        }
    }
    assert!(changes > 500, "{changes}");
}

#[test]
fn a_way_that_changes_planes_goes_in_about_the_right_direction() {
    for (from, to, wish) in journeys(3, 120) {
        for way in search(&wish, samples::now())
            .iter()
            .flat_map(ways)
            .filter(|way| way.len() == 2)
        {
            let flown: f64 = way
                .iter()
                .map(|s| places::great_circle_km(at(s.from), at(s.to)))
                .sum();
            let direct = places::great_circle_km(from, to);
            assert!(
                flown <= direct * 1.41 + 410.0,
                "{flown:.0} km instead of {direct:.0}: {way:?}"
            );
        }
    }
}

/// The cheapest of one search, for one traveller.
fn cheapest(wish: &FlightSearch, now: Timestamp) -> Option<Decimal> {
    let offers = search(wish, now);
    offers
        .first()
        .map(|offer| offer.total.amount / Decimal::from(wish.travellers))
}

#[test]
fn fares_rise_as_the_day_comes_near() {
    for (from, to, wish) in journeys(4, 60) {
        let departs = wish
            .depart_on
            .at(0, 0, 0, 0)
            .in_tz("UTC")
            .expect("a time")
            .timestamp();
        let ahead = |days: i64| cheapest(&wish, departs - SignedDuration::from_hours(24 * days));
        let fares: Vec<_> = [75, 25, 10, 4].into_iter().filter_map(ahead).collect();
        assert!(
            fares.is_sorted() && fares.first() < fares.last(),
            "{}-{}: {fares:?}",
            from.iata,
            to.iata
        );
    }
}

#[test]
fn better_cabins_cost_more_and_further_costs_more() {
    for (from, to, wish) in journeys(5, 60) {
        let km = places::great_circle_km(from, to);
        let fare = |cabin| {
            let wish = FlightSearch {
                cabin,
                ..wish.clone()
            };
            cheapest(&wish, samples::now())
        };
        let economy = fare(Cabin::Economy).expect("economy everywhere");
        let business = fare(Cabin::Business).expect("business everywhere");
        assert!(business > economy, "{economy} {business}");
        // Where they are flown at all.
        assert!(fare(Cabin::PremiumEconomy).is_none_or(|premium| premium > economy));
        assert!(fare(Cabin::First).is_none_or(|first| first > business));
        let ways = if wish.return_on.is_some() { 2 } else { 1 };
        let per_km = economy / Decimal::from(ways) / Decimal::from(km.round() as i64);
        let (least, most) = (Decimal::new(1, 2), Decimal::new(120, 2));
        assert!(
            (least..most).contains(&per_km),
            "{per_km} EUR a kilometre over {km:.0} km"
        );
    }
}

#[test]
fn hotels_have_names_of_their_own_and_prices_that_follow_stars() {
    let mut dice = Rng::with_seed(6);
    let airports = airports();
    let today = samples::now().in_tz("UTC").expect("a zone").date();
    for _ in 0..60 {
        let airport = airports[dice.usize(..airports.len())];
        let check_in = today.checked_add(dice.i64(1..330).days()).expect("a date");
        let nights = dice.i64(1..8);
        let wish = StaySearch {
            city: airport.iata,
            check_in,
            check_out: check_in.checked_add(nights.days()).expect("a date"),
            rooms: 1,
        };
        let stays = INVENTORY
            .stays(&wish, samples::now(), LIFETIME)
            .expect("a sensible question");
        assert!(stays.len() >= 5, "{}: {}", airport.iata, stays.len());
        let mut names = BTreeSet::new();
        let mut by_stars = vec![Vec::new(); 6];
        for stay in &stays {
            let Content::Stay {
                hotel,
                stars,
                per_night,
                distance_hm,
                ..
            } = &stay.content
            else {
                panic!("{stay:?}")
            };
            assert_eq!(per_night.currency, Currency::EUR);
            assert!((2..=5).contains(stars) && *distance_hm <= 200, "{stay:?}");
            assert!(
                (Decimal::from(15)..Decimal::from(800)).contains(&per_night.amount),
                "{stay:?}"
            );
            names.insert((hotel.clone(), stay.refundable));
            by_stars[usize::from(*stars)].push(per_night.amount);
        }
        assert_eq!(
            names.len(),
            stays.len(),
            "one light and one flexible rate for each name"
        );
        let average =
            |prices: &Vec<Decimal>| prices.iter().sum::<Decimal>() / Decimal::from(prices.len() as u64);
        let averages: Vec<_> = by_stars
            .iter()
            .filter(|prices| !prices.is_empty())
            .map(average)
            .collect();
        for pair in averages.windows(2) {
            // A star more may be had a little cheaper further out.
            assert!(
                pair[1] > pair[0] * Decimal::new(85, 2),
                "{}: {averages:?}",
                airport.iata
            );
        }
    }
}

/// Nothing beyond a year, nothing in the past: asked, it says so.
#[test]
fn a_year_is_sold_and_no_more() {
    let airports = airports();
    let today = samples::now().in_tz("UTC").expect("a zone").date();
    for (days, sold) in [(-2, false), (1, true), (180, true), (364, true), (372, false)] {
        let wish = FlightSearch {
            depart_on: today.checked_add(i64::from(days).days()).expect("a date"),
            return_on: None,
            origins: vec!["BER".parse().expect("a code")],
            destinations: vec![airports[0].iata],
            cabin: Cabin::Economy,
            travellers: 1,
            depart_after: None,
            arrive_before: None,
            non_stop: false,
        };
        assert_eq!(
            INVENTORY.flights(&wish, samples::now(), LIFETIME).is_ok(),
            sold,
            "{days} days out"
        );
    }
}
