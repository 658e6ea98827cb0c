//! Covers: what plans and options are told, case by case; what must hold whatever the rules is in `properties`. Does not cover: reading tables, and
//! whether the sample supplier's prices give a good choice; the tests from outside see those.

use std::collections::{BTreeMap, BTreeSet};

use events_schema::approval::{ApprovalLevel, RuleVerdict, Silence};
use events_schema::ids::{OfferId, PolicyVersion};
use events_schema::person::EmployeeLevel;
use events_schema::policy::PolicyRetrieved;
use events_schema::rows::{ClauseRow, PolicyRules, Rule, StrictDefaults};
use events_schema::samples;
use events_schema::trip::{LegContent, StayWish};
use iso_currency::Currency;
use jiff::civil::date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::*;

mod choice;
mod procedures;
mod properties;
mod scopes;
mod wishes;

fn rule(id: &str, body: Value) -> Rule {
    let mut json = json!({"id": id, "clause": "4.2"});
    json.as_object_mut()
        .unwrap()
        .extend(body.as_object().unwrap().clone());
    serde_json::from_value(json).unwrap()
}

fn euros(amount: i64) -> Value {
    json!({"amount": amount.to_string(), "currency": "EUR"})
}

fn hotel_cap(id: &str, amount: i64) -> Rule {
    rule(id, json!({"kind": "hotel_cap", "perNight": euros(amount)}))
}

fn fare_cap(id: &str, amount: i64) -> Rule {
    rule(id, json!({"kind": "fare_cap", "perTraveller": euros(amount)}))
}

fn cabin_rule(id: &str, highest: &str, approvals: Value) -> Rule {
    rule(
        id,
        json!({"kind": "cabin_limit", "highest": highest, "approvals": approvals}),
    )
}

fn bands() -> Rule {
    rule(
        "bands",
        json!({"kind": "approval_by_overage", "bands": [
            {"upToPercent": 20, "approvals": ["L1"]},
            {"upToPercent": 50, "approvals": ["L1", "Finance"]},
            {"approvals": ["L1", "L2", "Finance"]}]}),
    )
}

fn policy_of(rules: Vec<Rule>, silent: bool) -> PinnedPolicy {
    let clause = |id: &str, text: &str| ClauseRow {
        version: PolicyVersion::new("v"),
        clause_id: ClauseId::new(id),
        section: "4 Hotels".into(),
        page: None,
        text: text.into(),
        vector: None,
        reading: None,
    };
    let rules = PolicyRules {
        version: PolicyVersion::new("v"),
        currency: Currency::EUR,
        rates: BTreeMap::new(),
        strict: StrictDefaults {
            clause: ClauseId::new("1.4"),
            highest_cabin: Cabin::Economy,
            approvals: vec![ApprovalLevel::L1],
            sla_hours: 24,
            silence: Silence::Declines,
        },
        rules,
    };
    let retrieved = PolicyRetrieved {
        version: PolicyVersion::new("v"),
        clauses: Vec::new(),
        silent,
        currency: Currency::EUR,
        rates: BTreeMap::from([("USD".into(), Decimal::new(90, 2))]),
    };
    PinnedPolicy::new(
        rules,
        &[clause("4.2", "The clause's words."), clause("1.4", "Be strict.")],
        &retrieved,
    )
}

fn plan() -> TripPlan {
    let mut plan = samples::plan();
    plan.stay.as_mut().unwrap().max_per_night = None;
    plan
}

fn case<'a>(policy: &'a PinnedPolicy, plan: &'a TripPlan) -> Case<'a> {
    Case {
        policy,
        traveller: Traveller {
            level: EmployeeLevel::L2,
            requested_on: date(2026, 11, 21),
        },
        plan,
        revision: 0,
    }
}

fn flight(id: &str, total: i64, hour: i8, cabin: Cabin, carrier: &str) -> Offer {
    let mut offer = samples::flight_offer();
    offer.id = OfferId::new(id);
    offer.total = Money::euros(total);
    let LegContent::Flight {
        outbound,
        inbound,
        cabin: flown,
        ..
    } = &mut offer.content
    else {
        unreachable!("the sample is a flight");
    };
    *flown = cabin;
    outbound[0].departs.local = date(2026, 12, 3).at(hour, 0, 0, 0);
    outbound[0].arrives.local = date(2026, 12, 3).at(hour + 3, 0, 0, 0);
    outbound[0].carrier = carrier.into();
    inbound[0].carrier = carrier.into();
    offer
}

