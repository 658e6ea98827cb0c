//! One rule applied to one leg. Pure; the market is what else could be had for the same trip.

use events_schema::approval::{ApprovalLevel, RuleVerdict};
use events_schema::money::Money;
use events_schema::person::EmployeeLevel;
use events_schema::rows::{AdvanceBand, ExceptionKind, LegKind, Rule, RuleKind};
use events_schema::trip::Cabin;
use jiff::ToSpan;
use jiff::civil::Date;
use lambda_host::counted::counted;
use rust_decimal::Decimal;

use crate::leg::{Content, Flight, Leg, Stay};
use crate::policy::PinnedPolicy;

/// What the request brings to judging, beside the plan.
#[derive(Clone, Copy, Debug)]
pub struct Traveller {
    pub level: EmployeeLevel,
    /// Local date at the traveller's when the trip was requested.
    pub requested_on: Date,
}

/// What a rule found. A rule that does not speak about a leg finds nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub observed: String,
    pub limit: String,
    pub verdict: RuleVerdict,
    pub over: Option<Money>,
    /// In percent of the cap exceeded.
    pub over_percent: Option<Decimal>,
    /// Who may allow it; for amounts above a cap, the bands of overage say.
    pub approvals: Vec<ApprovalLevel>,
    pub exception: ExceptionKind,
    /// For people, where exceeded: without a full stop.
    pub sentence: String,
}

pub fn judge(
    policy: &PinnedPolicy,
    rule: &Rule,
    traveller: Traveller,
    leg: &Leg,
    market: &[Leg],
) -> Option<Finding> {
    match (&rule.kind, &leg.content) {
        (RuleKind::AdvancePurchase { bands }, Content::Flight(flight)) => {
            advance_purchase(bands, traveller.requested_on, flight)
        }
        (
            RuleKind::FareCap {
                reach,
                flight_time,
                levels,
                per_traveller,
            },
            Content::Flight(flight),
        ) => {
            // An airport nobody knows is met by every cap: the strict reading.
            let reached = reach.is_none_or(|reach| flight.reach.is_none_or(|flown| flown == reach));
            let applies = reached && flight_time.holds(flight.minutes) && holds_for(levels, traveller.level);
            applies.then(|| {
                cap(
                    policy,
                    ExceptionKind::FareCap,
                    flight.per_traveller,
                    *per_traveller,
                )
            })?
        }
        (RuleKind::HotelCap { per_night, .. }, Content::Stay(stay)) => governs(policy, rule, stay)
            .then(|| cap(policy, ExceptionKind::HotelCap, stay.per_night, *per_night))?,
        (
            RuleKind::CabinLimit {
                flight_time,
                levels,
                highest,
                approvals,
            },
            Content::Flight(flight),
        ) => {
            let applies = flight_time.holds(flight.minutes) && holds_for(levels, traveller.level);
            applies.then(|| cabin(flight.cabin, *highest, approvals))
        }
        (
            RuleKind::PreferredSuppliers {
                suppliers,
                legs,
                within_percent,
                approvals,
            },
            _,
        ) if *legs == leg.kind() => Some(preferred(suppliers, *within_percent, approvals, leg, market)),
        (RuleKind::ExcludedSuppliers { suppliers }, _) => Some(excluded(suppliers, leg)),
        (
            RuleKind::LowestLogicalFare {
                window_minutes,
                tolerance_percent,
                approvals,
            },
            Content::Flight(flight),
        ) => Some(lowest_fare(
            *window_minutes, *tolerance_percent, approvals, flight, leg, market,
        )),
        (
            RuleKind::Refundability {
                legs,
                above,
                approvals,
            },
            _,
        ) if *legs == leg.kind() => refundability(policy, *above, approvals, leg),
        _ => None,
    }
}

pub fn holds_for(levels: &[EmployeeLevel], level: EmployeeLevel) -> bool {
    levels.is_empty() || levels.contains(&level)
}

/// Also for the strict defaults.
pub fn cabin(flown: Cabin, highest: Cabin, approvals: &[ApprovalLevel]) -> Finding {
    let verdict = match (flown <= highest, approvals.is_empty()) {
        (true, _) => RuleVerdict::Within,
        (false, true) => RuleVerdict::Forbidden,
        (false, false) => RuleVerdict::Exceeded,
    };
    Finding {
        observed: cabin_name(flown).into(),
        limit: cabin_name(highest).into(),
        verdict,
        over: None,
        over_percent: None,
        approvals: approvals.to_vec(),
        exception: ExceptionKind::Cabin,
        sentence: format!("{} instead of {}", cabin_name(flown), cabin_name(highest)),
    }
}

pub fn cabin_name(cabin: Cabin) -> &'static str {
    match cabin {
        Cabin::Economy => "economy",
        Cabin::PremiumEconomy => "premium economy",
        Cabin::Business => "business",
        Cabin::First => "first",
    }
}

