//! Covers: the rules that say how exceptions are handled: how long approvers have and what their silence means, and the
//! codes that exceptions are booked under. Does not cover who is asked: `overage_decides_who_is_asked` does.

use events_schema::approval::Verdict;

use super::*;

fn sla(id: &str, hours: u32, silence: &str) -> Rule {
    rule(
        id,
        json!({"kind": "approver_sla", "hours": hours, "silence": silence}),
    )
}

fn codes(id: &str, codes: Value) -> Rule {
    rule(id, json!({"kind": "reason_codes", "codes": codes}))
}

fn told(policy: &PinnedPolicy, leg: &Offer, market: &[Offer]) -> Verdict {
    crate::rejudge::judge_offers(
        policy,
        case(policy, &plan()).traveller,
        std::slice::from_ref(leg),
        market,
    )
    .unwrap()
}

#[test]
fn approvers_have_the_shortest_time_and_the_hardest_silence_that_a_rule_names() {
    use Silence::{Approves, Declines};
    let soft = |hours| sla("soft", hours, "approves");
    let hard = |hours| sla("hard", hours, "declines");
    for (rules, silent, expected) in [
        // The strict defaults' own, 24 hours and no.
        (vec![], false, (24, Declines)),
        (vec![soft(48)], false, (48, Approves)),
        (vec![soft(4)], false, (4, Approves)),
        (vec![hard(72)], false, (72, Declines)),
        (vec![soft(48), hard(72)], false, (48, Declines)),
        (vec![soft(72), hard(48)], false, (48, Declines)),
        (vec![soft(48), sla("softer", 6, "approves")], false, (6, Approves)),
        // About a trip of which the policy says nothing, silence approves only if the strict defaults say so too.
        (vec![soft(72)], true, (24, Declines)),
        (vec![soft(12)], true, (12, Declines)),
    ] {
        let reversed: Vec<Rule> = rules.iter().rev().cloned().collect();
        for rules in [rules.clone(), reversed] {
            let policy = policy_of(rules.into_iter().chain([fare_cap("fare", 100)]).collect(), silent);
            let offers = [
                flight("f", 200, 7, Cabin::Economy, "Sample Air"),
                stay("s", 70, 2),
            ];
            // As the booking machine reads it: from the option.
            let (options, _) = ranked(&policy, &plan(), &offers);
            let verdict = &options[0].verdict;
            assert_eq!(
                (verdict.approval_sla_hours, verdict.silence),
                expected,
                "{:?}, silent: {silent}",
                policy.rules
            );
        }
    }
}

/// For every kind of exception: a rule, and what breaks it in the market.
fn exceptions() -> Vec<(&'static str, Value, Offer)> {
    let economy = flight("f", 400, 7, Cabin::Economy, "Sample Air");
    let business = flight("f", 400, 7, Cabin::Business, "Sample Air");
    vec![
        (
            "advance_purchase",
            json!({"kind": "advance_purchase", "bands": [{"minDays": 0, "approvals": ["L1"]}]}),
            economy.clone(),
        ),
        (
            "fare_cap",
            json!({"kind": "fare_cap", "perTraveller": euros(350)}),
            economy.clone(),
        ),
        (
            "hotel_cap",
            json!({"kind": "hotel_cap", "perNight": euros(100)}),
            stay("s", 110, 3),
        ),
        (
            "cabin",
            json!({"kind": "cabin_limit", "highest": "economy", "approvals": ["L1"]}),
            business,
        ),
        (
            "preferred_suppliers",
            json!({"kind": "preferred_suppliers", "suppliers": ["Example Airways"], "legs": "flight",
                "withinPercent": 10, "approvals": ["L1"]}),
            economy.clone(),
        ),
        (
            "lowest_logical_fare",
            json!({"kind": "lowest_logical_fare", "windowMinutes": 120, "tolerancePercent": 25, "approvals": ["L1"]}),
            economy.clone(),
        ),
        (
            "refundability",
            json!({"kind": "refundability", "legs": "flight", "above": euros(350), "approvals": ["L1"]}),
            economy,
        ),
    ]
}

#[test]
fn every_exception_is_told_with_its_own_code() {
    let market = [flight("other", 300, 7, Cabin::Economy, "Example Airways")];
    let coded: serde_json::Map<String, Value> = exceptions()
        .iter()
        .map(|(name, ..)| ((*name).to_owned(), json!(format!("X-{name}"))))
        .collect();
    for (name, body, leg) in exceptions() {
        let broken = rule("broken", body);
        let told_with = |more: Option<Rule>| {
            let rules = [Some(broken.clone()), Some(bands()), more];
            let policy = policy_of(rules.into_iter().flatten().collect(), false);
            told(&policy, &leg, &market)
        };
        let plain = told_with(None);
        assert_eq!(plain.approvals, [ApprovalLevel::L1], "{name}");
        let reason = &plain.reasons[0].reason;
        assert!(!reason.contains("code"), "{name}: {reason}");

        let verdict = told_with(Some(codes("codes", coded.clone().into())));
        let [only] = verdict.reasons.as_slice() else {
            panic!("{name}: {:?}", verdict.reasons)
        };
        assert_eq!(only.reason, format!("{reason} (reason code X-{name})"));
        // A code changes what is said and nothing else; the rule of codes itself is never kept or broken.
        assert_eq!(verdict.traces, plain.traces, "{name}");

        let mut others = coded.clone();
        others.remove(name);
        let verdict = told_with(Some(codes("codes", others.into())));
        assert_eq!(verdict.reasons, plain.reasons, "{name}: not coded");
    }
}

#[test]
fn what_a_traveller_reads_carries_the_code() {
    let coded = codes("codes", json!({"fare_cap": "F1"}));
    let policy = policy_of(vec![fare_cap("fare", 150), bands(), coded], false);
    let offers = [
        flight("f", 160, 7, Cabin::Economy, "Sample Air"),
        stay("s", 70, 2),
    ];
    let (options, _) = ranked(&policy, &plan(), &offers);
    assert_eq!(
        options[0].reason,
        "10.00 EUR over the fare cap of 150.00 EUR a person (reason code F1): needs your manager"
    );
}