fn stay(id: &str, per_night: i64, stars: u8) -> Offer {
    let StayWish {
        place,
        check_in,
        check_out,
        ..
    } = samples::plan().stay.unwrap();
    Offer {
        id: OfferId::new(id),
        total: Money::euros(per_night * 2),
        refundable: true,
        content: LegContent::Stay {
            hotel: format!("Sample House {id}"),
            stars,
            place,
            check_in,
            check_out,
            nights: 2,
            rooms: 1,
            per_night: Money::euros(per_night),
            distance_km: Decimal::new(i64::from(stars), 0),
        },
        ..samples::flight_offer()
    }
}

fn market() -> Vec<Offer> {
    vec![
        flight("f1", 200, 7, Cabin::Economy, "Sample Air"),
        flight("f2", 320, 12, Cabin::Economy, "Example Airways"),
        flight("f3", 700, 8, Cabin::Business, "Sample Air"),
        stay("s2", 70, 2),
        stay("s3", 110, 3),
        stay("s4", 145, 4),
    ]
}

fn ranked(policy: &PinnedPolicy, plan: &TripPlan, offers: &[Offer]) -> (Vec<TripOption>, OptionsRanked) {
    match decide_options(case(policy, plan), offers) {
        OptionsDecision::Ranked(options, event) => (options, event),
        OptionsDecision::Rejected(rejected) => panic!("rejected: {:?}", rejected.violations),
    }
}

fn violations(policy: &PinnedPolicy, plan: &TripPlan, offers: &[Offer]) -> Vec<(String, String)> {
    match decide_options(case(policy, plan), offers) {
        OptionsDecision::Ranked(options, _) => panic!("{} options", options.len()),
        OptionsDecision::Rejected(rejected) => rejected
            .violations
            .into_iter()
            .map(|one| (one.rule.to_string(), one.field))
            .collect(),
    }
}

#[test]
fn options_come_compliant_first_then_by_total_and_quote_their_clauses() {
    let policy = policy_of(vec![hotel_cap("hotel", 130), bands()], false);
    let (options, event) = ranked(&policy, &plan(), &market());
    assert!(options.len() >= 3);
    assert_eq!(options[0].id.as_str(), "1-a");
    assert_eq!(options[0].reason, "Cheapest within policy");
    assert_eq!(options[0].total, Money::euros(340));
    let keys: Vec<_> = options
        .iter()
        .map(|one| (!one.verdict.compliant, one.total.amount))
        .collect();
    assert!(keys.is_sorted(), "{keys:?}");
    let dear = options
        .iter()
        .find(|one| !one.verdict.compliant)
        .expect("the four stars at 145");
    assert_eq!(dear.verdict.approvals, [ApprovalLevel::L1]);
    assert_eq!(
        dear.reason,
        "15.00 EUR over the hotel cap of 130.00 EUR a night: needs your manager"
    );
    let trace = dear
        .verdict
        .traces
        .iter()
        .find(|trace| trace.verdict == RuleVerdict::Exceeded)
        .unwrap();
    assert_eq!(
        (trace.quote.as_str(), trace.over),
        ("The clause's words.", Some(Money::euros(15)))
    );
    assert_eq!(
        event.compliant as usize,
        options.iter().filter(|one| one.verdict.compliant).count()
    );
    assert_eq!(event.lowest_total, Money::euros(340));
    assert!(options.iter().all(|one| one.legs.len() == 2));
}

#[test]
fn overage_decides_who_is_asked() {
    for (cap, expected) in [
        (145, &[][..]),
        (121, &[ApprovalLevel::L1]),
        (120, &[ApprovalLevel::L1, ApprovalLevel::Finance]),
        (97, &[ApprovalLevel::L1, ApprovalLevel::Finance]),
        (
            96,
            &[ApprovalLevel::L1, ApprovalLevel::L2, ApprovalLevel::Finance],
        ),
    ] {
        let policy = policy_of(vec![hotel_cap("hotel", cap), bands()], false);
        let offers = [
            flight("f1", 200, 7, Cabin::Economy, "Sample Air"),
            stay("s4", 145, 4),
        ];
        let (options, _) = ranked(&policy, &plan(), &offers);
        assert_eq!(options[0].verdict.approvals, expected, "cap {cap}");
        assert_eq!(options[0].verdict.compliant, expected.is_empty(), "cap {cap}");
    }
}

