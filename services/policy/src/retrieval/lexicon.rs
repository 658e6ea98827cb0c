//! The concepts of travel policies, read from `concepts.txt`: which words mean the same thing, and which say nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::words::stems;

const CONCEPTS: &str = include_str!("concepts.txt");
/// No phrase of the list is longer.
pub const LONGEST_PHRASE: usize = 4;

/// How much it says about which clause is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What a clause can be about.
    Topic,
    /// What can be asked of many topics.
    Aspect,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Concept {
    pub name: String,
    pub kind: Kind,
}

#[derive(Default)]
pub struct Lexicon {
    concepts: Vec<Concept>,
    /// By the stems of a word or phrase, joined by blanks: indices of concepts, in the order of the list.
    meanings: BTreeMap<String, Vec<usize>>,
    fillers: BTreeSet<String>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::read(CONCEPTS));

/// The list that comes with the service.
pub fn lexicon() -> &'static Lexicon {
    &LEXICON
}

impl Lexicon {
    fn read(text: &str) -> Self {
        let mut lexicon = Self::default();
        for line in text.lines() {
            let Some((head, words)) = line.split_once(':').filter(|_| !line.starts_with('#')) else {
                continue;
            };
            let words = words.split(',').map(|word| stems(word).join(" "));
            let (kind, name) = match head.split_once(' ') {
                Some(("topic", name)) => (Kind::Topic, name),
                Some(("aspect", name)) => (Kind::Aspect, name),
                _ => {
                    lexicon.fillers.extend(words);
                    continue;
                }
            };
            let concept = lexicon.concepts.len();
            lexicon.concepts.push(Concept {
                name: name.trim().into(),
                kind,
            });
            for word in words {
                let meanings = lexicon.meanings.entry(word).or_default();
                if !meanings.contains(&concept) {
                    meanings.push(concept);
                }
            }
        }
        lexicon
    }

    /// What a stem, or several joined by blanks, may mean.
    pub fn meanings(&self, stems: &str) -> impl Iterator<Item = &Concept> {
        let found = self.meanings.get(stems).map_or(&[][..], Vec::as_slice);
        found.iter().map(|concept| &self.concepts[*concept])
    }

    pub fn knows(&self, stems: &str) -> bool {
        self.meanings.contains_key(stems)
    }

    pub fn is_filler(&self, stem: &str) -> bool {
        self.fillers.contains(stem)
    }

    #[cfg(test)]
    pub fn has(&self, name: &str) -> bool {
        self.concepts.iter().any(|concept| concept.name == name)
    }

    /// Every single word of the list, as its stem.
    pub fn stems(&self) -> impl Iterator<Item = &str> {
        self.meanings
            .keys()
            .map(String::as_str)
            .filter(|words| !words.contains(' '))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &str) -> Vec<&'static str> {
        let key = stems(words).join(" ");
        lexicon()
            .meanings(&key)
            .map(|concept| concept.name.as_str())
            .collect()
    }

    #[test]
    fn every_line_of_the_list_is_read() {
        let lines = CONCEPTS
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .count();
        let lexicon = lexicon();
        assert_eq!(lexicon.concepts.len() + 1, lines, "one line holds the fillers");
        let longest = lexicon
            .meanings
            .keys()
            .map(|words| words.split(' ').count())
            .max();
        assert!(longest <= Some(LONGEST_PHRASE), "{longest:?}");
        let empty = lexicon.meanings.keys().find(|words| words.is_empty());
        assert_eq!(empty, None, "a word of the list has no letters");
    }

    #[test]
    fn words_share_concepts_whatever_their_endings() {
        for (words, concept) in [
            ("accommodations", "hotel"),
            ("reserving", "booking"),
            ("frequent flyers", "loyalty"),
            ("per diems", "per diem"),
        ] {
            assert!(names(words).contains(&concept), "{words}: {:?}", names(words));
        }
        assert_eq!(names("photosynthesis"), Vec::<&str>::new());
    }
}
