//! Adds the phrases of one text to the wishes so far.

use jiff::civil::Date;

use super::calendar::Dated;
use super::cap::Per;
use super::date::Said;
use super::scan::{DayCue, Found, Movement, Phrase};
use super::spot::{self, Role, Spot};
use super::token::{Kind, tokens};
use super::wish::{Attitude, Length, Part};
use super::wishes::Wishes;
use crate::draft::Whereabouts;
use crate::question::{DEPART_ON, DESTINATION, MAX_TOTAL, ORIGIN, RETURN_ON, TRAVELLERS, TRIP};

/// What one text says so far, and what it was asked.
struct Hearing<'a> {
    /// The traveller's local date when they wrote it.
    on: Date,
    asked: &'a [String],
    part: Option<Part>,
    movement: Option<Movement>,
    range: Option<(Said, Said)>,
    departs_said: bool,
    travellers_said: bool,
    /// Places something happens at, and whether a hotel was spoken of.
    venues: Vec<(Whereabouts, bool)>,
    /// Where the way back ends, or, without a way out, where the trip goes.
    back_to: Option<Whereabouts>,
    destination_said: bool,
}

impl Wishes {
    /// Takes in one text, written on a local date. `asked` are the fields it may be the answer to; none for the first.
    pub fn hear(&mut self, text: &str, found: &[Found], asked: &[String], on: Date) {
        if asked.is_empty() {
            self.policy_question = is_policy_question(text, found);
        }
        let mut hearing = Hearing {
            on,
            asked,
            part: None,
            movement: None,
            range: None,
            departs_said: false,
            travellers_said: false,
            venues: Vec::new(),
            back_to: None,
            destination_said: false,
        };
        for (index, this) in found.iter().enumerate() {
            self.hear_phrase(&mut hearing, found, index, &this.phrase);
        }
        self.settle_venues(&hearing);
        self.narrow_down(text, asked);
    }

    fn hear_phrase(&mut self, hearing: &mut Hearing<'_>, found: &[Found], index: usize, phrase: &Phrase) {
        match phrase {
            Phrase::Range(first, last) => self.hear_range(hearing, *first, *last),
            Phrase::Day(cue, said) => self.hear_day(hearing, *cue, *said),
            Phrase::VagueMonth => self.vague = true,
            Phrase::Length(length) => {
                self.length = Some(*length);
                self.way_back = self.way_back.or((*length == Length::SameDay).then_some(true));
                if !hearing.asked.is_empty() {
                    self.returns = None;
                }
            }
            Phrase::TimeLimit { before, time } => match (before, hearing.movement) {
                (true, None | Some(Movement::Arrival)) => self.arrive_before = Some(*time),
                (false, None | Some(Movement::Departure)) => self.depart_after = Some(*time),
                // Times of the way back, and the other ends of the flight, are no wishes a plan can hold.
                _ => {}
            },
            Phrase::Movement(movement) => hearing.movement = Some(*movement),
            Phrase::Cap(cap) => self
                .caps
                .push((*cap, hearing.part.or_else(|| next_part(found, index)))),
            Phrase::Per(per) => self.settle_cap(hearing, Some(*per), None),
            Phrase::Travellers(count) => {
                self.travellers = Some(*count);
                hearing.travellers_said = true;
            }
            Phrase::BareCount(count) if hearing.is_asked(TRAVELLERS) && !hearing.travellers_said => {
                self.travellers = Some(*count);
            }
            Phrase::Cabin(cabin) => self.cabin = Some(*cabin),
            Phrase::NonStop => self.non_stop = true,
            Phrase::OtherTransport => self.other_transport = true,
            Phrase::Part(part, attitude) => self.hear_part(hearing, *part, *attitude),
            Phrase::Both if hearing.is_asked(TRIP) => (self.flight, self.stay) = (Some(true), Some(true)),
            Phrase::WayBack(way_back) => self.hear_way_back(hearing, *way_back),
            Phrase::Near(words) => self.near = Some(words.clone()),
            Phrase::Spot(spot) => self.hear_spot(hearing, found, index, spot),
            Phrase::Both | Phrase::BareCount(_) | Phrase::Link | Phrase::PolicyCue | Phrase::BookingCue => {}
        }
    }

    fn hear_range(&mut self, hearing: &mut Hearing<'_>, first: Said, last: Said) {
        match hearing.range {
            Some(range) if range == (first, last) => {}
            Some(_) if hearing.part == Some(Part::Stay) => {
                (self.check_in, self.check_out) = (hearing.dated(first), hearing.dated(last));
            }
            Some(_) => self.days_disagree = true,
            None => {
                hearing.range = Some((first, last));
                hearing.departs_said = true;
                (self.departs, self.returns) = (hearing.dated(first), hearing.dated(last));
                (self.length, self.vague, self.days_disagree) = (None, false, false);
            }
        }
        hearing.movement = None;
    }

