//! Covers: what must hold whatever the rules, the traveller and the offers: a stricter rule never turns a refusal into
//! an acceptance, and the order of rules and offers never matters. Does not cover caps for single cities, where a more
//! specific cap may be the looser one by intent.

use std::collections::BTreeSet;

use events_schema::approval::{ApprovalLevel, Silence};
use events_schema::ids::OfferId;
use events_schema::person::EmployeeLevel;
use events_schema::rows::Rule;
use events_schema::trip::{Cabin, LegContent, Offer};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};

use super::{bands, case, euros, flight, plan, policy_of, rule, stay};
use crate::decide::{Case, OptionsDecision, PlanDecision, Traveller, decide_options, decide_plan};
use crate::leg::Leg;
use crate::policy::PinnedPolicy;
use crate::verdict::LegFindings;

/// How hard the policy is on one leg beside all others.
#[derive(Debug)]
struct Hardness {
    forbidden: bool,
    /// Some rule is exceeded or forbids.
    broken: bool,
    approvals: BTreeSet<ApprovalLevel>,
    hours: u32,
    declines: bool,
}

impl Hardness {
    fn of(policy: &PinnedPolicy, traveller: Traveller, leg: &Leg, market: &[Leg]) -> Self {
        let findings = LegFindings::of(policy, traveller, leg, market);
        let verdict = crate::verdict::verdict(policy, &[&findings]);
        Self {
            forbidden: !findings.forbidden(policy).is_empty(),
            broken: !verdict.compliant,
            approvals: verdict.approvals.into_iter().collect(),
            hours: verdict.approval_sla_hours,
            declines: verdict.silence == Silence::Declines,
        }
    }

    fn is_at_least(&self, other: &Self) -> bool {
        self.forbidden >= other.forbidden
            && self.broken >= other.broken
            && self.approvals.is_superset(&other.approvals)
            && self.hours <= other.hours
            && self.declines >= other.declines
    }
}

fn some_of<T: Clone + std::fmt::Debug + 'static>(all: &[T]) -> impl Strategy<Value = T> + use<T> {
    prop::sample::select(all.to_vec())
}

/// None, a bound around the length of the flights on offer, or two.
fn any_time() -> impl Strategy<Value = Value> {
    let bound = || prop::option::of(150_u32..420);
    (bound(), bound()).prop_map(|(from, below)| json!({"fromMinutes": from, "belowMinutes": below}))
}

fn any_scope() -> impl Strategy<Value = Value> {
    let levels = some_of(&[
        json!([]),
        json!(["L1"]),
        json!(["L4", "L5"]),
        json!(["L1", "L2", "L3"]),
    ]);
    (any_time(), levels).prop_map(|(time, levels)| json!({"flightTime": time, "levels": levels}))
}

/// What a kind of rule may say; what it has no use for is left aside.
#[derive(Clone, Debug)]
struct Said {
    amount: Value,
    percent: u32,
    approvals: Value,
    legs: &'static str,
    suppliers: Value,
    scope: Value,
    reach: Value,
    cabin: &'static str,
    days: u32,
    silence: &'static str,
}

fn anything_said() -> impl Strategy<Value = Said> {
    let approvals = some_of(&[
        json!([]),
        json!(["L1"]),
        json!(["L1", "Finance"]),
        json!(["L1", "L2"]),
    ]);
    let suppliers = some_of(&[
        json!(["Sample Air"]),
        json!(["Example Airways", "Sample House s1"]),
        json!(["Other", "Sample House"]),
    ]);
    let reaches = [
        Value::Null,
        json!("domestic"),
        json!("continental"),
        json!("intercontinental"),
    ];
    let numbers = (50_i64..800, 0_u32..60, 0_u32..30);
    let words = (
        some_of(&["flight", "stay"]),
        some_of(&["economy", "premium_economy", "business"]),
        some_of(&["approves", "declines"]),
    );
    (
        numbers,
        approvals,
        suppliers,
        any_scope(),
        some_of(&reaches),
        words,
    )
        .prop_map(
            |((amount, percent, days), approvals, suppliers, scope, reach, (legs, cabin, silence))| Said {
                amount: euros(amount),
                percent,
                approvals,
                legs,
                suppliers,
                scope,
                reach,
                cabin,
                days,
                silence,
            },
        )
}

/// All eleven kinds, in the order of `RuleKind`.
const KINDS: usize = 11;

