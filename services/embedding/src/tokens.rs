//! Text as the tokens of the model's vocabulary (WordPiece): whole words, or the longest parts they are made of.

use std::collections::HashMap;

use deunicode::deunicode_char;

/// A token a line; parts within a word are marked by `##`.
const VOCABULARY: &str = include_str!("../model/vocabulary.txt");
/// Longer "words" are no words.
const LONGEST_WORD: usize = 100;

pub struct Vocabulary {
    rows: HashMap<&'static str, usize>,
    pub begin: usize,
    pub end: usize,
    unknown: usize,
}

impl Vocabulary {
    pub fn read() -> Self {
        let tokens = VOCABULARY.lines().enumerate();
        let rows: HashMap<&str, usize> = tokens.map(|(row, token)| (token, row)).collect();
        let row = |token| rows.get(token).copied().unwrap_or_default();
        Self {
            begin: row("[CLS]"),
            end: row("[SEP]"),
            unknown: row("[UNK]"),
            rows,
        }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// At most so many; what comes later is not read.
    pub fn tokens(&self, text: &str, most: usize) -> Vec<usize> {
        let mut tokens = Vec::new();
        let mut word = String::new();
        for letter in text.chars() {
            if tokens.len() >= most {
                break;
            }
            // Other alphabets and signs are spelt in this one; what cannot be is left out.
            for letter in deunicode_char(letter).unwrap_or_default().chars() {
                if letter.is_ascii_alphanumeric() {
                    word.push(letter.to_ascii_lowercase());
                    continue;
                }
                self.push(&mut tokens, &mut word);
                if letter.is_ascii_punctuation() {
                    word.push(letter);
                    self.push(&mut tokens, &mut word);
                }
            }
        }
        self.push(&mut tokens, &mut word);
        tokens.truncate(most);
        tokens
    }

    /// The word's tokens, and the word is begun anew.
    fn push(&self, tokens: &mut Vec<usize>, word: &mut String) {
        let before = tokens.len();
        let mut rest = word.as_str();
        while !rest.is_empty() && word.len() <= LONGEST_WORD {
            let Some((length, row)) = self.longest(rest, rest.len() == word.len()) else {
                break;
            };
            tokens.push(row);
            rest = &rest[length..];
        }
        if !rest.is_empty() {
            tokens.truncate(before);
            tokens.push(self.unknown);
        }
        word.clear();
    }

    fn longest(&self, word: &str, begins: bool) -> Option<(usize, usize)> {
        let mut key = String::from(if begins { "" } else { "##" });
        let mark = key.len();
        key.push_str(word);
        while key.len() > mark {
            if let Some(row) = self.rows.get(key.as_str()) {
                return Some((key.len() - mark, *row));
            }
            key.pop();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<&'static str> {
        let vocabulary = Vocabulary::read();
        let tokens = vocabulary.tokens(text, 8);
        let texts: Vec<&str> = VOCABULARY.lines().collect();
        tokens.into_iter().map(|row| texts[row]).collect()
    }

    #[test]
    fn words_are_cut_as_the_model_was_taught() {
        let (many, long) = ("a ".repeat(20), "a".repeat(101));
        for (text, expected) in [
            ("May I fly Business?", &["may", "i", "fly", "business", "?"][..]),
            ("per-diems", &["per", "-", "die", "##ms"]),
            ("Zürich café", &["zurich", "cafe"]),
            ("reimbursable", &["rei", "##mb", "##urs", "##able"]),
            ("", &[]),
            (&many, &["a"; 8]),
            (&long, &["[UNK]"]),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
