//! The decisions, pure and total: no I/O, no clock, the same answer for the same question.

use events_schema::compliance::{OptionsRanked, PlanAccepted, PlanRejected, Violation};
use events_schema::ids::{ClauseId, OptionId, RuleId};
use events_schema::money::Money;
use events_schema::option::TripOption;
use events_schema::rows::{ExceptionKind, LegKind, RuleKind};
use events_schema::trip::{Cabin, FlightWish, Offer, TripPlan};

use crate::combine::{Judged, options};
pub use crate::judge::Traveller;
use crate::judge::{cabin_name, holds_for};
use crate::leg::Leg;
use crate::policy::PinnedPolicy;
use crate::reason::reason;
use crate::verdict::{LegFindings, STRICT_DEFAULTS};
use crate::wishes::{distinct, is_for, keeping, lowest_cabin};

/// What a decision is about.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    pub policy: &'a PinnedPolicy,
    pub traveller: Traveller,
    pub plan: &'a TripPlan,
    pub revision: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub enum PlanDecision {
    Accepted(PlanAccepted),
    Rejected(PlanRejected),
}

#[derive(Clone, Debug, PartialEq)]
pub enum OptionsDecision {
    /// The options, best first, and the event that announces them.
    Ranked(Vec<TripOption>, OptionsRanked),
    /// Nothing that is allowed and asked for is left.
    Rejected(Box<PlanRejected>),
}

/// Refuses only what no approval could allow: all else is for the options, which have prices.
pub fn decide_plan(case: Case<'_>) -> PlanDecision {
    let violations = case
        .plan
        .flight
        .as_ref()
        .map(|wish| cabin_violations(case, wish))
        .unwrap_or_default();
    if violations.is_empty() {
        PlanDecision::Accepted(PlanAccepted {
            plan: case.plan.clone(),
            policy: case.policy.version.clone(),
        })
    } else {
        PlanDecision::Rejected(rejected(case, violations))
    }
}

pub fn decide_options(case: Case<'_>, offers: &[Offer]) -> OptionsDecision {
    let legs: Vec<Leg> = offers
        .iter()
        .filter(|offer| is_for(case.plan, offer))
        .filter_map(|offer| Leg::of(offer, &case.policy.rates))
        .collect();
    // The flight first: legs are booked in this order.
    let wanted = [
        case.plan.flight.as_ref().map(|_| LegKind::Flight),
        case.plan.stay.as_ref().map(|_| LegKind::Stay),
    ];
    let mut kinds = Vec::new();
    let mut violations = Vec::new();
    for kind in wanted.into_iter().flatten() {
        match allowed(case, kind, legs.clone()) {
            Ok(judged) => kinds.push(judged),
            Err(broken) => violations.extend(broken),
        }
    }
    let found = if violations.is_empty() && !kinds.is_empty() {
        ranked(case, &kinds)
    } else {
        None
    };
    match found {
        Some((options, event)) => OptionsDecision::Ranked(options, event),
        None => OptionsDecision::Rejected(Box::new(rejected(case, distinct(violations)))),
    }
}

/// The legs of one kind that are asked for and not forbidden, judged against each other.
fn allowed(case: Case<'_>, kind: LegKind, legs: Vec<Leg>) -> Result<Vec<Judged>, Vec<Violation>> {
    let legs = keeping(case.plan, &case.policy.rates, kind, legs)?;
    let judge = |leg: &Leg, market: &[Leg]| LegFindings::of(case.policy, case.traveller, leg, market);
    let (mut market, mut broken) = (Vec::new(), Vec::new());
    for leg in legs {
        // What forbids a leg does not depend on the market, so the market can be told without it.
        let findings = judge(&leg, &[]);
        let forbidden = findings.forbidden(case.policy);
        if forbidden.is_empty() {
            market.push(leg);
        }
        broken.extend(forbidden.into_iter().map(|(rule, clause, finding)| Violation {
            rule,
            clause,
            field: field_of(finding.exception, kind),
            observed: finding.observed.clone(),
            limit: finding.limit.clone(),
        }));
    }
    let market = lowest_cabin(case.plan, market);
    if market.is_empty() {
        return Err(broken);
    }
    Ok(market
        .iter()
        .map(|leg| Judged {
            leg: leg.clone(),
            findings: judge(leg, &market),
        })
        .collect())
}