    fn hear_day(&mut self, hearing: &mut Hearing<'_>, cue: DayCue, said: Said) {
        let only_return_asked = hearing.is_asked(RETURN_ON) && !hearing.is_asked(DEPART_ON);
        match cue {
            DayCue::CheckIn => self.check_in = hearing.dated(said),
            DayCue::CheckOut => self.check_out = hearing.dated(said),
            DayCue::Back => self.set_return(hearing, said),
            DayCue::None if hearing.departs_said || only_return_asked => self.set_return(hearing, said),
            DayCue::None | DayCue::Outbound => {
                self.departs = hearing.dated(said);
                hearing.departs_said = true;
                (self.vague, self.days_disagree) = (false, false);
                if cue == DayCue::Outbound {
                    hearing.movement = None;
                }
            }
        }
    }

    fn set_return(&mut self, hearing: &mut Hearing<'_>, said: Said) {
        self.returns = hearing.dated(said);
        self.length = None;
        hearing.movement = Some(Movement::Return);
    }

    fn hear_part(&mut self, hearing: &mut Hearing<'_>, part: Part, attitude: Attitude) {
        let (this, other) = match part {
            Part::Flight => (&mut self.flight, &mut self.stay),
            Part::Stay => (&mut self.stay, &mut self.flight),
        };
        match attitude {
            Attitude::Refused => *this = Some(false),
            Attitude::Only => (*this, *other) = (Some(true), Some(false)),
            Attitude::Mentioned if *this != Some(false) || !hearing.asked.is_empty() => *this = Some(true),
            Attitude::Mentioned => {}
        }
        if attitude != Attitude::Refused {
            hearing.part = Some(part);
            self.settle_cap(hearing, None, Some(part));
        }
    }

    /// "For a night, or for the flights?" was asked: this is the answer.
    fn settle_cap(&mut self, hearing: &Hearing<'_>, per: Option<Per>, part: Option<Part>) {
        if hearing.is_asked(MAX_TOTAL)
            && let Some((cap, about)) = self.caps.last_mut()
        {
            cap.per = per.or(cap.per);
            *about = part.or(*about);
        }
    }

    fn hear_way_back(&mut self, hearing: &Hearing<'_>, way_back: bool) {
        self.way_back = Some(way_back);
        if !way_back && !hearing.asked.is_empty() {
            (self.returns, self.length) = (None, None);
        }
    }

    fn hear_spot(&mut self, hearing: &mut Hearing<'_>, found: &[Found], index: usize, spot: &Spot) {
        let place = || spot.place.clone();
        match spot.role {
            Role::From => replace(&mut self.origin, place()),
            Role::To => self.hear_destination(hearing, place()),
            Role::In => hearing.venues.push((place(), hearing.part == Some(Part::Stay))),
            Role::BackTo => hearing.back_to = Some(place()),
            Role::Via => {}
            Role::Bare => match end_of_route(found, index) {
                Some(Role::From) => replace(&mut self.origin, place()),
                Some(_) => self.hear_destination(hearing, place()),
                None if hearing.is_asked(ORIGIN) && !hearing.is_asked(DESTINATION) => {
                    self.origin = Some(place())
                }
                None if hearing.is_asked(DESTINATION) => self.destination = Some(place()),
                None => hearing.venues.push((place(), hearing.part == Some(Part::Stay))),
            },
        }
    }

    /// `Berlin-Lisbon-Berlin` is a way back; `Berlin to Lisbon to Paris` is more than one booking can hold.
    fn hear_destination(&mut self, hearing: &mut Hearing<'_>, place: Whereabouts) {
        match (&self.origin, &self.destination) {
            (Some(origin), Some(_)) if hearing.destination_said && same(origin, &place) => {
                self.way_back = Some(true)
            }
            (_, Some(Whereabouts::Known(first))) if hearing.destination_said => {
                if let Whereabouts::Known(second) = &place
                    && first.code != second.code
                {
                    self.destination = Some(Whereabouts::Several(vec![first.clone(), second.clone()]));
                }
            }
            _ => {
                replace(&mut self.destination, place);
                hearing.destination_said = true;
            }
        }
    }

