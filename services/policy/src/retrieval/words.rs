//! Text as words, and words as stems. English; letters of other alphabets are transliterated.

use deunicode::deunicode;
use rust_stemmers::{Algorithm, Stemmer};

/// Function words: they shape a sentence and name nothing.
const STOP_WORDS: &str = "a an am and are as at be been being but by can cannot could couldn did didn do does doesn doing don \
    for from had has hasn have haven having he her here hers him his how i if in into is isn it its just me my no nor not \
    now of off on once only or our ours out she should shouldn so some such than that the their theirs them then these \
    they this those to under until up us was wasn we were what when where which while who whose why will with won would \
    wouldn you your yours s t ll re ve also all any both few more much many own per please there";

const NUMBERS: &str = "one two three four five six seven eight nine ten eleven twelve fourteen fifteen twenty thirty forty \
    fifty sixty hundred thousand first second third half";

/// Their stems are words of another meaning: a training is no train.
const KEPT_WHOLE: &[&str] = &[
    "training", "trainings", "rated", "boarding", "officer", "officers",
];

/// The words of a text in lower case, in order, each with whether it was capitalised.
pub fn words(text: &str) -> Vec<Word> {
    deunicode(text)
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| Word {
            capital: word.starts_with(|letter: char| letter.is_ascii_uppercase()),
            text: word.to_ascii_lowercase(),
        })
        .collect()
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    pub capital: bool,
}

impl Word {
    pub fn is_stop(&self) -> bool {
        self.text.len() < 2 || STOP_WORDS.split_ascii_whitespace().any(|stop| stop == self.text)
    }

    pub fn is_number(&self) -> bool {
        self.text.starts_with(|letter: char| letter.is_ascii_digit())
            || NUMBERS.split_ascii_whitespace().any(|number| number == self.text)
    }

    pub fn stem(&self) -> String {
        if KEPT_WHOLE.contains(&self.text.as_str()) {
            return self.text.clone();
        }
        Stemmer::create(Algorithm::English).stem(&self.text).into_owned()
    }
}

/// The stems of all words, stop words among them: phrases hold some.
pub fn stems(text: &str) -> Vec<String> {
    words(text).iter().map(Word::stem).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_have_one_stem() {
        for (one, other) in [
            ("approval", "approved"),
            ("cancellations", "cancel"),
            ("reimbursement", "reimburse"),
            ("Überraschung", "uberraschung"),
        ] {
            assert_eq!(stems(one), stems(other), "{one} / {other}");
        }
        assert_eq!(stems("the of and"), ["the", "of", "and"]);
        assert!(words("the of I").iter().all(Word::is_stop));
    }
}
