//! Text cut into words, numbers and marks, and the smallest parsers over them.
//!
//! Everything above this file works on tokens, so that case, spacing and exotic dashes are dealt with once.

use winnow::Parser;
use winnow::combinator::{not, opt};
use winnow::error::EmptyError;
use winnow::token::any;

pub type Parsed<O> = Result<O, EmptyError>;
pub type Tokens<'a> = &'a [Token<'a>];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Letters, with apostrophes inside.
    Word,
    /// ASCII digits.
    Number,
    /// Any other single character.
    Mark,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    pub text: &'a str,
    pub kind: Kind,
    /// No white space stands before it.
    pub glued: bool,
    /// Byte offset in the cleaned text.
    pub at: usize,
}

impl Token<'_> {
    pub fn end(&self) -> usize {
        self.at + self.text.len()
    }

    pub fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    pub fn is_capitalised(&self) -> bool {
        self.kind == Kind::Word && self.text.chars().next().is_some_and(char::is_uppercase)
    }
}

/// Makes dashes and quotes plain and drops what has no width: direction marks and joiners must not hide a word.
pub fn clean(text: &str) -> String {
    text.chars().filter_map(plain).collect()
}

fn plain(c: char) -> Option<char> {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Some('-'),
        '\u{2018}' | '\u{2019}' | '\u{02bc}' => Some('\''),
        '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{feff}' => None,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => None,
        c if c.is_whitespace() => Some(' '),
        c if c.is_control() => None,
        c => Some(c),
    }
}

/// Cuts a cleaned text into tokens.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut glued = false;
    while let Some(first) = rest.chars().next() {
        if first == ' ' {
            rest = &rest[1..];
            glued = false;
            continue;
        }
        let kind = kind_of(first);
        let length = match kind {
            Kind::Word => word_length(rest),
            Kind::Number => rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()),
            Kind::Mark => first.len_utf8(),
        };
        let at = text.len() - rest.len();
        tokens.push(Token {
            text: &rest[..length],
            kind,
            glued,
            at,
        });
        rest = &rest[length..];
        glued = true;
    }
    tokens
}

fn kind_of(c: char) -> Kind {
    match c {
        c if c.is_ascii_digit() => Kind::Number,
        c if c.is_alphabetic() => Kind::Word,
        _ => Kind::Mark,
    }
}

/// An apostrophe belongs to the word it stands inside of (`I'd`, `Côte d'Azur`), a combining accent to its letter.
fn word_length(text: &str) -> usize {
    let mut previous_letter = false;
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let next_letter = characters.peek().is_some_and(|(_, next)| next.is_alphabetic());
        let inside = c.is_alphabetic() || is_combining(c) || (c == '\'' && previous_letter && next_letter);
        if !inside {
            return at;
        }
        previous_letter = c.is_alphabetic();
    }
    text.len()
}

fn is_combining(c: char) -> bool {
    ('\u{0300}'..='\u{036f}').contains(&c)
}

pub fn fail<O>() -> Parsed<O> {
    Err(EmptyError)
}

pub fn token<'a>(test: impl Fn(&Token<'a>) -> bool) -> impl Fn(&mut Tokens<'a>) -> Parsed<Token<'a>> {
    move |input| any.verify(|token: &Token<'a>| test(token)).parse_next(input)
}

pub fn mark<'a>(c: char) -> impl Fn(&mut Tokens<'a>) -> Parsed<Token<'a>> {
    token(move |token| token.kind == Kind::Mark && token.text.starts_with(c))
}

/// A mark with no white space before it.
pub fn glued_mark<'a>(c: char) -> impl Fn(&mut Tokens<'a>) -> Parsed<Token<'a>> {
    token(move |token| token.glued && token.kind == Kind::Mark && token.text.starts_with(c))
}

/// One of some wordings, in any case; `one way` also matches `one-way`. List longer wordings first.
pub fn phrase<'a>(wordings: &'static [&'static str]) -> impl Fn(&mut Tokens<'a>) -> Parsed<&'static str> {
    move |input| {
        let start = *input;
        for wording in wordings {
            if wording_matches(wording, input) {
                return Ok(wording);
            }
            *input = start;
        }
        fail()
    }
}

fn wording_matches(wording: &str, input: &mut Tokens<'_>) -> bool {
    wording.split(' ').enumerate().all(|(index, word)| {
        if index > 0 {
            let _: Parsed<_> = opt(glued_mark('-')).parse_next(input);
        }
        token(|token| token.is(word)).parse_next(input).is_ok()
    })
}

/// Digits of a length that cannot overflow.
pub fn digits<'a>(least: usize, most: usize) -> impl Fn(&mut Tokens<'a>) -> Parsed<u32> {
    move |input| {
        token(|token| token.kind == Kind::Number && (least..=most).contains(&token.text.len()))
            .verify_map(|token| token.text.parse().ok())
            .parse_next(input)
    }
}

const NUMBER_WORDS: [&str; 21] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
];

/// Whatever is more than this is as unreasonable as this.
const LARGEST_COUNT: u32 = 9_999;

/// A small count in digits or words; `a` and `an` are one.
pub fn count(input: &mut Tokens<'_>) -> Parsed<u32> {
    let token = token(|token| token.kind != Kind::Mark).parse_next(input)?;
    if token.kind == Kind::Number {
        return Ok(token.text.parse().unwrap_or(LARGEST_COUNT).min(LARGEST_COUNT));
    }
    if token.is("a") || token.is("an") {
        return Ok(1);
    }
    match NUMBER_WORDS.iter().position(|word| token.is(word)) {
        Some(number) => Ok(number as u32),
        None => fail(),
    }
}

/// Succeeds, without consuming, where `parser` would not match.
pub fn unless<'a, O>(
    parser: impl Parser<Tokens<'a>, O, EmptyError>,
) -> impl Parser<Tokens<'a>, (), EmptyError> {
    not(parser)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        let clean = clean(text);
        tokens(&clean)
            .iter()
            .map(|token| token.text.to_string())
            .collect()
    }

    #[test]
    fn words_numbers_and_marks_come_apart() {
        assert_eq!(
            texts("I'd go 3rd–5th, €1,200!"),
            [
                "I'd", "go", "3", "rd", "-", "5", "th", ",", "€", "1", ",", "200", "!"
            ]
        );
    }

    #[test]
    fn invisible_characters_do_not_hide_a_word() {
        assert_eq!(
            texts("Ber\u{200b}lin \u{202e}to\u{a0}Lis\u{ad}bon"),
            ["Berlin", "to", "Lisbon"]
        );
    }

    #[test]
    fn a_hyphen_may_join_the_words_of_a_wording() {
        let tokens = tokens("One-way trip");
        let mut input = tokens.as_slice();
        assert_eq!(phrase(&["one way"]).parse_next(&mut input), Ok("one way"));
        assert_eq!(input.len(), 1);
    }
}
