//! `policy check "TRIP"`: a trip that nobody booked, understood by the planner's grammar and judged by compliance.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use compliance::decide::Traveller;
use compliance::policy::PinnedPolicy;
use compliance::rejudge::{Standing, judge_offers};
use events_schema::approval::{RuleVerdict, Verdict};
use events_schema::ids::{OfferId, PolicyVersion, SupplierId};
use events_schema::money::Money;
use events_schema::person::EmployeeLevel;
use events_schema::place::LocalTime;
use events_schema::policy::PolicyRetrieved;
use events_schema::rows::{LegKind, PolicyRules, RuleKind};
use events_schema::trip::{Cabin, FlightSegment, FlightWish, LegContent, Offer, StayWish, TripPlan};
use iso_currency::Currency;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use planner::check::Reading;
use planner::grammar::{Reference, Utterance, read};
use rust_decimal::Decimal;

use super::desk::{Desk, Version};
use crate::commands::CommandError;

/// Allowed by nobody, or only with approval.
const NEEDS_APPROVAL: u8 = 3;
const FORBIDDEN: u8 = 4;
/// Of a flight whose schedule nobody knows yet.
const MORNING: Time = Time::constant(9, 0, 0, 0);

#[derive(Args)]
#[command(after_help = "Exit status: 0 within policy; 3 needs approval; 4 forbidden.")]
pub struct CheckArgs {
    /// As it would be requested: "Berlin to Tokyo 3-9 March in business and a hotel".
    trip: String,
    /// The flight's price a person, there and back, with taxes; without it, no rule on fares is judged.
    #[arg(long, value_name = "AMOUNT")]
    fare: Option<Decimal>,
    /// The room's price a night, with taxes; without it, no rule on hotels' prices is judged.
    #[arg(long, value_name = "AMOUNT")]
    night: Option<Decimal>,
    /// Of both amounts (default: the policy's).
    #[arg(long, value_name = "ISO", value_parser = currency)]
    currency: Option<Currency>,
    /// The traveller's level, L1 to L5.
    #[arg(long, default_value = "L2", value_parser = level)]
    level: EmployeeLevel,
    #[arg(long, default_value = "any airline")]
    airline: String,
    #[arg(long, default_value = "any hotel")]
    hotel: String,
    /// Both can be given back.
    #[arg(long)]
    refundable: bool,
    /// Judge by this version (default: the active one).
    #[arg(long, value_parser = super::version)]
    version: Option<PolicyVersion>,
}

fn currency(code: &str) -> Result<Currency, String> {
    Currency::from_code(&code.to_uppercase()).ok_or_else(|| format!("{code} is no ISO 4217 code"))
}

fn level(name: &str) -> Result<EmployeeLevel, String> {
    serde_json::from_value(name.to_uppercase().into()).map_err(|_| format!("{name} is no level: L1 to L5"))
}

pub(super) async fn check(
    out: &mut impl Write,
    desk: &Desk,
    args: &CheckArgs,
) -> Result<ExitCode, CommandError> {
    let version = desk.version(args.version.as_ref()).await?;
    judge(out, &version, args, desk.runtime.clock.now())
}

pub(super) fn judge(
    out: &mut impl Write,
    version: &Version,
    args: &CheckArgs,
    now: Timestamp,
) -> Result<ExitCode, CommandError> {
    let rules = version
        .rules
        .clone()
        .ok_or("this policy has no typed rules to judge by")?;
    let today = now.to_zoned(TimeZone::UTC).date();
    let plan = understood(&args.trip, today, rules.currency)?;
    let policy = pinned(version, rules);
    let traveller = Traveller {
        level: args.level,
        requested_on: today,
    };
    let offers = offers(&plan, args, policy.rates.base, now);
    let verdict = judge_offers(&policy, traveller, &offers, &[])
        .ok_or("the policy has no rate for this currency, or the places are too far from any airport")?;
    print(out, &policy, args, &verdict)?;
    Ok(match standing(&policy, args, &verdict) {
        Standing::Within => ExitCode::SUCCESS,
        Standing::NeedsApproval => ExitCode::from(NEEDS_APPROVAL),
        Standing::Forbidden => ExitCode::from(FORBIDDEN),
    })
}

/// As a booking that follows the version from now on would have it.
pub(super) fn pinned(version: &Version, rules: PolicyRules) -> PinnedPolicy {
    let retrieved = PolicyRetrieved {
        version: version.name.clone(),
        clauses: Vec::new(),
        silent: false,
        currency: rules.currency,
        rates: rules.rates.clone(),
    };
    PinnedPolicy::new(rules, &version.clauses, &retrieved)
}

fn understood(trip: &str, today: Date, currency: Currency) -> Result<TripPlan, CommandError> {
    let said = [Utterance {
        text: trip,
        on: today,
    }];
    match read(&said, None, &Reference { today, currency }) {
        Reading::Plan(plan) => Ok(plan),
        Reading::Questions(questions) => {
            let asked: Vec<String> = questions.into_iter().map(|question| question.question).collect();
            Err(asked.join(" ").into())
        }
        Reading::PolicyQuestion => Err("that is a question: use `policy ask`".into()),
    }
}

