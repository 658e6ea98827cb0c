//! Under which code an exception is booked in the accounts.

use events_schema::rows::ExceptionKind;

use super::read::Read;
use super::sentences::Sentence;
use crate::draft::proposal::ProposedRule;

/// "A1 for short notice, F1 for a fare above its cap": a code, and what it is for.
pub fn codes(clause: &Read<'_>) -> Vec<ProposedRule> {
    if !clause.says(&["code", "codes", "coded"]) {
        return Vec::new();
    }
    let mut rule = ProposedRule::new("reason_codes", &clause.clause.id, &clause.clause.text);
    for sentence in &clause.sentences {
        let starts: Vec<usize> = (0..sentence.tokens.len())
            .filter(|at| is_code(sentence, *at))
            .collect();
        for (position, at) in starts.iter().enumerate() {
            let end = starts.get(position + 1).copied().unwrap_or(sentence.tokens.len());
            let about = Sentence::of(&sentence.tokens[at + 2..end], String::new());
            if let Some(kind) = exception(&about) {
                rule.codes
                    .entry(kind)
                    .or_insert_with(|| sentence.tokens[*at].raw.clone());
            }
        }
    }
    if rule.codes.is_empty() {
        Vec::new()
    } else {
        vec![rule]
    }
}

fn is_code(sentence: &Sentence, at: usize) -> bool {
    let raw = &sentence.tokens[at].raw;
    let letters = raw
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let mixed =
        raw.bytes().any(|byte| byte.is_ascii_digit()) && raw.bytes().any(|byte| byte.is_ascii_uppercase());
    letters && mixed && sentence.tokens.get(at + 1).is_some_and(|next| next.word == "for")
}

fn exception(about: &Sentence) -> Option<ExceptionKind> {
    let kinds: [(&[&str], ExceptionKind); 7] = [
        (&["notice", "late", "advance"], ExceptionKind::AdvancePurchase),
        (
            &["hotel", "lodging", "room", "accommodation"],
            ExceptionKind::HotelCap,
        ),
        (&["cheapest", "lowest"], ExceptionKind::LowestLogicalFare),
        (&["fare", "ticket", "flight"], ExceptionKind::FareCap),
        (&["cabin", "class"], ExceptionKind::Cabin),
        (
            &["contract", "preferred", "airline", "supplier"],
            ExceptionKind::PreferredSuppliers,
        ),
        (&["refundable", "refund"], ExceptionKind::Refundability),
    ];
    kinds
        .iter()
        .find(|(words, _)| about.says(words))
        .map(|(_, kind)| *kind)
}
