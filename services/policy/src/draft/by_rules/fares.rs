//! What a flight may cost, by how far it goes, how long it takes, and who flies.

use events_schema::person::EmployeeLevel;
use events_schema::rows::Reach;

use super::amounts::{Amount, amounts, amounts_and_bare, figures};
use super::hotels::priced;
use super::reach::reaches;
use super::read::{AT_MOST, FLIGHT, HOTEL, MORE_THAN, REFUND, Read, hours, levels, other_levels};
use super::sentences::Sentence;
use super::special::{GRADES, is_conditional, is_conditional_within, is_special};
use super::tokens::Token;
use super::whereabouts::Whereabouts;
use crate::draft::proposal::ProposedRule;

/// An amount beside these is a difference, a fee, or the price of half a journey.
const NO_FARE: [&str; 78] = [
    "dearer", "cheaper", "cheapest", "lowest", "more expensive", "extra", "surcharge", "change", "changes",
    "changing", "seat", "seats", "bag", "bags", "baggage", "luggage", "upgrade", "upgrades", "fee", "fees",
    "tonne", "ton", "one way", "one-way", "each way", "per leg", "option", "train", "trains", "rail",
    "railway", "bus", "buses", "coach", "taxi", "taxis", "ferry", "museum", "game", "games", "concert",
    "concerts", "mile", "miles", "kilometre", "day", "meal", "meals", "saved", "saves", "saving", "save",
    "difference", "apart", "visa", "lounge", "lounges", "insurance", "parking", "advance", "card", "cash",
    "metro", "scooter", "scooters", "ride", "rides", "advances", "supplement", "emissions", "emission",
    "compensate", "offset", "carbon", "co2", "climate", "differs", "differ",
];
/// Whose tickets and fares are no flights'.
const OTHER_WAYS: [&str; 13] = [
    "taxi", "taxis", "bus", "buses", "metro", "tram", "train", "trains", "rail", "ferry", "scooters", "ride",
    "rides",
];
const BY_AIR: [&str; 9] = [
    "flight", "flights", "fly", "air", "airfare", "airfares", "airline", "airlines", "plane",
];
const LONGER: [&str; 3] = ["longer", "longer ones", "beyond that"];
const FURTHER: [&str; 6] = ["beyond", "elsewhere", "else", "other", "others", "rest"];
/// What forbids to go beyond an amount, by "no" or "not".
const NEVER: [&str; 5] = ["no flight", "no fare", "shouldn't", "should not", "never"];

pub fn fares(clause: &Read<'_>) -> Vec<ProposedRule> {
    let other_ways = clause.says(&OTHER_WAYS) && !clause.says(&BY_AIR) && !clause.is_under(&FLIGHT);
    if !clause.is_about(&FLIGHT) || other_ways {
        return Vec::new();
    }
    let under = clause.is_under(&FLIGHT) || clause.says(&FLIGHT) && !clause.says(&HOTEL);
    let mut fares = Fares {
        clause,
        rules: Vec::new(),
    };
    let (mut open, mut spoken) = (under, false);
    for sentence in &clause.sentences {
        for part in sentence.parts() {
            let named = part.says(&FLIGHT);
            open = named || open && !part.says(&HOTEL);
            let limits = part.says(&AT_MOST) || part.says(&NEVER) && part.says(&MORE_THAN);
            // "A ticket above 450 needs a signature" caps nothing.
            let caps = limits || (spoken || named || under) && !part.says(&MORE_THAN);
            if open && caps && !part.says(&REFUND) && !is_conditional(&part) {
                let before = fares.rules.len();
                fares.of_part(sentence, &part, limits);
                spoken |= fares.rules.len() > before;
            }
        }
    }
    if clause.is_about(&AT_MOST) || clause.is_under(&FLIGHT) {
        fares
            .rules
            .extend(clause.rows.iter().filter_map(|row| of_row(clause, row)));
    }
    fares.rules
}

struct Fares<'a> {
    clause: &'a Read<'a>,
    rules: Vec<ProposedRule>,
}

/// What an amount is the cap of.
struct Flights {
    /// None: whatever the reach.
    reaches: Vec<Reach>,
    from_hours: Option<u32>,
    below_hours: Option<u32>,
    levels: Vec<EmployeeLevel>,
}

