//! Covers: what must hold of the options whatever is on offer: nothing dearer and worse, three where there are three,
//! not the same flight over and over, and the cheapest never missed. Checked against every combination there is.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::counts::{PartOfDay, counts, parts_of_day, subject};
use crate::rejudge::judge_offers;

fn timed(id: usize, total: i64, hour: i8, minutes: i64, back: i8, refundable: bool) -> Offer {
    let mut offer = flight(&format!("f{id}"), total, hour, Cabin::Economy, "Sample Air");
    offer.refundable = refundable;
    let LegContent::Flight {
        outbound, inbound, ..
    } = &mut offer.content
    else {
        unreachable!("a flight");
    };
    outbound[0].flight = format!("SJ {id}");
    outbound[0].arrives.local = outbound[0].departs.local + SignedDuration::from_mins(minutes);
    let length = inbound[0].arrives.local.duration_since(inbound[0].departs.local);
    inbound[0].departs.local = inbound[0].departs.local.date().at(back, 0, 0, 0);
    inbound[0].arrives.local = inbound[0].departs.local + length;
    offer
}

fn room(id: usize, per_night: i64, stars: u8, distance_hm: i64, refundable: bool) -> Offer {
    let mut offer = stay(&format!("s{id}"), per_night, stars);
    offer.refundable = refundable;
    if let LegContent::Stay { distance_km, .. } = &mut offer.content {
        *distance_km = Decimal::new(distance_hm, 1);
    }
    offer
}

/// All of them land before midnight: whoever lands later has paid for a bed without sleeping in it, and is left out.
fn some_flights() -> impl Strategy<Value = Vec<Offer>> {
    let one = (100_i64..400, 5_i8..19, 60_i64..300, 6_i8..21, any::<bool>());
    prop::collection::vec(one, 1..7).prop_map(|all| {
        let made = all.into_iter().enumerate();
        made.map(|(id, (total, hour, minutes, back, refundable))| {
            timed(id, total, hour, minutes, back, refundable)
        })
        .collect()
    })
}

fn some_stays() -> impl Strategy<Value = Vec<Offer>> {
    let one = (50_i64..200, 2_u8..6, 1_i64..60, any::<bool>());
    prop::collection::vec(one, 1..7).prop_map(|all| {
        let made = all.into_iter().enumerate();
        made.map(|(id, (price, stars, distance, refundable))| room(id, price, stars, distance, refundable))
            .collect()
    })
}

/// A trip as people compare it.
struct Seen {
    needs_approval: bool,
    total: Decimal,
    counts: Vec<Decimal>,
    parts: Vec<PartOfDay>,
    flight: String,
}

fn seen(policy: &PinnedPolicy, legs: &[Offer]) -> Seen {
    let plan = plan();
    let verdict = judge_offers(policy, case(policy, &plan).traveller, legs, &[]).unwrap();
    let legs: Vec<Leg> = legs
        .iter()
        .map(|offer| Leg::of(offer, &policy.rates).unwrap())
        .collect();
    Seen {
        needs_approval: !verdict.compliant,
        total: legs.iter().map(|leg| leg.total.amount).sum(),
        counts: legs.iter().flat_map(counts).collect(),
        parts: legs.iter().flat_map(parts_of_day).collect(),
        flight: subject(&legs[0]).to_owned(),
    }
}

/// The other is no dearer, no worse on any count, and better on one, or cheaper at the same times of day.
fn is_beaten(one: &Seen, by: &Seen) -> bool {
    let pairs = || one.counts.iter().zip(&by.counts);
    by.needs_approval <= one.needs_approval
        && by.total <= one.total
        && pairs().all(|(own, other)| other <= own)
        && (pairs().any(|(own, other)| other < own) || (by.total < one.total && by.parts == one.parts))
}

