//! How like a question and each clause are in what their words mean, whether or not any is the same.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::table::{DIMENSIONS, Vector, add, dot, of_word, unit};
use super::words::{Word, words};

/// What policies and handbooks speak of in general, a clause a line. Written for no policy and no question in particular.
const ELSEWHERE: &str = include_str!("elsewhere.txt");

/// Of so few words some line has all, whatever this policy says: it tells no more than this.
const FEW_WORDS: usize = 2;
const MOST_OF_FEW: f32 = 0.72;

static OF_OTHERS: LazyLock<Likeness> =
    LazyLock::new(|| Likeness::of(ELSEWHERE.lines().map(|text| ("", text))));

/// How near any clause that other policies have comes to the words asked for. If it is nearer than this policy's own,
/// the question is probably about what this policy leaves out.
pub fn elsewhere(question: &str) -> f32 {
    let asked = naming(&words(question));
    let nearest = OF_OTHERS.by_words(&asked).into_iter().fold(0.0, f32::max);
    if asked.len() > FEW_WORDS {
        nearest
    } else {
        nearest.min(MOST_OF_FEW)
    }
}

/// The clauses' words and texts as vectors.
pub struct Likeness {
    /// Each word of the clauses once: a policy has few.
    vocabulary: Vec<Vector>,
    /// By clause: its words that name something, as indices into the vocabulary.
    naming: Vec<Vec<usize>>,
    texts: Vec<Vector>,
}

/// By clause, from 0 to about 1.
pub struct Like {
    /// How near the clause comes to each word that is asked for, on average.
    pub words: Vec<f32>,
    /// How near the whole text is to the whole question.
    pub texts: Vec<f32>,
}

impl Likeness {
    pub fn of<'a>(texts: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut likeness = Self {
            vocabulary: Vec::new(),
            naming: Vec::new(),
            texts: Vec::new(),
        };
        let mut known: BTreeMap<String, Option<usize>> = BTreeMap::new();
        for (section, text) in texts {
            let (mut naming, mut sum) = (Vec::new(), [0.0; DIMENSIONS]);
            for word in words(section).into_iter().chain(words(text)) {
                let names = !word.is_stop();
                let place = *known.entry(word.text).or_insert_with_key(|text| {
                    let vector = of_word(text)?;
                    likeness.vocabulary.push(vector);
                    Some(likeness.vocabulary.len() - 1)
                });
                let Some(place) = place else { continue };
                add(&mut sum, &likeness.vocabulary[place]);
                if names && !naming.contains(&place) {
                    naming.push(place);
                }
            }
            likeness.naming.push(naming);
            likeness.texts.push(unit(sum));
        }
        likeness
    }

    pub fn to(&self, question: &str) -> Like {
        let asked = words(question);
        let mut sum = [0.0; DIMENSIONS];
        for vector in asked.iter().filter_map(|word| of_word(&word.text)) {
            add(&mut sum, &vector);
        }
        let whole = unit(sum);
        Like {
            words: self.by_words(&naming(&asked)),
            texts: self.texts.iter().map(|text| dot(text, &whole)).collect(),
        }
    }

    /// For each word the nearest of the clause's; a clause that says nothing is like nothing.
    fn by_words(&self, asked: &[Vector]) -> Vec<f32> {
        let mut sums = vec![0.0_f32; self.naming.len()];
        for vector in asked {
            let near: Vec<f32> = self.vocabulary.iter().map(|word| dot(word, vector)).collect();
            for (sum, naming) in sums.iter_mut().zip(&self.naming) {
                *sum += naming.iter().map(|word| near[*word]).fold(0.0, f32::max);
            }
        }
        let count = asked.len().max(1) as f32;
        sums.into_iter().map(|sum| sum / count).collect()
    }
}

/// The words that name something, each once. A number says which case, never which matter.
fn naming(asked: &[Word]) -> Vec<Vector> {
    let mut texts: Vec<&str> = Vec::new();
    for word in asked {
        let digits = word.text.bytes().all(|letter| letter.is_ascii_digit());
        if !word.is_stop() && !digits && !texts.contains(&word.text.as_str()) {
            texts.push(&word.text);
        }
    }
    texts.into_iter().filter_map(of_word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(question: &str) -> Like {
        let clauses = [
            ("Staying", "A room costs at most 150 a night."),
            ("Going", "Trains are preferred over planes."),
            ("", ""),
        ];
        Likeness::of(clauses.into_iter()).to(question)
    }

    #[test]
    fn the_clause_of_like_words_is_the_nearest() {
        for (question, nearest, other) in [
            ("the lodging", 0, 1),
            ("by locomotive or aeroplane", 1, 0),
            ("going", 1, 0),
        ] {
            let found = like(question);
            assert!(
                found.words[nearest] > found.words[other],
                "{question}: {:?}",
                found.words
            );
            assert!(
                found.texts[nearest] > found.texts[other],
                "{question}: {:?}",
                found.texts
            );
        }
    }

    #[test]
    fn what_other_policies_speak_of_is_nearer_elsewhere() {
        for (question, here) in [
            ("a plane or trains", true),
            ("how old must the driver of a rental car be", false),
            ("a tent", false),
        ] {
            let own = like(question).words.into_iter().fold(0.0, f32::max);
            let other = elsewhere(question);
            assert!((own >= other) == here, "{question}: {own} {other}");
        }
        assert_eq!(elsewhere("of the 150"), 0.0);
    }

    #[test]
    fn every_line_of_the_list_names_something() {
        for (line, naming) in ELSEWHERE.lines().zip(&OF_OTHERS.naming) {
            assert!(!naming.is_empty(), "{line:?}");
        }
    }

    #[test]
    fn nothing_is_like_nothing() {
        let found = like("lodging");
        assert_eq!((found.words[2], found.texts[2]), (0.0, 0.0));
        for question in ["", "of the", "150"] {
            assert_eq!(like(question).words, [0.0; 3], "{question}");
        }
    }
}
