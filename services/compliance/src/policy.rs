//! The policy version a booking is judged by, with the rates it was pinned at.

use std::collections::BTreeMap;

use events_schema::ids::{ClauseId, PolicyVersion};
use events_schema::policy::PolicyRetrieved;
use events_schema::rows::{ClauseRow, PolicyRules, Rule, StrictDefaults};

use crate::rates::Rates;

#[derive(Clone, Debug)]
pub struct PinnedPolicy {
    pub version: PolicyVersion,
    /// By id: the order in which a document lists its rules must not matter.
    pub rules: Vec<Rule>,
    pub strict: StrictDefaults,
    pub rates: Rates,
    /// The policy says nothing about this request: the strict defaults hold as well.
    pub silent: bool,
    quotes: BTreeMap<ClauseId, String>,
}

impl PinnedPolicy {
    pub fn new(rules: PolicyRules, clauses: &[ClauseRow], retrieved: &PolicyRetrieved) -> Self {
        let mut sorted = rules.rules;
        sorted.sort_by(|a, b| a.id.cmp(&b.id));
        let mut quotes: BTreeMap<ClauseId, String> = clauses
            .iter()
            .map(|clause| (clause.clause_id.clone(), clause.text.clone()))
            .collect();
        if rules.version.as_str() == PolicyRules::NO_POLICY {
            quotes.insert(rules.strict.clause.clone(), StrictDefaults::BUILT_IN.into());
        }
        Self {
            version: rules.version,
            rules: sorted,
            strict: rules.strict,
            rates: Rates {
                base: retrieved.currency,
                rates: retrieved.rates.clone(),
            },
            silent: retrieved.silent,
            quotes,
        }
    }

    /// The clause's own words; empty only if the version lost the clause.
    pub fn quote(&self, clause: &ClauseId) -> String {
        self.quotes.get(clause).cloned().unwrap_or_default()
    }
}
