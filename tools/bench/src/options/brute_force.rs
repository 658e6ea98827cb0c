//! Every flight with every stay: what there was to choose from, judged leg by leg and compared pair by pair. Slow and
//! plain on purpose; it shares no code with the way options are chosen, only the policy's rules.

use compliance::decide::Case;
use compliance::rejudge::{Standing, judge_offers};
use events_schema::money::Money;
use events_schema::option::TripOption;
use events_schema::trip::{Cabin, FlightSegment, LegContent, Offer, TripPlan};
use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::report::Beside;

/// One way to make the trip.
#[derive(Clone)]
struct Trip {
    ids: Vec<String>,
    needs_approval: bool,
    total: Decimal,
    /// Less is better: minutes under way, stops, stars, distance, whether money is lost on cancelling.
    counts: Vec<Decimal>,
    /// Morning, afternoon or evening, there and back.
    times_of_day: Vec<u8>,
    flight: Option<String>,
}

pub struct Everything {
    trips: Vec<Trip>,
}

impl Everything {
    /// All that keeps to the request and that the policy does not forbid.
    pub fn of(case: Case<'_>, offers: &[Offer]) -> Self {
        let offers = lowest_cabin(case.plan, asked_for(case.plan, offers));
        let (flights, stays): (Vec<Offer>, Vec<Offer>) = offers.into_iter().partition(is_flight);
        let (flights, stays) = (allowed(case, &flights), allowed(case, &stays));
        let kinds = [
            case.plan
                .flight
                .is_some()
                .then(|| judged(case, in_time(&flights, &stays), &flights)),
            case.plan
                .stay
                .is_some()
                .then(|| judged(case, stays.iter().collect(), &stays)),
        ];
        let trips = kinds.into_iter().flatten().reduce(|firsts, seconds| {
            let pairs = firsts
                .iter()
                .flat_map(|first| seconds.iter().map(move |second| first.and(second)));
            pairs.collect()
        });
        Self {
            trips: trips.unwrap_or_default(),
        }
    }

    pub fn len(&self) -> usize {
        self.trips.len()
    }

    /// What the options shown are worth.
    pub fn beside(&self, options: &[TripOption]) -> Beside {
        let lowest = |compliant: bool| {
            let those = self
                .trips
                .iter()
                .filter(|trip| !(compliant && trip.needs_approval));
            those.map(|trip| trip.total).min()
        };
        let shown_lowest = |compliant: bool| {
            let those = options
                .iter()
                .filter(|option| !compliant || option.verdict.compliant);
            those.map(|option| option.total.amount).min()
        };
        let trip_of = |option: &TripOption| {
            let ids: Vec<String> = option.legs.iter().map(|leg| leg.id.to_string()).collect();
            self.trips.iter().find(|trip| trip.ids == ids)
        };
        let shown: Vec<Option<&Trip>> = options.iter().map(trip_of).collect();
        let known: Vec<&Trip> = shown.iter().copied().flatten().collect();
        let mut flights: Vec<&String> = known.iter().filter_map(|trip| trip.flight.as_ref()).collect();
        flights.sort();
        flights.dedup();
        Beside {
            options: options.len(),
            possible: self.trips.len(),
            same_verdict: options.iter().zip(&shown).all(|(option, trip)| {
                trip.is_some_and(|trip| trip.needs_approval != option.verdict.compliant)
            }),
            lowest_within_policy: (lowest(true), shown_lowest(true)),
            lowest: lowest(false),
            shown_lowest: shown_lowest(false),
            beaten: known
                .iter()
                .filter(|one| self.trips.iter().any(|other| other.beats(one)))
                .count(),
            flights: flights.len(),
            flights_possible: self.flights(),
            with_reason: options
                .iter()
                .filter(|option| is_one_sentence(&option.reason))
                .count(),
        }
    }

    fn flights(&self) -> usize {
        let mut flights: Vec<&String> = self
            .trips
            .iter()
            .filter_map(|trip| trip.flight.as_ref())
            .collect();
        flights.sort();
        flights.dedup();
        flights.len()
    }
}

fn is_one_sentence(reason: &str) -> bool {
    !reason.is_empty() && !reason.trim_end_matches('.').contains(". ")
}

impl Trip {
    fn and(&self, other: &Self) -> Self {
        Self {
            ids: self.ids.iter().chain(&other.ids).cloned().collect(),
            needs_approval: self.needs_approval || other.needs_approval,
            total: self.total + other.total,
            counts: self.counts.iter().chain(&other.counts).copied().collect(),
            times_of_day: self
                .times_of_day
                .iter()
                .chain(&other.times_of_day)
                .copied()
                .collect(),
            flight: self.flight.clone().or_else(|| other.flight.clone()),
        }
    }

    /// Cheaper at the same times of day, and worse on no count.
    fn beats(&self, other: &Self) -> bool {
        self.total < other.total
            && self.needs_approval <= other.needs_approval
            && self.times_of_day == other.times_of_day
            && self
                .counts
                .iter()
                .zip(&other.counts)
                .all(|(own, theirs)| own <= theirs)
    }
}

/// What the policy compares with is all that can be had, flights that land late among them: it says nothing of beds.
fn judged(case: Case<'_>, offers: Vec<&Offer>, market: &[Offer]) -> Vec<Trip> {
    let trip = |offer: &Offer| {
        let verdict = judge_offers(case.policy, case.traveller, std::slice::from_ref(offer), market)?;
        let total = case.policy.rates.to_base(offer.total)?;
        Some(trip_of(offer, !verdict.compliant, total))
    };
    offers.into_iter().filter_map(trip).collect()
}

