//! A clause's words, with the numbers and currencies among them, and its sentences.

use deunicode::deunicode;
use iso_currency::Currency;
use rust_decimal::Decimal;

const UNITS: [(&str, &str); 4] = [
    ("hour", "hours"),
    ("minute", "minutes"),
    ("day", "days"),
    ("week", "weeks"),
];
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
/// The longer before those they end with.
const SIGNS: [(&str, Currency); 14] = [
    ("US$", Currency::USD),
    ("CA$", Currency::CAD),
    ("NZ$", Currency::NZD),
    ("HK$", Currency::HKD),
    ("A$", Currency::AUD),
    ("C$", Currency::CAD),
    ("S$", Currency::SGD),
    ("R$", Currency::BRL),
    ("€", Currency::EUR),
    ("$", Currency::USD),
    ("£", Currency::GBP),
    ("¥", Currency::JPY),
    ("₹", Currency::INR),
    ("zł", Currency::PLN),
];
const COMPARED: [(&str, &str); 6] = [
    ("<", "under"),
    (">", "over"),
    ("≤", "under"),
    ("≥", "over"),
    ("<=", "under"),
    (">=", "over"),
];
/// Only before a number: `R1,800`.
const RAND: (&str, Currency) = ("R", Currency::ZAR);
/// `R1` is no price.
const RAND_DIGITS: usize = 3;
const WORDS_FOR_MONEY: [(&str, Currency); 14] = [
    ("rs", Currency::INR),
    ("euro", Currency::EUR),
    ("euros", Currency::EUR),
    ("dollar", Currency::USD),
    ("dollars", Currency::USD),
    ("pound", Currency::GBP),
    ("pounds", Currency::GBP),
    ("francs", Currency::CHF),
    ("kronor", Currency::SEK),
    ("yen", Currency::JPY),
    ("rupees", Currency::INR),
    ("zloty", Currency::PLN),
    ("rand", Currency::ZAR),
    ("rmb", Currency::CNY),
];

/// With their days; February as it mostly is.
pub const MONTHS: [(&str, u8); 12] = [
    ("january", 31),
    ("february", 28),
    ("march", 31),
    ("april", 30),
    ("may", 31),
    ("june", 30),
    ("july", 31),
    ("august", 31),
    ("september", 30),
    ("october", 31),
    ("november", 30),
    ("december", 31),
];

#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// As written, without what encloses or ends it.
    pub raw: String,
    /// In lower case.
    pub word: String,
    pub number: Option<Decimal>,
    pub currency: Option<Currency>,
    /// What follows it: `,`, `;`, `.`, `)` and the like.
    pub ends: Option<char>,
    /// It stands behind an opening parenthesis.
    pub opens: bool,
}

impl Token {
    fn of(raw: &str, ends: Option<char>) -> Self {
        let word = raw.to_lowercase();
        let code = (raw.len() == 3 && raw.bytes().all(|byte| byte.is_ascii_uppercase()))
            .then(|| Currency::from_code(raw))
            .flatten();
        let named = WORDS_FOR_MONEY.iter().find(|(name, _)| *name == word);
        let sign = SIGNS.iter().find(|(sign, _)| raw == *sign);
        Self {
            number: number(&word),
            currency: code
                .or_else(|| named.map(|(_, currency)| *currency))
                .or_else(|| sign.map(|(_, currency)| *currency)),
            raw: raw.into(),
            word,
            ends,
            opens: false,
        }
    }

    pub fn is_capital(&self) -> bool {
        self.raw.starts_with(char::is_uppercase)
    }