#[test]
fn each_rule_says_what_it_must() {
    let preferred = json!({"kind": "preferred_suppliers", "suppliers": ["Example Airways"], "legs": "flight",
        "withinPercent": 10, "approvals": ["L1"]});
    let lowest = json!({"kind": "lowest_logical_fare", "windowMinutes": 120, "tolerancePercent": 25, "approvals": ["L1"]});
    let refundable = |above| json!({"kind": "refundability", "legs": "flight", "above": euros(above), "approvals": ["L1"]});
    let advance = |days| {
        json!({"kind": "advance_purchase", "bands": [{"minDays": days, "approvals": []},
            {"minDays": 0, "approvals": ["L1", "Finance"]}]})
    };
    let f = |id: &str, total, hour, carrier| flight(id, total, hour, Cabin::Economy, carrier);
    // The first flight of each list is the one whose approvals are expected.
    for (name, body, flights, expected) in [
        (
            "preferred near",
            preferred.clone(),
            vec![f("a", 200, 7, "Sample Air"), f("b", 220, 7, "Example Airways")],
            1,
        ),
        (
            "preferred far",
            preferred.clone(),
            vec![f("a", 200, 7, "Sample Air"), f("b", 221, 7, "Example Airways")],
            0,
        ),
        (
            "preferred taken",
            preferred,
            vec![f("a", 219, 7, "Example Airways"), f("b", 200, 7, "Sample Air")],
            0,
        ),
        (
            "lowest beside",
            lowest.clone(),
            vec![f("a", 251, 7, "Sample Air"), f("b", 200, 9, "Sample Air")],
            1,
        ),
        (
            "lowest tolerated",
            lowest.clone(),
            vec![f("a", 250, 7, "Sample Air"), f("b", 200, 9, "Sample Air")],
            0,
        ),
        (
            "lowest elsewhere",
            lowest,
            vec![f("a", 251, 7, "Sample Air"), f("b", 200, 10, "Sample Air")],
            0,
        ),
        (
            "refundable above",
            refundable(199),
            vec![f("a", 200, 7, "Sample Air")],
            1,
        ),
        (
            "refundable at",
            refundable(200),
            vec![f("a", 200, 7, "Sample Air")],
            0,
        ),
        ("12 days", advance(12), vec![f("a", 200, 7, "Sample Air")], 0),
        (
            "12 of 13 days",
            advance(13),
            vec![f("a", 200, 7, "Sample Air")],
            2,
        ),
    ] {
        let policy = policy_of(vec![rule("r", body)], false);
        let plan = TripPlan { stay: None, ..plan() };
        let legs: Vec<Leg> = flights
            .iter()
            .map(|offer| Leg::of(offer, &policy.rates).unwrap())
            .collect();
        let findings = LegFindings::of(&policy, case(&policy, &plan).traveller, &legs[0], &legs);
        let verdict = crate::verdict::verdict(&policy, &[&findings]);
        assert_eq!(verdict.approvals.len(), expected, "{name}: {:?}", verdict.traces);
        assert_eq!(verdict.compliant, expected == 0, "{name}");
    }
}

#[test]
fn the_most_specific_hotel_cap_holds_in_its_season() {
    let lisbon = |id: &str, amount, season: Option<(&str, &str)>| {
        let mut body = json!({"kind": "hotel_cap", "city": "Lisbon", "perNight": euros(amount)});
        if let Some((from, to)) = season {
            body["season"] = json!({"from": from, "to": to});
        }
        rule(id, body)
    };
    let offers = [
        flight("f1", 200, 7, Cabin::Economy, "Sample Air"),
        stay("s", 145, 4),
    ];
    for (rules, compliant) in [
        (vec![hotel_cap("any", 100), lisbon("lisbon", 150, None)], true),
        (vec![hotel_cap("any", 200), lisbon("lisbon", 140, None)], false),
        (
            vec![
                lisbon("lisbon", 140, None),
                lisbon("winter", 150, Some(("11-01", "03-31"))),
            ],
            true,
        ),
        (
            vec![
                lisbon("lisbon", 140, None),
                lisbon("summer", 150, Some(("05-01", "09-30"))),
            ],
            false,
        ),
        // The second night is another season's: each night's cap must hold.
        (
            vec![
                lisbon("lisbon", 140, None),
                lisbon("until", 150, Some(("12-01", "12-03"))),
            ],
            false,
        ),
    ] {
        let policy = policy_of(rules.clone(), false);
        assert_eq!(
            ranked(&policy, &plan(), &offers).0[0].verdict.compliant,
            compliant,
            "{rules:?}"
        );
    }
}

