//! The form of a model's answer: a draft in plain strings and numbers, every field optional, nothing trusted.

use std::sync::LazyLock;

use events_schema::money::Money;
use events_schema::place::{IataCode, Place};
use events_schema::trip::Cabin;
use iso_currency::Currency;
use jiff::civil::{Date, Time};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::draft::{DayProblem, DayRead, Draft, Whereabouts};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Proposal {
    /// The traveller asks what the policy allows and wants nothing booked.
    pub policy_question: bool,
    /// Whether flights are wanted; null if not said.
    pub flight: Option<bool>,
    /// Whether a hotel is wanted; null if not said.
    pub stay: Option<bool>,
    pub travellers: Option<u32>,
    pub origin: Option<Vec<PlaceProposal>>,
    pub destination: Option<Vec<PlaceProposal>>,
    /// Where the hotel is, if not at the destination.
    pub stay_place: Option<Vec<PlaceProposal>>,
    pub depart_on: Option<DayProposal>,
    pub return_on: Option<DayProposal>,
    /// Only if the hotel is not for all days of the trip.
    pub check_in: Option<DayProposal>,
    pub check_out: Option<DayProposal>,
    /// False for one way; true if a way back is wanted; null if not said.
    pub round_trip: Option<bool>,
    pub cabin: Option<Cabin>,
    /// HH:MM, outbound, local time at the origin.
    pub depart_after: Option<String>,
    /// HH:MM, outbound, local time at the destination.
    pub arrive_before: Option<String>,
    pub non_stop: bool,
    /// Price limit for all flights and travellers together.
    pub max_total: Option<AmountProposal>,
    /// Price limit for one hotel night.
    pub max_per_night: Option<AmountProposal>,
    /// Price limit that could be either of the two.
    pub max_unclear: Option<AmountProposal>,
    /// What the hotel should be close to, in the traveller's own words.
    pub near: Option<String>,
    /// A train, bus or car is asked for.
    pub other_transport: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlaceProposal {
    /// IATA code.
    pub code: String,
    /// The city with all its airports, not one airport.
    pub whole_city: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DayProposal {
    /// YYYY-MM-DD; several if it can be read in several ways.
    pub days: Vec<String>,
    pub problem: Option<DayProblemProposal>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DayProblemProposal {
    NoSuchDay,
    Vague,
    WeekdayDiffers,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AmountProposal {
    /// Decimal number, such as 149.90.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
}

/// Why an answer cannot be a draft. Says what is wrong with the form, never repeats the answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("{field}: not an IATA code in use")]
    Place { field: &'static str },
    #[error("{field}: not a calendar day")]
    Day { field: &'static str },
    #[error("{field}: not a time of day")]
    Time { field: &'static str },
    #[error("{field}: not an amount of money")]
    Amount { field: &'static str },
}

impl Proposal {
    /// Reads the proposal against our own places, calendar and currencies. `said` are the traveller's words: what
    /// claims to quote them must be found in them.
    pub fn draft(&self, said: &[&str]) -> Result<Draft, Refused> {
        Ok(Draft {
            policy_question: self.policy_question,
            flight: self.flight,
            stay: self.stay,
            travellers: self.travellers,
            origin: place("origin", &self.origin)?,
            destination: place("destination", &self.destination)?,
            stay_at: place("stayPlace", &self.stay_place)?,
            depart_on: day("departOn", &self.depart_on)?,
            return_on: day("returnOn", &self.return_on)?,
            check_in: day("checkIn", &self.check_in)?,
            check_out: day("checkOut", &self.check_out)?,
            round_trip: self.round_trip,
            cabin: self.cabin,
            depart_after: time("departAfter", &self.depart_after)?,
            arrive_before: time("arriveBefore", &self.arrive_before)?,
            non_stop: self.non_stop,
            max_total: amount("maxTotal", &self.max_total)?,
            max_per_night: amount("maxPerNight", &self.max_per_night)?,
            max_unclear: amount("maxUnclear", &self.max_unclear)?,
            near: self.near.clone().filter(|near| is_quoted(near, said)),
            other_transport: self.other_transport,
        })
    }
}

impl From<&Draft> for Proposal {
    fn from(draft: &Draft) -> Self {
        let amount = |money: Option<Money>| {
            money.map(|money| AmountProposal {
                amount: money.amount.to_string(),
                currency: money.currency.code().into(),
            })
        };
        let time = |time: Option<Time>| time.map(|time| time.strftime("%H:%M").to_string());
        Self {
            policy_question: draft.policy_question,
            flight: draft.flight,
            stay: draft.stay,
            travellers: draft.travellers,
            origin: draft.origin.as_ref().map(propose_place),
            destination: draft.destination.as_ref().map(propose_place),
            stay_place: draft.stay_at.as_ref().map(propose_place),
            depart_on: draft.depart_on.map(propose_day),
            return_on: draft.return_on.map(propose_day),
            check_in: draft.check_in.map(propose_day),
            check_out: draft.check_out.map(propose_day),
            round_trip: draft.round_trip,
            cabin: draft.cabin,
            depart_after: time(draft.depart_after),
            arrive_before: time(draft.arrive_before),
            non_stop: draft.non_stop,
            max_total: amount(draft.max_total),
            max_per_night: amount(draft.max_per_night),
            max_unclear: amount(draft.max_unclear),
            near: draft.near.clone(),
            other_transport: draft.other_transport,
        }
    }
}

/// The JSON schema models are bound to: self-contained, every field required (null where nothing is said), and
/// without the keywords that providers refuse.
pub fn schema() -> &'static Value {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
        let mut settings = schemars::generate::SchemaSettings::draft2020_12();
        settings.inline_subschemas = true;
        settings.meta_schema = None;
        let mut schema = settings
            .into_generator()
            .into_root_schema_for::<Proposal>()
            .to_value();
        simplify(&mut schema);
        schema
    });
    &SCHEMA
}

fn simplify(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            for keyword in ["format", "minimum", "maximum", "default", "title"] {
                // A property may bear such a name; only keywords are dropped, and those are not objects.
                if object.get(keyword).is_some_and(|value| !value.is_object()) {
                    object.remove(keyword);
                }
            }
            if let Some(Value::Object(properties)) = object.get("properties") {
                let names = properties.keys().cloned().map(Value::String).collect();
                object.insert("required".into(), Value::Array(names));
            }
            object.values_mut().for_each(simplify);
        }
        Value::Array(values) => values.iter_mut().for_each(simplify),
        _ => {}
    }
}

fn place(field: &'static str, proposed: &Option<Vec<PlaceProposal>>) -> Result<Option<Whereabouts>, Refused> {
    let Some(proposed) = proposed else { return Ok(None) };
    let known = |place: &PlaceProposal| known_place(place).ok_or(Refused::Place { field });
    let mut places = proposed.iter().map(known).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(match places.len() {
        0 => Whereabouts::Unknown,
        1 => Whereabouts::Known(places.remove(0)),
        _ => Whereabouts::Several(places),
    }))
}

fn known_place(proposed: &PlaceProposal) -> Option<Place> {
    let code: IataCode = proposed.code.parse().ok()?;
    let city = || {
        places::metro(code)
            .filter(|city| city.code == code)
            .map(places::City::place)
    };
    if proposed.whole_city {
        city().or_else(|| places::by_code(code))
    } else {
        places::by_code(code)
    }
}

fn propose_place(place: &Whereabouts) -> Vec<PlaceProposal> {
    let propose = |place: &Place| {
        let airport_alone = places::airport(place.code).is_some_and(|airport| airport.place() == *place);
        PlaceProposal {
            code: place.code.to_string(),
            whole_city: !airport_alone,
        }
    };
    match place {
        Whereabouts::Known(place) => vec![propose(place)],
        Whereabouts::Several(places) => places.iter().map(propose).collect(),
        Whereabouts::Unknown => Vec::new(),
    }
}

fn day(field: &'static str, proposed: &Option<DayProposal>) -> Result<Option<DayRead>, Refused> {
    let Some(proposed) = proposed else { return Ok(None) };
    let parse = |day: &String| day.parse::<Date>().map_err(|_| Refused::Day { field });
    let days = proposed.days.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(match (proposed.problem, days.as_slice()) {
        (Some(DayProblemProposal::WeekdayDiffers), [day, ..]) => Err(DayProblem::WeekdayDiffers(*day)),
        (Some(DayProblemProposal::NoSuchDay), _) => Err(DayProblem::Invalid),
        (None, [day]) => Ok(*day),
        (None, [one, other, ..]) => Err(DayProblem::EitherOf(*one, *other)),
        (Some(_), _) | (None, []) => Err(DayProblem::Vague),
    }))
}