impl Fares<'_> {
    /// `anywhere`: whether an amount is a cap that says nothing of its flights.
    fn of_part(&mut self, sentence: &Sentence, part: &Sentence, anywhere: bool) {
        let whole = [reaches(part), reaches(sentence), self.clause.reaches()];
        let whole = whole
            .into_iter()
            .find(|reaches| !reaches.is_empty())
            .unwrap_or_default();
        let amounts = amounts_and_bare(&part.tokens, self.clause.currency(), qualifies);
        let alone = amounts.len() == 1;
        let mut told_apart = false;
        for figure in figures(&part.tokens, amounts, qualifies) {
            let words = Sentence::of(&figure.words, String::new());
            let flights = self.flights(&words, &whole, alone);
            let unsaid = flights.reaches.is_empty();
            let place = Whereabouts::of(&figure.words);
            let named = place.unknown || place.unnamed || !place.is_nowhere() || words.says(&FURTHER);
            let by_length = flights.from_hours.or(flights.below_hours).is_some();
            // "Domestic flights 450, trans-Tasman flights 900": what the second is of, nobody can tell.
            let unclear = unsaid && (told_apart || named || !anywhere && !by_length);
            told_apart |= !unsaid;
            let of_grade = words.says(&GRADES) && flights.levels.is_empty();
            let something_else = is_no_fare(&words) || is_special(&words) || is_conditional_within(&words);
            if !unclear && !of_grade && !something_else {
                self.add(part, &figure.amount, &flights);
            }
        }
    }

    fn flights(&self, words: &Sentence, whole: &[Reach], alone: bool) -> Flights {
        let last = self.rules.last();
        let (mut from_hours, below_hours) = hours(words);
        if (from_hours, below_hours) == (None, None) && words.says(&LONGER) {
            from_hours = last.and_then(|rule| rule.below_hours);
        }
        let levels = levels(&words.tokens);
        let mut reaches = reaches(words);
        let after_continent = last.is_some_and(|rule| rule.reach == Some(Reach::Continental));
        let may_be_far = reaches.is_empty() || reaches.contains(&Reach::Intercontinental);
        if words.says(&FURTHER) && after_continent && may_be_far {
            // "Within Europe 420, beyond 1,350"
            reaches = vec![Reach::Intercontinental];
        } else if reaches.is_empty() && (alone || !levels.is_empty()) {
            reaches = whole.to_vec();
        }
        // "Domestic 200, in Europe 400": what is said of the country itself goes before.
        if reaches.len() > 1 && self.rules.iter().any(|rule| rule.reach == Some(Reach::Domestic)) {
            reaches.retain(|reach| *reach != Reach::Domestic);
        }
        Flights {
            reaches,
            from_hours,
            below_hours,
            levels,
        }
    }

    fn add(&mut self, part: &Sentence, amount: &Amount, flights: &Flights) {
        let reaches: Vec<Option<Reach>> = match flights.reaches.is_empty() {
            true => vec![None],
            false => flights.reaches.iter().copied().map(Some).collect(),
        };
        for reach in reaches {
            // Whoever has a cap of their own is not held to everybody's.
            let general = |rule: &&mut ProposedRule| rule.reach == reach && rule.levels.is_empty();
            if !flights.levels.is_empty() {
                let general = self.rules.iter_mut().filter(general);
                general.for_each(|rule| rule.levels = other_levels(&flights.levels));
            }
            self.rules.push(ProposedRule {
                reach,
                from_hours: flights.from_hours,
                below_hours: flights.below_hours,
                levels: flights.levels.clone(),
                ..priced("fare_cap", self.clause, &part.text, amount)
            });
        }
    }
}

/// "In Europe 400" of one clause includes the country itself, unless another clause says what holds there.
pub fn without_overlaps(rules: &mut Vec<ProposedRule>) {
    let fares: Vec<ProposedRule> = rules
        .iter()
        .filter(|rule| rule.kind == "fare_cap")
        .cloned()
        .collect();
    let same = |one: &ProposedRule, other: &ProposedRule| {
        (&one.clause, &one.amount) == (&other.clause, &other.amount)
    };
    let derived = |rule: &ProposedRule| {
        let of_continent =
            |other: &ProposedRule| other.reach == Some(Reach::Continental) && same(rule, other);
        rule.reach == Some(Reach::Domestic) && fares.iter().any(of_continent)
    };
    let said = |rule: &ProposedRule| rule.reach == Some(Reach::Domestic) && !derived(rule);
    if fares.iter().any(said) {
        rules.retain(|rule| rule.kind != "fare_cap" || !derived(rule));
    }
}

/// Whether an amount among these words is no fare.
pub fn is_no_fare(words: &Sentence) -> bool {
    words.says(&NO_FARE)
}

fn qualifies(words: &[Token]) -> bool {
    let sentence = Sentence::of(words, String::new());
    !reaches(&sentence).is_empty()
        || !levels(words).is_empty()
        || hours(&sentence) != (None, None)
        || Whereabouts::of(words).is_placed()
}

fn of_row(clause: &Read<'_>, row: &Sentence) -> Option<ProposedRule> {
    let amount = amounts(&row.tokens).into_iter().next()?;
    let reach = reaches(row).into_iter().last()?;
    Some(ProposedRule {
        reach: Some(reach),
        ..priced("fare_cap", clause, &row.text, &amount)
    })
}