    /// From 0, if it is one.
    pub fn month(&self) -> Option<usize> {
        let months = || MONTHS.iter().position(|(month, _)| *month == self.word);
        self.is_capital().then(months).flatten()
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
    let mut tokens: Vec<Token> = Vec::new();
    for piece in text.split_whitespace() {
        let opened = piece.trim_start_matches(['(', '"', '\'', '“', '‘', '[']);
        let core = opened.trim_end_matches(['.', ',', ';', ':', ')', '"', '\'', '”', '’', ']', '?', '!']);
        let ends = opened[core.len()..]
            .chars()
            .find(|mark| ".,;:?!)".contains(*mark));
        // `London 190 / Bristol 135`
        if ["/", "|", "•", "·"].contains(&core) {
            let last = tokens.last_mut().into_iter();
            last.for_each(|last| last.ends = last.ends.or(Some(',')));
            continue;
        }
        // `1 400`
        if let Some(last) = tokens.last_mut()
            && !piece.starts_with('(')
            && is_thousands(last, core)
        {
            *last = Token {
                ends,
                opens: last.opens,
                ..Token::of(&format!("{}{core}", last.raw), None)
            };
            continue;
        }
        if core == "cent" && tokens.last().is_some_and(|last| last.word == "per") {
            tokens.pop();
            tokens.push(Token::of("percent", ends));
            continue;
        }
        let first = tokens.len();
        take(&core.replace('’', "'"), ends, &mut tokens);
        if let Some(token) = tokens.get_mut(first) {
            token.opens = piece.starts_with('(');
        }
    }
    tokens
}

/// Whether `core` is the end of a number whose thousands stand apart.
fn is_thousands(last: &Token, core: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    core.len() == 3
        && digits(core)
        && last.ends.is_none()
        && digits(&last.raw)
        && (1..=3).contains(&last.raw.len())
}

/// `€140`, `140€` and `20%` are two words each, `€140/night`, `15–40` and `May–July` three or more.
fn take(core: &str, ends: Option<char>, tokens: &mut Vec<Token>) {
    let is_number = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
    let unsigned = core.strip_prefix(['+', '±']).filter(|number| is_number(number));
    let core = unsigned.unwrap_or(core);
    if let Some((left, word, right)) = joined(core) {
        take(left, None, tokens);
        tokens.push(Token::of(word, ends.filter(|_| right.is_empty())));
        take(right, ends, tokens);
        return;
    }
    let parted = SIGNS.iter().chain([&RAND]).find_map(|(sign, _)| {
        let after = core.strip_suffix(*sign).filter(|number| is_number(number));
        let before = core.strip_prefix(*sign).filter(|number| is_number(number));
        let digits = |number: &&str| number.bytes().filter(u8::is_ascii_digit).count();
        let is_rand = |number: &&str| *sign != RAND.0 || digits(number) >= RAND_DIGITS;
        Some((
            after.filter(|_| *sign != RAND.0).or(before.filter(is_rand))?,
            *sign,
        ))
    });
    let percent = core.strip_suffix('%').filter(|number| is_number(number));
    if let Some((number, sign)) = parted {
        tokens.push(Token::of(number, None));
        let mut sign = Token::of(sign, ends);
        if sign.raw == RAND.0 {
            sign.currency = Some(RAND.1);
        }
        tokens.push(sign);
    } else if let Some(number) = percent {
        tokens.push(Token::of(number, None));
        tokens.push(Token::of("percent", ends));
    } else if let Some((_, word)) = COMPARED.iter().find(|(sign, _)| core == *sign) {
        tokens.push(Token::of(word, ends));
    } else if core == "%" {
        tokens.push(Token::of("percent", ends));
    } else if !core.is_empty() {
        tokens.push(Token::of(core, ends));
    }
}

/// Two words that a mark joins, with the word it stands for.
fn joined(core: &str) -> Option<(&str, &'static str, &str)> {
    let starts = |text: &str, is: fn(char) -> bool| text.starts_with(is);
    if let Some((left, right)) = core.split_once('/')
        && left.ends_with(|last: char| last.is_ascii_digit() || !last.is_ascii())
        && starts(right, char::is_alphabetic)
    {
        return Some((left, "per", right));
    }
    let is_month = |text: &str| MONTHS.iter().any(|(month, _)| text.eq_ignore_ascii_case(month));
    if let Some((left, right)) = core.split_once('-')
        && is_month(left)
        && is_month(right)
    {
        return Some((left, "to", right));
    }
    // `5h`
    if let Some(left) = core
        .strip_suffix('h')
        .filter(|left| !left.is_empty() && left.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Some((left, "hours", ""));
    }
    // `three-hour`
    if let Some((left, right)) = core.split_once('-')
        && number(&left.to_lowercase()).is_some()
        && let Some((_, plural)) = UNITS.iter().find(|(unit, _)| *unit == right)
    {
        return Some((left, plural, ""));
    }
    if let Some((left, right)) = core.split_once('-')
        && [left, right]
            .iter()
            .all(|side| !side.is_empty() && side.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Some((left, "to", right));
    }
    let (left, right) = core.split_once(['–', '—'])?;
    let alike = left.ends_with(char::is_alphanumeric) && starts(right, char::is_alphanumeric);
    alike.then_some((left, "to", right))
}

/// `1,800`, `1,800.00`, `1.800,00`, `14` and `fourteen`.
fn number(word: &str) -> Option<Decimal> {
    if let Some((_, value)) = NUMBERS.iter().find(|(name, _)| *name == word) {
        return Some(Decimal::from(*value));
    }
    if !word.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let word = &word.replace('\'', "");
    let mark = word.rfind([',', '.']);
    let decimals = mark.map_or(0, |mark| word.len() - mark - 1);
    let cleaned = match mark {
        // A mark before three digits parts thousands, any other parts the cents.
        Some(_) if decimals == 3 => word.replace([',', '.'], ""),
        Some(mark) => format!("{}.{}", word[..mark].replace([',', '.'], ""), &word[mark + 1..]),
        None => word.clone(),
    };
    cleaned.parse().ok()
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
}
