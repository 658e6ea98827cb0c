//! How well patterns draft rules from policies that nobody typed: every rule of every clause was written down by people
//! who read them (`drafts/README.md` says how), and what is drafted is held against that.

use std::collections::{BTreeMap, BTreeSet};

use events_schema::ids::PolicyVersion;
use rust_decimal::Decimal;

use super::notation::{in_order, is_expressible, notation};
use super::written;
use crate::draft::{Rates, by_patterns};
use crate::parser::Document;

/// Policies with what people found in them.
pub struct Set {
    pub name: &'static str,
    /// Policy, clause, heading and text, parted by tabs.
    clauses: &'static str,
    /// Of these only policies whose name begins so; all where it is empty.
    policies: &'static [char],
    /// Policy, clause and rule; `?` before a rule says that it may be drafted or not.
    rules: &'static str,
    /// The patterns were tuned on it, so that its clauses may be looked at.
    pub is_fitted: bool,
}

pub const SETS: [Set; 3] = [
    Set {
        name: "short policies",
        // Written to teach the sentence model; see there.
        clauses: include_str!("../../../embedding/model/taught/short-clauses.tsv"),
        policies: &['g', 'h', 'k', 'l', 'm', 'n', 'o', 'w', 'x'],
        rules: include_str!("../../drafts/short-rules.tsv"),
        is_fitted: true,
    },
    Set {
        name: "flights and hotels",
        clauses: include_str!("../../drafts/dense.tsv"),
        policies: &[],
        rules: include_str!("../../drafts/dense-rules.tsv"),
        is_fitted: true,
    },
    Set {
        name: "the same, held out",
        clauses: include_str!("../../drafts/held-out.tsv"),
        policies: &[],
        rules: include_str!("../../drafts/held-out-rules.tsv"),
        is_fitted: false,
    },
];

/// Currencies that may stand there as a sign or a word.
const SIGNED: [&str; 14] = [
    "EUR", "USD", "GBP", "CHF", "JPY", "CAD", "AUD", "NZD", "HKD", "SGD", "BRL", "INR", "PLN", "ZAR",
];

/// What a clause says in the notation of `drafts/README.md`.
type Rules = BTreeMap<(String, String), BTreeSet<String>>;

#[derive(Clone, Debug, Default)]
pub struct Score {
    pub clauses: usize,
    /// Rules that people found in the clauses,
    pub stated: usize,
    /// and of these the ones drafted.
    pub right: usize,
    /// Rules drafted that nobody found there.
    pub wrong: usize,
    /// A line for each rule wrong (`+`) or missing (`-`), with its clause; none of a set that is held out.
    pub differences: Vec<String>,
}

impl Score {
    /// The share of drafted rules that are right.
    pub fn precision(&self) -> f64 {
        self.right as f64 / (self.right + self.wrong).max(1) as f64
    }

    /// The share of stated rules that are drafted.
    pub fn recall(&self) -> f64 {
        self.right as f64 / self.stated.max(1) as f64
    }
}

pub fn evaluate(set: &Set) -> Score {
    let (mut stated, mut doubtful): (Rules, Rules) = Default::default();
    for line in set.rules.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let [policy, clause, rule] = columns[..] else {
            continue;
        };
        if !is_expressible(rule) {
            continue;
        }
        let (rules, rule) = match rule.strip_prefix('?') {
            Some(rule) => (&mut doubtful, rule),
            None => (&mut stated, rule),
        };
        rules
            .entry((policy.into(), clause.into()))
            .or_default()
            .insert(in_order(rule));
    }
    let mut score = Score::default();
    for (policy, document) in documents(set) {
        let mut drafted = drafted(&document);
        for clause in &document.clauses {
            let key = (policy.clone(), clause.id.to_string());
            let drafted = drafted.remove(clause.id.as_str()).unwrap_or_default();
            let stated = stated.remove(&key).unwrap_or_default();
            let doubtful = doubtful.remove(&key).unwrap_or_default();
            let wrong = drafted
                .difference(&stated)
                .filter(|rule| !doubtful.contains(*rule));
            let wrong: Vec<String> = wrong.map(|rule| format!("  + {rule}")).collect();
            let missing: Vec<String> = stated
                .difference(&drafted)
                .map(|rule| format!("  - {rule}"))
                .collect();
            score.clauses += 1;
            score.stated += stated.len();
            score.right += stated.len() - missing.len();
            score.wrong += wrong.len();
            if set.is_fitted && !(wrong.is_empty() && missing.is_empty()) {
                score
                    .differences
                    .push(format!("{policy} {} {}", clause.id, clause.text));
                score.differences.extend(wrong.into_iter().chain(missing));
            }
        }
    }
    score
}

fn documents(set: &Set) -> BTreeMap<String, Document> {
    let clauses = written(set.clauses, |policy| {
        set.policies.is_empty() || policy.starts_with(set.policies)
    });
    let document = |(policy, clauses)| {
        let document = Document {
            clauses,
            ..Document::default()
        };
        (policy, document)
    };
    clauses.into_iter().map(document).collect()
}

/// By clause. Codes for the accounts are not among the rules that were written down.
fn drafted(document: &Document) -> BTreeMap<String, BTreeSet<String>> {
    // Any rate does: amounts are compared as they stand.
    let codes = document
        .clauses
        .iter()
        .flat_map(|clause| clause.text.split(|letter: char| !letter.is_alphabetic()));
    let rates: Rates = codes
        .filter(|word| word.len() == 3)
        .map(|code| (code.into(), Decimal::ONE))
        .chain(SIGNED.map(|code| (code.into(), Decimal::ONE)))
        .collect();
    let rules = by_patterns(&PolicyVersion::new("evaluated"), document, |_| rates.clone()).rules;
    let mut drafted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rule in rules.into_iter().flat_map(|rules| rules.rules) {
        if let Some(notation) = notation(&rule.kind) {
            drafted
                .entry(rule.clause.to_string())
                .or_default()
                .insert(in_order(&notation));
        }
    }
    drafted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drafted_and_what_is_stated_are_told_apart() {
        let clauses = "p\t1\tHotels\tA hotel in Rome costs at most 150 EUR a night.\np\t2\t\tA hotel in Oslo costs at most 180 EUR.\n\
            p\t3\t\tA hotel costs at most 100 EUR.\n";
        let rules = "p\t1\thotel 150 EUR city=Rome\np\t2\thotel 170 EUR city=Oslo\np\t3\t?hotel 100 EUR\n";
        let score = evaluate(&Set {
            name: "",
            clauses,
            policies: &[],
            rules,
            is_fitted: true,
        });
        assert_eq!(
            (score.clauses, score.stated, score.right, score.wrong),
            (3, 2, 1, 1)
        );
        assert_eq!(score.differences.len(), 3, "{:?}", score.differences);
    }
}
