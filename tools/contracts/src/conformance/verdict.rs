//! Whether what a consumer did with a case's deliveries is what they must leave behind.

use events_schema::ids::{AggregateId, EventId};
use serde_json::Value;

use super::{Case, Expectation, Outcome, unknown};

impl Case {
    /// For a consumer that says it reads earlier versions: refusing one is no way out.
    pub fn read_earlier(mut self) -> Self {
        if self.expect == Expectation::TakenOrRefused {
            self.expect = Expectation::Taken;
        }
        self
    }

    /// What was done with the deliveries, where both are allowed.
    pub fn choice(&self, outcome: &Outcome) -> Option<&'static str> {
        let either = matches!(
            self.expect,
            Expectation::TakenOrRefused | Expectation::AsPlainOrRefused | Expectation::Taken
        );
        either.then_some(match outcome.errors.is_empty() {
            true => "taken",
            false => "refused",
        })
    }

    /// `plain` is what the plain case of the same event left, `outcome` what this one did.
    pub fn verdict(&self, plain: &Outcome, outcome: &Outcome, plain_case: &Self) -> Result<(), String> {
        let refused = outcome.errors.len() == self.deliveries.len();
        let same = || {
            let (expected, found) = match self.expect {
                Expectation::BesidesUnknown => {
                    let known = |outcome: &Outcome| Outcome {
                        errors: Vec::new(),
                        kept: outcome.kept.iter().map(unknown::without).collect(),
                    };
                    (
                        plain_case.comparable(&known(plain)),
                        self.comparable(&known(outcome)),
                    )
                }
                _ => (plain_case.comparable(plain), self.comparable(outcome)),
            };
            match expected == found {
                true => Ok(()),
                false => Err(format!(
                    "what is kept differs from the plain deliveries:\n    plain: {expected:?}\n    here:  {found:?}"
                )),
            }
        };
        match (self.expect, outcome.errors.first()) {
            (Expectation::AsPlain | Expectation::BesidesUnknown, Some(error)) => {
                Err(format!("a delivery failed: {error}"))
            }
            (Expectation::AsPlain | Expectation::BesidesUnknown, None) => same(),
            (Expectation::AsPlainOrRefused, _) if refused && outcome.kept.is_empty() => Ok(()),
            (Expectation::AsPlainOrRefused, Some(error)) => Err(format!("some deliveries failed: {error}")),
            (Expectation::AsPlainOrRefused, None) => same(),
            (Expectation::Refused, _) if refused && outcome.kept.is_empty() => Ok(()),
            (Expectation::Refused, _) => Err("it was taken, though its version is not known".into()),
            (Expectation::TakenOrRefused, _) if refused != outcome.kept.is_empty() => {
                Err("it failed and was kept all the same, or neither".into())
            }
            (Expectation::TakenOrRefused, _) => Ok(()),
            (Expectation::Taken, Some(error)) => Err(format!(
                "it says that it reads earlier versions, and refused one: {error}"
            )),
            (Expectation::Taken, None) if outcome.kept.is_empty() => Err("nothing of it is kept".into()),
            (Expectation::Taken, None) => Ok(()),
        }
    }

    /// Rows as text, sorted, with this case's own ids under names that all cases share.
    fn comparable(&self, outcome: &Outcome) -> Vec<String> {
        let aggregate = AggregateId::new(self.aggregate_id.as_str());
        let mut rows: Vec<_> = outcome
            .kept
            .iter()
            .map(|row| {
                let mut text = sorted(row).to_string().replace(&self.aggregate_id, "AGGREGATE");
                for sequence in [7, 8] {
                    let id = EventId::of(&aggregate, sequence).to_string();
                    text = text.replace(&id, &format!("EVENT-{sequence}"));
                }
                text
            })
            .collect();
        rows.sort();
        rows
    }
}

/// A row's members in the order of their names: two reads of a table may give them in any.
pub(super) fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut all: Vec<_> = members.iter().collect();
            all.sort_by(|one, other| one.0.cmp(other.0));
            let each = all
                .into_iter()
                .map(|(name, member)| (name.clone(), sorted(member)));
            Value::Object(each.collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}
