//! Rules by patterns of how travel policies are worded, in English: the offline drafter, and what steps in where no model
//! answers. It drafts what is said in so many words and leaves the rest; what it drafts is judged like a model's.

mod approvals;
mod cabins;
mod caps;
mod read;
mod suppliers;
pub mod tokens;

use std::collections::BTreeMap;

use super::Data;
use super::proposal::{Proposal, ProposedRule};
use caps::amounts;
use read::Read;

const WHERE_SILENT: [&str; 8] = [
    "says nothing",
    "is silent",
    "does not say",
    "does not cover",
    "is not covered",
    "does not mention",
    "not covered by this policy",
    "no rule",
];

pub fn propose(data: &Data) -> Proposal {
    let read: Vec<Read<'_>> = data.clauses.iter().map(Read::of).collect();
    let silent = read.iter().find(|clause| clause.says(&WHERE_SILENT));
    let silent = silent.map(|clause| clause.clause.id.to_string());
    let rules = read
        .iter()
        .filter(|clause| silent.as_deref() != Some(clause.clause.id.as_str()))
        .flat_map(of_clause)
        .collect();
    Proposal {
        currency: currency(&read),
        silent_clause: silent,
        rules,
    }
}

fn of_clause(clause: &Read<'_>) -> Vec<ProposedRule> {
    let drafters = [
        approvals::advance_purchase,
        caps::fares,
        caps::hotels,
        caps::refundability,
        cabins::cabins,
        suppliers::lowest_fare,
        suppliers::preferred,
        suppliers::excluded,
        approvals::by_overage,
        approvals::sla,
        approvals::codes,
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
