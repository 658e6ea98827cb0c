//! Each rule by itself: values that make no sense, and amounts without a rate.

use events_schema::approval::ApprovalLevel;
use events_schema::money::Money;
use events_schema::rows::{AdvanceBand, FlightTime, OverageBand, PolicyRules, Rule, RuleKind};
use rust_decimal::Decimal;

/// An approver's time, in hours.
const SLA: std::ops::RangeInclusive<u32> = 4..=72;

pub fn problems(rules: &PolicyRules) -> Vec<String> {
    let mut problems: Vec<String> = rules
        .rates
        .iter()
        .filter(|(_, rate)| **rate <= Decimal::ZERO)
        .map(|(currency, _)| format!("the rate of {currency} must be above zero"))
        .collect();
    if !SLA.contains(&rules.strict.sla_hours) {
        problems.push(format!(
            "the strict defaults give approvers {} hours: 4 to 72 are possible",
            rules.strict.sla_hours
        ));
    }
    if rules.strict.approvals.is_empty() {
        problems.push("the strict defaults name nobody who approves: name at least L1".into());
    }
    for rule in &rules.rules {
        let found = of_rule(rules, rule);
        problems.extend(found.map(|problem| format!("rule {}: {problem}", rule.id)));
    }
    problems
}

/// What is wrong with one rule, among others of the same currency and rates.
pub fn of_rule(rules: &PolicyRules, rule: &Rule) -> Option<String> {
    match &rule.kind {
        RuleKind::AdvancePurchase { bands } => advance(bands),
        RuleKind::FareCap {
            flight_time,
            per_traveller,
            ..
        } => flight_length(flight_time).or_else(|| amount(rules, per_traveller)),
        RuleKind::HotelCap { per_night, .. } => amount(rules, per_night),
        RuleKind::CabinLimit { flight_time, .. } => flight_length(flight_time),
        RuleKind::PreferredSuppliers {
            suppliers, approvals, ..
        } => named(suppliers).or_else(|| somebody(approvals)),
        RuleKind::ExcludedSuppliers { suppliers } => named(suppliers),
        RuleKind::LowestLogicalFare { approvals, .. } => somebody(approvals),
        RuleKind::Refundability { above, approvals, .. } => {
            amount(rules, above).or_else(|| somebody(approvals))
        }
        RuleKind::ApprovalByOverage { bands } => overage(bands),
        RuleKind::ApproverSla { hours, .. } => {
            (!SLA.contains(hours)).then(|| format!("approvers have {hours} hours: 4 to 72 are possible"))
        }
        RuleKind::ReasonCodes { codes } => codes.is_empty().then(|| "there is no code".into()),
    }
}

fn amount(rules: &PolicyRules, money: &Money) -> Option<String> {
    if money.amount <= Decimal::ZERO {
        return Some(format!("{money} is no cap: an amount above zero is needed"));
    }
    let code = money.currency.code();
    let known = money.currency == rules.currency || rules.rates.contains_key(code);
    (!known).then(|| format!("there is no rate for {code}: add it to the policy block's rates"))
}

fn flight_length(time: &FlightTime) -> Option<String> {
    let (from, below) = (time.from_minutes?, time.below_minutes?);
    (from >= below).then(|| format!("no flight is {from} minutes or longer and shorter than {below}"))
}

fn named(suppliers: &[String]) -> Option<String> {
    let blank = suppliers.is_empty() || suppliers.iter().any(|name| name.trim().is_empty());
    blank.then(|| "suppliers must be named".into())
}

/// These rules ask for an exception; what nobody may allow is what other rules say.
fn somebody(approvals: &[ApprovalLevel]) -> Option<String> {
    approvals
        .is_empty()
        .then(|| "it must name who may allow an exception".into())
}

/// Less notice must never need fewer approvals.
fn advance(bands: &[AdvanceBand]) -> Option<String> {
    let mut sorted: Vec<_> = bands.iter().collect();
    sorted.sort_by_key(|band| band.min_days);
    if sorted.first().map(|band| band.min_days) != Some(0) {
        return Some("one band must begin at 0 days".into());
    }
    sorted.windows(2).find_map(|pair| {
        let [later, earlier] = pair else { return None };
        if later.min_days == earlier.min_days {
            return Some(format!("two bands begin at {} days", later.min_days));
        }
        (!includes(&later.approvals, &earlier.approvals)).then(|| {
            format!(
                "booking {} days ahead needs somebody whom booking {} days ahead does not",
                earlier.min_days, later.min_days
            )
        })
    })
}

/// A larger overage must never need fewer approvals, and none may be left without.
fn overage(bands: &[OverageBand]) -> Option<String> {
    let mut sorted: Vec<_> = bands.iter().collect();
    sorted.sort_by_key(|band| band.up_to_percent.unwrap_or(u32::MAX));
    if sorted.last().is_none_or(|last| last.up_to_percent.is_some()) {
        return Some("one band must be without upToPercent: it holds for all above".into());
    }
    if sorted.iter().any(|band| band.approvals.is_empty()) {
        return Some("every band must name who approves".into());
    }
    sorted.windows(2).find_map(|pair| {
        let [smaller, larger] = pair else { return None };
        if smaller.up_to_percent == larger.up_to_percent {
            return Some("two bands end at the same percentage".into());
        }
        (!includes(&larger.approvals, &smaller.approvals))
            .then(|| "a larger overage needs fewer approvals than a smaller one".into())
    })
}

fn includes(all: &[ApprovalLevel], some: &[ApprovalLevel]) -> bool {
    some.iter().all(|level| all.contains(level))
}
