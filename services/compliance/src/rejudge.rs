//! Judging what was judged before by another policy, and a trip that nobody booked: pure, for people who ask what a
//! policy says. Nothing here is recorded, and no booking follows from it.

use std::collections::BTreeMap;

use events_schema::approval::{RuleTrace, RuleVerdict, Verdict};
use events_schema::ids::RuleId;
use events_schema::money::Money;
use events_schema::trip::Offer;

use crate::judge::Traveller;
use crate::leg::Leg;
use crate::policy::PinnedPolicy;
use crate::verdict::{LegFindings, verdict};

/// How a trip stands before a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    Within,
    NeedsApproval,
    Forbidden,
}

impl Standing {
    pub fn of(verdict: &Verdict) -> Self {
        let forbidden = |trace: &RuleTrace| trace.verdict == RuleVerdict::Forbidden;
        if verdict.traces.iter().any(forbidden) {
            Self::Forbidden
        } else if verdict.approvals.is_empty() && verdict.compliant {
            Self::Within
        } else {
            Self::NeedsApproval
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Within => "within policy",
            Self::NeedsApproval => "needs approval",
            Self::Forbidden => "forbidden",
        }
    }
}

/// A rule that a trip breaks under one policy and not under the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flip {
    pub rule: RuleId,
    /// Broken by the new policy, and kept before; else the other way round.
    pub newly_broken: bool,
    /// As the policy that the trip breaks has it.
    pub trace: RuleTrace,
}

impl Flip {
    pub fn over(&self) -> Option<Money> {
        self.trace.over
    }
}

/// What the rules say of these legs together. `market` is what else could be had; the legs themselves are part of it.
/// `None` if a leg cannot be judged: the policy has no rate for its currency.
pub fn judge_offers(
    policy: &PinnedPolicy,
    traveller: Traveller,
    legs: &[Offer],
    market: &[Offer],
) -> Option<Verdict> {
    let market: Vec<Leg> = market
        .iter()
        .chain(legs)
        .filter_map(|offer| Leg::of(offer, &policy.rates))
        .collect();
    let mut findings = Vec::new();
    for offer in legs {
        let leg = Leg::of(offer, &policy.rates)?;
        findings.push(LegFindings::of(policy, traveller, &leg, &market));
    }
    Some(verdict(policy, &findings.iter().collect::<Vec<_>>()))
}

/// The rules that only one of both verdicts finds broken, newly broken ones first, by rule.
pub fn flips(before: &Verdict, after: &Verdict) -> Vec<Flip> {
    let (old, new) = (broken(before), broken(after));
    let only_in = |one: &BTreeMap<RuleId, RuleTrace>, other: &BTreeMap<RuleId, RuleTrace>, newly_broken| {
        one.iter()
            .filter(|(rule, _)| !other.contains_key(*rule))
            .map(|(rule, trace)| Flip {
                rule: rule.clone(),
                newly_broken,
                trace: trace.clone(),
            })
            .collect::<Vec<_>>()
    };
    let mut flips = only_in(&new, &old, true);
    flips.extend(only_in(&old, &new, false));
    flips
}

/// Each broken rule once, by the leg that breaks it most.
fn broken(verdict: &Verdict) -> BTreeMap<RuleId, RuleTrace> {
    let mut broken: BTreeMap<RuleId, RuleTrace> = BTreeMap::new();
    for trace in &verdict.traces {
        if !matches!(trace.verdict, RuleVerdict::Exceeded | RuleVerdict::Forbidden) {
            continue;
        }
        let amount = |trace: &RuleTrace| trace.over.map(|over| over.amount);
        let kept = broken
            .get(&trace.rule)
            .is_some_and(|kept| amount(kept) >= amount(trace));
        if !kept {
            broken.insert(trace.rule.clone(), trace.clone());
        }
    }
    broken
}
