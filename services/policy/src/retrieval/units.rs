//! A text as the units that carry its meaning: phrases and words of the lexicon, names of places, and other words.

use super::lexicon::{Concept, Kind, LONGEST_PHRASE, lexicon};
use super::words::{Word, words};

const MONTHS_AND_DAYS: &str = "january february march april june july august september october november december jan feb \
    mar apr jun jul aug sep oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri \
    sat sun today tonight";
/// How a sentence begins that wants to know something.
const ASKING: &str = "may can could am is are do does did what which who whom whose when where why how must should shall \
    will would has have if whether until";
/// How the second half of one does.
const ASKING_FOR: &str = "what which who whom whose when where why how";
/// What a request for a trip speaks of.
const OF_GOING: &[&str] = &[
    "hotel", "ahead", "flight", "cabin", "long", "short", "seat", "luggage", "fare", "lowest", "round trip",
    "train", "rental car", "taxi", "transit", "ferry", "season",
];
/// How many inhabitants' worth a name must have: `of` and `can` are towns, `THE` an airport.
const WELL_KNOWN: u8 = 3;

#[derive(Debug)]
pub struct Unit<'a> {
    /// The stem, or a phrase's stems joined by blanks.
    pub stems: String,
    pub sense: Sense<'a>,
}

#[derive(Debug)]
pub enum Sense<'a> {
    /// It may mean several things; never empty.
    Concepts(Vec<&'a Concept>),
    /// A place or a date: it says which case, never which matter.
    Named,
    /// A number, or an amount of money: no more does this.
    Number,
    Word,
}

impl Unit<'_> {
    fn means(&self, concept: &str) -> bool {
        matches!(&self.sense, Sense::Concepts(concepts) if concepts.iter().any(|one| one.name == concept))
    }

    pub fn is_particular(&self) -> bool {
        matches!(self.sense, Sense::Named | Sense::Number)
    }

    pub fn is_topic(&self) -> bool {
        matches!(&self.sense, Sense::Concepts(concepts) if concepts.iter().any(|concept| concept.kind == Kind::Topic))
    }
}

/// The longest phrase first; what says nothing is left out.
pub fn units(text: &str) -> Vec<Unit<'static>> {
    let words = words(text);
    let stems: Vec<String> = words.iter().map(Word::stem).collect();
    let mut units = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let (length, unit) = next(&words[at..], &stems[at..]);
        units.extend(unit);
        at += length;
    }
    units
}

fn next(words: &[Word], stems: &[String]) -> (usize, Option<Unit<'static>>) {
    if is_amount(words, stems) {
        let (stems, sense) = (stems[..2].join(" "), Sense::Number);
        return (2, Some(Unit { stems, sense }));
    }
    for length in (1..=LONGEST_PHRASE.min(words.len())).rev() {
        let key = stems[..length].join(" ");
        if length == 1 && words[0].is_stop() {
            break;
        }
        if is_place(&words[..length]) {
            let sense = Sense::Named;
            return (length, Some(Unit { stems: key, sense }));
        }
        let concepts: Vec<&Concept> = lexicon().meanings(&key).collect();
        if !concepts.is_empty() {
            let sense = Sense::Concepts(concepts);
            return (length, Some(Unit { stems: key, sense }));
        }
        if lexicon().is_filler(&key) {
            return (length, None);
        }
    }
    let word = &words[0];
    let unit = if word.is_stop() {
        None
    } else if is_date(word) {
        Some(Sense::Named)
    } else if word.is_number() {
        Some(Sense::Number)
    } else {
        Some(Sense::Word)
    };
    let unit = unit.map(|sense| Unit {
        stems: stems[0].clone(),
        sense,
    });
    (1, unit)
}

/// `150 EUR`, `ten dollars`: how much, not which currency is the matter.
fn is_amount(words: &[Word], stems: &[String]) -> bool {
    let [number, _, ..] = words else { return false };
    number.is_number()
        && lexicon()
            .meanings(&stems[1])
            .any(|concept| concept.name == "currency")
}

