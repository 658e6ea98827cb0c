//! Flights times stays, down to the few that are worth choosing between.

use std::cmp::Ordering;

use events_schema::approval::Verdict;
use events_schema::money::Money;
use rust_decimal::Decimal;

use crate::leg::{Content, Leg};
use crate::policy::PinnedPolicy;
use crate::verdict::{LegFindings, verdict};

/// Per kind of leg, before combining: a choice from the best 24 flights and 24 stays is choice enough.
const MOST_LEGS: usize = 24;
const MOST_OPTIONS: usize = 6;
/// Of which so many are kept for options that need approval, where there are any worth it.
const FOR_APPROVAL: usize = 2;
const FEWEST_OPTIONS: usize = 3;

/// A leg that may be taken, with what the rules found.
#[derive(Clone, Debug)]
pub struct Judged {
    pub leg: Leg,
    pub findings: LegFindings,
}

/// One way to make the trip.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    pub legs: Vec<&'a Judged>,
    pub total: Money,
    pub taxes: Money,
    pub needs_approval: bool,
    counts: Vec<Decimal>,
}

impl<'a> Candidate<'a> {
    /// `None` only if amounts were not in one currency.
    fn of(policy: &PinnedPolicy, legs: Vec<&'a Judged>) -> Option<Self> {
        let sum = |amount: fn(&Leg) -> Money| {
            let mut amounts = legs.iter().map(|judged| amount(&judged.leg));
            amounts.try_fold(Money::zero(policy.rates.base), |sum, next| {
                sum.checked_add(next).ok()
            })
        };
        Some(Self {
            total: sum(|leg| leg.total)?,
            taxes: sum(|leg| leg.taxes)?,
            counts: legs.iter().flat_map(|judged| counts(&judged.leg)).collect(),
            needs_approval: policy.silent || legs.iter().any(|judged| judged.findings.exceeded() > 0),
            legs,
        })
    }

    /// With every rule's trace: made only for what is shown.
    pub fn verdict(&self, policy: &PinnedPolicy) -> Verdict {
        let findings: Vec<&LegFindings> = self.legs.iter().map(|judged| &judged.findings).collect();
        verdict(policy, &findings)
    }

    fn order(&self, other: &Self) -> Ordering {
        let ids = |candidate: &Self| -> Vec<String> {
            candidate
                .legs
                .iter()
                .map(|judged| judged.leg.offer.id.to_string())
                .collect()
        };
        (self.needs_approval, self.total.amount)
            .cmp(&(other.needs_approval, other.total.amount))
            .then_with(|| ids(self).cmp(&ids(other)))
    }

    /// No dearer, no worse on any count, and better on one. What needs approval never pushes out what does not.
    fn beats(&self, other: &Self) -> bool {
        let mut pairs = self.counts.iter().zip(&other.counts);
        let no_dearer = self.total.amount <= other.total.amount;
        let no_worse = pairs.clone().all(|(own, theirs)| own <= theirs);
        let better = self.total.amount < other.total.amount || pairs.any(|(own, theirs)| own < theirs);
        self.needs_approval <= other.needs_approval && no_dearer && no_worse && better
    }

    /// Cheaper and better on every count on which offers can differ.
    fn beats_everywhere(&self, other: &Self) -> bool {
        let mut pairs = self.counts.iter().zip(&other.counts);
        self.total.amount < other.total.amount && pairs.all(|(own, theirs)| own < theirs)
    }
}

/// The options to show, in order: those that need nobody's approval first, then by total.
pub fn options<'a>(policy: &PinnedPolicy, kinds: &'a [Vec<Judged>]) -> Vec<Candidate<'a>> {
    let mut all: Vec<Candidate<'a>> = combinations(kinds)
        .into_iter()
        .filter_map(|legs| Candidate::of(policy, legs))
        .collect();
    all.sort_by(Candidate::order);
    let beaten = |one: &Candidate<'_>| all.iter().any(|other| other.beats(one));
    let (mut front, rest): (Vec<_>, Vec<_>) = all.iter().cloned().partition(|one| !beaten(one));
    // Too few to choose from: then also what is second best, unless it is dearer and worse on every count.
    for next in rest {
        if front.len() >= FEWEST_OPTIONS {
            break;
        }
        if !all.iter().any(|other| other.beats_everywhere(&next)) {
            front.push(next);
        }
    }
    front.sort_by(Candidate::order);
    pick(front)
}

fn pick(front: Vec<Candidate<'_>>) -> Vec<Candidate<'_>> {
    let (mut compliant, mut others): (Vec<_>, Vec<_>) =
        front.into_iter().partition(|one| !one.needs_approval);
    others.truncate(FOR_APPROVAL.max(MOST_OPTIONS.saturating_sub(compliant.len())));
    compliant.truncate(MOST_OPTIONS - others.len());
    compliant.append(&mut others);
    compliant
}

/// Every choice of one leg of each kind.
fn combinations(kinds: &[Vec<Judged>]) -> Vec<Vec<&Judged>> {
    kinds.iter().fold(vec![Vec::new()], |combined, kind| {
        let best = best_of(kind);
        combined
            .iter()
            .flat_map(|legs| {
                best.iter()
                    .map(|leg| legs.iter().copied().chain([*leg]).collect())
            })
            .collect()
    })
}

fn best_of(kind: &[Judged]) -> Vec<&Judged> {
    let mut best: Vec<&Judged> = kind.iter().collect();
    best.sort_by(|a, b| {
        (a.findings.exceeded() > 0, a.leg.total.amount, &a.leg.offer.id).cmp(&(
            b.findings.exceeded() > 0,
            b.leg.total.amount,
            &b.leg.offer.id,
        ))
    });
    best.truncate(MOST_LEGS);
    best
}

/// What people compare beside the price, less being better.
fn counts(leg: &Leg) -> Vec<Decimal> {
    let firm = Decimal::from(u8::from(!leg.offer.refundable));
    match &leg.content {
        Content::Flight(flight) => vec![
            Decimal::from(flight.travel_minutes),
            Decimal::from(flight.stops),
            firm,
        ],
        Content::Stay(stay) => vec![-Decimal::from(stay.stars), stay.distance_km, firm],
    }
}
