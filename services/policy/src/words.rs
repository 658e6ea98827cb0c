//! Words become the concepts that travel policies speak of, so that "accommodation limit" meets a clause about a
//! hotel's cap. Data and a little grammar; English only.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use bm25::Tokenizer;
use deunicode::deunicode;

/// Each line: a concept, then the words (as [`stem`] leaves them) that mean it. A word may mean several concepts.
const CONCEPTS: &[(&str, &str)] = &[
    (
        "hotel",
        "hotel accommodation lodging stay room night overnight sleep inn guesthouse apartment bed",
    ),
    (
        "limit",
        "limit cap ceiling maximum max most allowance threshold exceed expensive spend pay cost",
    ),
    (
        "ahead",
        "ahead advance early beforehand notice soon late lead before",
    ),
    ("booking", "book reserve reservation buy purchase order"),
    (
        "flight",
        "flight fly flown plane air airline airfare aircraft airport",
    ),
    ("cabin", "cabin class seat economy business premium upgrade"),
    (
        "long",
        "long longer haul longhaul intercontinental overseas transatlantic hour more duration",
    ),
    ("fare", "fare airfare price ticket tariff"),
    ("lowest", "lowest cheapest cheap"),
    (
        "approval",
        "approval approve approver permission permit manager consent sign authorise authorize",
    ),
    ("refund", "refund refundable cancel cancellation flexible flex"),
    ("prefer", "prefer preference partner recommend negotiate"),
    ("supplier", "supplier carrier vendor airline chain company"),
    ("exclude", "exclude ban forbid prohibit blacklist"),
    (
        "exception",
        "exception exempt justify justification reason code deviate deviation",
    ),
    ("deadline", "deadline sla respond answer silence wait expire"),
    ("currency", "currency exchange rate convert foreign"),
    ("season", "season summer winter peak"),
    ("days", "day week date"),
    ("return", "return round back"),
    ("change", "change rebook move"),
    ("document", "passport visa document"),
    ("safety", "safety safe risk emergency duty"),
    ("meal", "meal breakfast dinner lunch food"),
    ("train", "train rail railway"),
    ("car", "car taxi rental drive"),
];

/// Too common to tell a travel policy's clauses apart.
const STOP_WORDS: &str = "a an and are as at be been but by can could do does for from had has have how i if in into is it \
    its may me must my no not of on or our shall should so than that the their them then there they this those to under \
    up was we were what when where which who will with would you your us all any each every only also about much many \
    please need want like get go trip travel traveller journey";

const MONTHS_AND_DAYS: &str = "january february march april june july august september october november december jan feb \
    mar apr jun jul aug sep oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri \
    sat sun tomorrow tonight";

/// Splits text into stems and concepts, in the order of the words.
#[derive(Clone, Copy, Debug, Default)]
pub struct Words;

impl Tokenizer for Words {
    fn tokenize(&self, text: &str) -> Vec<String> {
        plain_words(text).flat_map(|word| meanings(&word)).collect()
    }
}

/// What words that only a request for a trip has add to it: a city or a date says that the clauses about flights
/// apply, although it is in none of them.
pub fn trip_concepts(text: &str) -> Option<&'static str> {
    let dated = plain_words(text).any(|word| MONTHS_AND_DAYS.split_whitespace().any(|name| name == word));
    let words: Vec<&str> = text.split([',', '.', ';', '?', ' ', '-', '–']).collect();
    let placed = words.iter().any(|word| names_a_city(word))
        || words.windows(2).any(|pair| names_a_city(&pair.join(" ")));
    (dated || placed).then_some("flight fare cabin")
}

fn plain_words(text: &str) -> impl Iterator<Item = String> {
    deunicode(text)
        .to_lowercase()
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| word.len() > 1 && !STOP_WORDS.split_whitespace().any(|stop| stop == *word))
        .map(String::from)
        .collect::<Vec<_>>()
        .into_iter()
}

fn meanings(word: &str) -> Vec<String> {
    let stem = stem(word);
    match CONCEPTS_OF_STEM.get(&stem) {
        // The sign keeps a concept apart from a word that happens to be called the same.
        Some(concepts) => concepts.iter().map(|concept| format!("={concept}")).collect(),
        None => vec![stem],
    }
}

static CONCEPTS_OF_STEM: LazyLock<BTreeMap<String, Vec<&str>>> = LazyLock::new(|| {
    let mut concepts: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (concept, words) in CONCEPTS {
        for word in words.split_whitespace() {
            let of_stem = concepts.entry(stem(word)).or_default();
            if !of_stem.contains(concept) {
                of_stem.push(concept);
            }
        }
    }
    concepts
});

/// English endings off, crudely: both sides go through the same knife, so only collisions would matter.
fn stem(word: &str) -> String {
    let mut stem = word;
    for ending in ["ings", "ing", "edly", "ed", "ies", "es", "s"] {
        if let Some(rest) = stem.strip_suffix(ending)
            && rest.len() >= 3
            && !stem.ends_with("ss")
        {
            stem = rest;
            break;
        }
    }
    stem.strip_suffix(['e', 'y'])
        .filter(|rest| rest.len() >= 3)
        .unwrap_or(stem)
        .into()
}

/// Capitalised as a name, and a city of some weight or its code: `of` and `can` are towns, `THE` an airport.
fn names_a_city(word: &str) -> bool {
    let by_name = || places::by_city(word).first().is_some_and(is_well_known);
    let by_code = || {
        word.parse()
            .ok()
            .and_then(places::metro)
            .is_some_and(is_well_known)
    };
    word.starts_with(char::is_uppercase) && (by_name() || by_code())
}

fn is_well_known(city: &places::City) -> bool {
    city.weight >= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        Words.tokenize(text)
    }

    #[test]
    fn words_of_one_meaning_are_one_token() {
        for (left, right) in [
            ("accommodation limit", "hotel caps"),
            ("reserving early", "booked in advance"),
            ("approved by managers", "permission, permission"),
            ("Überraschung", "uberraschungs"),
        ] {
            assert_eq!(tokens(left), tokens(right), "{left} / {right}");
        }
        assert_eq!(tokens("the of and"), Vec::<String>::new());
    }

    #[test]
    fn a_city_or_a_date_makes_it_a_trip() {
        for text in [
            "Berlin to Lisbon",
            "to New York",
            "to LIS please",
            "see the client on Tuesday",
            "3-5 December",
        ] {
            assert!(trip_concepts(text).is_some(), "{text}");
        }
        for text in ["can I expense a yacht?", "how long may it take", "THE END"] {
            assert!(trip_concepts(text).is_none(), "{text}");
        }
    }
}
