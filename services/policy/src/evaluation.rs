//! How well retrieval answers labelled questions: for the test that holds the floor and the benchmark that prints the
//! figures. Nothing that runs in a deployment uses it.

use std::collections::BTreeMap;

use events_schema::ids::{ClauseId, PolicyVersion};
use events_schema::rows::ClauseRow;

use crate::ingest::read_clauses;
use crate::parser::{Clause, Unreadable, parser_for};
use crate::retrieval::{Found, Index, read};

pub mod drafts;
pub(crate) mod notation;

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
    /// Every other one is about what comes near to the policy's matters.
    Near,
    HeldOut,
    /// Short questions in everyday words about policies of a few clauses.
    Plain,
    /// Of policies that the sentence model was not taught with. Silence is fitted to these too,
    Others,
    /// and not to these.
    OthersHeldOut,
}

impl Set {
    /// Whether something was tuned on it, so that its questions may be looked at.
    pub fn is_fitted(self) -> bool {
        !matches!(self, Self::HeldOut | Self::OthersHeldOut)
    }
}

/// Every set with its name.
pub const SETS: [(Set, &str); 6] = [
    (Set::Tuned, "tuned on"),
    (Set::Near, "near misses"),
    (Set::HeldOut, "held out"),
    (Set::Plain, "short and plain"),
    (Set::Others, "other policies"),
    (Set::OthersHeldOut, "others, held out"),
];

const POLICIES: [(&str, &str); 2] = [
    (
        "sample",
        include_str!("../../../tools/sojourn/sample/travel-policy.md"),
    ),
    (
        "handbook",
        include_str!("../../../tools/sojourn/sample/field-handbook.md"),
    ),
];
const PLAIN_CLAUSES: &str = include_str!("../questions/plain-clauses.tsv");
/// Written to teach the sentence model; see there.
const OTHER_CLAUSES: &str = include_str!("../../embedding/model/taught/clauses.tsv");
const OTHER_QUESTIONS: &str = include_str!("../../embedding/model/taught/questions.tsv");

/// All labelled questions, and the clauses of the policies they are asked of.
pub struct Labelled {
    pub policies: BTreeMap<String, Vec<ClauseRow>>,
    pub questions: Vec<Question>,
}

impl Labelled {
    pub fn read() -> Result<Self, Unreadable> {
        // Of each series of nine policies the last was not taught.
        let mut policies = rows(written(OTHER_CLAUSES, |policy| policy.ends_with("09")));
        policies.extend(rows(written(PLAIN_CLAUSES, |_| true)));
        for (name, text) in POLICIES {
            policies.insert(name.into(), clauses(text)?);
        }
        let files = [
            (Set::Tuned, include_str!("../questions/tuned.tsv")),
            (Set::Near, include_str!("../questions/near.tsv")),
            (Set::HeldOut, include_str!("../questions/held-out.tsv")),
            (Set::Plain, include_str!("../questions/plain.tsv")),
        ];
        let own = files.iter().flat_map(|(set, text)| questions(*set, text));
        let others = questions(Set::Others, OTHER_QUESTIONS)
            .into_iter()
            .map(|question| Question {
                set: other_set(&question.policy),
                ..question
            });
        let asked = own.chain(others);
        Ok(Self {
            questions: asked
                .filter(|question| policies.contains_key(&question.policy))
                .collect(),
            policies,
        })
    }

    pub fn indexes(&self) -> BTreeMap<&str, Index> {
        let policies = self.policies.iter();
        policies
            .map(|(name, rows)| (name.as_str(), Index::of(rows)))
            .collect()
    }
}

/// The clauses of those policies whose name is `wanted`. A line holds policy, clause, section and text, parted by tabs.
fn written(lines: &str, wanted: impl Fn(&str) -> bool) -> BTreeMap<String, Vec<Clause>> {
    let mut policies: BTreeMap<String, Vec<Clause>> = BTreeMap::new();
    for line in lines.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        if let [policy, clause, section, text] = columns[..]
            && wanted(policy)
        {
            policies.entry(policy.into()).or_default().push(Clause {
                id: ClauseId::new(clause),
                section: section.into(),
                page: None,
                text: text.into(),
            });
        }
    }
    policies
}

/// The same as rows, read as a version's are when it is ingested.
fn rows(policies: BTreeMap<String, Vec<Clause>>) -> BTreeMap<String, Vec<ClauseRow>> {
    let as_rows = |(policy, clauses): (String, Vec<Clause>)| {
        let version = PolicyVersion::new(policy.as_str());
        let mut rows: Vec<ClauseRow> = clauses.iter().map(|clause| clause.row(&version)).collect();
        read(&mut rows);
        (policy, rows)
    };
    policies.into_iter().map(as_rows).collect()
}

fn other_set(policy: &str) -> Set {
    match policy.chars().next() {
        Some('a'..='h' | 'q'..='w') => Set::Others,
        _ => Set::OthersHeldOut,
    }
}

/// A line holds policy, question and clauses, parted by tabs; `#` begins a comment.
fn questions(set: Set, text: &str) -> Vec<Question> {
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

/// The clauses of a Markdown policy, read as a version's are when it is ingested.
fn clauses(text: &str) -> Result<Vec<ClauseRow>, Unreadable> {
    let document = parser_for("policy.md")?.parse(text.as_bytes())?;
    Ok(read_clauses(&document, &PolicyVersion::new("evaluated")))
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    pub answerable: usize,
    /// Of each answerable question, the share of its clauses among the first five, summed.
    found: f64,
    /// Answerable questions whose clauses were called only the nearest.
    pub doubted: usize,
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

    /// The share of answerable questions whose clauses were called only the nearest.
    pub fn share_doubted(&self) -> f64 {
        self.doubted as f64 / self.answerable.max(1) as f64
    }

    /// The share of unanswerable questions that met silence.
    pub fn recognised(&self) -> f64 {
        self.silent as f64 / self.unanswerable.max(1) as f64
    }
}

/// Of the clauses that answer a question, the share among the first five found.
pub fn share_found(question: &Question, found: &[ClauseId]) -> f64 {
    let first = &found[..found.len().min(5)];
    let among = |clause: &&String| first.iter().any(|found| found.as_str() == *clause);
    let hits = question.clauses.iter().filter(among).count();
    hits as f64 / question.clauses.len().max(1) as f64
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
        score.add(question, &index.search(&question.text));
    }
    score
}

impl Score {
    fn add(&mut self, question: &Question, found: &Found) {
        let Found { clauses, silent } = found;
        let right = if question.clauses.is_empty() {
            self.unanswerable += 1;
            self.silent += usize::from(*silent);
            *silent
        } else {
            let share = share_found(question, clauses);
            self.answerable += 1;
            self.doubted += usize::from(*silent);
            self.found += share;
            !silent && share == 1.0
        };
        if !right && question.set.is_fitted() {
            self.wrong.push(format!(
                "{}: {:?} should find {:?}, found {clauses:?}{}",
                question.policy,
                question.text,
                question.clauses,
                if *silent { " as the nearest" } else { "" }
            ));
        }
    }
}
