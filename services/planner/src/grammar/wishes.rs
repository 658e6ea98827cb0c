//! What the phrases of one or several texts add up to. A later text is an answer or a correction: it wins, and
//! what it leaves open is read in the light of what was asked.

use events_schema::money::Money;
use events_schema::trip::{Cabin, TripFields};
use jiff::civil::Time;
use rust_decimal::Decimal;

use super::Reference;
use super::calendar::{self, Dated};
use super::cap::{Cap, Per};
use super::spot;
use super::wish::{Length, Part};
use crate::draft::{DayProblem, DayRead, Draft, Whereabouts};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wishes {
    pub policy_question: bool,
    pub flight: Option<bool>,
    pub stay: Option<bool>,
    pub travellers: Option<u32>,
    pub origin: Option<Whereabouts>,
    pub destination: Option<Whereabouts>,
    pub stay_at: Option<Whereabouts>,
    pub departs: Option<Dated>,
    pub returns: Option<Dated>,
    /// Two different pairs of days were given for one trip.
    pub days_disagree: bool,
    pub check_in: Option<Dated>,
    pub check_out: Option<Dated>,
    pub length: Option<Length>,
    /// A month was named, but no day.
    pub vague: bool,
    pub way_back: Option<bool>,
    pub cabin: Option<Cabin>,
    pub depart_after: Option<Time>,
    pub arrive_before: Option<Time>,
    pub non_stop: bool,
    pub other_transport: bool,
    pub caps: Vec<(Cap, Option<Part>)>,
    pub near: Option<String>,
}

impl Wishes {
    /// Puts days to what was said, amounts to what they are for, and the client's fields before the text.
    pub fn draft(&self, fields: Option<&TripFields>, at: &Reference) -> Draft {
        let (depart_on, return_on) = self.days();
        let (check_in, check_out) = self.stay_days(depart_on, at);
        let mut draft = Draft {
            policy_question: self.policy_question,
            flight: self.flight,
            stay: self
                .stay
                .or(matches!(self.length, Some(Length::Nights(_))).then_some(true)),
            travellers: self.travellers,
            origin: self.origin.clone(),
            destination: self.destination.clone(),
            stay_at: self.stay_at.clone(),
            depart_on,
            return_on,
            check_in,
            check_out,
            round_trip: self.way_back,
            cabin: self.cabin,
            depart_after: self.depart_after,
            arrive_before: self.arrive_before,
            non_stop: self.non_stop,
            near: self.near.clone(),
            other_transport: self.other_transport,
            ..Draft::default()
        };
        if let Some(fields) = fields {
            overrule(&mut draft, fields);
        }
        for (cap, part) in &self.caps {
            apply_cap(&mut draft, cap, *part);
        }
        if let Some(money) = fields.and_then(|fields| fields.max_per_night) {
            draft.max_per_night = Some(money);
            draft.max_unclear = None;
        }
        draft
    }

    fn days(&self) -> (Option<DayRead>, Option<DayRead>) {
        if self.days_disagree {
            return (Some(Err(DayProblem::Vague)), None);
        }
        let vague = || self.vague.then_some(Err(DayProblem::Vague));
        let Some(departs) = self.departs.or(self.check_in) else {
            return (vague(), self.returns.map(calendar::first_day));
        };
        if let Some(returns) = self.returns {
            let (depart, back) = calendar::days(departs, returns);
            return (Some(depart), Some(back));
        }
        let depart = calendar::first_day(departs);
        (Some(depart), self.return_by_length(depart))
    }

    fn return_by_length(&self, depart: DayRead) -> Option<DayRead> {
        let depart = depart.ok()?;
        match self.length? {
            Length::Nights(nights) => {
                let span = jiff::Span::new().days(i64::from(nights));
                Some(depart.checked_add(span).map_err(|_| DayProblem::Invalid))
            }
            Length::SameDay => Some(Ok(depart)),
            Length::Days => Some(Err(DayProblem::Vague)),
        }
    }

    fn stay_days(&self, depart: Option<DayRead>, at: &Reference) -> (Option<DayRead>, Option<DayRead>) {
        let begin = self.check_in.map(calendar::first_day);
        let from = begin.or(depart).and_then(Result::ok).unwrap_or(at.today);
        (begin, self.check_out.map(|said| calendar::last_day(said, from)))
    }
}

/// What the client gave as fields wins over the words.
fn overrule(draft: &mut Draft, fields: &TripFields) {
    let place = |name: &String| spot::named(name).unwrap_or(Whereabouts::Unknown);
    draft.origin = fields.origin.as_ref().map(place).or(draft.origin.take());
    draft.destination = fields
        .destination
        .as_ref()
        .map(place)
        .or(draft.destination.take());
    draft.depart_on = fields.depart_on.map(Ok).or(draft.depart_on);
    draft.return_on = fields.return_on.map(Ok).or(draft.return_on);
    draft.travellers = fields.travellers.map(u32::from).or(draft.travellers);
    draft.cabin = fields.cabin.or(draft.cabin);
    draft.flight = fields.flight.or(draft.flight);
    draft.stay = fields.stay.or(draft.stay);
    let gives_a_trip = fields.destination.is_some() || fields.depart_on.is_some();
    draft.policy_question &= !gives_a_trip;
}

fn apply_cap(draft: &mut Draft, cap: &Cap, part: Option<Part>) {
    let flight_only = draft.stay != Some(true);
    let stay_only = draft.stay == Some(true) && draft.flight != Some(true) && draft.origin.is_none();
    let part = part.or(if flight_only {
        Some(Part::Flight)
    } else if stay_only {
        Some(Part::Stay)
    } else {
        None
    });
    match (cap.per, part) {
        (Some(Per::Night), _) => {
            draft.stay.get_or_insert(true);
            draft.max_per_night = Some(cap.amount);
        }
        (Some(Per::Person), Some(Part::Flight) | None) => {
            draft.max_total = Some(cap.amount.times(draft.travellers.unwrap_or(1)));
        }
        (None | Some(Per::Everything), Some(Part::Flight)) => draft.max_total = Some(cap.amount),
        // A limit beside "hotel" is a nightly one, as hotel prices are.
        (None, Some(Part::Stay)) => draft.max_per_night = Some(cap.amount),
        (Some(Per::Everything), Some(Part::Stay)) => draft.max_per_night = per_night(draft, cap.amount),
        (Some(Per::Person), Some(Part::Stay)) | (None | Some(Per::Everything), None) => {
            draft.max_unclear = Some(cap.amount);
            return;
        }
    }
    draft.max_unclear = None;
}

/// A limit for the whole stay, shared among its nights and rounded down to whole units, so as not to exceed it.
fn per_night(draft: &Draft, total: Money) -> Option<Money> {
    let begin = draft.check_in.or(draft.depart_on)?.ok()?;
    let end = draft.check_out.or(draft.return_on)?.ok()?;
    let nights = begin.until(end).ok()?.get_days();
    (nights > 0).then(|| Money::new((total.amount / Decimal::from(nights)).floor(), total.currency))
}
