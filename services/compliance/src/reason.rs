//! Why an option is worth a look, in one sentence.

use events_schema::approval::{ApprovalLevel, Verdict};
use events_schema::money::Money;

use crate::combine::Candidate;
use crate::leg::Content;

/// `cheapest` is the cheapest of the options that need no approval, where there is one.
pub fn reason(option: &Candidate<'_>, verdict: &Verdict, cheapest: Option<&Candidate<'_>>) -> String {
    if let Some(first) = verdict.reasons.first() {
        let others = verdict
            .reasons
            .iter()
            .filter(|reason| reason.rule != first.rule)
            .count();
        let more = if others > 0 { " and more" } else { "" };
        return format!("{}{more}: needs {}", first.reason, people(&verdict.approvals));
    }
    match cheapest {
        Some(cheapest) if cheapest.total.amount < option.total.amount => {
            let dearer = Money::new(option.total.amount - cheapest.total.amount, option.total.currency);
            let gain = gain(option, cheapest).unwrap_or_else(|| "another choice".into());
            format!("Within policy, {dearer} more than the cheapest: {gain}")
        }
        _ => "Cheapest within policy".into(),
    }
}

fn people(levels: &[ApprovalLevel]) -> String {
    let names: Vec<&str> = levels
        .iter()
        .map(|level| match level {
            ApprovalLevel::L1 => "your manager",
            ApprovalLevel::L2 => "your manager's manager",
            ApprovalLevel::Finance => "Finance",
        })
        .collect();
    match names.as_slice() {
        [] => "an approval".into(),
        [only] => (*only).into(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The first thing that is better than with the cheapest option, in the order in which people ask.
fn gain(option: &Candidate<'_>, cheapest: &Candidate<'_>) -> Option<String> {
    let pairs = || option.legs.iter().zip(&cheapest.legs);
    pairs().find_map(|(own, other)| match (&own.leg.content, &other.leg.content) {
        (Content::Flight(own), Content::Flight(other)) if own.stops < other.stops && own.stops == 0 => {
            Some("non-stop".into())
        }
        (Content::Flight(own), Content::Flight(other)) if own.travel_minutes < other.travel_minutes => {
            let saved = other.travel_minutes - own.travel_minutes;
            Some(format!("{} h {:02} min less on the way", saved / 60, saved % 60))
        }
        (Content::Stay(own), Content::Stay(other)) if own.stars > other.stars => {
            Some(format!("a {}-star hotel instead of {}", own.stars, other.stars))
        }
        (Content::Stay(own), Content::Stay(other)) if own.distance_km < other.distance_km => Some(format!(
            "{} km from the centre instead of {}",
            own.distance_km, other.distance_km
        )),
        _ if own.leg.offer.refundable && !other.leg.offer.refundable => Some(
            match own.leg.content {
                Content::Flight(_) => "a refundable flight",
                Content::Stay(_) => "a refundable stay",
            }
            .into(),
        ),
        _ => None,
    })
}
