//! From a draft to a plan that is complete and possible, or to the questions that stand in its way.
//!
//! Grammar and model come through here alike: what a plan may be is decided in this file alone. It says nothing about
//! what the policy allows.

use events_schema::money::Money;
use events_schema::place::Place;
use events_schema::planner::{Problem, Question};
use events_schema::trip::{FlightWish, StayWish, TripPlan};
use jiff::ToSpan;
use jiff::civil::Date;

use crate::draft::{DayProblem, DayRead, Draft, Whereabouts};
use crate::question::{
    self, DEPART_ON, DESTINATION, MAX_PER_NIGHT, MAX_TOTAL, ORIGIN, RETURN_ON, STAY_PLACE, TRAVELLERS, TRIP,
};

#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "one exists at a time, for a moment")]
pub enum Reading {
    Plan(TripPlan),
    /// At least one.
    Questions(Vec<Question>),
    /// Nothing is to be booked: the request asks what the policy says.
    PolicyQuestion,
}

const MOST_TRAVELLERS: u32 = 9;

/// `today` is the traveller's local date.
pub fn check(draft: Draft, today: Date) -> Reading {
    if draft.policy_question {
        return Reading::PolicyQuestion;
    }
    let mut checking = Checking {
        today,
        questions: Vec::new(),
    };
    match checking.plan(&draft) {
        Some(plan) if checking.questions.is_empty() => Reading::Plan(plan),
        _ => Reading::Questions(checking.questions),
    }
}

struct Checking {
    today: Date,
    questions: Vec<Question>,
}

impl Checking {
    /// `None` only where a question was asked.
    fn plan(&mut self, draft: &Draft) -> Option<TripPlan> {
        let parts = parts_wanted(draft);
        if parts.is_none() {
            self.ask(question::about(TRIP, Problem::Missing));
        }
        let (flight, stay) = parts.unwrap_or((false, draft.stay == Some(true)));
        let travellers = self.travellers(draft);
        let route = self.route(draft, flight);
        let days = self.days(draft, flight, stay);
        self.amounts(draft);
        let (origin, destination) = route?;
        let (depart_on, end) = days?;
        let flight = origin.map(|origin| flight_wish(draft, origin, destination.clone(), depart_on, end));
        let stay = if stay {
            Some(self.stay(draft, destination, depart_on, end)?)
        } else {
            None
        };
        parts?;
        Some(TripPlan {
            travellers: travellers?,
            flight,
            stay,
        })
    }

    fn ask(&mut self, question: Question) {
        if !self.questions.iter().any(|asked| asked.field == question.field) {
            self.questions.push(question);
        }
    }

    fn travellers(&mut self, draft: &Draft) -> Option<u8> {
        match draft.travellers.unwrap_or(1) {
            count @ 1..=MOST_TRAVELLERS => u8::try_from(count).ok(),
            _ => {
                self.ask(question::about(TRAVELLERS, Problem::OutOfRange));
                None
            }
        }
    }

    /// The origin, where flights are wanted, and the destination.
    fn route(&mut self, draft: &Draft, flight: bool) -> Option<(Option<Place>, Place)> {
        let origin = if flight {
            Some(self.place(ORIGIN, &draft.origin))
        } else {
            None
        };
        let destination = self.place(
            DESTINATION,
            draft
                .destination
                .as_ref()
                .map_or(&draft.stay_at, |_| &draft.destination),
        )?;
        let Some(origin) = origin else {
            return Some((None, destination));
        };
        let origin = origin?;
        if is_same(&origin, &destination) {
            self.ask(question::about(DESTINATION, Problem::SamePlace));
            return None;
        }
        Some((Some(origin), destination))
    }

    fn place(&mut self, field: &'static str, place: &Option<Whereabouts>) -> Option<Place> {
        match place {
            Some(Whereabouts::Known(place)) => return Some(place.clone()),
            Some(Whereabouts::Several(places)) => self.ask(question::which_place(field, places)),
            Some(Whereabouts::Unknown) => self.ask(question::about(field, Problem::Unknown)),
            None => self.ask(question::about(field, Problem::Missing)),
        }
        None
    }

