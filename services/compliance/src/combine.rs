//! Flights times stays, down to the few that are worth choosing between.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

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

impl Judged {
    fn needs_approval(&self) -> bool {
        self.findings.exceeded().next().is_some()
    }

    fn beats(&self, other: &Self) -> bool {
        let (own, theirs) = (counts(&self.leg), counts(&other.leg));
        beats(
            (self.needs_approval(), self.leg.total.amount, &own),
            (other.needs_approval(), other.leg.total.amount, &theirs),
        )
    }
}

/// No dearer, no worse on any count, and better on one. What needs approval never pushes out what does not.
fn beats(own: (bool, Decimal, &[Decimal]), theirs: (bool, Decimal, &[Decimal])) -> bool {
    let mut pairs = own.2.iter().zip(theirs.2);
    let no_worse = own.0 <= theirs.0 && own.1 <= theirs.1 && pairs.clone().all(|(own, theirs)| own <= theirs);
    no_worse && (own.1 < theirs.1 || pairs.any(|(own, theirs)| own < theirs))
}

/// One way to make the trip.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    pub legs: Vec<&'a Judged>,
    pub total: Money,
    pub taxes: Money,
    pub needs_approval: bool,
    /// Whose limits are exceeded, as positions among the policy's rules.
    exceeded: BTreeSet<usize>,
    /// Stops and stars: what a person calls another kind of trip.
    comfort: Vec<u32>,
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
            needs_approval: policy.silent || legs.iter().any(|judged| judged.needs_approval()),
            exceeded: legs
                .iter()
                .flat_map(|judged| judged.findings.exceeded())
                .collect(),
            comfort: legs.iter().map(|judged| comfort(&judged.leg)).collect(),
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

    fn beats(&self, other: &Self) -> bool {
        beats(
            (self.needs_approval, self.total.amount, &self.counts),
            (other.needs_approval, other.total.amount, &other.counts),
        )
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
    let (compliant, others): (Vec<_>, Vec<_>) = front.into_iter().partition(|one| !one.needs_approval);
    let for_approval = FOR_APPROVAL.max(MOST_OPTIONS.saturating_sub(compliant.len()));
    let others = varied(others, for_approval);
    let mut picked = varied(compliant, MOST_OPTIONS - others.len());
    picked.extend(others);
    picked
}

/// The cheapest that exceeds each set of limits, then the cheapest of each class of comfort, then the cheapest: six
/// ways to sleep in the same two hotels would be no choice.
fn varied(mut sorted: Vec<Candidate<'_>>, most: usize) -> Vec<Candidate<'_>> {
    let mut picked: Vec<Candidate<'_>> = Vec::new();
    let passes: [fn(&Candidate<'_>, &Candidate<'_>) -> bool; 3] = [
        |one, other| one.exceeded == other.exceeded,
        |one, other| one.exceeded == other.exceeded && one.comfort == other.comfort,
        |_, _| false,
    ];
    for alike in passes {
        let mut rest = Vec::new();
        for candidate in sorted {
            if picked.len() < most && !picked.iter().any(|other| alike(&candidate, other)) {
                picked.push(candidate);
            } else {
                rest.push(candidate);
            }
        }
        sorted = rest;
    }
    picked.sort_by(Candidate::order);
    picked
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

/// Those that no other leg beats come first: whatever they are combined with, the others would only be beaten too.
/// Of each class of comfort and exceeded limits by turns, so that many cheap rooms do not crowd out the better ones.
fn best_of(kind: &[Judged]) -> Vec<&Judged> {
    let mut sorted: Vec<(bool, &Judged)> = kind
        .iter()
        .map(|judged| (kind.iter().any(|other| other.beats(judged)), judged))
        .collect();
    sorted.sort_by_key(|(beaten, judged)| (*beaten, judged.leg.total.amount, judged.leg.offer.id.clone()));
    let mut seen: BTreeMap<(u32, Vec<usize>), usize> = BTreeMap::new();
    let mut turns: Vec<(bool, usize, &Judged)> = sorted
        .into_iter()
        .map(|(beaten, judged)| {
            let class = (comfort(&judged.leg), judged.findings.exceeded().collect());
            let turn = seen.entry(class).or_default();
            *turn += 1;
            (beaten, *turn, judged)
        })
        .collect();
    turns.sort_by_key(|(beaten, turn, _)| (*beaten, *turn));
    turns.truncate(MOST_LEGS);
    turns.into_iter().map(|(_, _, judged)| judged).collect()
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

fn comfort(leg: &Leg) -> u32 {
    match &leg.content {
        Content::Flight(flight) => flight.stops,
        Content::Stay(stay) => u32::from(stay.stars),
    }
}
