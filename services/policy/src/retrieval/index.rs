//! The index over one version's clauses.

use std::collections::{BTreeMap, BTreeSet};

use events_schema::ids::ClauseId;
use events_schema::rows::ClauseRow;

use super::fuse::{Vectors, fuse};
use super::needs::{Feature, Need, needs, offered};
use super::units::asks_for_a_trip;

/// How many clauses are worth showing to a person or a planner.
const MOST_CLAUSES: usize = 6;
/// How much of what is asked the best clause must speak of; below it the policy is silent.
const LEAST_COVERED: f32 = 0.45;
/// Of the best clause's score: what has less is not worth reading.
const LEAST_SCORE: f32 = 0.15;
/// Only these are asked how much they cover: further down, a match is chance.
const ASKED_FOR_COVER: usize = 8;
/// What a heading says counts for its clauses, but for less than their own words.
const HEADING: f32 = 0.5;
const COVERED_BY_HEADING: f32 = 0.8;

pub struct Index {
    clauses: Vec<ClauseId>,
    /// By feature: the clauses that have it, and how often.
    postings: BTreeMap<Feature, Vec<(usize, f32)>>,
    stems: BTreeSet<Feature>,
    lengths: Vec<f32>,
    average_length: f32,
    vectors: Vectors,
}

struct Scored {
    clause: usize,
    score: f32,
}

impl Index {
    pub fn of(clauses: &[ClauseRow]) -> Self {
        let mut postings: BTreeMap<Feature, Vec<(usize, f32)>> = BTreeMap::new();
        let mut lengths = Vec::with_capacity(clauses.len());
        for (position, clause) in clauses.iter().enumerate() {
            let mut counts: BTreeMap<Feature, f32> = BTreeMap::new();
            let text = offered(&clause.text);
            lengths.push(text.len() as f32);
            for feature in text {
                *counts.entry(feature).or_default() += 1.0;
            }
            for feature in offered(&clause.section) {
                let count = counts.entry(feature).or_default();
                *count = count.max(HEADING);
            }
            for (feature, count) in counts {
                postings.entry(feature).or_default().push((position, count));
            }
        }
        let stems = postings
            .keys()
            .filter(|feature| !feature.starts_with('=') && !feature.contains(' '))
            .cloned()
            .collect();
        let average_length = (lengths.iter().sum::<f32>() / clauses.len().max(1) as f32).max(1.0);
        Self {
            clauses: clauses.iter().map(|clause| clause.clause_id.clone()).collect(),
            postings,
            stems,
            lengths,
            average_length,
            vectors: Vectors::default(),
        }
    }

    /// With the clauses' vectors, in the order of the clauses: empty where a clause has none.
    pub fn with_vectors(mut self, vectors: Vec<Vec<f32>>) -> Self {
        self.vectors = Vectors(vectors);
        self
    }

    /// Whether there are vectors, so that a query's own is worth asking for.
    pub fn has_vectors(&self) -> bool {
        self.vectors.0.iter().any(|vector| !vector.is_empty())
    }

    /// Most relevant first; empty where the policy is silent.
    pub fn search(&self, words: &str) -> Vec<ClauseId> {
        self.name(self.by_words(words))
    }

    /// By words and by meaning, as the vector of the same model has it.
    pub fn search_with(&self, words: &str, vector: &[f32]) -> Vec<ClauseId> {
        let by_meaning = self.vectors.nearest(vector, MOST_CLAUSES);
        self.name(fuse(&self.by_words(words), &by_meaning))
    }

    fn name(&self, found: Vec<usize>) -> Vec<ClauseId> {
        found
            .into_iter()
            .take(MOST_CLAUSES)
            .map(|clause| self.clauses[clause].clone())
            .collect()
    }

    fn by_words(&self, words: &str) -> Vec<usize> {
        let needs = needs(words, &self.stems);
        let (scored, covered) = self.score(&needs);
        let nearest = &scored[..scored.len().min(ASKED_FOR_COVER)];
        let cover = nearest
            .iter()
            .map(|found| covered[found.clause])
            .fold(0.0, f32::max);
        let asked: f32 = needs
            .iter()
            .filter(|need| need.counts)
            .map(|need| self.telling(need))
            .sum();
        // A request for a trip may speak of anything beside: the clauses on flights bear on it all the same.
        let silent = !asks_for_a_trip(words) && (asked == 0.0 || cover < LEAST_COVERED * asked);
        if silent || scored.is_empty() {
            return Vec::new();
        }
        let least = LEAST_SCORE * scored[0].score;
        scored
            .into_iter()
            .take_while(|found| found.score >= least)
            .map(|found| found.clause)
            .collect()
    }

    /// What a need weighs in the question of whether the policy speaks of the matter: a word that most clauses have
    /// says little about it, and one that none has says the most.
    fn telling(&self, need: &Need) -> f32 {
        let having = need
            .met_by
            .iter()
            .filter_map(|(feature, _)| self.postings.get(feature));
        let most = having.map(Vec::len).max().unwrap_or(0);
        need.weight * self.rarity(most)
    }

    /// The clauses that meet any need, best first, and for every clause the weight of the needs it meets.
    fn score(&self, needs: &[Need]) -> (Vec<Scored>, Vec<f32>) {
        let mut scores = vec![0.0_f32; self.clauses.len()];
        let mut covered = vec![0.0_f32; self.clauses.len()];
        for need in needs {
            // A need is met once, by what meets it best: a word and its concept are not two answers.
            let mut best: BTreeMap<usize, (f32, f32)> = BTreeMap::new();
            for (feature, strength) in &need.met_by {
                let Some(posting) = self.postings.get(feature) else {
                    continue;
                };
                let rarity = self.rarity(posting.len());
                for (clause, count) in posting {
                    let score = strength * rarity * self.saturated(*clause, *count);
                    let cover = if *count < 1.0 { COVERED_BY_HEADING } else { 1.0 };
                    let entry = best.entry(*clause).or_default();
                    *entry = (entry.0.max(score), entry.1.max(cover));
                }
            }
            for (clause, (score, cover)) in best {
                scores[clause] += need.weight * score;
                if need.counts {
                    covered[clause] += self.telling(need) * cover;
                }
            }
        }
        let mut scored: Vec<Scored> = scores
            .into_iter()
            .enumerate()
            .filter(|(_, score)| *score > 0.0)
            .map(|(clause, score)| Scored { clause, score })
            .collect();
        // Equal scores in the document's order.
        scored.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.clause.cmp(&b.clause)));
        (scored, covered)
    }

    /// BM25's inverse document frequency.
    fn rarity(&self, having: usize) -> f32 {
        let (all, having) = (self.clauses.len() as f32, having as f32);
        (1.0 + (all - having + 0.5) / (having + 0.5)).ln()
    }

    /// BM25's saturation: the second mention adds less than the first, and in a long clause each less.
    fn saturated(&self, clause: usize, count: f32) -> f32 {
        const K1: f32 = 1.2;
        const B: f32 = 0.5;
        let length = 1.0 - B + B * self.lengths[clause] / self.average_length;
        count * (K1 + 1.0) / (count + K1 * length)
    }
}