fn field_of(exception: ExceptionKind, kind: LegKind) -> String {
    match (exception, kind) {
        (ExceptionKind::Cabin, _) => "cabin".into(),
        (_, LegKind::Flight) => "flight".into(),
        (_, LegKind::Stay) => "stay".into(),
    }
}

fn ranked(case: Case<'_>, kinds: &[Vec<Judged>]) -> Option<(Vec<TripOption>, OptionsRanked)> {
    let chosen = options(case.policy, kinds);
    let cheapest = chosen.iter().find(|one| !one.needs_approval);
    let options: Vec<TripOption> = chosen
        .iter()
        .zip('a'..='z')
        .map(|(one, letter)| {
            let verdict = one.verdict(case.policy);
            TripOption {
                id: OptionId::new(format!("{}-{letter}", case.revision + 1)),
                legs: one.legs.iter().map(|judged| judged.leg.offer.clone()).collect(),
                total: one.total,
                taxes: one.taxes,
                reason: reason(one, &verdict, cheapest),
                verdict,
            }
        })
        .collect();
    let lowest = options.iter().map(|option| option.total.amount).min()?;
    let event = OptionsRanked {
        policy: case.policy.version.clone(),
        options: options.iter().map(|option| option.id.clone()).collect(),
        compliant: options.iter().filter(|option| option.verdict.compliant).count() as u32,
        lowest_total: Money::new(lowest, case.policy.rates.base),
        strict_defaults: case.policy.silent,
    };
    Some((options, event))
}

fn rejected(case: Case<'_>, violations: Vec<Violation>) -> PlanRejected {
    PlanRejected {
        plan: case.plan.clone(),
        policy: case.policy.version.clone(),
        violations,
        revision: case.revision,
    }
}

fn cabin_violations(case: Case<'_>, wish: &FlightWish) -> Vec<Violation> {
    let Some(asked) = wish.cabin else {
        return Vec::new();
    };
    let estimate = estimated_minutes(wish);
    let violation = |rule: RuleId, clause: ClauseId, highest: Cabin| Violation {
        rule,
        clause,
        field: "cabin".into(),
        observed: cabin_name(asked).into(),
        limit: cabin_name(highest).into(),
    };
    let rules = case.policy.rules.iter().filter_map(|rule| match &rule.kind {
        RuleKind::CabinLimit {
            flight_time,
            levels,
            highest,
            approvals,
        } => {
            let applies = estimate.is_some_and(|minutes| flight_time.holds(minutes))
                && holds_for(levels, case.traveller.level);
            (applies && approvals.is_empty() && asked > *highest)
                .then(|| violation(rule.id.clone(), rule.clause.clone(), *highest))
        }
        _ => None,
    });
    let strict = &case.policy.strict;
    let silent = (case.policy.silent && asked > strict.highest_cabin).then(|| {
        violation(
            RuleId::new(STRICT_DEFAULTS),
            strict.clause.clone(),
            strict.highest_cabin,
        )
    });
    rules.chain(silent).collect()
}

/// Before schedules are known: 810 km/h over the great circle, and 40 minutes for take-off, approach and detours.
pub fn estimated_minutes(wish: &FlightWish) -> Option<u32> {
    const KM_A_MINUTE: f64 = 13.5;
    const OVERHEAD_MINUTES: f64 = 40.0;
    let (from, to) = (wish.origin.airports.first()?, wish.destination.airports.first()?);
    let minutes = places::distance_km(*from, *to)? / KM_A_MINUTE + OVERHEAD_MINUTES;
    Some(minutes.round() as u32)
}

#[cfg(test)]
mod tests;
