//! A clause's words, with the numbers and currencies among them, and its sentences.

use deunicode::deunicode;
use iso_currency::Currency;
use rust_decimal::Decimal;

const NUMBERS: [(&str, u32); 17] = [
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("fourteen", 14),
    ("fifteen", 15),
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
];
const SIGNS: [(char, Currency); 4] = [
    ('€', Currency::EUR),
    ('$', Currency::USD),
    ('£', Currency::GBP),
    ('¥', Currency::JPY),
];
const WORDS_FOR_MONEY: [(&str, Currency); 6] = [
    ("euro", Currency::EUR),
    ("euros", Currency::EUR),
    ("dollar", Currency::USD),
    ("dollars", Currency::USD),
    ("pounds", Currency::GBP),
    ("francs", Currency::CHF),
];

#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// As written, without what encloses or ends it.
    pub raw: String,
    /// In lower case.
    pub word: String,
    pub number: Option<Decimal>,
    pub currency: Option<Currency>,
    /// What follows it: `,`, `;`, `.` and the like.
    pub ends: Option<char>,
}

impl Token {
    fn of(raw: &str, ends: Option<char>) -> Self {
        let word = raw.to_lowercase();
        let code = (raw.len() == 3 && raw.bytes().all(|byte| byte.is_ascii_uppercase()))
            .then(|| Currency::from_code(raw))
            .flatten();
        let named = WORDS_FOR_MONEY.iter().find(|(name, _)| *name == word);
        let sign = SIGNS.iter().find(|(sign, _)| raw == sign.to_string());
        Self {
            number: number(&word),
            currency: code
                .or_else(|| named.map(|(_, currency)| *currency))
                .or_else(|| sign.map(|(_, currency)| *currency)),
            raw: raw.into(),
            word,
            ends,
        }
    }

    pub fn is_capital(&self) -> bool {
        self.raw.starts_with(char::is_uppercase)
    }

    pub fn whole(&self) -> Option<u32> {
        u32::try_from(self.number?).ok()
    }
}

/// In lower case and without accents, one blank between words: for finding words again.
pub fn plain(text: &str) -> String {
    let text = deunicode(text).to_lowercase();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for piece in text.split_whitespace() {
        let piece = piece.trim_start_matches(['(', '"', '\'', '“', '‘', '[']);
        let core = piece.trim_end_matches(['.', ',', ';', ':', ')', '"', '”', '’', ']', '?', '!']);
        let ends = piece[core.len()..].chars().find(|mark| ".,;:?!".contains(*mark));
        take(&core.replace('’', "'"), ends, &mut tokens);
    }
    tokens
}

/// `€140`, `140€` and `20%` are two words each.
fn take(core: &str, ends: Option<char>, tokens: &mut Vec<Token>) {
    let is_number = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
    let parted = SIGNS.iter().find_map(|(sign, _)| {
        let (before, after) = (core.strip_suffix(*sign), core.strip_prefix(*sign));
        let (number, sign) = (before.or(after)?, sign.to_string());
        is_number(number).then(|| (number.to_owned(), sign))
    });
    let percent = core.strip_suffix('%').filter(|number| is_number(number));
    if let Some((number, sign)) = parted {
        tokens.push(Token::of(&number, None));
        tokens.push(Token::of(&sign, ends));
    } else if let Some(number) = percent {
        tokens.push(Token::of(number, None));
        tokens.push(Token::of("percent", ends));
    } else if !core.is_empty() {
        tokens.push(Token::of(core, ends));
    }
}

/// `1,800`, `1,800.00`, `1.800,00`, `14` and `fourteen`.
fn number(word: &str) -> Option<Decimal> {
    if let Some((_, value)) = NUMBERS.iter().find(|(name, _)| *name == word) {
        return Some(Decimal::from(*value));
    }
    if !word.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let mark = word.rfind([',', '.']);
    let decimals = mark.map_or(0, |mark| word.len() - mark - 1);
    let cleaned = match mark {
        // A mark before three digits parts thousands, any other parts the cents.
        Some(_) if decimals == 3 => word.replace([',', '.'], ""),
        Some(mark) => format!("{}.{}", word[..mark].replace([',', '.'], ""), &word[mark + 1..]),
        None => word.into(),
    };
    cleaned.parse().ok()
}

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

    /// Parted at semicolons.
    pub fn parts(&self) -> Vec<Sentence> {
        split(&self.text, |mark, _| mark == ';')
    }

    /// Numbers that stand before one of these words, both of "3 to 6 days" among them.
    pub fn numbers_of(&self, units: &[&str]) -> Vec<(usize, u32)> {
        let mut found = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            let Some(number) = token.whole() else { continue };
            let rest: Vec<&str> = self.tokens[at + 1..]
                .iter()
                .map(|next| next.word.as_str())
                .collect();
            let range = matches!(rest.as_slice(), ["to" | "and" | "or", _, unit, ..] if units.contains(unit))
                && self.tokens.get(at + 2).is_some_and(|next| next.number.is_some());
            if rest.first().is_some_and(|unit| units.contains(unit)) || range {
                found.push((at, number));
            }
        }
        found
    }

    pub fn number_of(&self, units: &[&str]) -> Option<u32> {
        self.numbers_of(units).first().map(|(_, number)| *number)
    }
}

/// Prose as sentences. A full stop ends one only before a capital or at the end: `approx. 20` goes on.
pub fn sentences(text: &str) -> Vec<Sentence> {
    split(text, |mark, next| {
        ".?!".contains(mark) && next.is_none_or(char::is_uppercase)
    })
}

fn split(text: &str, is_end: impl Fn(char, Option<char>) -> bool) -> Vec<Sentence> {
    let mut found = Vec::new();
    let mut start = 0;
    let marks: Vec<(usize, char)> = text.char_indices().collect();
    for (at, (offset, mark)) in marks.iter().enumerate() {
        let rest = &text[offset + mark.len_utf8()..];
        let next = rest.trim_start().chars().next();
        let apart = rest.is_empty() || rest.starts_with(char::is_whitespace);
        if apart && is_end(*mark, next) || at + 1 == marks.len() {
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
    fn numbers_and_currencies_are_read_as_people_write_them() {
        let read = |text: &str| {
            let tokens = tokens(text);
            let number = tokens.iter().find_map(|token| token.number);
            let currency = tokens.iter().find_map(|token| token.currency);
            (
                number.map(|number| number.to_string()),
                currency.map(|currency| currency.code().to_owned()),
            )
        };
        for (text, number, currency) in [
            ("at most 1,800 EUR a person", "1800", Some("EUR")),
            ("1,800.50 USD.", "1800.50", Some("USD")),
            ("bis 1.800,00 €", "1800.00", Some("EUR")),
            ("(£220)", "220", Some("GBP")),
            ("99.95 dollars", "99.95", Some("USD")),
            ("under six hours", "6", None),
            ("20% more", "20", None),
        ] {
            assert_eq!(
                read(text),
                (Some(number.into()), currency.map(String::from)),
                "{text}"
            );
        }
    }

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