fn all_trips(policy: &PinnedPolicy, flights: &[Offer], stays: &[Offer]) -> Vec<Seen> {
    let pairs = flights
        .iter()
        .flat_map(|flight| stays.iter().map(move |stay| [flight.clone(), stay.clone()]));
    pairs.map(|legs| seen(policy, &legs)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn nothing_shown_is_dearer_and_worse_and_what_can_be_chosen_is_shown(
        flights in some_flights(), stays in some_stays(), cap in 60_i64..220,
    ) {
        let policy = policy_of(vec![hotel_cap("hotel", cap), bands()], false);
        let offers: Vec<Offer> = flights.iter().chain(&stays).cloned().collect();
        let (options, _) = ranked(&policy, &plan(), &offers);
        let all = all_trips(&policy, &flights, &stays);
        let front: Vec<&Seen> = all.iter().filter(|one| !all.iter().any(|by| is_beaten(one, by))).collect();
        let shown: Vec<Seen> = options.iter().map(|option| seen(&policy, &option.legs)).collect();

        let beaten = shown.iter().filter(|one| all.iter().any(|by| is_beaten(one, by))).count();
        prop_assert!(beaten == 0 || front.len() < 3, "{beaten} options are beaten, {} are not", front.len());
        prop_assert!(options.len() <= 6 && options.len() >= front.len().min(3));
        // Of those that need no approval, and of all, the cheapest is there.
        for compliant in [true, false] {
            let cheapest = |among: &mut dyn Iterator<Item = &Seen>| {
                among.filter(|one| !compliant || !one.needs_approval).map(|one| one.total).min()
            };
            if compliant || !all.iter().any(|one| !one.needs_approval) {
                prop_assert_eq!(cheapest(&mut shown.iter()), cheapest(&mut all.iter()));
            }
        }
        let flights_of = |trips: &mut dyn Iterator<Item = &Seen>| {
            trips.map(|one| one.flight.clone()).collect::<BTreeSet<_>>().len()
        };
        let is_first_choice = |one: &&&Seen| !one.needs_approval || front.iter().all(|one| one.needs_approval);
        if flights_of(&mut front.iter().filter(is_first_choice).copied()) > 1 {
            prop_assert!(flights_of(&mut shown.iter()) > 1, "always the same flight");
        }
        for option in &options {
            prop_assert!(!option.reason.is_empty() && !option.reason.trim_end_matches('.').contains(". "));
        }
    }
}

#[test]
fn a_dearer_evening_is_a_choice_and_a_dearer_morning_is_none() {
    let stays = [room(0, 70, 3, 10, true)];
    for (hour, expected) in [(9, vec!["SJ 0", "SJ 2"]), (18, vec!["SJ 0", "SJ 1", "SJ 2"])] {
        let offers = [
            timed(0, 200, 8, 180, 18, true),
            timed(1, 240, hour, 180, 18, true),
            timed(2, 300, 8, 120, 18, true),
            stays[0].clone(),
            room(1, 99, 4, 5, true),
        ];
        let (options, _) = ranked(&policy_of(Vec::new(), false), &plan(), &offers);
        let flown: BTreeSet<&str> = options
            .iter()
            .filter_map(|option| match &option.legs[0].content {
                LegContent::Flight { outbound, .. } => Some(outbound[0].flight.as_str()),
                LegContent::Stay { .. } => None,
            })
            .collect();
        assert_eq!(flown, expected.into_iter().collect(), "at {hour}");
        let told = options.iter().any(|option| {
            option
                .reason
                .ends_with("leaving in the evening instead of the morning")
        });
        assert_eq!(told, hour == 18);
    }
}

#[test]
fn no_flight_and_no_hotel_takes_more_than_half_where_there_is_another() {
    let mut offers: Vec<Offer> = (0..4)
        .map(|id| room(id as usize, 60 + 20 * id, 2 + id as u8, 30 - id, true))
        .collect();
    offers.push(timed(0, 200, 8, 180, 18, false));
    offers.push(timed(1, 380, 18, 180, 18, true));
    let (options, _) = ranked(&policy_of(Vec::new(), false), &plan(), &offers);
    assert_eq!(options.len(), 6);
    let on_the_first = options
        .iter()
        .filter(|option| option.legs[0].id.as_str() == "f0")
        .count();
    assert_eq!(on_the_first, 3);
}

#[test]
fn a_flight_that_lands_when_the_first_night_is_over_is_left_out_where_others_land_in_time() {
    let rooms = [room(0, 70, 3, 10, true), room(1, 90, 4, 5, true)];
    // It leaves at eight in the evening.
    let landing = |minutes: i64| timed(0, 100, 20, minutes, 18, true);
    let in_time = timed(1, 300, 8, 180, 18, true);
    let takes_it = |flights: Vec<Offer>| {
        let offers: Vec<Offer> = flights.into_iter().chain(rooms.clone()).collect();
        let (options, _) = ranked(&policy_of(Vec::new(), false), &plan(), &offers);
        let mut flights = options.iter().map(|option| option.legs[0].id.as_str());
        flights.any(|id| id == "f0")
    };
    // At midnight, at half past and just before four there is still a bed to sleep in.
    for (minutes, expected) in [
        (4 * 60, true),
        (4 * 60 + 30, true),
        (8 * 60 - 1, true),
        (8 * 60, false),
        (14 * 60, false),
    ] {
        let late = landing(minutes);
        assert_eq!(
            takes_it(vec![late.clone(), in_time.clone()]),
            expected,
            "{minutes}"
        );
        assert!(takes_it(vec![late]), "{minutes}: nothing else lands in time");
    }
}
