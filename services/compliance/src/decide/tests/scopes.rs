//! Covers: for whom, for how long a flight and for how far a rule holds, at the edges of each scope, and that of several
//! caps the lower one holds. Does not cover how reach is told from two airports: `leg` does.

use super::*;
use crate::decide::estimated_minutes;

const LEVELS: [EmployeeLevel; 5] = [
    EmployeeLevel::L1,
    EmployeeLevel::L2,
    EmployeeLevel::L3,
    EmployeeLevel::L4,
    EmployeeLevel::L5,
];

/// A business flight at 400, which every rule made here finds too much, if it speaks about the flight at all.
fn flown(there: u32, back: u32, from: &str, to: &str) -> Offer {
    let mut offer = flight("f", 400, 7, Cabin::Business, "Sample Air");
    let LegContent::Flight {
        outbound, inbound, ..
    } = &mut offer.content
    else {
        unreachable!("a flight");
    };
    let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
    (outbound[0].from, outbound[0].to) = (from, to);
    (inbound[0].from, inbound[0].to) = (to, from);
    (outbound[0].duration_minutes, inbound[0].duration_minutes) = (there, back);
    offer
}

/// Both kinds of rules that have scopes, each with this one.
fn scoped(scope: &Value) -> [Rule; 2] {
    let mut kinds = [
        json!({"kind": "fare_cap", "perTraveller": euros(100)}),
        json!({"kind": "cabin_limit", "highest": "economy", "approvals": ["L1"]}),
    ];
    for body in &mut kinds {
        body.as_object_mut()
            .unwrap()
            .extend(scope.as_object().unwrap().clone());
    }
    kinds.map(|body| rule("scoped", body))
}

fn told(rules: Vec<Rule>, level: EmployeeLevel, offer: &Offer) -> events_schema::approval::Verdict {
    let policy = policy_of(rules, false);
    let leg = Leg::of(offer, &policy.rates).unwrap();
    let traveller = Traveller {
        level,
        ..case(&policy, &plan()).traveller
    };
    let findings = LegFindings::of(&policy, traveller, &leg, std::slice::from_ref(&leg));
    crate::verdict::verdict(&policy, &[&findings])
}

/// A rule that holds asks somebody; one that does not leaves a trace that says so, and asks nobody.
fn check(rule: Rule, level: EmployeeLevel, offer: &Offer, holds: bool) {
    let about = format!("{:?} for {level:?}", rule.kind);
    let verdict = told(vec![rule], level, offer);
    let expected = if holds {
        RuleVerdict::Exceeded
    } else {
        RuleVerdict::NotApplicable
    };
    assert_eq!(verdict.traces[0].verdict, expected, "{about}");
    assert_eq!(verdict.compliant, !holds, "{about}");
    assert_eq!(
        verdict.approvals,
        if holds { vec![ApprovalLevel::L1] } else { vec![] },
        "{about}"
    );
}

#[test]
fn a_rule_holds_for_the_levels_it_names_and_for_all_if_it_names_none() {
    use EmployeeLevel::{L1, L4, L5};
    for (named, held) in [
        (json!([]), &LEVELS[..]),
        (json!(["L1"]), &[L1]),
        (json!(["L5"]), &[L5]),
        (json!(["L4", "L5"]), &[L4, L5]),
        (json!(["L1", "L5"]), &[L1, L5]),
    ] {
        for level in LEVELS {
            for rule in scoped(&json!({"levels": named})) {
                check(rule, level, &flown(225, 225, "BER", "LIS"), held.contains(&level));
            }
        }
    }
}

#[test]
fn a_flight_of_six_hours_is_no_flight_under_six_hours() {
    let (below, from) = (json!({"belowMinutes": 360}), json!({"fromMinutes": 360}));
    let between = json!({"fromMinutes": 180, "belowMinutes": 360});
    for (time, there, back, holds) in [
        (&below, 359, 359, true),
        (&below, 360, 360, false),
        (&from, 359, 359, false),
        (&from, 360, 360, true),
        (&between, 179, 179, false),
        (&between, 180, 180, true),
        (&between, 359, 359, true),
        (&between, 360, 360, false),
        (&json!({}), 1, 1, true),
        // One way each, the longer of both: not their sum, and not the way out alone.
        (&below, 300, 359, true),
        (&below, 300, 360, false),
        (&from, 360, 300, true),
        (&from, 359, 300, false),
    ] {
        for rule in scoped(&json!({"flightTime": time})) {
            check(rule, EmployeeLevel::L2, &flown(there, back, "BER", "LIS"), holds);
        }
    }
}

