//! What a reader, grammar or model, understood of a request: perhaps incomplete, perhaps contradictory.
//! [`crate::check`] turns it into a plan or into questions; nobody else may build a plan.

use events_schema::money::Money;
use events_schema::place::Place;
use events_schema::trip::Cabin;
use jiff::civil::{Date, Time};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// The request only asks what the policy says; nothing else here counts.
    pub policy_question: bool,
    /// Whether flights are wanted; `None` where the request does not say.
    pub flight: Option<bool>,
    pub stay: Option<bool>,
    pub travellers: Option<u32>,
    pub origin: Option<Whereabouts>,
    pub destination: Option<Whereabouts>,
    /// Where the stay is, if not at the destination.
    pub stay_at: Option<Whereabouts>,
    pub depart_on: Option<DayRead>,
    pub return_on: Option<DayRead>,
    /// Only where they differ from the days of travel.
    pub check_in: Option<DayRead>,
    pub check_out: Option<DayRead>,
    /// `Some(true)`: a way back is wanted, whether its day is known or not; `Some(false)`: one way.
    pub round_trip: Option<bool>,
    pub cabin: Option<Cabin>,
    pub depart_after: Option<Time>,
    pub arrive_before: Option<Time>,
    pub non_stop: bool,
    /// For all travellers.
    pub max_total: Option<Money>,
    pub max_per_night: Option<Money>,
    /// A limit that could be meant for the flights or for a night.
    pub max_unclear: Option<Money>,
    pub near: Option<String>,
    /// A train, bus or car is asked for, which nobody here can book.
    pub other_transport: bool,
}

/// A place, as far as it was recognised.
#[derive(Clone, Debug, PartialEq)]
pub enum Whereabouts {
    Known(Place),
    /// The name fits several; most important first.
    Several(Vec<Place>),
    Unknown,
}

/// A day, or why there is none.
pub type DayRead = Result<Date, DayProblem>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayProblem {
    /// No such day in the calendar.
    Invalid,
    /// `3/12` is one day here and another there.
    EitherOf(Date, Date),
    InThePast(Date),
    /// The weekday given is not the weekday of that date.
    WeekdayDiffers(Date),
    /// A month or a length of time, but no day.
    Vague,
}