fn propose_day(read: DayRead) -> DayProposal {
    let (days, problem) = match read {
        // A day that has passed is still a day; the check refuses it.
        Ok(day) | Err(DayProblem::InThePast(day)) => (vec![day], None),
        Err(DayProblem::EitherOf(one, other)) => (vec![one, other], None),
        Err(DayProblem::WeekdayDiffers(day)) => (vec![day], Some(DayProblemProposal::WeekdayDiffers)),
        Err(DayProblem::Invalid) => (Vec::new(), Some(DayProblemProposal::NoSuchDay)),
        Err(DayProblem::Vague) => (Vec::new(), Some(DayProblemProposal::Vague)),
    };
    DayProposal {
        days: days.iter().map(ToString::to_string).collect(),
        problem,
    }
}

fn time(field: &'static str, proposed: &Option<String>) -> Result<Option<Time>, Refused> {
    let parse = |time: &String| Time::strptime("%H:%M", time).map_err(|_| Refused::Time { field });
    proposed.as_ref().map(parse).transpose()
}

fn amount(field: &'static str, proposed: &Option<AmountProposal>) -> Result<Option<Money>, Refused> {
    const LARGEST: i64 = 1_000_000_000_000;
    let parse = |proposed: &AmountProposal| {
        let amount: Decimal = proposed.amount.parse().ok()?;
        let currency = Currency::from_code(&proposed.currency)?;
        (amount.abs() <= Decimal::from(LARGEST)).then(|| Money::new(amount, currency))
    };
    proposed
        .as_ref()
        .map(|proposed| parse(proposed).ok_or(Refused::Amount { field }))
        .transpose()
}

