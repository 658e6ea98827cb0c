//! How well retrieval answers labelled questions: for the test that holds the floor and the benchmark that prints the
//! figures. Nothing that runs in a deployment uses it.

use std::collections::BTreeMap;

use events_schema::ids::PolicyVersion;
use events_schema::rows::ClauseRow;

use crate::parser::{Unreadable, parser_for};
use crate::retrieval::Index;

#[derive(Clone, Debug)]
pub struct Question {
    pub set: Set,
    pub policy: String,
    pub text: String,
    /// The clauses that answer it; empty where the policy does not say.
    pub clauses: Vec<String>,
}

/// The questions that the search was tuned on, and those that were only counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    Tuned,
    /// Of these only the weights of silence know; every other one is about what comes near to the policy's matters.
    Near,
    HeldOut,
}

/// A line holds policy, question and clauses, parted by tabs; `#` begins a comment.
pub fn questions(set: Set, text: &str) -> Vec<Question> {
    text.lines().filter_map(|line| question(set, line)).collect()
}

fn question(set: Set, line: &str) -> Option<Question> {
    let mut columns = line.split('\t');
    let policy = columns.next().filter(|policy| !policy.starts_with('#'))?;
    Some(Question {
        set,
        policy: policy.into(),
        text: columns.next()?.into(),
        clauses: columns
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .map(String::from)
            .collect(),
    })
}

/// The clauses of a Markdown policy, as the index takes them.
pub fn clauses(text: &str) -> Result<Vec<ClauseRow>, Unreadable> {
    let document = parser_for("policy.md")?.parse(text.as_bytes())?;
    let version = PolicyVersion::new("evaluated");
    Ok(document
        .clauses
        .iter()
        .map(|clause| clause.row(&version))
        .collect())
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    pub answerable: usize,
    /// Of each answerable question, the share of its clauses among the first five, summed.
    found: f64,
    /// Answerable questions that met silence.
    pub missed: usize,
    pub unanswerable: usize,
    pub silent: usize,
    /// A line for each question that was not answered as it should have been, but for those held out, which stay out of
    /// sight.
    pub wrong: Vec<String>,
}

impl Score {
    pub fn recall_at_5(&self) -> f64 {
        self.found / self.answerable.max(1) as f64
    }

    /// Of both sets of questions together.
    pub fn and(mut self, other: &Self) -> Self {
        self.answerable += other.answerable;
        self.found += other.found;
        self.missed += other.missed;
        self.unanswerable += other.unanswerable;
        self.silent += other.silent;
        self.wrong.extend_from_slice(&other.wrong);
        self
    }

    /// The share of unanswerable questions that met silence.
    pub fn recognised(&self) -> f64 {
        self.silent as f64 / self.unanswerable.max(1) as f64
    }
}

/// Asks the questions that `of` selects of the index their policy has.
pub fn evaluate(
    indexes: &BTreeMap<&str, Index>,
    questions: &[Question],
    of: impl Fn(&Question) -> bool,
) -> Score {
    let mut score = Score::default();
    for question in questions.iter().filter(|question| of(question)) {
        let Some(index) = indexes.get(question.policy.as_str()) else {
            continue;
        };
        let found: Vec<String> = index
            .search(&question.text)
            .iter()
            .map(ToString::to_string)
            .collect();
        score.add(question, &found);
    }
    score
}

impl Score {
    fn add(&mut self, question: &Question, found: &[String]) {
        let right = if question.clauses.is_empty() {
            self.unanswerable += 1;
            self.silent += usize::from(found.is_empty());
            found.is_empty()
        } else {
            let first = &found[..found.len().min(5)];
            let hits = question
                .clauses
                .iter()
                .filter(|clause| first.iter().any(|found| found == *clause));
            let hits = hits.count();
            self.answerable += 1;
            self.missed += usize::from(found.is_empty());
            self.found += hits as f64 / question.clauses.len() as f64;
            hits == question.clauses.len()
        };
        if !right && question.set != Set::HeldOut {
            self.wrong.push(format!(
                "{}: {:?} should find {:?}, found {found:?}",
                question.policy, question.text, question.clauses
            ));
        }
    }
}
