//! Rules in the notation of `drafts/README.md`: as labels write them, and drafted ones in the same words.

use std::collections::{BTreeMap, BTreeSet};

use events_schema::approval::{ApprovalLevel, Silence};
use events_schema::money::Money;
use events_schema::rows::{FlightTime, LegKind, RuleKind, Season};
use rust_decimal::Decimal;
use serde::Serialize;

/// A rule as `drafts/README.md` writes it; none for codes of the accounts, which nobody wrote down there.
pub fn notation(rule: &RuleKind) -> Option<String> {
    Some(match rule {
        RuleKind::HotelCap { .. } | RuleKind::FareCap { .. } | RuleKind::CabinLimit { .. } => limit(rule)?,
        RuleKind::AdvancePurchase { bands } => {
            let mut bands = bands.clone();
            bands.sort_by_key(|band| std::cmp::Reverse(band.min_days));
            let bands = bands
                .iter()
                .map(|band| (band.min_days.to_string(), &band.approvals));
            format!("advance {}", banded(bands))
        }
        RuleKind::ApprovalByOverage { bands } => {
            let up_to = |percent: Option<u32>| percent.map_or("*".into(), |percent| percent.to_string());
            let bands = bands
                .iter()
                .map(|band| (up_to(band.up_to_percent), &band.approvals));
            format!("overage {}", banded(bands))
        }
        RuleKind::Refundability {
            legs,
            above,
            approvals,
        } => {
            format!("refund {} {}{}", leg(*legs), amount(above), by(approvals))
        }
        RuleKind::LowestLogicalFare {
            window_minutes,
            tolerance_percent,
            approvals,
        } => {
            format!("lowest {window_minutes}min {tolerance_percent}%{}", by(approvals))
        }
        RuleKind::PreferredSuppliers {
            suppliers,
            legs,
            within_percent,
            approvals,
        } => {
            let suppliers = suppliers.join(",");
            format!(
                "preferred {suppliers} {} {within_percent}%{}",
                leg(*legs),
                by(approvals)
            )
        }
        RuleKind::ExcludedSuppliers { suppliers } => format!("excluded {}", suppliers.join(",")),
        RuleKind::ApproverSla {
            hours,
            silence: Silence::Approves,
        } => format!("sla {hours}h approves"),
        RuleKind::ApproverSla {
            hours,
            silence: Silence::Declines,
        } => format!("sla {hours}h declines"),
        RuleKind::ReasonCodes { .. } => return None,
    })
}

/// What a night or a flight may cost, and the highest cabin.
fn limit(rule: &RuleKind) -> Option<String> {
    Some(match rule {
        RuleKind::HotelCap {
            city,
            country,
            season,
            per_night,
        } => {
            let place = [field("city", city.clone()), field("country", country.clone())].concat();
            format!(
                "hotel {}{place}{}",
                amount(per_night),
                field("season", season.map(days))
            )
        }
        RuleKind::FareCap {
            reach,
            flight_time,
            levels,
            per_traveller,
        } => {
            let flights = [field("reach", reach.map(named)), length(*flight_time)].concat();
            format!(
                "fare {}{flights}{}",
                amount(per_traveller),
                field("levels", list(levels))
            )
        }
        RuleKind::CabinLimit {
            flight_time,
            levels,
            highest,
            approvals,
        } => {
            let whose = [field("levels", list(levels)), by(approvals)].concat();
            format!("cabin {}{}{whose}", named(highest), length(*flight_time))
        }
        _ => return None,
    })
}

fn amount(money: &Money) -> String {
    format!("{} {}", money.amount.normalize(), money.currency.code())
}

fn banded<'a>(bands: impl Iterator<Item = (String, &'a Vec<ApprovalLevel>)>) -> String {
    let bands = bands.map(|(border, approvals)| format!("{border}: {}", people(approvals)));
    bands.collect::<Vec<_>>().join("; ")
}

fn field(name: &str, value: Option<String>) -> String {
    value.map(|value| format!(" {name}={value}")).unwrap_or_default()
}