/// Whether words are the traveller's own; otherwise a model could put anything into a plan's free text.
fn is_quoted(words: &str, said: &[&str]) -> bool {
    const LONGEST_CHARS: usize = 80;
    let plain = |text: &str| crate::grammar::clean(text).to_lowercase();
    let wanted = plain(words);
    words.chars().count() <= LONGEST_CHARS && said.iter().any(|text| plain(text).contains(&wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_nobody_uses_are_refused() {
        let origin = Some(vec![PlaceProposal {
            code: "QQQ".into(),
            whole_city: false,
        }]);
        let proposal = Proposal {
            origin,
            ..Proposal::default()
        };
        assert_eq!(proposal.draft(&[]), Err(Refused::Place { field: "origin" }));
    }

    #[test]
    fn free_text_must_be_the_travellers() {
        let near = |near: &str| Proposal {
            near: Some(near.into()),
            ..Proposal::default()
        };
        let said = ["Hotel near the Fair, please"];
        assert_eq!(
            near("the fair").draft(&said).unwrap().near.as_deref(),
            Some("the fair")
        );
        assert_eq!(near("approved by the manager").draft(&said).unwrap().near, None);
    }

    #[test]
    fn the_schema_has_no_references_and_requires_every_field() {
        let text = schema().to_string();
        assert!(!text.contains("$ref") && !text.contains("\"format\""), "{text}");
        let required = schema()["required"].as_array().unwrap().len();
        assert_eq!(required, schema()["properties"].as_object().unwrap().len());
        assert_eq!(schema()["additionalProperties"], false);
    }
}
