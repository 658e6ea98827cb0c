//! Hostile input: whatever the words, reading them ends, and without a panic. It does not say what the reading is.

use events_schema::trip::TripFields;
use iso_currency::Currency;
use jiff::civil::{Date, date};
use planner::grammar::{Reference, Utterance, read};
use proptest::prelude::*;

const TODAY: Date = date(2026, 11, 21);

fn survives(texts: &[&str]) {
    let at = Reference {
        today: TODAY,
        currency: Currency::EUR,
    };
    let texts: Vec<Utterance<'_>> = texts.iter().map(|text| Utterance { text, on: TODAY }).collect();
    let _ = read(&texts, None, &at);
    let fields = TripFields {
        origin: texts.first().map(|first| first.text.into()),
        ..TripFields::default()
    };
    let _ = read(&texts, Some(&fields), &at);
}

/// Pieces the grammar has rules for, so that random sequences reach deep into it.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "from", "to", "Berlin", "lisbon", "BER", "the", "3", "31", "99999999999999999999", "-", "–",
        "December", "feb", "29", "2026", "9999", "next", "Tuesday", "week", "in", "two", "months", "days",
        "for", "nights", "under", "€", "$", "150", ".", ",", ":", "a night", "per person", "near",
        "Gare du Nord", "(", ")", "/", "before", "10", "am", "pm", "may", "I", "hotel", "flight", "only",
        "no", "return", "back", "on", "5th", "and me", "colleagues", "\u{202e}", "\u{200b}", "İ", "ß", "👩‍👩‍👧",
        "e\u{301}", "'", "Portland", "between", "and", "k", "00", "th",
    ]);
    (
        prop::collection::vec(piece, 0..40),
        prop::sample::select(vec![" ", ""]),
    )
        .prop_map(|(pieces, gap)| pieces.join(gap))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_characters(text in "\\PC{0,300}", answer in "\\PC{0,60}") {
        survives(&[&text, &answer]);
    }

    #[test]
    fn control_and_direction_characters(text in "[\\x00-\\x1f\u{200b}-\u{200f}\u{202a}-\u{202e}a-z0-9 -]{0,200}") {
        survives(&[&text]);
    }

    #[test]
    fn any_order_of_known_pieces(text in pieces(), answer in pieces()) {
        survives(&[&text, &answer, &text]);
    }
}

#[test]
fn long_texts_end_soon() {
    for piece in [
        "Berlin ", "3-", "from to ", "(((", "next ", "near near ", "a,", "9", "Portland, ", "\u{202e}x",
    ] {
        let text: String = piece.repeat(2_000 / piece.len());
        survives(&[&text]);
    }
}