#[test]
fn a_cabin_nobody_may_allow_is_refused_before_and_after_prices() {
    let policy = policy_of(vec![cabin_rule("short", "economy", json!([]))], false);
    let mut wish = plan();
    wish.flight.as_mut().unwrap().cabin = Some(Cabin::Business);
    let PlanDecision::Rejected(rejected) = decide_plan(case(&policy, &wish)) else {
        panic!("accepted");
    };
    let told = &rejected.violations[0];
    assert_eq!(
        (told.field.as_str(), told.observed.as_str(), told.limit.as_str()),
        ("cabin", "business", "economy")
    );
    assert_eq!(
        violations(&policy, &wish, &market()),
        [("short".to_owned(), "cabin".to_owned())]
    );

    let asking = policy_of(vec![cabin_rule("short", "economy", json!(["L1"]))], false);
    assert!(matches!(
        decide_plan(case(&asking, &wish)),
        PlanDecision::Accepted(_)
    ));
    let (options, _) = ranked(&asking, &wish, &market());
    assert_eq!(
        options[0].reason,
        "business instead of economy: needs your manager"
    );
}

#[test]
fn without_a_cabin_asked_for_the_lowest_is_offered_and_excluded_carriers_never() {
    let excluded = rule(
        "no",
        json!({"kind": "excluded_suppliers", "suppliers": ["Sample Air"]}),
    );
    let (options, _) = ranked(&policy_of(vec![excluded.clone()], false), &plan(), &market());
    for option in &options {
        assert_eq!(option.legs[0].id.as_str(), "f2");
    }
    let only = [
        flight("f1", 200, 7, Cabin::Economy, "Sample Air"),
        stay("s3", 110, 3),
    ];
    assert_eq!(
        violations(&policy_of(vec![excluded], false), &plan(), &only),
        [("no".to_owned(), "flight".to_owned())]
    );
}

#[test]
fn a_silent_policy_asks_for_approval_of_everything_and_says_so() {
    let policy = policy_of(Vec::new(), true);
    let (options, event) = ranked(&policy, &plan(), &market());
    assert!(event.strict_defaults && event.compliant == 0);
    for option in &options {
        assert_eq!(option.verdict.approvals, [ApprovalLevel::L1]);
        assert_eq!(
            (option.verdict.approval_sla_hours, option.verdict.silence),
            (24, Silence::Declines)
        );
        assert!(
            option
                .verdict
                .traces
                .iter()
                .any(|trace| trace.quote == "Be strict.")
        );
    }
    let mut business = plan();
    business.flight.as_mut().unwrap().cabin = Some(Cabin::Business);
    assert!(matches!(
        decide_plan(case(&policy, &business)),
        PlanDecision::Rejected(_)
    ));
}

#[test]
fn no_option_is_dearer_and_worse_than_another() {
    let mut offers = market();
    offers.push(stay("worse", 140, 2));
    let (options, _) = ranked(&policy_of(vec![hotel_cap("hotel", 200)], false), &plan(), &offers);
    assert!(options.iter().all(|option| option.legs[1].id.as_str() != "worse"));
}

#[test]
fn options_differ_in_more_than_the_hotels_name() {
    let mut offers = market();
    offers.extend((0..30).map(|n| {
        let mut another = stay(&format!("plain{n}"), 71 + n, 2);
        let LegContent::Stay { distance_km, .. } = &mut another.content else {
            unreachable!("a stay");
        };
        // Ever closer, so that none is beaten by another.
        *distance_km = Decimal::new(190 - n, 2);
        another
    }));
    let (options, _) = ranked(
        &policy_of(vec![hotel_cap("hotel", 130), bands()], false),
        &plan(),
        &offers,
    );
    let stars: BTreeSet<u8> = options
        .iter()
        .filter_map(|option| match option.legs[1].content {
            LegContent::Stay { stars, .. } => Some(stars),
            LegContent::Flight { .. } => None,
        })
        .collect();
    assert_eq!(stars, BTreeSet::from([2, 3, 4]));
    assert!(options.len() == 6 && options.iter().any(|option| !option.verdict.compliant));
}
