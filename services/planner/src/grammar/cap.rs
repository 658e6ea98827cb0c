//! Limits to what may be spent: `under 150 a night`, `€300 max`, `up to £90 per person`.

use events_schema::money::Money;
use iso_currency::Currency;
use rust_decimal::Decimal;
use winnow::Parser;
use winnow::combinator::{alt, opt, preceded};

use super::token::{Kind, Parsed, Token, Tokens, fail, mark, phrase, token, unless};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    pub amount: Money,
    /// What it is for, where that is said.
    pub per: Option<Per>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    Night,
    Person,
    Everything,
}

/// A limit; an amount without a currency is in `currency`.
pub fn cap<'a>(currency: Currency) -> impl Fn(&mut Tokens<'a>) -> Parsed<Cap> {
    move |input| {
        alt((
            |input: &mut _| introduced(currency, input),
            |input: &mut _| followed(currency, input),
        ))
        .parse_next(input)
    }
}

/// What an amount is for, said alone: the answer to "for a night, or for the flights?".
pub fn per(input: &mut Tokens<'_>) -> Parsed<Per> {
    let night = phrase(&[
        "per room per night", "per room and night", "a room a night", "per night", "a night", "each night",
        "every night", "nightly", "pn", "/ night", "night",
    ]);
    let person = phrase(&[
        "per person", "a person", "per head", "a head", "per traveller", "per passenger", "each", "pp",
    ]);
    let everything = phrase(&[
        "in total", "total", "altogether", "all in", "overall", "for everything", "for the whole trip",
        "for the whole stay", "for all of us",
    ]);
    let slashed_night = (mark('/'), phrase(&["night", "nt"]));
    let slashed_person = (mark('/'), phrase(&["person", "pax"]));
    alt((
        night.value(Per::Night),
        slashed_night.value(Per::Night),
        person.value(Per::Person),
        slashed_person.value(Per::Person),
        everything.value(Per::Everything),
    ))
    .parse_next(input)
}

fn introduced(currency: Currency, input: &mut Tokens<'_>) -> Parsed<Cap> {
    let words = phrase(&[
        "no more than", "not more than", "less than", "cheaper than", "up to", "at most", "not over",
        "not above", "not exceeding", "capped at", "cap of", "limit of", "a maximum of", "maximum of",
        "max of", "maximum", "max", "below", "under", "within a budget of", "budget of", "budget is",
        "budget", "within", "limit",
    ]);
    alt((words.void(), mark('<').void())).parse_next(input)?;
    opt(alt((mark('.'), mark(':'), mark('=')))).parse_next(input)?;
    let (amount, explicit) = amount(currency, input)?;
    if !explicit {
        not_something_else(input)?;
    }
    Ok(Cap {
        amount,
        per: opt(per).parse_next(input)?,
    })
}

fn followed(currency: Currency, input: &mut Tokens<'_>) -> Parsed<Cap> {
    let (amount, _) = amount(currency, input)?;
    let most = |input: &mut Tokens<'_>| {
        preceded(
            opt(mark(',')),
            phrase(&[
                "maximum", "max", "or less", "at most", "tops", "or below", "or under",
            ]),
        )
        .parse_next(input)
    };
    if opt(most).parse_next(input)?.is_some() {
        return Ok(Cap {
            amount,
            per: opt(per).parse_next(input)?,
        });
    }
    // Without a word for "at most", only a price for a night is a limit: "a room at 120 a night".
    let per = per.verify(|per| *per == Per::Night).parse_next(input)?;
    opt(most).parse_next(input)?;
    Ok(Cap {
        amount,
        per: Some(per),
    })
}

/// `up to 3 nights` and `under 2 hours` limit something other than money.
fn not_something_else(input: &mut Tokens<'_>) -> Parsed<()> {
    unless(phrase(&[
        "h", "hrs", "hours", "hour", "minutes", "minute", "mins", "min", "days", "day", "nights", "weeks",
        "week", "months", "month", "stops", "stop", "changes", "people", "persons", "travellers", "guests",
        "stars", "star", "km", "kilometres", "kilometers", "miles", "metres", "meters", "am", "pm", "of us",
        "percent",
    ]))
    .parse_next(input)?;
    unless(alt((mark('%'), mark(':')))).parse_next(input)
}

