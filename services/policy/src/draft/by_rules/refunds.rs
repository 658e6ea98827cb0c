//! Above which price money must come back.

use events_schema::rows::LegKind;

use super::amounts::amounts;
use super::hotels::priced;
use super::read::{FLIGHT, HOTEL, MORE_THAN, REFUND, Read, approvers, or_first};
use super::sentences::Sentence;
use crate::draft::proposal::ProposedRule;

pub fn refundability(clause: &Read<'_>) -> Vec<ProposedRule> {
    let wanted = |sentence: &&Sentence| {
        let waived = sentence.says(&["non-refundable", "not refundable"]);
        sentence.says(&REFUND) && sentence.says(&MORE_THAN) && !waived
    };
    let rule = |sentence: &Sentence| {
        let amount = amounts(&sentence.tokens).into_iter().next()?;
        let legs = match (sentence.says(&HOTEL), sentence.says(&FLIGHT)) {
            (true, false) => LegKind::Stay,
            (false, true) => LegKind::Flight,
            _ => return None,
        };
        // Whoever the sentence names, else the first who is named behind it.
        let named = std::iter::once(sentence).chain(&clause.sentences).map(approvers);
        Some(ProposedRule {
            legs: Some(legs),
            approvals: or_first(
                named
                    .into_iter()
                    .find(|named| !named.is_empty())
                    .unwrap_or_default(),
            ),
            ..priced("refundability", clause, &sentence.text, &amount)
        })
    };
    clause.sentences.iter().filter(wanted).filter_map(rule).collect()
}