#[test]
fn a_fare_cap_holds_as_far_as_it_reaches() {
    let routes = [
        ("domestic", "BER", "MUC"),
        ("continental", "BER", "LIS"),
        ("intercontinental", "FRA", "JFK"),
    ];
    let capped = |reach: &str| {
        rule(
            "reach",
            json!({"kind": "fare_cap", "reach": reach, "perTraveller": euros(100)}),
        )
    };
    for (reach, _, _) in routes {
        for (flown_reach, from, to) in routes {
            check(
                capped(reach),
                EmployeeLevel::L2,
                &flown(225, 225, from, to),
                reach == flown_reach,
            );
        }
        // Nobody knows how far it is: the strict reading.
        check(
            capped(reach),
            EmployeeLevel::L2,
            &flown(225, 225, "BER", "XXX"),
            true,
        );
    }
    for (_, from, to) in routes {
        check(
            fare_cap("anywhere", 100),
            EmployeeLevel::L2,
            &flown(225, 225, from, to),
            true,
        );
    }
}

/// Before there are prices, a cabin that nobody may allow is refused by the same scopes, on an estimate of the time.
#[test]
fn a_plan_is_refused_only_where_the_cabin_rule_speaks_of_it() {
    let mut wish = plan();
    wish.flight.as_mut().unwrap().cabin = Some(Cabin::Business);
    let minutes = estimated_minutes(wish.flight.as_ref().unwrap()).unwrap();
    for (scope, refused) in [
        (json!({}), true),
        (json!({"levels": ["L2"]}), true),
        (json!({"levels": ["L1", "L5"]}), false),
        (json!({"flightTime": {"belowMinutes": minutes + 1}}), true),
        (json!({"flightTime": {"belowMinutes": minutes}}), false),
        (json!({"flightTime": {"fromMinutes": minutes}}), true),
        (json!({"flightTime": {"fromMinutes": minutes + 1}}), false),
        (
            json!({"flightTime": {"fromMinutes": minutes}, "levels": ["L1"]}),
            false,
        ),
    ] {
        let mut body = json!({"kind": "cabin_limit", "highest": "economy", "approvals": []});
        body.as_object_mut()
            .unwrap()
            .extend(scope.as_object().unwrap().clone());
        let policy = policy_of(vec![rule("cabin", body)], false);
        let rejected = matches!(decide_plan(case(&policy, &wish)), PlanDecision::Rejected(_));
        assert_eq!(rejected, refused, "{scope}, {minutes} minutes");
    }
}

#[test]
fn of_several_fare_caps_the_lower_one_that_speaks_of_the_traveller_holds() {
    use ApprovalLevel::{Finance, L1};
    let low = |id: &str, levels: Value| {
        rule(
            id,
            json!({"kind": "fare_cap", "levels": levels, "perTraveller": euros(250)}),
        )
    };
    let all = json!([]);
    for (total, levels, expected, broken) in [
        (250, &all, &[][..], &[][..]),
        (251, &all, &[L1], &["low"]),
        (300, &all, &[L1], &["low"]),
        // More than a fifth above the lower cap is Finance's business too, though hardly above the higher one.
        (301, &all, &[L1, Finance], &["high", "low"]),
        // The lower one is not this traveller's.
        (300, &json!(["L5"]), &[], &[]),
        (301, &json!(["L5"]), &[L1], &["high"]),
        (301, &json!(["L2"]), &[L1, Finance], &["high", "low"]),
    ] {
        // By name the higher one comes first, then last: the order must not matter.
        for high in ["high", "the-high"] {
            let rules = vec![fare_cap(high, 300), low("low", levels.clone()), bands()];
            let offer = flight("f", total, 7, Cabin::Economy, "Sample Air");
            let verdict = told(rules, EmployeeLevel::L2, &offer);
            assert_eq!(verdict.approvals, expected, "{total} with {levels}");
            assert_eq!(verdict.compliant, expected.is_empty(), "{total} with {levels}");
            let exceeded: BTreeSet<&str> = verdict
                .traces
                .iter()
                .filter(|trace| trace.over.is_some())
                .map(|trace| trace.rule.as_str().trim_start_matches("the-"))
                .collect();
            assert_eq!(
                exceeded,
                broken.iter().copied().collect(),
                "{total} with {levels}"
            );
        }
    }
}

#[test]
fn of_equally_specific_hotel_caps_the_lower_holds() {
    for (per_night, compliant) in [(100, true), (101, false), (150, false)] {
        let rules = vec![hotel_cap("a", 150), hotel_cap("b", 100), bands()];
        let verdict = told(rules, EmployeeLevel::L2, &stay("s", per_night, 3));
        assert_eq!(verdict.compliant, compliant, "{per_night} a night");
    }
}