/// An amount, and whether its currency was given.
fn amount(default: Currency, input: &mut Tokens<'_>) -> Parsed<(Money, bool)> {
    let before = opt(currency).parse_next(input)?;
    let value = number.parse_next(input)?;
    let after = if before.is_none() {
        opt(currency).parse_next(input)?
    } else {
        None
    };
    let currency = before.or(after);
    Ok((Money::new(value, currency.unwrap_or(default)), currency.is_some()))
}

fn currency(input: &mut Tokens<'_>) -> Parsed<Currency> {
    let token = token(|_| true).parse_next(input)?;
    let lower = token.text.to_ascii_lowercase();
    let named = match lower.as_str() {
        "€" | "euro" | "euros" => Some(Currency::EUR),
        "£" | "pound" | "pounds" | "quid" => Some(Currency::GBP),
        "$" | "dollar" | "dollars" => Some(Currency::USD),
        "¥" | "yen" => Some(Currency::JPY),
        "franc" | "francs" | "sfr" => Some(Currency::CHF),
        "zloty" | "zł" => Some(Currency::PLN),
        _ => None,
    };
    // In lower case only codes that are no English words: `try` and `all` are currencies, too.
    let common = [
        "eur", "usd", "gbp", "chf", "sek", "nok", "dkk", "pln", "jpy", "czk", "cad", "aud",
    ];
    let is_code = token.text.chars().all(|c| c.is_ascii_uppercase()) || common.contains(&lower.as_str());
    let code = || {
        if is_code && lower.len() == 3 {
            Currency::from_code(&lower.to_ascii_uppercase())
        } else {
            None
        }
    };
    match named.or_else(code) {
        Some(currency) => Ok(currency),
        None => fail(),
    }
}

/// `150`, `149.90`, `1,200`, `1.200,50`, `2k`: at most nine digits before the decimal sign.
fn number(input: &mut Tokens<'_>) -> Parsed<Decimal> {
    let mut groups = vec![token(|token| token.kind == Kind::Number).parse_next(input)?.text];
    let mut cents = None;
    while let [sign, group, ..] = input
        && sign.glued
        && group.glued
        && group.kind == Kind::Number
        && cents.is_none()
    {
        match (sign.text, group.text.len()) {
            ("," | "." | "'", 3) => groups.push(group.text),
            ("," | ".", 1 | 2) => cents = Some(group.text),
            _ => break,
        }
        *input = &input[2..];
    }
    let thousand = opt(token(|token: &Token<'_>| token.glued && token.is("k")))
        .parse_next(input)?
        .is_some();
    let whole = groups.concat();
    if whole.len() > 9 {
        return fail();
    }
    let written = format!("{whole}.{}", cents.unwrap_or("0"));
    match written.parse::<Decimal>() {
        Ok(value) => Ok((value * Decimal::from(if thousand { 1000 } else { 1 })).normalize()),
        Err(_) => fail(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::token::{clean, tokens};

    fn reads(text: &str) -> Option<(String, Option<Per>)> {
        let clean = clean(text);
        let tokens = tokens(&clean);
        cap(Currency::EUR)(&mut tokens.as_slice())
            .ok()
            .map(|cap| (cap.amount.to_string(), cap.per))
    }

    #[test]
    fn limits_can_be_written_in_many_ways() {
        for (text, amount, per) in [
            ("under 150 a night", "150.00 EUR", Some(Per::Night)),
            ("max €149.90/night", "149.90 EUR", Some(Per::Night)),
            ("at most £1,200 in total", "1200.00 GBP", Some(Per::Everything)),
            ("up to 1.200,50 EUR", "1200.50 EUR", None),
            ("$90 per night", "90.00 USD", Some(Per::Night)),
            ("300 CHF max per person", "300.00 CHF", Some(Per::Person)),
            ("below 2k", "2000.00 EUR", None),
        ] {
            assert_eq!(reads(text), Some((amount.into(), per)), "{text}");
        }
    }

    #[test]
    fn other_limits_are_not_money() {
        for text in [
            "up to 3 nights", "under 2 hours", "max 2 people", "150", "$90", "under 99999999999",
        ] {
            assert_eq!(reads(text), None, "{text}");
        }
    }
}
