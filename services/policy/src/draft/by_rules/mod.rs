//! Rules by patterns of how travel policies are worded, in English: the offline drafter, and what steps in where no model
//! answers. It drafts what is said in so many words and leaves the rest; what it drafts is judged like a model's.

mod advance;
mod amounts;
mod answers;
mod cabins;
mod codes;
mod fares;
mod hotels;
mod overage;
mod reach;
mod read;
mod refunds;
mod sentences;
mod special;
mod suppliers;
pub mod tokens;
pub mod unheld;
mod whereabouts;

use std::collections::BTreeMap;

use super::Data;
use super::proposal::{Proposal, ProposedRule};
use amounts::amounts;
use read::Read;

/// Of the policy: an approver may be silent, too.
const WHERE_SILENT: [&str; 12] = [
    "policy says nothing", "policy is silent", "rules are silent", "handbook is silent", "guide is silent",
    "document is silent", "does not say", "does not cover", "is not covered", "does not mention",
    "not covered by this policy", "no rule",
];

pub fn propose(data: &Data) -> Proposal {
    let mut read: Vec<Read<'_>> = data.clauses.iter().map(Read::of).collect();
    let silent = read.iter().find(|clause| clause.says(&WHERE_SILENT));
    let silent = silent.map(|clause| clause.clause.id.to_string());
    let mut rules: Vec<ProposedRule> = Vec::new();
    let mut hotels_under: Option<String> = None;
    for clause in &mut read {
        if silent.as_deref() == Some(clause.clause.id.as_str()) {
            continue;
        }
        clause.follows_hotels = hotels_under.is_some_and(|section| clause.is_beside(&section));
        let drafted = of_clause(clause);
        let hotels = drafted.iter().any(|rule| rule.kind == "hotel_cap");
        hotels_under = hotels.then(|| clause.clause.section.clone());
        rules.extend(drafted);
    }
    fares::without_overlaps(&mut rules);
    Proposal {
        currency: currency(&read),
        silent_clause: silent,
        rules,
    }
}

fn of_clause(clause: &Read<'_>) -> Vec<ProposedRule> {
    let drafters = [
        advance::advance_purchase,
        fares::fares,
        hotels::hotels,
        refunds::refundability,
        cabins::cabins,
        suppliers::lowest_fare,
        suppliers::preferred,
        suppliers::excluded,
        overage::by_overage,
        answers::sla,
        codes::codes,
    ];
    drafters.iter().flat_map(|draft| draft(clause)).collect()
}

/// The one most amounts are in; of equals, the first by its code.
fn currency(read: &[Read<'_>]) -> String {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for clause in read {
        let prose = clause
            .sentences
            .iter()
            .flat_map(|sentence| amounts(&sentence.tokens));
        let rows = clause.rows.iter().flat_map(|row| amounts(&row.tokens));
        for amount in prose.chain(rows) {
            *seen.entry(amount.currency.code().into()).or_default() += 1;
        }
    }
    let most = seen
        .iter()
        .max_by(|one, other| one.1.cmp(other.1).then(other.0.cmp(one.0)));
    most.map_or_else(|| "EUR".into(), |(code, _)| code.clone())
}