fn advance_purchase(bands: &[AdvanceBand], requested_on: Date, flight: &Flight) -> Option<Finding> {
    let days = requested_on
        .until(flight.departs.date())
        .map_or(0, |span| span.get_days());
    let days = u32::try_from(days).unwrap_or(0);
    let band = bands
        .iter()
        .filter(|band| band.min_days <= days)
        .max_by_key(|band| band.min_days)?;
    let enough = bands
        .iter()
        .filter(|band| band.approvals.is_empty())
        .map(|band| band.min_days)
        .min();
    let limit = enough.map_or("always with approval".into(), |days| {
        format!("{} ahead", in_days(days))
    });
    Some(Finding {
        observed: format!("{} ahead", in_days(days)),
        verdict: exceeded_if(!band.approvals.is_empty()),
        sentence: format!(
            "Booked {} ahead instead of {}",
            in_days(days),
            limit.trim_end_matches(" ahead")
        ),
        limit,
        over: None,
        over_percent: None,
        approvals: band.approvals.clone(),
        exception: ExceptionKind::AdvancePurchase,
    })
}

fn in_days(days: u32) -> String {
    counted(days, "day", "days")
}

/// An amount against a cap in any currency.
fn cap(policy: &PinnedPolicy, exception: ExceptionKind, observed: Money, cap: Money) -> Option<Finding> {
    let limit = policy.rates.to_base(cap)?;
    let excess = observed.amount - limit.amount;
    let exceeded = excess > Decimal::ZERO;
    let over = Money::new(excess, observed.currency);
    let (name, unit) = match exception {
        ExceptionKind::HotelCap => ("hotel cap", " a night"),
        _ => ("fare cap", " a person"),
    };
    Some(Finding {
        observed: format!("{observed}{unit}"),
        limit: format!("{limit}{unit}"),
        verdict: exceeded_if(exceeded),
        over: exceeded.then_some(over),
        over_percent: exceeded.then(|| percent_of(excess, limit.amount)),
        approvals: Vec::new(),
        exception,
        sentence: format!("{over} over the {name} of {limit}{unit}"),
    })
}

fn percent_of(part: Decimal, whole: Decimal) -> Decimal {
    part.checked_mul(Decimal::ONE_HUNDRED)
        .and_then(|scaled| scaled.checked_div(whole))
        .unwrap_or(Decimal::MAX)
}

/// A hotel cap holds for a stay if, on one of its nights, none that fits is more specific.
fn governs(policy: &PinnedPolicy, rule: &Rule, stay: &Stay) -> bool {
    (0..stay.nights.max(1)).any(|night| {
        let date = stay.check_in.saturating_add(i64::from(night).days());
        let best = policy
            .rules
            .iter()
            .filter_map(|other| specificity(&other.kind, stay, date))
            .max();
        let own = specificity(&rule.kind, stay, date);
        own.is_some() && own == best
    })
}

/// A policy may call a city as people do: New Delhi is the airports' Delhi.
fn is_city(named: &str, city: &str) -> bool {
    let same = |name: &str| name.eq_ignore_ascii_case(city);
    same(named) || places::by_city(named).iter().any(|known| same(known.name))
}

fn specificity(kind: &RuleKind, stay: &Stay, night: Date) -> Option<(u8, bool)> {
    let RuleKind::HotelCap {
        city,
        country,
        season,
        ..
    } = kind
    else {
        return None;
    };
    let in_city = city.as_ref().is_none_or(|city| is_city(city, &stay.place.city));
    let in_country = country
        .as_ref()
        .is_none_or(|country| country.eq_ignore_ascii_case(&stay.place.country));
    let in_season = season.is_none_or(|season| season.holds(night));
    let place = match (city, country) {
        (Some(_), _) => 2,
        (None, Some(_)) => 1,
        (None, None) => 0,
    };
    (in_city && in_country && in_season).then_some((place, season.is_some()))
}

fn named(suppliers: &[String], leg: &Leg, seller: &str) -> bool {
    suppliers.iter().any(|name| {
        name == leg.offer.supplier.as_str()
            || match leg.kind() {
                LegKind::Flight => name.eq_ignore_ascii_case(seller),
                // Chains name their hotels "<chain> <city>".
                LegKind::Stay => seller.to_lowercase().starts_with(&name.to_lowercase()),
            }
    })
}

fn is_preferred(suppliers: &[String], leg: &Leg) -> bool {
    leg.sellers().iter().all(|seller| named(suppliers, leg, seller))
}

fn excluded(suppliers: &[String], leg: &Leg) -> Finding {
    let sellers = leg.sellers();
    let banned = sellers.iter().find(|seller| named(suppliers, leg, seller));
    Finding {
        observed: banned.copied().map_or_else(|| sellers.join(", "), String::from),
        limit: format!("not {}", suppliers.join(", ")),
        verdict: if banned.is_some() {
            RuleVerdict::Forbidden
        } else {
            RuleVerdict::Within
        },
        over: None,
        over_percent: None,
        approvals: Vec::new(),
        exception: ExceptionKind::PreferredSuppliers,
        sentence: String::new(),
    }
}