    /// A place where something happens is the destination, unless that is known: then a hotel's place is its own.
    fn settle_venues(&mut self, hearing: &Hearing<'_>) {
        if let Some(place) = &hearing.back_to {
            match self.destination {
                // `home to Berlin` with no other goal is where the trip goes.
                None => self.destination = Some(place.clone()),
                Some(_) => self.way_back = Some(true),
            }
        }
        for (place, of_stay) in &hearing.venues {
            match &self.destination {
                None | Some(Whereabouts::Unknown) => self.destination = Some(place.clone()),
                Some(destination) if *of_stay && !same(destination, place) => {
                    self.stay_at = Some(place.clone())
                }
                Some(_) => {}
            }
        }
    }

    /// `Oregon` as the answer to "which Portland?".
    fn narrow_down(&mut self, text: &str, asked: &[String]) {
        for (field, place) in [(ORIGIN, &mut self.origin), (DESTINATION, &mut self.destination)] {
            if let Some(Whereabouts::Several(places)) = place
                && asked.iter().any(|asked| asked == field)
                && let Some(first) = places.first()
            {
                let answer = text.trim().trim_end_matches(['.', '!']);
                let words = answer.trim_start_matches("the one in ").trim_start_matches("in ");
                if let Some(known @ Whereabouts::Known(_)) = spot::named(&format!("{}, {words}", first.city))
                {
                    *place = Some(known);
                }
            }
        }
    }
}

impl Hearing<'_> {
    fn dated(&self, said: Said) -> Option<Dated> {
        Some(Dated { said, on: self.on })
    }

    fn is_asked(&self, field: &str) -> bool {
        self.asked.iter().any(|asked| asked == field)
    }
}

/// A name nobody knows does not displace a place.
fn replace(slot: &mut Option<Whereabouts>, place: Whereabouts) {
    if place != Whereabouts::Unknown || slot.is_none() {
        *slot = Some(place);
    }
}

fn same(one: &Whereabouts, other: &Whereabouts) -> bool {
    match (one, other) {
        (Whereabouts::Known(one), Whereabouts::Known(other)) => {
            one.code == other.code || one.airports.iter().any(|code| other.airports.contains(code))
        }
        _ => one == other,
    }
}

/// Which end of a route a bare place is: `Berlin to Lisbon`, `Berlin - Lisbon`, `BER LIS`.
fn end_of_route(found: &[Found], index: usize) -> Option<Role> {
    let is_spot = |at: Option<usize>, roles: &[Role]| {
        at.and_then(|at| found.get(at))
            .is_some_and(|found| matches!(&found.phrase, Phrase::Spot(spot) if roles.contains(&spot.role)))
    };
    let is_link = |at: Option<usize>| {
        at.and_then(|at| found.get(at))
            .is_some_and(|found| found.phrase == Phrase::Link)
    };
    let touches = |at: usize| found[at].end == found[at + 1].begin;
    let (next, before) = (Some(index + 1), index.checked_sub(1));
    let two_before = index.checked_sub(2);
    // In a chain (`Berlin-Lisbon-Berlin`) only the first is where it starts.
    let after_link = is_link(before) && is_spot(two_before, &[Role::Bare, Role::From]);
    let after_place = is_spot(before, &[Role::Bare, Role::From]) && touches(index - 1);
    if after_link || after_place {
        return Some(Role::To);
    }
    let before_place = is_spot(next, &[Role::To, Role::Bare]) && touches(index);
    let before_link = is_link(next) && is_spot(Some(index + 2), &[Role::Bare, Role::To]);
    (before_place || before_link).then_some(Role::From)
}

fn next_part(found: &[Found], index: usize) -> Option<Part> {
    found[index..].iter().find_map(|found| match found.phrase {
        Phrase::Part(part, Attitude::Mentioned | Attitude::Only) => Some(part),
        _ => None,
    })
}

/// Asks what is allowed, and asks for nothing to be done.
fn is_policy_question(text: &str, found: &[Found]) -> bool {
    const ASKING: [&str; 16] = [
        "what", "what's", "which", "how", "may", "can", "am", "are", "is", "do", "does", "when", "must",
        "should", "who", "where",
    ];
    let any = |test: fn(&Phrase) -> bool| found.iter().any(|found| test(&found.phrase));
    let asks = tokens(text)
        .iter()
        .find(|token| token.kind == Kind::Word)
        .is_some_and(|first| ASKING.iter().any(|word| first.is(word)));
    let has_days = any(|phrase| matches!(phrase, Phrase::Range(..) | Phrase::Day(..)));
    let route = any(|phrase| matches!(phrase, Phrase::Spot(spot) if spot.role == Role::From));
    any(|phrase| *phrase == Phrase::PolicyCue)
        && !any(|phrase| *phrase == Phrase::BookingCue)
        && (asks || !(has_days || route))
}
