//! A typed rule as a sentence, for whoever compares it with its clause.

use events_schema::approval::{ApprovalLevel, Silence};
use events_schema::person::EmployeeLevel;
use events_schema::rows::{FlightTime, LegKind, Reach, RuleKind};
use events_schema::trip::Cabin;
use lambda_host::counted::counted;

pub fn in_words(rule: &RuleKind) -> String {
    match rule {
        RuleKind::AdvancePurchase { bands } => {
            let band = |band: &events_schema::rows::AdvanceBand| {
                let days = counted(band.min_days, "day", "days");
                format!("{days} or more ahead: {}", asked(&band.approvals))
            };
            listed(bands.iter().map(band))
        }
        RuleKind::FareCap {
            reach,
            flight_time,
            levels,
            per_traveller,
        } => format!(
            "A {}flight{}{} costs at most {per_traveller} a traveller, there and back",
            reach
                .map(|reach| format!("{} ", reach_name(reach)))
                .unwrap_or_default(),
            length(*flight_time),
            of_levels(levels),
        ),
        RuleKind::HotelCap {
            city,
            country,
            season,
            per_night,
        } => {
            let place = [city.as_deref(), country.as_deref()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>();
            let place = if place.is_empty() {
                "where no other rule names the city".into()
            } else {
                format!("in {}", place.join(", "))
            };
            let season = season
                .map(|season| format!(", from {} to {}", season.from, season.to))
                .unwrap_or_default();
            format!("A night {place}{season} costs at most {per_night}")
        }
        RuleKind::CabinLimit {
            flight_time,
            levels,
            highest,
            approvals,
        } => format!(
            "At most {} on flights{}{}; higher: {}",
            cabin_name(*highest),
            length(*flight_time),
            of_levels(levels),
            if approvals.is_empty() {
                "not at all".into()
            } else {
                asked(approvals)
            },
        ),
        RuleKind::PreferredSuppliers {
            suppliers,
            legs,
            within_percent,
            approvals,
        } => format!(
            "{} for {} where at most {within_percent} percent above the lowest; passed over: {}",
            suppliers.join(", "),
            legs_name(*legs),
            asked(approvals)
        ),
        RuleKind::ExcludedSuppliers { suppliers } => format!("Never {}", suppliers.join(", ")),
        RuleKind::LowestLogicalFare {
            window_minutes,
            tolerance_percent,
            approvals,
        } => format!(
            "The cheapest of the flights within {}; more than {tolerance_percent} percent above it: {}",
            counted(*window_minutes, "minute", "minutes"),
            asked(approvals)
        ),
        RuleKind::Refundability {
            legs,
            above,
            approvals,
        } => format!(
            "{} above {above} must be refundable; else: {}",
            legs_name(*legs),
            asked(approvals)
        ),
        RuleKind::ApprovalByOverage { bands } => {
            let band = |band: &events_schema::rows::OverageBand| {
                let up_to = band.up_to_percent.map_or("further above".into(), |percent| {
                    format!("up to {percent} percent above a cap")
                });
                format!("{up_to}: {}", asked(&band.approvals))
            };
            listed(bands.iter().map(band))
        }
        RuleKind::ApproverSla { hours, silence } => format!(
            "Approvers have {}; silence {}",
            counted(*hours, "hour", "hours"),
            match silence {
                Silence::Approves => "approves",
                Silence::Declines => "declines",
            }
        ),
        RuleKind::ReasonCodes { codes } => {
            let code =
                |(kind, code): (&events_schema::rows::ExceptionKind, &String)| format!("{code} for {kind:?}");
            listed(codes.iter().map(code))
        }
    }
}

fn listed(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join("; ")
}

fn asked(approvals: &[ApprovalLevel]) -> String {
    if approvals.is_empty() {
        return "nobody is asked".into();
    }
    let names: Vec<String> = approvals.iter().map(|level| format!("{level:?}")).collect();
    format!("{} must approve", names.join(" and "))
}

fn length(time: FlightTime) -> String {
    let hours = |minutes: u32| match minutes % 60 {
        0 => counted(minutes / 60, "hour", "hours"),
        _ => counted(minutes, "minute", "minutes"),
    };
    match (time.from_minutes, time.below_minutes) {
        (Some(from), Some(below)) => format!(" of {} or more and under {}", hours(from), hours(below)),
        (Some(from), None) => format!(" of {} or more", hours(from)),
        (None, Some(below)) => format!(" under {}", hours(below)),
        (None, None) => String::new(),
    }
}

fn of_levels(levels: &[EmployeeLevel]) -> String {
    if levels.is_empty() {
        return String::new();
    }
    let names: Vec<String> = levels.iter().map(|level| format!("{level:?}")).collect();
    format!(" for {}", names.join(", "))
}

fn reach_name(reach: Reach) -> &'static str {
    match reach {
        Reach::Domestic => "domestic",
        Reach::Continental => "continental",
        Reach::Intercontinental => "intercontinental",
    }
}

fn cabin_name(cabin: Cabin) -> &'static str {
    match cabin {
        Cabin::Economy => "economy",
        Cabin::PremiumEconomy => "premium economy",
        Cabin::Business => "business",
        Cabin::First => "first class",
    }
}

fn legs_name(legs: LegKind) -> &'static str {
    match legs {
        LegKind::Flight => "flights",
        LegKind::Stay => "stays",
    }
}
