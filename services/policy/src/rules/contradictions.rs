//! Rules against each other: two that say different things about the very same case. Overlaps are none: of a cap for
//! all flights and one for long flights, the lower holds.

use events_schema::rows::{Rule, RuleKind};

pub fn problems(rules: &[Rule]) -> Vec<String> {
    let mut problems = Vec::new();
    for (position, rule) in rules.iter().enumerate() {
        for other in &rules[position + 1..] {
            problems.extend(between(rule, other));
        }
    }
    problems
}

/// Why two rules cannot both hold.
pub fn between(rule: &Rule, other: &Rule) -> Option<String> {
    let why = contradiction(&rule.kind, &other.kind)?;
    Some(format!(
        "rules {} (clause {}) and {} (clause {}) contradict each other: {why}",
        rule.id, rule.clause, other.id, other.clause
    ))
}

fn contradiction(one: &RuleKind, other: &RuleKind) -> Option<String> {
    use RuleKind::{
        AdvancePurchase, ApprovalByOverage, ApproverSla, CabinLimit, ExcludedSuppliers, FareCap, HotelCap,
        LowestLogicalFare, PreferredSuppliers,
    };
    match (one, other) {
        (
            HotelCap {
                city,
                country,
                season,
                per_night,
            },
            HotelCap {
                city: other_city,
                country: other_country,
                season: other_season,
                per_night: other_cap,
            },
        ) => (same_name(city, other_city)
            && same_name(country, other_country)
            && season == other_season
            && per_night != other_cap)
            .then(|| format!("{per_night} and {other_cap} a night for the same place and season")),
        (
            FareCap {
                reach,
                flight_time,
                levels,
                per_traveller,
            },
            FareCap {
                reach: other_reach,
                flight_time: other_time,
                levels: other_levels,
                per_traveller: other_cap,
            },
        ) => (reach == other_reach
            && flight_time == other_time
            && same_set(levels, other_levels)
            && per_traveller != other_cap)
            .then(|| format!("{per_traveller} and {other_cap} for the same flights and travellers")),
        (
            CabinLimit {
                flight_time,
                levels,
                highest,
                ..
            },
            CabinLimit {
                flight_time: other_time,
                levels: other_levels,
                highest: other_highest,
                ..
            },
        ) => (flight_time == other_time && same_set(levels, other_levels) && highest != other_highest)
            .then(|| "different cabins for the same flights and travellers".into()),
        (PreferredSuppliers { suppliers, .. }, ExcludedSuppliers { suppliers: excluded })
        | (ExcludedSuppliers { suppliers: excluded }, PreferredSuppliers { suppliers, .. }) => suppliers
            .iter()
            .find(|name| excluded.iter().any(|other| other.eq_ignore_ascii_case(name)))
            .map(|name| format!("{name} is both preferred and excluded")),
        (ApproverSla { .. }, ApproverSla { .. })
        | (ApprovalByOverage { .. }, ApprovalByOverage { .. })
        | (AdvancePurchase { .. }, AdvancePurchase { .. })
        | (LowestLogicalFare { .. }, LowestLogicalFare { .. })
            if one != other =>
        {
            Some("a policy has one rule of this kind".into())
        }
        _ => None,
    }
}

fn same_name(one: &Option<String>, other: &Option<String>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        (None, None) => true,
        _ => false,
    }
}

fn same_set<T: PartialEq>(one: &[T], other: &[T]) -> bool {
    one.iter().all(|item| other.contains(item)) && other.iter().all(|item| one.contains(item))
}
