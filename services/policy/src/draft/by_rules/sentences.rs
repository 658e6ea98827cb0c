//! Sentences and their parts, by their words.

use super::tokens::{Token, tokens};

/// Between a number and what it counts.
const BETWEEN: [&str; 9] = [
    "working", "calendar", "business", "full", "clear", "whole", "or", "more", "consecutive",
];

/// A sentence, or a part of one behind a semicolon.
#[derive(Clone, Debug)]
pub struct Sentence {
    /// As it stands in the clause.
    pub text: String,
    pub tokens: Vec<Token>,
    words: String,
}

impl Sentence {
    pub fn of(tokens: &[Token], text: String) -> Self {
        let words: Vec<&str> = tokens.iter().map(|token| token.word.as_str()).collect();
        Self {
            text,
            tokens: tokens.to_vec(),
            words: format!(" {} ", words.join(" ")),
        }
    }

    pub fn says(&self, phrases: &[&str]) -> bool {
        phrases
            .iter()
            .any(|phrase| self.words.contains(&format!(" {phrase} ")))
    }

    /// What stands behind the first of the phrases that is there.
    pub fn after(&self, phrases: &[&str]) -> Option<Sentence> {
        let ends = phrases.iter().filter_map(|phrase| {
            let length = phrase.split(' ').count();
            let mut windows = self.tokens.windows(length);
            let at = windows.position(|words| {
                words
                    .iter()
                    .map(|token| token.word.as_str())
                    .eq(phrase.split(' '))
            })?;
            Some((at, at + length))
        });
        let (_, end) = ends.min()?;
        Some(Sentence::of(&self.tokens[end..], self.text.clone()))
    }

    /// Parted at semicolons.
    pub fn parts(&self) -> Vec<Sentence> {
        split(&self.text, |_, mark, _| mark == ';')
    }

    /// Parted at semicolons, and at commas and "and" behind which something new `begins`, once what is before `holds` something.
    pub fn pieces(
        &self,
        begins: impl Fn(&[Token]) -> bool,
        holds: impl Fn(&Sentence) -> bool,
    ) -> Vec<Sentence> {
        let mut pieces = Vec::new();
        for Sentence { text, tokens, .. } in self.parts() {
            let mut start = 0;
            for at in 1..tokens.len() {
                let joint = tokens[at - 1].ends == Some(',') || tokens[at].word == "and";
                let before = || Sentence::of(&tokens[start..at], text.clone());
                if joint && begins(&tokens[at..]) && holds(&before()) {
                    pieces.push(before());
                    start = at;
                }
            }
            pieces.push(Sentence::of(&tokens[start..], text));
        }
        pieces
    }

    /// Numbers that stand before one of these words, both of "3 to 6 days" among them.
    pub fn numbers_of(&self, units: &[&str]) -> Vec<(usize, u32)> {
        let mut found = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            // "A week"
            let is_one = ["a", "an"].contains(&token.word.as_str())
                && self
                    .tokens
                    .get(at + 1)
                    .is_some_and(|next| units.contains(&next.word.as_str()));
            let Some(number) = token.whole().or(is_one.then_some(1)) else {
                continue;
            };
            let rest: Vec<&str> = self.tokens[at + 1..]
                .iter()
                .map(|next| next.word.as_str())
                .collect();
            let counted = rest
                .iter()
                .position(|word| units.contains(word))
                .is_some_and(|unit| rest[..unit].iter().all(|word| BETWEEN.contains(word)));
            let range = matches!(rest.as_slice(), ["to" | "and" | "or", _, unit, ..] | ["down", "to", _, unit, ..] if units.contains(unit))
                && self.tokens[at + 1..]
                    .iter()
                    .take(3)
                    .any(|next| next.number.is_some());
            if counted || range {
                found.push((at, number));
            }
        }
        found
    }

    pub fn number_of(&self, units: &[&str]) -> Option<u32> {
        self.numbers_of(units).first().map(|(_, number)| *number)
    }
}

/// Prose as sentences. A full stop ends one only before a capital, at the end, or between a long word and a number:
/// `approx. 20` goes on, `five hours. 5` does not.
pub fn sentences(text: &str) -> Vec<Sentence> {
    split(text, |before, mark, next| {
        let word = before
            .trim_end_matches(')')
            .rsplit(' ')
            .next()
            .unwrap_or_default();
        let is_long =
            word.len() > LONGEST_SHORTENED && word.chars().all(char::is_alphabetic) && word != "approx";
        ".?!".contains(mark)
            && next
                .is_none_or(|next| next.is_uppercase() || (next.is_ascii_digit() || next == '+') && is_long)
    })
}

/// `max.`, `incl.`
const LONGEST_SHORTENED: usize = 4;

fn split(text: &str, is_end: impl Fn(&str, char, Option<char>) -> bool) -> Vec<Sentence> {
    let mut found = Vec::new();
    let mut start = 0;
    let marks: Vec<(usize, char)> = text.char_indices().collect();
    for (at, (offset, mark)) in marks.iter().enumerate() {
        let rest = &text[offset + mark.len_utf8()..];
        let next = rest.trim_start().chars().next();
        let apart = rest.is_empty() || rest.starts_with(char::is_whitespace);
        if apart && is_end(&text[start..*offset], *mark, next) || at + 1 == marks.len() {
            let end = offset + mark.len_utf8();
            let sentence = text[start..end].trim();
            if !sentence.is_empty() {
                found.push(Sentence::of(&tokens(sentence), sentence.into()));
            }
            start = end;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_before_a_capital() {
        let found =
            sentences("Up to 20 percent, approx. one fifth, is fine. Beyond that, ask; Finance decides.");
        let texts: Vec<&str> = found.iter().map(|sentence| sentence.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "Up to 20 percent, approx. one fifth, is fine.",
                "Beyond that, ask; Finance decides."
            ]
        );
        assert_eq!(found[1].parts().len(), 2);
        assert!(found[0].says(&["is fine"]) && !found[0].says(&["fin"]));
    }
}