fn body(kind: usize, said: Said) -> Value {
    let Said {
        amount,
        percent,
        approvals,
        legs,
        suppliers,
        scope,
        reach,
        cabin,
        days,
        silence,
    } = said;
    let (time, levels) = (&scope["flightTime"], &scope["levels"]);
    // As an upload has it: only of a cabin and of short notice may it say that nobody is asked.
    let somebody = match approvals.as_array() {
        Some(none) if none.is_empty() => json!(["L1"]),
        _ => approvals.clone(),
    };
    match kind {
        0 => json!({"kind": "advance_purchase", "bands": [{"minDays": days, "approvals": []},
            {"minDays": 0, "approvals": approvals}]}),
        1 => {
            json!({"kind": "fare_cap", "perTraveller": amount, "reach": reach, "flightTime": time, "levels": levels})
        }
        2 => json!({"kind": "hotel_cap", "perNight": amount}),
        3 => json!({"kind": "cabin_limit", "highest": cabin, "approvals": approvals, "flightTime": time,
            "levels": levels}),
        4 => {
            json!({"kind": "preferred_suppliers", "suppliers": suppliers, "legs": legs, "withinPercent": percent,
            "approvals": somebody})
        }
        5 => json!({"kind": "excluded_suppliers", "suppliers": suppliers}),
        6 => {
            json!({"kind": "lowest_logical_fare", "windowMinutes": percent * 10, "tolerancePercent": percent,
            "approvals": somebody})
        }
        7 => json!({"kind": "refundability", "legs": legs, "above": amount, "approvals": somebody}),
        8 => {
            json!({"kind": "approval_by_overage", "bands": [{"upToPercent": percent, "approvals": somebody},
            {"approvals": ["L1", "L2", "Finance"]}]})
        }
        9 => json!({"kind": "approver_sla", "hours": days + 4, "silence": silence}),
        _ => {
            json!({"kind": "reason_codes", "codes": {"fare_cap": silence, "hotel_cap": cabin, "cabin": legs}})
        }
    }
}

fn any_rule(id: String) -> impl Strategy<Value = Rule> {
    (0..KINDS, anything_said()).prop_map(move |(kind, said)| rule(&id, body(kind, said)))
}

fn any_rules() -> impl Strategy<Value = Vec<Rule>> {
    prop::collection::vec(any::<u16>(), 0..8).prop_flat_map(|ids| {
        ids.into_iter()
            .enumerate()
            .map(|(n, id)| any_rule(format!("{id}-{n}")))
            .collect::<Vec<_>>()
    })
}

/// Flights and stays for the plan: of several prices, hours, lengths, cabins and sellers.
fn any_market() -> impl Strategy<Value = Vec<Offer>> {
    let cabins = some_of(&[
        Cabin::Economy,
        Cabin::Economy,
        Cabin::PremiumEconomy,
        Cabin::Business,
    ]);
    let carriers = some_of(&["Sample Air", "Example Airways", "Other"]);
    let fares = (
        100_i64..900,
        5_i8..20,
        150_u32..420,
        cabins,
        carriers,
        any::<bool>(),
    );
    let rooms = (40_i64..400, 1_u8..6, any::<bool>());
    (
        prop::collection::vec(fares, 1..5),
        prop::collection::vec(rooms, 1..4),
    )
        .prop_map(|(fares, rooms)| {
            let flights = fares.into_iter().enumerate().map(
                |(n, (total, hour, minutes, cabin, carrier, refundable))| {
                    let mut offer = flight(&format!("f{n}"), total, hour, cabin, carrier);
                    offer.refundable = refundable;
                    if let LegContent::Flight { outbound, .. } = &mut offer.content {
                        outbound[0].duration_minutes = minutes;
                    }
                    offer
                },
            );
            let stays = rooms
                .into_iter()
                .enumerate()
                .map(|(n, (per_night, stars, refundable))| {
                    let mut offer = stay(&format!("s{n}"), per_night, stars);
                    offer.refundable = refundable;
                    offer
                });
            flights.chain(stays).collect()
        })
}

/// A cabin asked for, if any, and by whom.
fn any_asker() -> impl Strategy<Value = (Option<Cabin>, EmployeeLevel)> {
    let levels = some_of(&[EmployeeLevel::L1, EmployeeLevel::L2, EmployeeLevel::L5]);
    (
        prop::option::of(some_of(&[Cabin::Economy, Cabin::Business])),
        levels,
    )
}

