//! The deterministic planner: a grammar of travel requests in English.
//!
//! Texts are cut into tokens ([`token`]), scanned for phrases ([`scan`], with [`date`], [`wish`], [`cap`] and [`spot`]
//! for their kinds), added up over several texts ([`hear`], [`wishes`]) and given days ([`calendar`]). The result is
//! a draft like a model's, and goes through the same check. No I/O, no clock, never a guess: same words, same reading.

mod calendar;
mod cap;
mod date;
mod hear;
mod numeric;
mod scan;
mod spot;
mod token;
mod wish;
mod wishes;

pub use token::clean;

use events_schema::trip::TripFields;
use iso_currency::Currency;
use jiff::civil::Date;

use crate::check::{Reading, check};
use crate::draft::Draft;
use crate::question::{DESTINATION, ORIGIN, STAY_PLACE};

/// What a draft is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The traveller's local date.
    pub today: Date,
    /// The policy's: of amounts without one.
    pub currency: Currency,
}

/// Words of the traveller, and their local date when they wrote them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Utterance<'a> {
    pub text: &'a str,
    pub on: Date,
}

/// Texts longer than this are cut: the gateway refuses them, and nobody else may make the grammar work without end.
const LONGEST_CHARS: usize = 4_000;

/// Reads a request and the answers given since, oldest first.
pub fn read(texts: &[Utterance<'_>], fields: Option<&TripFields>, at: &Reference) -> Reading {
    check(draft(texts, fields, at), at.today)
}

/// What [`read`] checks.
pub fn draft(texts: &[Utterance<'_>], fields: Option<&TripFields>, at: &Reference) -> Draft {
    let mut wishes = wishes::Wishes::default();
    let mut asked: Vec<String> = Vec::new();
    for utterance in texts {
        let cut: String = utterance.text.chars().take(LONGEST_CHARS).collect();
        let text = token::clean(&cut);
        let place_asked = asked
            .iter()
            .any(|field| [ORIGIN, DESTINATION, STAY_PLACE].contains(&field.as_str()));
        wishes.hear(
            &text,
            &scan::scan(&text, at.currency, place_asked),
            &asked,
            utterance.on,
        );
        asked = match check(wishes.draft(fields, at), at.today) {
            Reading::Questions(questions) => questions.into_iter().map(|question| question.field).collect(),
            Reading::Plan(_) | Reading::PolicyQuestion => Vec::new(),
        };
    }
    wishes.draft(fields, at)
}