fn named(value: impl Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|name| name.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn days(season: Season) -> String {
    format!("{}..{}", String::from(season.from), String::from(season.to))
}

fn length(time: FlightTime) -> String {
    let hours = |minutes: Option<u32>| {
        minutes.map(|minutes| format!("{}h", (Decimal::from(minutes) / Decimal::from(60)).normalize()))
    };
    format!(
        "{}{}",
        field("from", hours(time.from_minutes)),
        field("below", hours(time.below_minutes))
    )
}

fn list(values: &[impl Serialize]) -> Option<String> {
    (!values.is_empty()).then(|| values.iter().map(named).collect::<Vec<_>>().join(","))
}

fn people(approvals: &[ApprovalLevel]) -> String {
    let mut names: Vec<String> = approvals.iter().map(|level| format!("{level:?}")).collect();
    names.sort_by_key(|name| ["L1", "L2", "Finance"].iter().position(|other| other == name));
    if names.is_empty() {
        "-".into()
    } else {
        names.join("+")
    }
}

fn by(approvals: &[ApprovalLevel]) -> String {
    if approvals.is_empty() {
        String::new()
    } else {
        format!(" by={}", people(approvals))
    }
}

fn leg(legs: LegKind) -> &'static str {
    match legs {
        LegKind::Flight => "flight",
        LegKind::Stay => "stay",
    }
}

/// Rules that policies state and our kinds do not have: cabins by reach, overages that nobody may allow, approvers' time
/// beyond three days.
pub fn is_expressible(rule: &str) -> bool {
    let hours = rule
        .strip_prefix("sla ")
        .and_then(|rest| rest.split_once('h')?.0.parse::<u32>().ok());
    !(rule.starts_with("cabin") && rule.contains("reach=")
        || rule.starts_with("overage") && !rule.contains('*')
        || hours.is_some_and(|hours| !(4..=72).contains(&hours)))
}

/// "20: L1; *: Finance" as approvals are kept: whoever is asked for less is asked for more as well.
fn added_up(bands: &str) -> String {
    let mut asked: BTreeSet<&str> = BTreeSet::new();
    let mut text = Vec::new();
    for band in bands.split("; ") {
        let Some((border, people)) = band.split_once(": ") else {
            continue;
        };
        asked.extend(people.split('+').filter(|people| *people != "-"));
        let levels = ["L1", "L2", "Finance"]
            .into_iter()
            .filter(|level| asked.contains(level));
        let levels = levels.collect::<Vec<_>>().join("+");
        text.push(format!(
            "{border}: {}",
            if levels.is_empty() { "-" } else { &levels }
        ));
    }
    text.join("; ")
}

/// The same rule is the same text: fields in order, cities as the airports call them, suppliers in order.
pub fn in_order(rule: &str) -> String {
    let banded = rule
        .split_once(' ')
        .filter(|(kind, _)| ["advance", "overage"].contains(kind));
    if let Some((kind, bands)) = banded {
        return format!("{kind} {}", added_up(bands));
    }
    let (mut head, mut fields): (Vec<&str>, BTreeMap<&str, String>) = Default::default();
    let mut open: Option<&str> = None;
    for word in rule.split_whitespace() {
        match (word.split_once('='), open) {
            (Some((name, value)), _) => {
                fields.insert(name, value.into());
                open = Some(name);
            }
            (None, Some(name)) => {
                let value = fields.entry(name).or_default();
                value.push(' ');
                value.push_str(word);
            }
            (None, None) => head.push(word),
        }
    }
    // Of Singapore the city is the country.
    if let Some(country) = fields.get("city").and_then(|city| places::country(city)) {
        fields.remove("city");
        fields.insert("country", country.into());
    }
    if let Some(city) = fields.get_mut("city")
        && let Some(known) = places::by_city(city).into_iter().next()
    {
        *city = known.name.to_owned();
    }
    let mut rule = head.join(" ");
    if rule.starts_with("preferred ") || rule.starts_with("excluded ") {
        let ending = if rule.starts_with("preferred ") {
            head.len().saturating_sub(2)
        } else {
            head.len()
        };
        let names = head[1..ending].join(" ").to_lowercase();
        let mut names: Vec<&str> = names.split(',').map(str::trim).collect();
        names.sort_unstable();
        rule = format!("{} {} {}", head[0], names.join(","), head[ending..].join(" "));
    }
    for (name, value) in fields {
        rule.push_str(&format!(" {name}={value}"));
    }
    rule
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rule_is_one_text() {
        for (one, other) in [
            (
                "hotel 190 EUR season=06-01..08-31 city=Rome",
                "hotel 190 EUR city=Rome season=06-01..08-31",
            ),
            ("hotel 190 EUR city=New Delhi", "hotel 190 EUR city=Delhi"),
            (
                "preferred Sample Air,Other Air flight 10% by=L1",
                "preferred Other Air,Sample Air flight 10% by=L1",
            ),
        ] {
            assert_eq!(in_order(one), in_order(other));
        }
    }
}
