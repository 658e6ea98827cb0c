//! The offline search over labelled questions: recall@5; how often the policy is called silent where it answers, the right
//! clauses being called only the nearest, and where it does not say; and the time per query over a thousand clauses.
//! `services/policy/questions/README.md` says how the questions are used.

use std::time::Instant;

use clap::Args;
use events_schema::ids::ClauseId;
use events_schema::rows::ClauseRow;
use policy::Index;
use policy::evaluation::{Labelled, Question, SETS, Score, evaluate, share_found};

use crate::BenchError;

const CLAUSES: usize = 1000;
const ROUNDS: u32 = 5;

#[derive(Args)]
pub struct RetrievalArgs {
    /// Instead, a line for each question that silence is fitted to, as services/policy/questions/fit.py reads them.
    #[arg(long)]
    signs: bool,
}

pub fn run(args: &RetrievalArgs) -> Result<(), BenchError> {
    let labelled = Labelled::read()?;
    if args.signs {
        signs(&labelled);
        return Ok(());
    }
    let (indexes, all) = (labelled.indexes(), &labelled.questions);
    println!(
        "{:<21} {:>10} {:>9} {:>8} {:>13} {:>10}",
        "questions", "answerable", "recall@5", "doubted", "unanswerable", "recognised"
    );
    for (set, name) in SETS {
        print(name, &evaluate(&indexes, all, |question| question.set == set));
    }
    for policy in ["sample", "handbook"] {
        for (set, name) in &SETS[..3] {
            let of = |question: &Question| question.policy == policy && question.set == *set;
            print(&format!("{policy}, {name}"), &evaluate(&indexes, all, of));
        }
    }
    time(&labelled);
    Ok(())
}

/// Set, policy, whether it is answered, the share found, both signs, and the question.
fn signs(labelled: &Labelled) {
    let indexes = labelled.indexes();
    let fitted = |question: &&Question| question.set.is_fitted();
    for question in labelled.questions.iter().filter(fitted) {
        let index = &indexes[question.policy.as_str()];
        let Some(signs) = index.signs(&question.text) else {
            continue;
        };
        println!(
            "{:?}\t{}\t{}\t{}\t{}\t{}\t{}",
            question.set,
            question.policy,
            !question.clauses.is_empty(),
            share_found(question, &index.search(&question.text).clauses),
            signs.odds,
            signs.covered,
            question.text
        );
    }
}

fn print(name: &str, score: &Score) {
    println!(
        "{name:<21} {:>10} {:>9.3} {:>8.3} {:>13} {:>10.3}",
        score.answerable,
        score.recall_at_5(),
        score.share_doubted(),
        score.unanswerable,
        score.recognised()
    );
}

/// The sample clauses over and over: every word is as common as in a real policy, and the lists as long as they get.
fn time(labelled: &Labelled) {
    let questions = &labelled.questions;
    let many: Vec<ClauseRow> = labelled
        .policies
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
