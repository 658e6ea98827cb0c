//! What travellers are asked, in one place. No words of theirs are repeated: questions travel in events.

use events_schema::place::Place;
use events_schema::planner::{Problem, Question};
use jiff::civil::Date;

pub const TRIP: &str = "trip";
pub const ORIGIN: &str = "origin";
pub const DESTINATION: &str = "destination";
pub const STAY_PLACE: &str = "stayPlace";
pub const DEPART_ON: &str = "departOn";
pub const RETURN_ON: &str = "returnOn";
pub const TRAVELLERS: &str = "travellers";
pub const MAX_PER_NIGHT: &str = "maxPerNight";
pub const MAX_TOTAL: &str = "maxTotal";

/// The question for a problem with a field, with what would answer it.
pub fn about(field: &'static str, problem: Problem) -> Question {
    let choices: &[&str] = match (field, problem) {
        (TRIP, _) => &["flights", "a hotel", "both"],
        (MAX_TOTAL, Problem::Ambiguous) => &["per night for the hotel", "for the flights"],
        (RETURN_ON, Problem::Ambiguous) => &["one way", "return"],
        _ => &[],
    };
    Question {
        field: field.into(),
        problem,
        question: sentence(field, problem).into(),
        choices: choices.iter().map(|choice| (*choice).into()).collect(),
    }
}

/// Several places bear the name.
pub fn which_place(field: &'static str, places: &[Place]) -> Question {
    const MOST_CHOICES: usize = 6;
    let mut cities: Vec<&str> = places.iter().map(|place| place.city.as_str()).collect();
    cities.dedup();
    let which = if let [city] = cities.as_slice() {
        city
    } else {
        "place"
    };
    Question {
        question: format!("Which {which} do you mean?"),
        choices: places.iter().take(MOST_CHOICES).map(choice).collect(),
        ..about(field, Problem::Ambiguous)
    }
}

pub fn which_day(field: &'static str, days: &[Date]) -> Question {
    Question {
        question: "Which day do you mean? Day and month can be read in either order.".into(),
        choices: days.iter().map(|day| in_words(*day)).collect(),
        ..about(field, Problem::Ambiguous)
    }
}

pub fn weekday_differs(field: &'static str, day: Date) -> Question {
    Question {
        question: format!(
            "{} is a {}, not the weekday you named. Which day do you mean?",
            in_words(day),
            day.strftime("%A")
        ),
        ..about(field, Problem::Ambiguous)
    }
}

fn sentence(field: &'static str, problem: Problem) -> &'static str {
    match (field, problem) {
        (TRIP, _) => "Do you need flights, a hotel, or both?",
        (TRAVELLERS, _) => "How many people travel? One booking is for 1 to 9.",
        (ORIGIN, Problem::Missing) => "Where does the trip start?",
        (DESTINATION, Problem::Missing) => "Where are you going?",
        (ORIGIN, Problem::Unknown) => {
            "I do not know the place the trip starts from. Which city or airport is it?"
        }
        (DESTINATION, Problem::Unknown) => {
            "I do not know the place you are going to. Which city or airport is it?"
        }
        (DESTINATION, Problem::SamePlace) => {
            "The trip starts and ends in the same place. Where are you going?"
        }
        (STAY_PLACE, _) => "In which city do you need the hotel?",
        (DEPART_ON, Problem::InThePast) => "That day has passed. On which day does the trip begin?",
        (DEPART_ON, Problem::TooFarAhead) => {
            "I can plan up to a year ahead. On which day does the trip begin?"
        }
        (DEPART_ON, Problem::OutOfRange) => "There is no such day. On which day does the trip begin?",
        (DEPART_ON, _) => "On which day does the trip begin?",
        (RETURN_ON, Problem::InThePast) => "The last day has passed. On which day does the trip end?",
        (RETURN_ON, Problem::TooFarAhead) => "I can plan up to a year ahead. On which day does the trip end?",
        (RETURN_ON, Problem::OutOfRange) => "There is no such last day. On which day does the trip end?",
        (RETURN_ON, Problem::OutOfOrder) => "The trip would end before it began. On which day does it end?",
        (RETURN_ON, Problem::Ambiguous) => {
            "You asked for one way and gave two days. Is it one way or a return trip?"
        }
        (RETURN_ON, _) => "On which day does the trip end?",
        (MAX_TOTAL, Problem::Ambiguous) => "Is your limit for a night in the hotel, or for the flights?",
        (MAX_PER_NIGHT | MAX_TOTAL, _) => "What is the most it may cost?",
        _ => "Which place do you mean?",
    }
}

/// `Portland, Oregon, United States (PDX)`
fn choice(place: &Place) -> String {
    let region = places::airport(place.code).map_or("", |airport| airport.region);
    let country = places::country_name(&place.country).unwrap_or(&place.country);
    let parts: Vec<&str> = [place.city.as_str(), region, country]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    format!("{} ({})", parts.join(", "), place.code)
}

fn in_words(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}