/// The answers to one plan under one policy.
fn answers(
    rules: &[Rule],
    silent: bool,
    (cabin, level): (Option<Cabin>, EmployeeLevel),
    offers: &[Offer],
) -> (PlanDecision, OptionsDecision, Vec<Hardness>) {
    let policy = policy_of(rules.to_vec(), silent);
    let mut wish = plan();
    wish.flight.as_mut().unwrap().cabin = cabin;
    let asked = case(&policy, &wish);
    let traveller = Traveller {
        level,
        ..asked.traveller
    };
    let asked = Case { traveller, ..asked };
    let market: Vec<Leg> = offers
        .iter()
        .map(|offer| Leg::of(offer, &policy.rates).unwrap())
        .collect();
    let hardness = market
        .iter()
        .map(|leg| Hardness::of(&policy, traveller, leg, &market));
    (
        decide_plan(asked),
        decide_options(asked, offers),
        hardness.collect(),
    )
}

fn offered(decision: &OptionsDecision) -> BTreeSet<OfferId> {
    match decision {
        OptionsDecision::Ranked(options, _) => {
            let legs = options.iter().flat_map(|option| &option.legs);
            legs.map(|leg| leg.id.clone()).collect()
        }
        OptionsDecision::Rejected(_) => BTreeSet::new(),
    }
}

proptest! {
    #[test]
    fn a_further_rule_never_turns_a_refusal_into_an_acceptance(
        rules in any_rules(), further in any_rule("further".into()), silent in any::<bool>(),
        asker in any_asker(), offers in any_market(),
    ) {
        // Bands say who is asked about an overage, and a deadline how long they have; with none it is the strict defaults
        // that say so. A policy that says nothing of its own is no stricter one, so both are always there here.
        let deadline = rule("deadline", json!({"kind": "approver_sla", "hours": 34, "silence": "approves"}));
        let base: Vec<Rule> = rules.into_iter().chain([bands(), deadline]).collect();
        let stricter: Vec<Rule> = base.iter().cloned().chain([further]).collect();
        let (plan_before, options_before, before) = answers(&base, silent, asker, &offers);
        let (plan_after, options_after, after) = answers(&stricter, silent, asker, &offers);
        for ((one, other), offer) in before.iter().zip(&after).zip(&offers) {
            prop_assert!(other.is_at_least(one), "{}: {one:?} became {other:?}", offer.id);
        }
        let refused = |plan: &PlanDecision| matches!(plan, PlanDecision::Rejected(_));
        prop_assert!(refused(&plan_after) || !refused(&plan_before));
        let none = |options: &OptionsDecision| matches!(options, OptionsDecision::Rejected(_));
        prop_assert!(none(&options_after) || !none(&options_before));
        // What is broken is forbidden, or somebody is asked: never neither.
        let left_alone = |told: &&Hardness| told.broken && !told.forbidden && told.approvals.is_empty();
        prop_assert_eq!(after.iter().find(left_alone).map(|told| format!("{told:?}")), None);
        // Nothing is shown that a rule forbids.
        for (options, told) in [(&options_before, &before), (&options_after, &after)] {
            let shown = offered(options);
            for (offer, told) in offers.iter().zip(told) {
                prop_assert!(!(told.forbidden && shown.contains(&offer.id)), "{} is shown", offer.id);
            }
        }
    }

    #[test]
    fn the_order_of_rules_and_offers_never_matters(
        (rules, shuffled) in any_rules().prop_flat_map(|rules| (Just(rules.clone()), Just(rules).prop_shuffle())),
        (offers, mixed) in any_market().prop_flat_map(|offers| (Just(offers.clone()), Just(offers).prop_shuffle())),
        silent in any::<bool>(), asker in any_asker(),
    ) {
        let (plan, options, _) = answers(&rules, silent, asker, &offers);
        let (other_plan, other_options, _) = answers(&shuffled, silent, asker, &mixed);
        prop_assert_eq!(plan, other_plan);
        prop_assert_eq!(options, other_options);
    }
}

/// A kind that is never drawn would be a property never tried.
#[test]
fn every_kind_of_rule_is_drawn() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let drawn: BTreeSet<String> = (0..400)
        .map(|_| {
            let rule = any_rule("r".into()).new_tree(&mut runner).unwrap().current();
            serde_json::to_value(rule).unwrap()["kind"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(drawn.len(), KINDS, "{drawn:?}");
}