fn preferred(
    suppliers: &[String],
    within: u32,
    approvals: &[ApprovalLevel],
    leg: &Leg,
    market: &[Leg],
) -> Finding {
    let alike: Vec<&Leg> = market.iter().filter(|other| comparable(leg, other)).collect();
    let lowest = alike.iter().map(|other| other.total.amount).min();
    let bound = lowest.map(|lowest| above(lowest, within));
    let could = alike
        .iter()
        .filter(|other| {
            is_preferred(suppliers, other) && bound.is_some_and(|bound| other.total.amount <= bound)
        })
        .map(|other| other.total.amount)
        .min();
    let passed_over = could.filter(|_| !is_preferred(suppliers, leg));
    let price = passed_over.map(|amount| Money::new(amount, leg.total.currency));
    Finding {
        observed: leg.sellers().join(", "),
        limit: format!("{}, within {within} percent of the lowest", suppliers.join(", ")),
        verdict: exceeded_if(price.is_some()),
        over: None,
        over_percent: None,
        approvals: approvals.to_vec(),
        exception: ExceptionKind::PreferredSuppliers,
        sentence: price.map_or(String::new(), |price| {
            format!("Not with {}, who can be had for {price}", suppliers.join(" or "))
        }),
    }
}

fn lowest_fare(
    window: u32,
    tolerance: u32,
    approvals: &[ApprovalLevel],
    flight: &Flight,
    leg: &Leg,
    market: &[Leg],
) -> Finding {
    let near = |other: &&Leg| match &other.content {
        Content::Flight(other) => {
            let apart = flight.departs.duration_until(other.departs).abs();
            apart.as_secs() <= i64::from(window) * 60
        }
        Content::Stay(_) => false,
    };
    let lowest = market
        .iter()
        .filter(|other| comparable(leg, other))
        .filter(near)
        .map(|other| other.total.amount)
        .min()
        .unwrap_or(leg.total.amount)
        .min(leg.total.amount);
    let limit = Money::new(above(lowest, tolerance), leg.total.currency).rounded();
    let lowest = Money::new(lowest, leg.total.currency);
    let over = Money::new(leg.total.amount - limit.amount, leg.total.currency);
    let exceeded = over.amount > Decimal::ZERO;
    Finding {
        observed: leg.total.to_string(),
        limit: format!("{limit}, {tolerance} percent above the lowest within {window} minutes"),
        verdict: exceeded_if(exceeded),
        over: exceeded.then_some(over),
        over_percent: None,
        approvals: approvals.to_vec(),
        exception: ExceptionKind::LowestLogicalFare,
        sentence: format!(
            "{} dearer than the cheapest flight at that time",
            Money::new(leg.total.amount - lowest.amount, lowest.currency)
        ),
    }
}

fn refundability(
    policy: &PinnedPolicy,
    limit: Money,
    approvals: &[ApprovalLevel],
    leg: &Leg,
) -> Option<Finding> {
    let limit = policy.rates.to_base(limit)?;
    let observed = match &leg.content {
        Content::Flight(flight) => flight.per_traveller,
        Content::Stay(_) => leg.total,
    };
    let exceeded = observed.amount > limit.amount && !leg.offer.refundable;
    let refundable = if leg.offer.refundable {
        "refundable"
    } else {
        "not refundable"
    };
    Some(Finding {
        observed: format!("{observed}, {refundable}"),
        limit: format!("refundable above {limit}"),
        verdict: exceeded_if(exceeded),
        over: None,
        over_percent: None,
        approvals: approvals.to_vec(),
        exception: ExceptionKind::Refundability,
        sentence: format!("{observed} and not refundable"),
    })
}

/// Flights of the same cabin, and stays, compare among themselves.
fn comparable(leg: &Leg, other: &Leg) -> bool {
    match (&leg.content, &other.content) {
        (Content::Flight(flight), Content::Flight(other)) => flight.cabin == other.cabin,
        (Content::Stay(_), Content::Stay(_)) => true,
        _ => false,
    }
}

fn above(amount: Decimal, percent: u32) -> Decimal {
    let factor = Decimal::ONE + Decimal::from(percent) / Decimal::ONE_HUNDRED;
    amount.checked_mul(factor).unwrap_or(Decimal::MAX)
}

fn exceeded_if(exceeded: bool) -> RuleVerdict {
    if exceeded {
        RuleVerdict::Exceeded
    } else {
        RuleVerdict::Within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_is_known_by_its_other_names() {
        for (named, city) in [
            ("Lisbon", "lisbon"),
            ("New Delhi", "Delhi"),
            ("Lissabon", "Lisbon"),
        ] {
            assert!(is_city(named, city), "{named}");
        }
        assert!(!is_city("Porto", "Lisbon"));
    }
}
