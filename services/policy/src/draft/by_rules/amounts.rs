//! Amounts of money in a sentence, and which of its words belong to which of them.

use iso_currency::Currency;
use rust_decimal::Decimal;

use super::tokens::Token;

/// A bare number below this is no price.
const LEAST_BARE: u32 = 20;
/// Words before and behind a bare number that say what it is the price of.
const BEFORE: usize = 3;
const BEHIND: usize = 2;
const PREPOSITIONS: [&str; 9] = ["in", "for", "at", "within", "on", "inside", "outside", "a", "per"];
const JOINTS: [&str; 5] = ["and", "but", "while", "or", "nor"];

#[derive(Clone, Debug, PartialEq)]
pub struct Amount {
    /// Where it begins and ends among the tokens.
    pub at: usize,
    pub end: usize,
    pub value: Decimal,
    pub currency: Currency,
}

/// An amount with the words around it that are about it and about no other.
pub struct Figure {
    pub amount: Amount,
    pub words: Vec<Token>,
}

pub fn amounts(tokens: &[Token]) -> Vec<Amount> {
    let mut found: Vec<Amount> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Some(number) = token.number.filter(|_| is_written_in_digits(token)) else {
            continue;
        };
        let after = tokens.get(at + 1).and_then(|next| next.currency);
        let before = at.checked_sub(1).and_then(|before| tokens[before].currency);
        let free = |at: usize| found.last().is_none_or(|last| last.end <= at);
        // "$210 AUD": the sign says less than the code.
        let code = tokens
            .get(at + 2)
            .and_then(|code| code.currency.filter(|_| after.is_some() && code.raw.len() == 3));
        match (before, code.or(after)) {
            // "EUR 140 EUR" is nobody's; of "140 EUR 120" the currency stands behind.
            (Some(currency), _) if free(at - 1) => found.push(Amount::of(at - 1, at + 1, number, currency)),
            (_, Some(currency)) => {
                let end = at + 2 + usize::from(code.is_some());
                found.push(Amount::of(at, end, number, currency));
            }
            _ => {}
        }
    }
    found
}

/// Numbers without a currency too, where they follow what `qualifies` and all others are in one currency:
/// "Rome 160, Milan 170 (EUR)".
pub fn amounts_and_bare(
    tokens: &[Token],
    currency: Option<Currency>,
    qualifies: impl Fn(&[Token]) -> bool,
) -> Vec<Amount> {
    let mut found = amounts(tokens);
    let mut named: Vec<Currency> = tokens.iter().filter_map(|token| token.currency).collect();
    named.dedup();
    let currency = match named[..] {
        [] => currency,
        [only] => Some(only),
        _ => None,
    };
    let Some(currency) = currency else { return found };
    for (at, token) in tokens.iter().enumerate() {
        let number = token.number.filter(|number| *number >= Decimal::from(LEAST_BARE));
        let taken = found.iter().any(|amount| (amount.at..amount.end).contains(&at));
        let Some(number) = number.filter(|_| !taken && !is_in_date(tokens, at)) else {
            continue;
        };
        let before = &tokens[at.saturating_sub(BEFORE)..at];
        let behind = &tokens[at + 1..tokens.len().min(at + 1 + BEHIND)];
        let follows = qualifies(before) || before.last().is_some_and(|token| token.ends == Some(':'));
        let leads = token.ends.is_none() && qualifies(behind);
        if is_written_in_digits(token) && (follows || leads) {
            found.push(Amount::of(at, at + 1, number, currency));
        }
    }
    found.sort_by_key(|amount| amount.at);
    found
}

/// Whether a month stands beside it.
fn is_in_date(tokens: &[Token], at: usize) -> bool {
    let beside = [at.checked_sub(1), Some(at + 1)].into_iter().flatten();
    beside
        .filter_map(|at| tokens.get(at))
        .any(|token| token.month().is_some())
}

/// "An intercontinental one" is no amount.
fn is_written_in_digits(token: &Token) -> bool {
    token.raw.starts_with(|first: char| first.is_ascii_digit())
}

