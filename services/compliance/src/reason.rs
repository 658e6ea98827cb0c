//! Why an option is worth a look, in one sentence.

use events_schema::approval::{ApprovalLevel, Verdict};
use events_schema::money::Money;

use crate::combine::Candidate;
use crate::counts::PartOfDay;
use crate::leg::{Content, Flight, Stay};

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

/// The first thing that is better than with the cheapest option, in the order in which people ask; else what is other.
fn gain(option: &Candidate<'_>, cheapest: &Candidate<'_>) -> Option<String> {
    let pairs = || option.legs.iter().zip(&cheapest.legs);
    let better = pairs().find_map(|(own, other)| match (&own.leg.content, &other.leg.content) {
        (Content::Flight(flight), Content::Flight(others)) => flight_gain(flight, others),
        (Content::Stay(stay), Content::Stay(others)) => stay_gain(stay, others),
        _ => None,
    });
    let refundable = || {
        pairs().find_map(|(own, other)| {
            let gained = own.leg.offer.refundable && !other.leg.offer.refundable;
            gained.then(|| match own.leg.content {
                Content::Flight(_) => "a refundable flight".into(),
                Content::Stay(_) => "a refundable stay".into(),
            })
        })
    };
    let another_time = || {
        pairs().find_map(|(own, other)| match (&own.leg.content, &other.leg.content) {
            (Content::Flight(flight), Content::Flight(others)) => another_time(flight, others),
            _ => None,
        })
    };
    better.or_else(refundable).or_else(another_time)
}

fn flight_gain(own: &Flight, other: &Flight) -> Option<String> {
    if own.stops < other.stops && own.stops == 0 {
        return Some("non-stop".into());
    }
    let saved = other.travel_minutes.checked_sub(own.travel_minutes)?;
    (saved > 0).then(|| format!("{} h {:02} min less on the way", saved / 60, saved % 60))
}

fn stay_gain(own: &Stay, other: &Stay) -> Option<String> {
    if own.stars > other.stars {
        return Some(format!("a {}-star hotel instead of {}", own.stars, other.stars));
    }
    (own.distance_km < other.distance_km).then(|| {
        format!(
            "{} km from the centre instead of {}",
            own.distance_km, other.distance_km
        )
    })
}

fn another_time(own: &Flight, other: &Flight) -> Option<String> {
    let (part, others) = (PartOfDay::of(own.departs), PartOfDay::of(other.departs));
    if part != others {
        let (part, others) = (part.name(), others.name());
        return Some(format!("leaving in the {part} instead of the {others}"));
    }
    let (part, others) = (PartOfDay::of(own.returns?), PartOfDay::of(other.returns?));
    (part != others).then(|| {
        format!(
            "coming back in the {} instead of the {}",
            part.name(),
            others.name()
        )
    })
}
