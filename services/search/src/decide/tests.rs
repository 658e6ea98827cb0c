//! Given suppliers' answers, then a decision; given a plan, then its neighbours.

use events_schema::ids::SupplierId;
use events_schema::samples;
use events_schema::search::SupplierAnswer;
use rust_decimal::Decimal;

use super::*;

fn answer(outcome: SupplierOutcome) -> SupplierAnswer {
    SupplierAnswer {
        supplier: SupplierId::new("s"),
        outcome,
        offers: 0,
        elapsed_ms: 1,
    }
}

fn stay_offer() -> Offer {
    let stay = samples::plan().stay.unwrap();
    let content = LegContent::Stay {
        hotel: "Sample House".into(),
        stars: 3,
        place: stay.place,
        check_in: stay.check_in,
        check_out: stay.check_out,
        nights: 2,
        rooms: 1,
        per_night: Money::euros(100),
        distance_km: Decimal::ONE,
    };
    Offer {
        content,
        total: Money::euros(200),
        ..samples::flight_offer()
    }
}

#[test]
fn a_plan_is_found_only_as_a_whole() {
    use SupplierOutcome::{Answered, Failed, Skipped, TimedOut};
    let both = samples::plan();
    let flight_only = TripPlan {
        stay: None,
        ..samples::plan()
    };
    let limit = Duration::from_secs(8);
    let failed = |reason: &str| Decision::Failed {
        reason: reason.into(),
    };
    for (plan, offers, outcomes, expected) in [
        (
            &both,
            vec![samples::flight_offer(), stay_offer()],
            vec![Answered],
            Decision::Found { flights: 1, stays: 1 },
        ),
        // One supplier's offers are enough, whatever became of the others.
        (
            &flight_only,
            vec![samples::flight_offer()],
            vec![Failed, TimedOut],
            Decision::Found { flights: 1, stays: 0 },
        ),
        (
            &both,
            vec![samples::flight_offer()],
            vec![Answered, Failed],
            Decision::Nothing,
        ),
        (&both, vec![stay_offer()], vec![Answered], Decision::Nothing),
        (&both, vec![], vec![Answered, TimedOut], Decision::Nothing),
        (
            &both,
            vec![],
            vec![TimedOut, TimedOut],
            failed("no supplier answered within 8 s"),
        ),
        (
            &both,
            vec![],
            vec![TimedOut, Failed],
            failed("every supplier failed or was late"),
        ),
        (
            &both,
            vec![],
            vec![Skipped, Failed],
            failed("every supplier failed or was late"),
        ),
        (
            &both,
            vec![],
            vec![Skipped],
            failed("every supplier failed again and again of late, and none is asked for a minute"),
        ),
        (&both, vec![], vec![], failed("no supplier is configured")),
    ] {
        let found = Found {
            offers,
            answers: outcomes.iter().copied().map(answer).collect(),
        };
        assert_eq!(decide(plan, &found, limit), expected, "{outcomes:?}");
    }
}

#[test]
fn the_nearest_plans_are_a_day_either_side_and_other_airports() {
    let plan = samples::plan();
    let candidates = nearby(&plan, samples::now());
    let differences: Vec<&str> = candidates
        .iter()
        .map(|candidate| candidate.difference.as_str())
        .collect();
    assert_eq!(differences[..2], ["A day earlier", "A day later"]);
    assert!(
        differences[2..]
            .iter()
            .any(|text| text.starts_with("Flying from Leipzig")),
        "{differences:?}"
    );
    let earlier = &candidates[0].plan;
    let (flight, stay) = (earlier.flight.as_ref().unwrap(), earlier.stay.as_ref().unwrap());
    assert_eq!(flight.depart_on.to_string(), "2026-12-02");
    assert_eq!(flight.return_on.unwrap().to_string(), "2026-12-04");
    assert_eq!(
        (stay.check_in.to_string(), stay.nights()),
        ("2026-12-02".into(), 2)
    );
    for candidate in &candidates[2..] {
        assert_eq!(candidate.plan.stay, plan.stay, "the stay is where it was");
    }
}

#[test]
fn nothing_is_suggested_in_the_past() {
    let on_the_day: Timestamp = "2026-12-03T05:00:00Z".parse().unwrap();
    let candidates = nearby(&samples::plan(), on_the_day);
    assert!(
        candidates
            .iter()
            .all(|candidate| candidate.difference != "A day earlier"),
        "{candidates:?}"
    );
}

#[test]
fn an_alternative_must_be_whole_and_says_what_it_costs() {
    let candidates = nearby(&samples::plan(), samples::now());
    let whole = Found {
        offers: vec![samples::flight_offer(), stay_offer()],
        answers: vec![],
    };
    let half = Found {
        offers: vec![samples::flight_offer()],
        answers: vec![],
    };
    let nothing = Found::default();
    let found = [half, whole, nothing.clone(), nothing];
    let expected = alternatives(candidates, &found);
    assert_eq!(expected.len(), 1);
    assert_eq!(expected[0].summary, "A day later, from 412.40 EUR");
}

#[test]
fn a_trip_with_narrow_wishes_is_first_suggested_without_them_on_the_same_day() {
    let early = Some(jiff::civil::time(7, 0, 0, 0));
    for (arrive_before, non_stop, expected) in [
        (early, false, Some("At another time of day")),
        (None, true, Some("With a stop")),
        (early, true, Some("At another time of day, or with a stop")),
        (None, false, None),
    ] {
        let mut plan = samples::plan();
        let wish = plan.flight.as_mut().unwrap();
        (wish.arrive_before, wish.non_stop) = (arrive_before, non_stop);
        let first = nearby(&plan, samples::now()).remove(0);
        assert_eq!(first.difference, expected.unwrap_or("A day earlier"));
        if expected.is_some() {
            let relaxed = first.plan.flight.unwrap();
            assert_eq!((relaxed.arrive_before, relaxed.non_stop), (None, false));
            assert_eq!(relaxed.depart_on, plan.flight.unwrap().depart_on);
        }
    }
}