    /// The first day, and the last where there is one.
    fn days(&mut self, draft: &Draft, flight: bool, stay: bool) -> Option<(Date, Option<Date>)> {
        let begin = match draft.depart_on.or(draft.check_in) {
            Some(read) => self.day(DEPART_ON, read),
            None => {
                self.ask(question::about(DEPART_ON, Problem::Missing));
                None
            }
        };
        let needs_end = (stay && draft.check_out.is_none()) || (flight && draft.round_trip == Some(true));
        let end = match draft.return_on {
            Some(read) => Some(self.day(RETURN_ON, read)),
            None if needs_end => {
                self.ask(question::about(RETURN_ON, Problem::Missing));
                Some(None)
            }
            None => None,
        };
        let (begin, end) = (begin?, end.map_or(Some(None), |end| end.map(Some))?);
        if end.is_some_and(|end| end < begin) {
            self.ask(question::about(RETURN_ON, Problem::OutOfOrder));
            return None;
        }
        if end.is_some() && flight && !stay && draft.round_trip == Some(false) {
            self.ask(question::about(RETURN_ON, Problem::Ambiguous));
            return None;
        }
        Some((begin, end))
    }

    fn day(&mut self, field: &'static str, read: DayRead) -> Option<Date> {
        let last = self.today.saturating_add(1.year());
        let question = match read {
            Ok(day) if day < self.today => question::about(field, Problem::InThePast),
            Ok(day) if day > last => question::about(field, Problem::TooFarAhead),
            Ok(day) => return Some(day),
            Err(DayProblem::Invalid) => question::about(field, Problem::OutOfRange),
            Err(DayProblem::InThePast(_)) => question::about(field, Problem::InThePast),
            Err(DayProblem::Vague) => question::about(field, Problem::Missing),
            Err(DayProblem::EitherOf(one, other)) => question::which_day(field, &[one, other]),
            Err(DayProblem::WeekdayDiffers(day)) => question::weekday_differs(field, day),
        };
        self.ask(question);
        None
    }

    fn amounts(&mut self, draft: &Draft) {
        let is_no_limit =
            |money: &Option<Money>| money.is_some_and(|money| money.amount <= rust_decimal::Decimal::ZERO);
        if is_no_limit(&draft.max_per_night) {
            self.ask(question::about(MAX_PER_NIGHT, Problem::OutOfRange));
        }
        if is_no_limit(&draft.max_total) {
            self.ask(question::about(MAX_TOTAL, Problem::OutOfRange));
        }
        if draft.max_unclear.is_some() {
            self.ask(question::about(MAX_TOTAL, Problem::Ambiguous));
        }
    }

    fn stay(
        &mut self,
        draft: &Draft,
        destination: Place,
        depart_on: Date,
        end: Option<Date>,
    ) -> Option<StayWish> {
        let place = match &draft.stay_at {
            Some(_) => self.place(STAY_PLACE, &draft.stay_at)?,
            None => destination,
        };
        let check_in = match draft.check_in {
            Some(read) => self.day(DEPART_ON, read)?,
            None => depart_on,
        };
        let check_out = match draft.check_out {
            Some(read) => Some(self.day(RETURN_ON, read)?),
            None => end,
        };
        let Some(check_out) = check_out.filter(|check_out| *check_out > check_in) else {
            self.ask(question::about(RETURN_ON, Problem::OutOfOrder));
            return None;
        };
        Some(StayWish {
            place,
            check_in,
            check_out,
            max_per_night: draft.max_per_night,
            near: draft.near.clone(),
        })
    }
}

/// Whether flights and a stay are wanted; `None` where nothing tells.
fn parts_wanted(draft: &Draft) -> Option<(bool, bool)> {
    let speaks_of_flying = draft.origin.is_some()
        || draft.cabin.is_some()
        || draft.non_stop
        || draft.arrive_before.is_some()
        || draft.round_trip.is_some();
    match (draft.flight, draft.stay) {
        (Some(false), Some(false)) => None,
        (Some(flight), Some(stay)) => Some((flight, stay)),
        (Some(flight), None) => Some((flight, !flight)),
        // A flight in place of a train would be a guess.
        (None, _) if draft.other_transport => None,
        (None, Some(false)) => Some((true, false)),
        (None, Some(true)) => Some((speaks_of_flying, true)),
        (None, None) => speaks_of_flying.then_some((true, false)),
    }
}

fn flight_wish(
    draft: &Draft,
    origin: Place,
    destination: Place,
    depart_on: Date,
    end: Option<Date>,
) -> FlightWish {
    let one_way = draft.round_trip == Some(false);
    FlightWish {
        origin,
        destination,
        depart_on,
        return_on: end.filter(|_| !one_way),
        cabin: draft.cabin,
        depart_after: draft.depart_after,
        arrive_before: draft.arrive_before,
        non_stop: draft.non_stop,
        max_total: draft.max_total,
    }
}

fn is_same(one: &Place, other: &Place) -> bool {
    one.code == other.code
        || one
            .airports
            .iter()
            .any(|airport| other.airports.contains(airport))
}
