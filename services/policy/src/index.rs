//! Finding the clauses of one policy version that bear on some words: BM25 over concepts, with a floor below which the
//! policy is silent. Pure; the same words always find the same clauses in the same order.

use bm25::{Embedder, EmbedderBuilder, Scorer};
use events_schema::ids::ClauseId;
use events_schema::rows::ClauseRow;

use crate::words::{Words, trip_concepts};

/// How many clauses are worth showing to a person or a planner.
const MOST_CLAUSES: usize = 6;
/// Of the score that a word found in one clause alone can have: below it a match is chance.
const RELEVANCE_FLOOR: f32 = 0.35;

pub struct Index {
    clauses: Vec<ClauseId>,
    embedder: Embedder<u32, Words>,
    scorer: Scorer<usize>,
}

impl Index {
    pub fn of(clauses: &[ClauseRow]) -> Self {
        let texts: Vec<String> = clauses
            .iter()
            .map(|clause| format!("{} {}", clause.section, clause.text))
            .collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let embedder: Embedder<u32, Words> =
            EmbedderBuilder::with_tokenizer_and_fit_to_corpus(Words, &texts).build();
        let mut scorer = Scorer::new();
        for (position, text) in texts.iter().enumerate() {
            scorer.upsert(&position, embedder.embed(text));
        }
        Self {
            clauses: clauses.iter().map(|clause| clause.clause_id.clone()).collect(),
            embedder,
            scorer,
        }
    }

    /// Most relevant first; empty where the policy is silent.
    pub fn search(&self, words: &str) -> Vec<ClauseId> {
        let query = match trip_concepts(words) {
            Some(concepts) => format!("{words} {concepts}"),
            None => words.into(),
        };
        let mut found = self.scorer.matches(&self.embedder.embed(&query));
        // Equal scores in the document's order, whatever order the scorer's maps have.
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
        let least = RELEVANCE_FLOOR * self.rarest_word();
        found
            .iter()
            .take(MOST_CLAUSES)
            .take_while(|clause| clause.score >= least)
            .map(|clause| self.clauses[clause.id].clone())
            .collect()
    }

    /// BM25's inverse document frequency of a word that one clause has.
    fn rarest_word(&self) -> f32 {
        let clauses = self.clauses.len() as f32;
        (1.0 + (clauses - 0.5) / 1.5).ln()
    }
}
