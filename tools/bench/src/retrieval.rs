//! The offline search over labelled questions: recall@5, how often silence is recognised where the policy does not say,
//! and the time per query over a thousand clauses. `services/policy/questions/README.md` says how the questions are used.

use std::collections::BTreeMap;

use events_schema::ids::ClauseId;
use events_schema::rows::ClauseRow;
use policy::Index;
use policy::evaluation::{Question, Score, Set, clauses, evaluate, questions};
use std::time::Instant;

use crate::BenchError;

const POLICIES: [(&str, &str); 2] = [
    ("sample", include_str!("../../sojourn/sample/travel-policy.md")),
    ("handbook", include_str!("../../sojourn/sample/field-handbook.md")),
];
const SETS: [Set; 3] = [Set::Tuned, Set::Near, Set::HeldOut];
const CLAUSES: usize = 1000;
const ROUNDS: u32 = 20;

pub fn run() -> Result<(), BenchError> {
    let mut all = questions(
        Set::Tuned,
        include_str!("../../../services/policy/questions/tuned.tsv"),
    );
    all.extend(questions(
        Set::Near,
        include_str!("../../../services/policy/questions/near.tsv"),
    ));
    all.extend(questions(
        Set::HeldOut,
        include_str!("../../../services/policy/questions/held-out.tsv"),
    ));
    let mut rows = BTreeMap::new();
    for (name, text) in POLICIES {
        rows.insert(name, clauses(text)?);
    }
    let indexes: BTreeMap<&str, Index> = rows.iter().map(|(name, rows)| (*name, Index::of(rows))).collect();
    println!(
        "{:<21} {:>10} {:>9} {:>13} {:>10}",
        "questions", "answerable", "recall@5", "unanswerable", "recognised"
    );
    print("all", &evaluate(&indexes, &all, |_| true));
    for set in SETS {
        print(
            name_of(set),
            &evaluate(&indexes, &all, |question| question.set == set),
        );
    }
    for (name, _) in POLICIES {
        for set in SETS {
            let score = evaluate(&indexes, &all, |question| {
                question.policy == name && question.set == set
            });
            print(&format!("{name}, {}", name_of(set)), &score);
        }
    }
    time(&rows, &all);
    Ok(())
}

fn name_of(set: Set) -> &'static str {
    match set {
        Set::Tuned => "tuned on",
        Set::Near => "near misses",
        Set::HeldOut => "held out",
    }
}

fn print(name: &str, score: &Score) {
    println!(
        "{name:<21} {:>10} {:>9.3} {:>13} {:>10.3}",
        score.answerable,
        score.recall_at_5(),
        score.unanswerable,
        score.recognised()
    );
}

/// The sample clauses over and over: every word is as common as in a real policy, and the lists as long as they get.
fn time(rows: &BTreeMap<&str, Vec<ClauseRow>>, questions: &[Question]) {
    let many: Vec<ClauseRow> = rows
        .values()
        .flatten()
        .cycle()
        .take(CLAUSES)
        .enumerate()
        .map(|(number, row)| ClauseRow {
            clause_id: ClauseId::new(format!("{}.{}", number / 100 + 1, number % 100 + 1)),
            ..row.clone()
        })
        .collect();
    let index = Index::of(&many);
    let mut slowest = 0.0_f64;
    let started = Instant::now();
    for _ in 0..ROUNDS {
        for question in questions {
            let asked = Instant::now();
            std::hint::black_box(index.search(&question.text));
            slowest = slowest.max(asked.elapsed().as_secs_f64());
        }
    }
    let queries = f64::from(ROUNDS) * questions.len() as f64;
    let mean = started.elapsed().as_secs_f64() / queries;
    println!(
        "\n{CLAUSES} clauses, {queries} queries: {:.3} ms each, {:.3} ms the slowest",
        mean * 1e3,
        slowest * 1e3
    );
}
