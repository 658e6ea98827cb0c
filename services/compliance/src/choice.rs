//! Which few of many candidates are shown. Pure.

use events_schema::rows::LegKind;

use crate::combine::Candidate;
use crate::counts::{PartOfDay, class, subject};

const MOST_OPTIONS: usize = 6;
/// Of which so many are kept for options that need approval, where there are any worth it.
const FOR_APPROVAL: usize = 2;

/// From candidates in their order, at most six, in the same order.
pub fn pick(candidates: Vec<Candidate<'_>>) -> Vec<Candidate<'_>> {
    let (compliant, others): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|one| !one.needs_approval);
    let for_approval = FOR_APPROVAL.max(MOST_OPTIONS.saturating_sub(compliant.len()));
    let others = varied(others, for_approval);
    let mut picked = varied(compliant, MOST_OPTIONS - others.len());
    picked.extend(others);
    picked
}

type Alike = fn(&Candidate<'_>, &Candidate<'_>) -> bool;

/// The cheapest that exceeds each set of limits, then the cheapest of each class, then the cheapest; and no flight or
/// hotel in more than half of them while there is another. Six ways to sleep in the same two hotels, or to take the
/// same flight, would be no choice.
fn varied(mut sorted: Vec<Candidate<'_>>, most: usize) -> Vec<Candidate<'_>> {
    let mut picked: Vec<Candidate<'_>> = Vec::new();
    let passes: [(Alike, usize); 4] = [
        (|one, other| one.exceeded == other.exceeded, most.div_ceil(2)),
        (
            |one, other| one.exceeded == other.exceeded && classes(one) == classes(other),
            most.div_ceil(2),
        ),
        (|_, _| false, most.div_ceil(2)),
        (|_, _| false, most),
    ];
    for (alike, share) in passes {
        let mut rest = Vec::new();
        for candidate in sorted {
            let is_more_of_the_same =
                picked.iter().any(|other| alike(&candidate, other)) || crowds(&candidate, &picked, share);
            if picked.len() < most && !is_more_of_the_same {
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

fn classes(candidate: &Candidate<'_>) -> Vec<(u32, Vec<PartOfDay>)> {
    candidate.legs.iter().map(|judged| class(&judged.leg)).collect()
}

/// Whether the candidate's flight or hotel is in `share` of the options already.
fn crowds(candidate: &Candidate<'_>, picked: &[Candidate<'_>], share: usize) -> bool {
    candidate.legs.iter().any(|judged| {
        let what: (LegKind, &str) = (judged.leg.kind(), subject(&judged.leg));
        let takes_it = |other: &&Candidate<'_>| {
            let mut legs = other.legs.iter();
            legs.any(|taken| (taken.leg.kind(), subject(&taken.leg)) == what)
        };
        picked.iter().filter(takes_it).count() >= share
    })
}