fn allowed(case: Case<'_>, offers: &[Offer]) -> Vec<Offer> {
    let is_allowed = |offer: &&Offer| {
        let verdict = judge_offers(case.policy, case.traveller, std::slice::from_ref(*offer), &[]);
        verdict.is_some_and(|verdict| Standing::of(&verdict) != Standing::Forbidden)
    };
    offers.iter().filter(is_allowed).cloned().collect()
}

/// Without those that land when the first night is over, where others land before: it is paid for and not slept in, and
/// the cheapest of them saves nothing.
fn in_time<'a>(flights: &'a [Offer], stays: &[Offer]) -> Vec<&'a Offer> {
    let check_in = stays.iter().find_map(|stay| match &stay.content {
        LegContent::Stay { check_in, .. } => Some(*check_in),
        LegContent::Flight { .. } => None,
    });
    let is_in_time = |offer: &&Offer| match (&offer.content, check_in) {
        (LegContent::Flight { outbound, .. }, Some(check_in)) => outbound
            .last()
            .is_none_or(|last| last.arrives.local < night_over(check_in)),
        _ => true,
    };
    let those: Vec<&Offer> = flights.iter().filter(is_in_time).collect();
    if those.is_empty() {
        flights.iter().collect()
    } else {
        those
    }
}

/// Whoever lands a little after midnight sleeps in the bed all the same; after four, hardly.
fn night_over(check_in: Date) -> DateTime {
    check_in.saturating_add(1.day()).at(4, 0, 0, 0)
}

fn trip_of(offer: &Offer, needs_approval: bool, total: Money) -> Trip {
    let firm = Decimal::from(u8::from(!offer.refundable));
    let (counts, times_of_day, flight) = match &offer.content {
        LegContent::Flight {
            outbound, inbound, ..
        } => {
            let ways = [outbound, inbound];
            let minutes: i64 = ways.iter().map(|way| minutes(way)).sum();
            let stops: usize = ways.iter().map(|way| way.len().saturating_sub(1)).sum();
            let departures = ways.iter().filter_map(|way| way.first());
            let numbers = outbound
                .iter()
                .chain(inbound)
                .map(|segment| segment.flight.as_str());
            (
                vec![Decimal::from(minutes), Decimal::from(stops), firm],
                departures
                    .map(|segment| time_of_day(segment.departs.local.hour()))
                    .collect(),
                Some(numbers.collect::<Vec<_>>().join(" ")),
            )
        }
        LegContent::Stay {
            stars, distance_km, ..
        } => (vec![-Decimal::from(*stars), *distance_km, firm], Vec::new(), None),
    };
    Trip {
        ids: vec![offer.id.to_string()],
        needs_approval,
        total: total.amount,
        counts,
        times_of_day,
        flight,
    }
}

fn time_of_day(hour: i8) -> u8 {
    match hour {
        ..12 => 0,
        12..17 => 1,
        _ => 2,
    }
}

fn minutes(way: &[FlightSegment]) -> i64 {
    let instants = way.first().zip(way.last());
    let instants = instants
        .and_then(|(first, last)| Some((first.departs.instant().ok()?, last.arrives.instant().ok()?)));
    instants.map_or(0, |(departs, arrives)| arrives.duration_since(departs).as_mins())
}

fn is_flight(offer: &Offer) -> bool {
    matches!(offer.content, LegContent::Flight { .. })
}

/// What was asked for: cabin, times, stops, the price of a night.
fn asked_for(plan: &TripPlan, offers: &[Offer]) -> Vec<Offer> {
    let landing_days = offers.iter().filter_map(|offer| match &offer.content {
        LegContent::Flight { outbound, .. } => Some(outbound.last()?.arrives.local.date()),
        LegContent::Stay { .. } => None,
    });
    let first_landing = landing_days.min();
    let fits = |offer: &&Offer| match &offer.content {
        LegContent::Flight {
            outbound,
            inbound,
            cabin,
            ..
        } => {
            let Some((wish, first, last)) = plan
                .flight
                .as_ref()
                .zip(outbound.first())
                .zip(outbound.last())
                .map(|((wish, first), last)| (wish, first, last))
            else {
                return false;
            };
            wish.cabin.is_none_or(|asked| asked == *cabin)
                && wish
                    .depart_after
                    .is_none_or(|after| first.departs.local.time() >= after)
                && wish.arrive_before.is_none_or(|before| {
                    first_landing.is_none_or(|day| last.arrives.local <= day.to_datetime(before))
                })
                && (!wish.non_stop || (outbound.len() == 1 && inbound.len() <= 1))
        }
        LegContent::Stay { per_night, .. } => plan
            .stay
            .as_ref()
            .and_then(|wish| wish.max_per_night)
            .is_none_or(|cap| cap.currency != per_night.currency || per_night.amount <= cap.amount),
    };
    offers.iter().filter(fits).cloned().collect()
}

fn lowest_cabin(plan: &TripPlan, offers: Vec<Offer>) -> Vec<Offer> {
    if plan.flight.as_ref().is_none_or(|wish| wish.cabin.is_some()) {
        return offers;
    }
    let cabin = |offer: &Offer| -> Option<Cabin> {
        match &offer.content {
            LegContent::Flight { cabin, .. } => Some(*cabin),
            LegContent::Stay { .. } => None,
        }
    };
    let lowest = offers.iter().filter_map(cabin).min();
    offers
        .into_iter()
        .filter(|offer| cabin(offer).is_none() || cabin(offer) == lowest)
        .collect()
}