impl Amount {
    /// The word before it, and the one before that.
    pub fn behind<'a>(&self, tokens: &'a [Token]) -> (&'a str, &'a str) {
        let word = |back: usize| {
            self.at
                .checked_sub(back)
                .map_or("", |at| tokens[at].word.as_str())
        };
        (word(1), word(2))
    }

    fn of(at: usize, end: usize, value: Decimal, currency: Currency) -> Self {
        Self {
            at,
            end,
            value,
            currency,
        }
    }
}

/// Parts the tokens among the amounts. "In Paris 180 EUR, in Rome 170 EUR" has its places before them, "180 EUR in Paris and
/// 170 EUR in Rome" behind: what stands between two belongs to the first if that has nothing before it that
/// `qualifies` and something right behind it that does.
pub fn figures(tokens: &[Token], amounts: Vec<Amount>, qualifies: impl Fn(&[Token]) -> bool) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut start = 0;
    let nexts: Vec<usize> = amounts
        .iter()
        .skip(1)
        .map(|amount| amount.at)
        .chain([tokens.len()])
        .collect();
    for (amount, next) in amounts.into_iter().zip(nexts) {
        let before = &tokens[start..amount.at];
        let between = &tokens[amount.end..next];
        let closed = ends_part(&tokens[amount.end - 1]);
        let is_last = next == tokens.len();
        let first = if closed { 0 } else { first_joint(between, is_last) };
        let behind = !qualifies(before);
        let cut = if behind && is_last {
            between.len()
        } else if behind && qualifies(&between[..first]) {
            last_joint(between)
        } else {
            first
        };
        // "Outside the country: Mexico 140, Canada 180": what is before the colon is not the first's alone.
        let colon = before.iter().rposition(|token| token.ends == Some(':'));
        let listed = colon.map_or(before, |colon| &before[colon + 1..]);
        let before = if qualifies(listed) { listed } else { before };
        let words = before.iter().chain(&between[..cut]).cloned().collect();
        start = amount.end + cut;
        figures.push(Figure { amount, words });
    }
    figures
}

fn ends_part(token: &Token) -> bool {
    matches!(token.ends, Some(',' | ':' | ';' | ')'))
}

/// "March and April", "15 May and 15 September"
fn joins_months(tokens: &[Token]) -> bool {
    let next = || tokens.iter().skip(1);
    let day = next().next().is_some_and(|token| token.number.is_some());
    next().next().is_some_and(|token| token.month().is_some())
        || day && next().nth(1).is_some_and(|token| token.month().is_some())
}

/// Behind the first comma, or before the first "and". Without any, what has a preposition belongs to what is before it, and
/// what is last.
fn first_joint(between: &[Token], is_last: bool) -> usize {
    for (at, token) in between.iter().enumerate() {
        // "125 (London), 140 (Paris)": what is closed before the next amount is said of the one before.
        let aside = token.opens && between[at..].iter().any(|token| token.ends == Some(')'));
        let joins = JOINTS.contains(&token.word.as_str()) && !joins_months(&between[at..]);
        if token.opens && !aside || joins {
            return at;
        }
        if ends_part(token) {
            return at + 1;
        }
    }
    let prepared = between
        .iter()
        .any(|token| PREPOSITIONS.contains(&token.word.as_str()));
    if is_last || prepared { between.len() } else { 0 }
}

/// Behind the last comma, or before the last "and".
fn last_joint(between: &[Token]) -> usize {
    let closed = |at: usize| between[at..].iter().any(|token| token.ends == Some(')'));
    let open = (0..between.len()).find(|at| between[*at].opens && !closed(*at));
    if let Some(open) = open {
        return open;
    }
    for (at, token) in between.iter().enumerate().rev() {
        if ends_part(token) {
            return at + 1;
        }
        if token.opens || JOINTS.contains(&token.word.as_str()) && !joins_months(&between[at..]) {
            return at;
        }
    }
    between.len()
}