/// Whether the words together name a country, or a city of some weight.
fn is_place(words: &[Word]) -> bool {
    let [first, ..] = words else { return false };
    let name = words
        .iter()
        .map(|word| word.text.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    // In lower case only what can be nothing else.
    let plain = lexicon().knows(&first.stem()) || lexicon().is_filler(&first.stem()) || name.len() < 5;
    if first.is_stop() && words.len() == 1 || !first.capital && plain {
        return false;
    }
    let city = places::by_city(&name).first().is_some_and(is_well_known);
    let code = || {
        first.capital
            && words.len() == 1
            && name
                .to_ascii_uppercase()
                .parse()
                .ok()
                .and_then(places::metro)
                .is_some_and(is_well_known)
    };
    city || places::country(&name).is_some() && !plain || code()
}

fn is_well_known(city: &places::City) -> bool {
    city.weight >= WELL_KNOWN
}

fn is_date(word: &Word) -> bool {
    let text = word.text.strip_suffix('s').unwrap_or(&word.text);
    MONTHS_AND_DAYS
        .split_ascii_whitespace()
        .any(|name| name == word.text || name == text)
}

/// Whether it names a month by its full name, as seasons are bounded.
pub fn is_month(stems: &str) -> bool {
    MONTHS_AND_DAYS
        .split_ascii_whitespace()
        .take(12)
        .any(|name| name.starts_with(stems) && stems.len() > 2 && name.len() < stems.len() + 3)
}

/// Whether the text asks for a trip rather than about one: it puts no question, and names a place or a date and no matter
/// but of going and staying, or two of them. A city or a date then says that the clauses about flights apply, although it
/// is in none of them.
pub fn asks_for_a_trip(text: &str) -> bool {
    let begins = |part: &str, asking: &str| {
        let first = words(part).into_iter().next();
        first.is_some_and(|word| asking.split_ascii_whitespace().any(|one| one == word.text))
    };
    // "My flight leaves in four days, who has to agree": the question may come last.
    let later = |part: &str| begins(part, ASKING_FOR);
    if text.contains('?') || begins(text, ASKING) || text.split([',', '.', ';', ':']).skip(1).any(later) {
        return false;
    }
    let units = units(text);
    let named = units.iter().filter(|unit| matches!(unit.sense, Sense::Named));
    match named.count() {
        0 => false,
        // "Hotel limit in Lisbon" asks what the limit is, "visa for India" who pays it.
        1 => !units
            .iter()
            .any(|unit| unit.means("limit") || unit.is_topic() && !is_of_going(unit)),
        // "Berlin to Lisbon, hotel at most 150" wants a trip, whatever it says beside.
        _ => true,
    }
}

fn is_of_going(unit: &Unit<'_>) -> bool {
    OF_GOING.iter().any(|concept| unit.means(concept))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let show = |unit: &Unit<'_>| match &unit.sense {
            Sense::Concepts(concepts) => {
                let names: Vec<&str> = concepts.iter().map(|concept| concept.name.as_str()).collect();
                format!("={}", names.join("|"))
            }
            Sense::Named | Sense::Number => format!("@{}", unit.stems),
            Sense::Word => unit.stems.clone(),
        };
        units(text).iter().map(show).collect()
    }

    #[test]
    fn phrases_places_and_words_are_told_apart() {
        for (text, expected) in [
            ("accommodation limit", &["=hotel", "=limit"][..]),
            ("a private jet to New York", &["=charter", "@new york"]),
            ("rooms in lisbon", &["=hotel", "@lisbon"]),
            ("may I bring my dog on a business trip", &["=pets"]),
            ("the of and", &[]),
            ("a fee of ten dollars", &["fee", "@ten dollar"]),
            ("quantum chromodynamics", &["quantum", "chromodynam"]),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_a_trip_speaks_of_are_concepts() {
        for concept in OF_GOING {
            assert!(lexicon().has(concept), "{concept}");
        }
    }

    #[test]
    fn a_city_or_a_date_makes_it_a_trip_unless_it_is_a_question() {
        for text in [
            "Berlin to Lisbon",
            "to New York",
            "to LIS please",
            "see the client on Tuesday",
            "3-5 December",
            "a cheap hotel in Lisbon, two nights",
            "Madrid on Friday, vegetarian meal on board",
        ] {
            assert!(asks_for_a_trip(text), "{text}");
        }
        for text in [
            "can I expense a yacht?",
            "how long may it take",
            "THE END",
            "what may a room in Lisbon cost",
            "my flight leaves in four days, who has to agree",
            "visa fee for India",
            "holiday calendar 2026",
            "two glasses of wine for 18 euro with my meal",
        ] {
            assert!(!asks_for_a_trip(text), "{text}");
        }
    }
}