fn offers(plan: &TripPlan, args: &CheckArgs, base: Currency, now: Timestamp) -> Vec<Offer> {
    let currency = args.currency.unwrap_or(base);
    let flight = plan.flight.as_ref().map(|wish| {
        let total = args.fare.unwrap_or_default() * Decimal::from(plan.travellers);
        (flight(wish, plan.travellers, &args.airline), total)
    });
    let stay = plan.stay.as_ref().map(|wish| {
        let night = args.night.unwrap_or_default();
        let content = stay(wish, &args.hotel, Money::new(night, currency));
        let nights = wish
            .check_in
            .until(wish.check_out)
            .map_or(1, |span| span.get_days());
        (
            content,
            night * Decimal::from(nights) * Decimal::from(plan.travellers),
        )
    });
    let offer = |(content, total): (LegContent, Decimal)| Offer {
        id: OfferId::new("hypothetical"),
        supplier: SupplierId::new("hypothetical"),
        supplier_offer: String::new(),
        content,
        total: Money::new(total, currency),
        taxes: Money::new(Decimal::ZERO, currency),
        expires_at: now + SignedDuration::from_hours(1),
        refundable: args.refundable,
        holdable: false,
        conditions: String::new(),
    };
    flight.into_iter().chain(stay).map(offer).collect()
}

fn flight(wish: &FlightWish, travellers: u8, airline: &str) -> LegContent {
    let from = wish.origin.airports.first().copied().unwrap_or(wish.origin.code);
    let to = wish
        .destination
        .airports
        .first()
        .copied()
        .unwrap_or(wish.destination.code);
    let minutes = compliance::decide::estimated_minutes(wish).unwrap_or_default();
    let segment = |from, to, on: Date, leaves: &str, lands: &str| {
        let departs = on.to_datetime(MORNING);
        FlightSegment {
            flight: "hypothetical".into(),
            carrier: airline.into(),
            from,
            to,
            departs: LocalTime::new(departs, leaves),
            arrives: LocalTime::new(departs + SignedDuration::from_mins(minutes.into()), lands),
            duration_minutes: minutes,
        }
    };
    let (here, there) = (&wish.origin.zone, &wish.destination.zone);
    LegContent::Flight {
        outbound: vec![segment(from, to, wish.depart_on, here, there)],
        inbound: wish
            .return_on
            .map(|on| segment(to, from, on, there, here))
            .into_iter()
            .collect(),
        cabin: wish.cabin.unwrap_or(Cabin::Economy),
        travellers,
    }
}

fn stay(wish: &StayWish, hotel: &str, per_night: Money) -> LegContent {
    let nights = wish
        .check_in
        .until(wish.check_out)
        .map_or(1, |span| span.get_days());
    LegContent::Stay {
        hotel: hotel.into(),
        stars: 3,
        place: wish.place.clone(),
        check_in: wish.check_in,
        check_out: wish.check_out,
        nights: u32::try_from(nights).unwrap_or(1),
        rooms: 1,
        per_night,
        distance_km: Decimal::ZERO,
    }
}

/// Whether a rule was judged on a price that nobody gave.
fn unpriced(policy: &PinnedPolicy, args: &CheckArgs, rule: &str) -> bool {
    let kind = policy
        .rules
        .iter()
        .find(|known| known.id.as_str() == rule)
        .map(|known| &known.kind);
    match kind {
        Some(RuleKind::FareCap { .. } | RuleKind::LowestLogicalFare { .. }) => args.fare.is_none(),
        Some(RuleKind::HotelCap { .. }) => args.night.is_none(),
        Some(RuleKind::Refundability {
            legs: LegKind::Flight,
            ..
        }) => args.fare.is_none(),
        Some(RuleKind::Refundability {
            legs: LegKind::Stay, ..
        }) => args.night.is_none(),
        _ => false,
    }
}

fn standing(policy: &PinnedPolicy, args: &CheckArgs, verdict: &Verdict) -> Standing {
    let mut judged = verdict.clone();
    judged
        .traces
        .retain(|trace| !unpriced(policy, args, trace.rule.as_str()));
    Standing::of(&judged)
}

fn print(
    out: &mut impl Write,
    policy: &PinnedPolicy,
    args: &CheckArgs,
    verdict: &Verdict,
) -> std::io::Result<()> {
    for trace in &verdict.traces {
        let said = match trace.verdict {
            RuleVerdict::NotApplicable => continue,
            _ if unpriced(policy, args, trace.rule.as_str()) => "no price given: not judged",
            RuleVerdict::Within => "within",
            RuleVerdict::Exceeded => "EXCEEDED",
            RuleVerdict::Forbidden => "FORBIDDEN",
        };
        writeln!(out, "{}  {}: {said}", trace.clause, trace.rule)?;
        writeln!(out, "     {} against {}", trace.observed, trace.limit)?;
        if let Some(over) = &trace.over {
            writeln!(out, "     {over} over")?;
        }
        writeln!(out, "     “{}”", trace.quote.replace('\n', " "))?;
    }
    writeln!(out, "\n{}", standing(policy, args, verdict).name())?;
    for reason in &verdict.reasons {
        writeln!(out, "  {:?}: clause {}", reason.level, reason.clause)?;
    }
    Ok(())
}
