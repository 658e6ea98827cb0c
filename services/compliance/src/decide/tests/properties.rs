//! Covers: what must hold whatever the rules: a stricter one never turns a refusal into an acceptance, and their order
//! never matters. Does not cover caps for single cities, where a more specific cap may be the looser one by intent.

use std::collections::BTreeSet;

use events_schema::approval::ApprovalLevel;
use events_schema::rows::Rule;
use events_schema::trip::Offer;
use proptest::prelude::*;
use serde_json::json;

use super::{bands, cabin_rule, case, euros, fare_cap, hotel_cap, market, plan, policy_of, rule};
use crate::decide::{decide_options, decide_plan};
use crate::leg::Leg;
use crate::policy::PinnedPolicy;
use crate::verdict::LegFindings;

/// How hard the policy is on a trip with these offers: refused, or the approvals of the cheapest of each pair of legs.
fn judged(policy: &PinnedPolicy, offer: &Offer) -> (bool, BTreeSet<ApprovalLevel>) {
    let plan = plan();
    let leg = Leg::of(offer, &policy.rates).unwrap();
    let findings = LegFindings::of(
        policy,
        case(policy, &plan).traveller,
        &leg,
        std::slice::from_ref(&leg),
    );
    let verdict = crate::verdict::verdict(policy, &[&findings]);
    (
        !findings.forbidden(policy).is_empty(),
        verdict.approvals.into_iter().collect(),
    )
}

fn any_rule(id: String) -> impl Strategy<Value = Rule> {
    let levels = prop::sample::select(vec![
        json!([]),
        json!(["L1"]),
        json!(["L1", "Finance"]),
        json!(["L1", "L2"]),
    ]);
    let cabins = prop::sample::select(vec!["economy", "premium_economy", "business"]);
    let carriers = prop::sample::select(vec!["Sample Air", "Example Airways", "Other"]);
    (0..7_u8, 50_i64..800, levels, cabins, carriers).prop_map(move |(kind, amount, levels, highest, carrier)| {
        let some = if levels == json!([]) { json!(["L1"]) } else { levels.clone() };
        match kind {
            0 => hotel_cap(&id, amount),
            1 => fare_cap(&id, amount),
            2 => cabin_rule(&id, highest, levels),
            3 => rule(&id, json!({"kind": "excluded_suppliers", "suppliers": [carrier]})),
            4 => rule(&id, json!({"kind": "refundability", "legs": "flight", "above": euros(amount), "approvals": some})),
            5 => rule(&id, json!({"kind": "advance_purchase", "bands": [{"minDays": 0, "approvals": levels}]})),
            _ => bands(),
        }
    })
}

fn any_rules() -> impl Strategy<Value = Vec<Rule>> {
    prop::collection::vec(any::<u16>(), 0..6).prop_flat_map(|ids| {
        ids.into_iter()
            .enumerate()
            .map(|(n, id)| any_rule(format!("{id}-{n}")))
            .collect::<Vec<_>>()
    })
}

proptest! {
    #[test]
    fn a_further_rule_never_turns_a_refusal_into_an_acceptance(
        rules in any_rules(), further in any_rule("further".into()), offer in prop::sample::select(market()),
    ) {
        // Bands say who is asked about an overage; with none it is the strict defaults, so they are always there here.
        let base: Vec<Rule> = rules.into_iter().chain([bands()]).collect();
        let stricter: Vec<Rule> = base.iter().cloned().chain([further]).collect();
        let (refused, asked) = judged(&policy_of(base, false), &offer);
        let (refused_then, asked_then) = judged(&policy_of(stricter, false), &offer);
        prop_assert!(refused_then || !refused);
        prop_assert!(asked_then.is_superset(&asked), "{asked:?} became {asked_then:?}");
    }

    #[test]
    fn the_order_of_rules_and_offers_never_matters(
        (rules, shuffled) in any_rules().prop_flat_map(|rules| (Just(rules.clone()), Just(rules).prop_shuffle())),
        offers in Just(market()).prop_shuffle(),
    ) {
        let plan = plan();
        let (one, other) = (policy_of(rules, false), policy_of(shuffled, false));
        prop_assert_eq!(
            decide_options(case(&one, &plan), &market()),
            decide_options(case(&other, &plan), &offers)
        );
        prop_assert_eq!(decide_plan(case(&one, &plan)), decide_plan(case(&other, &plan)));
    }
}
