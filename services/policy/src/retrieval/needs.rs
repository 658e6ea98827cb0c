//! What a query asks for, need by need, and by which features of a clause each can be met.

use std::collections::BTreeSet;

use strsim::osa_distance;

use super::lexicon::{Concept, Kind, lexicon};
use super::units::{Sense, Unit, is_month, units};

/// A word counts for more than one that only means the same.
const SAME_WORD: f32 = 1.0;
const SAME_MEANING: f32 = 0.8;
/// A word that was probably mistyped.
const NEAR_WORD: f32 = 0.7;
/// Shorter words are too near to others to be corrected.
const SHORTEST_CORRECTED: usize = 6;
/// What a request for a trip is about though it does not say so.
const OF_EVERY_TRIP: [&str; 3] = ["flight", "fare", "cabin"];

/// A stem, or a concept behind its sign: the sign keeps it apart from a word that happens to be called the same.
pub type Feature = String;

pub struct Need {
    /// How much of the question it is.
    pub weight: f32,
    /// Whether a clause that says nothing of it leaves part of the question open.
    pub counts: bool,
    pub met_by: Vec<(Feature, f32)>,
}

/// What a clause's text offers: every stem, and the concepts of its longest phrases.
pub fn offered(text: &str) -> Vec<Feature> {
    let mut features = Vec::new();
    for unit in units(text) {
        if let Sense::Concepts(concepts) = &unit.sense {
            features.extend(concepts.iter().map(|concept| feature(concept)));
        }
        if unit.stems.contains(' ') {
            features.extend(unit.stems.split(' ').map(Feature::from));
        }
        // "From May to September" is a season, whatever it is called.
        if matches!(unit.sense, Sense::Named) && is_month(&unit.stems) {
            features.push("=season".into());
        }
        features.push(unit.stems);
    }
    features
}

/// `is_trip`: whether a trip is asked for, rather than a question. `vocabulary`: the stems that clauses have, against
/// which mistyped words are corrected.
pub fn needs(query: &str, is_trip: bool, vocabulary: &BTreeSet<Feature>) -> Vec<Need> {
    let mut needs: Vec<Need> = Vec::new();
    let mut seen = BTreeSet::new();
    for unit in units(query) {
        if seen.insert(unit.stems.clone()) {
            needs.push(need(corrected(unit, vocabulary)));
        }
    }
    if is_trip {
        needs.extend(OF_EVERY_TRIP.map(|concept| Need {
            weight: 1.0,
            counts: false,
            met_by: vec![(format!("={concept}"), SAME_MEANING)],
        }));
    }
    needs
}

fn need((unit, strength): (Unit<'_>, f32)) -> Need {
    // A word that the lexicon does not know is rarely the matter: questions are full of words said in passing.
    let weight = match &unit.sense {
        Sense::Concepts(_) if unit.is_topic() => 1.0,
        Sense::Concepts(_) => 0.3,
        Sense::Word => 0.3,
        Sense::Named | Sense::Number => 1.0,
    };
    let counts = !unit.is_particular();
    let mut met_by = vec![(unit.stems.clone(), SAME_WORD * strength)];
    if let Sense::Concepts(concepts) = &unit.sense {
        met_by.extend(concepts.iter().map(|concept| {
            let topic = concept.kind == Kind::Topic || !unit.is_topic();
            let meaning = if topic { SAME_MEANING } else { SAME_MEANING / 2.0 };
            (feature(concept), meaning * strength)
        }));
    }
    Need {
        weight,
        counts,
        met_by,
    }
}

fn feature(concept: &Concept) -> Feature {
    format!("={}", concept.name)
}

/// A word that nobody knows is read as the known one it was probably meant to be.
fn corrected<'a>(unit: Unit<'a>, vocabulary: &BTreeSet<Feature>) -> (Unit<'a>, f32) {
    let word = &unit.stems;
    if !matches!(unit.sense, Sense::Word) || word.len() < SHORTEST_CORRECTED || vocabulary.contains(word) {
        return (unit, 1.0);
    }
    let most = if word.len() < 11 { 1 } else { 2 };
    // People rarely mistype the first letter, and `parental` must not become `rental`.
    let near = |other: &&str| {
        other.as_bytes().first() == word.as_bytes().first()
            && other.len().abs_diff(word.len()) <= most
            && other.len() + 1 >= SHORTEST_CORRECTED
    };
    let known = lexicon().stems().chain(vocabulary.iter().map(String::as_str));
    let best = known
        .filter(near)
        .map(|other| (osa_distance(word, other), other))
        .filter(|(distance, _)| *distance <= most)
        .min();
    let Some((_, meant)) = best else {
        return (unit, 1.0);
    };
    let concepts: Vec<&'static Concept> = lexicon().meanings(meant).collect();
    let sense = if concepts.is_empty() {
        Sense::Word
    } else {
        Sense::Concepts(concepts)
    };
    let stems = meant.to_owned();
    (Unit { stems, sense }, NEAR_WORD)
}
