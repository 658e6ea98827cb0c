//! Flights times stays, down to the few that are worth choosing between.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use events_schema::approval::Verdict;
use events_schema::money::Money;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use crate::choice::pick;
use crate::counts::{PartOfDay, class, counts, parts_of_day};
use crate::leg::{Content, Leg};
use crate::policy::PinnedPolicy;
use crate::verdict::{LegFindings, verdict};

/// Per kind of leg, before combining: a choice from the best 24 flights and 24 stays is choice enough.
const MOST_LEGS: usize = 24;
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
        self.standing().beats(&other.standing())
    }

    fn standing(&self) -> Standing {
        Standing {
            needs_approval: self.needs_approval(),
            total: self.leg.total.amount,
            counts: counts(&self.leg),
            parts_of_day: parts_of_day(&self.leg),
        }
    }
}

/// All by which one choice is better or worse than another.
#[derive(Clone, Debug)]
struct Standing {
    needs_approval: bool,
    total: Decimal,
    /// Less is better.
    counts: Vec<Decimal>,
    parts_of_day: Vec<PartOfDay>,
}

impl Standing {
    /// No dearer, no worse on any count, and better on one; or merely cheaper, at the same time of day. What needs
    /// approval never pushes out what does not.
    fn beats(&self, other: &Self) -> bool {
        let no_dearer = self.needs_approval <= other.needs_approval && self.total <= other.total;
        if !no_dearer || self.pairs(other).any(|(own, theirs)| own > theirs) {
            return false;
        }
        let is_better = self.pairs(other).any(|(own, theirs)| own < theirs);
        is_better || (self.total < other.total && self.parts_of_day == other.parts_of_day)
    }

    /// Cheaper and better on every count on which offers can differ.
    fn beats_everywhere(&self, other: &Self) -> bool {
        self.total < other.total && self.pairs(other).all(|(own, theirs)| own < theirs)
    }

    fn pairs(&self, other: &Self) -> impl Iterator<Item = (Decimal, Decimal)> {
        self.counts.iter().copied().zip(other.counts.iter().copied())
    }
}

/// One way to make the trip.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    pub legs: Vec<&'a Judged>,
    pub total: Money,
    pub taxes: Money,
    pub needs_approval: bool,
    /// Whose limits are exceeded, as positions among the policy's rules.
    pub exceeded: BTreeSet<usize>,
    standing: Standing,
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
        let total = sum(|leg| leg.total)?;
        let needs_approval = policy.silent || legs.iter().any(|judged| judged.needs_approval());
        Some(Self {
            total,
            taxes: sum(|leg| leg.taxes)?,
            needs_approval,
            exceeded: legs
                .iter()
                .flat_map(|judged| judged.findings.exceeded())
                .collect(),
            standing: Standing {
                needs_approval,
                total: total.amount,
                counts: legs.iter().flat_map(|judged| counts(&judged.leg)).collect(),
                parts_of_day: legs.iter().flat_map(|judged| parts_of_day(&judged.leg)).collect(),
            },
            legs,
        })
    }

    /// With every rule's trace: made only for what is shown.
    pub fn verdict(&self, policy: &PinnedPolicy) -> Verdict {
        let findings: Vec<&LegFindings> = self.legs.iter().map(|judged| &judged.findings).collect();
        verdict(policy, &findings)
    }

    /// Those that need nobody's approval first, then by total.
    pub fn order(&self, other: &Self) -> Ordering {
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
}

/// The options to show, in order: those that need nobody's approval first, then by total.
pub fn options<'a>(policy: &PinnedPolicy, kinds: &'a [Vec<Judged>]) -> Vec<Candidate<'a>> {
    let mut all: Vec<Candidate<'a>> = combinations(kinds)
        .into_iter()
        .filter_map(|legs| Candidate::of(policy, legs))
        .collect();
    all.sort_by(Candidate::order);
    let rank = |one: &Candidate<'_>| (one.needs_approval, one.total.amount);
    let beaten = |one: &Candidate<'_>| {
        // Whatever beats it is no dearer, and so comes no later.
        let mut before = all.iter().take_while(|other| rank(other) <= rank(one));
        before.any(|other| other.standing.beats(&one.standing))
    };
    let (mut front, rest): (Vec<_>, Vec<_>) = all.iter().cloned().partition(|one| !beaten(one));
    // Too few to choose from: then also what is second best, unless it is dearer and worse on every count.
    for next in rest {
        if front.len() >= FEWEST_OPTIONS {
            break;
        }
        if !all
            .iter()
            .any(|other| other.standing.beats_everywhere(&next.standing))
        {
            front.push(next);
        }
    }
    front.sort_by(Candidate::order);
    pick(front)
}

/// Every choice of one leg of each kind.
fn combinations(kinds: &[Vec<Judged>]) -> Vec<Vec<&Judged>> {
    in_time_for_bed(kinds)
        .iter()
        .fold(vec![Vec::new()], |combined, kind| {
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
fn best_of<'a>(kind: &[&'a Judged]) -> Vec<&'a Judged> {
    let mut sorted: Vec<(bool, &Judged)> = kind
        .iter()
        .map(|judged| (kind.iter().any(|other| other.beats(judged)), *judged))
        .collect();
    sorted.sort_by_key(|(beaten, judged)| (*beaten, judged.leg.total.amount, judged.leg.offer.id.clone()));
    let mut seen: BTreeMap<_, usize> = BTreeMap::new();
    let mut turns: Vec<(bool, usize, &Judged)> = sorted
        .into_iter()
        .map(|(beaten, judged)| {
            let exceeded: Vec<usize> = judged.findings.exceeded().collect();
            let turn = seen.entry((class(&judged.leg), exceeded)).or_default();
            *turn += 1;
            (beaten, *turn, judged)
        })
        .collect();
    turns.sort_by_key(|(beaten, turn, _)| (*beaten, *turn));
    turns.truncate(MOST_LEGS);
    turns.into_iter().map(|(_, _, judged)| judged).collect()
}

/// Whoever lands when the night of check-in is over has paid for a bed without sleeping in it: such flights are left out
/// where others land in time, and kept where none does.
fn in_time_for_bed(kinds: &[Vec<Judged>]) -> Vec<Vec<&Judged>> {
    let check_in = kinds
        .iter()
        .flatten()
        .find_map(|judged| match &judged.leg.content {
            Content::Stay(stay) => Some(stay.check_in),
            Content::Flight(_) => None,
        });
    let lands_in_time = |judged: &Judged| match (&judged.leg.content, check_in) {
        (Content::Flight(flight), Some(check_in)) => flight.arrives < night_over(check_in),
        _ => true,
    };
    kinds
        .iter()
        .map(|kind| {
            let some_do = kind.iter().any(lands_in_time);
            kind.iter()
                .filter(|judged| !some_do || lands_in_time(judged))
                .collect()
        })
        .collect()
}

/// Whoever lands a little after midnight sleeps in the bed all the same; after four, hardly.
fn night_over(check_in: Date) -> DateTime {
    check_in.saturating_add(1.day()).at(4, 0, 0, 0)
}
