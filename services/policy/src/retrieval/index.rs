//! The index over one version's clauses.

use std::collections::{BTreeMap, BTreeSet};

use embedding::{Direction, Model};
use events_schema::ids::ClauseId;
use events_schema::rows::ClauseRow;

use super::fuse::{Vectors, fuse};
use super::meaning::meanings;
use super::needs::{Feature, Need, needs, offered};
use super::silence::Signs;
use super::units::asks_for_a_trip;
use super::words::{Word, words as words_of};

/// How many clauses are worth showing to a person or a planner.
const MOST_CLAUSES: usize = 6;
/// Of the best clause's score: what has less is not worth reading.
const LEAST_SCORE: f32 = 0.5;
/// A best score by words below this is weak: it must not count like a good one beside the meaning.
const GOOD_SCORE: f32 = 2.0;
/// What the best score by words counts beside the cosine of meaning.
const OF_WORDS: f32 = 0.2;
/// Of what is asked, all but what rounding takes.
const WHOLE: f32 = 0.999;
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
    /// By clause.
    meanings: Vec<Direction>,
    vectors: Vectors,
}

/// What there is to read of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Most relevant first.
    pub clauses: Vec<ClauseId>,
    /// None of them seems to say what is asked: they are only the nearest.
    pub silent: bool,
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
            meanings: meanings(clauses),
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

    pub fn search(&self, words: &str) -> Found {
        let (found, silent) = self.nearest(words);
        self.name(found, silent)
    }

    /// As well by the vector that an embedding model makes of the words.
    pub fn search_with(&self, words: &str, vector: &[f32]) -> Found {
        let (found, silent) = self.nearest(words);
        self.name(fuse(&found, &self.vectors.nearest(vector, MOST_CLAUSES)), silent)
    }

    fn name(&self, found: Vec<usize>, silent: bool) -> Found {
        let nearest = found.into_iter().take(MOST_CLAUSES);
        let clauses: Vec<ClauseId> = nearest.map(|clause| self.clauses[clause].clone()).collect();
        Found {
            silent: silent || clauses.is_empty(),
            clauses,
        }
    }

    /// The clauses, and whether none of them seems to answer.
    fn nearest(&self, words: &str) -> (Vec<usize>, bool) {
        if words_of(words).iter().all(Word::is_stop) {
            return (Vec::new(), true);
        }
        let (ranked, signs) = self.weighed(words);
        // A request for a trip may speak of anything beside: the clauses on flights bear on it all the same.
        let silent = signs.is_some_and(|signs| signs.are_of_silence());
        (worth_reading(ranked), silent)
    }

    /// What tells whether any clause answers; of a request for a trip nobody asks.
    pub fn signs(&self, words: &str) -> Option<Signs> {
        self.weighed(words).1
    }

    /// The clauses by words and by meaning together, and what their nearness tells of a question.
    fn weighed(&self, words: &str) -> (Vec<Scored>, Option<Signs>) {
        let is_trip = asks_for_a_trip(words);
        let needs = needs(words, is_trip, &self.stems);
        let (scores, covered) = self.score(&needs);
        let by_words = best_first(scores.clone());
        let question = Model::shared().embed(words);
        let meanings = self.meanings.iter();
        let mut near: Vec<f32> = meanings.map(|clause| question.cosine(clause)).collect();
        let odds = Model::shared().odds(&question, &near);
        let best = scores.iter().copied().fold(GOOD_SCORE, f32::max);
        for (near, score) in near.iter_mut().zip(scores) {
            *near += OF_WORDS * score / best;
        }
        let mut ranked = best_first(near);
        let asked: f32 = counting(&needs).map(|need| self.telling(need)).sum();
        let share = |found: &Scored| {
            // Where every word is one said in passing, none is covered.
            let covered = (asked > 0.0).then(|| covered[found.clause] / asked);
            covered.unwrap_or_default().min(1.0)
        };
        // A clause whose words speak of all that is asked is surer than any meaning.
        let sure = by_words.first().filter(|best| share(best) >= WHOLE);
        if let Some(at) = sure.and_then(|sure| ranked.iter().position(|found| found.clause == sure.clause)) {
            ranked[..=at].rotate_right(1);
        }
        let covered = by_words
            .iter()
            .take(ASKED_FOR_COVER)
            .map(share)
            .fold(0.0, f32::max);
        (ranked, (!is_trip).then_some(Signs { odds, covered }))
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

    /// By clause, how well it meets the needs, and the weight of those it meets.
    fn score(&self, needs: &[Need]) -> (Vec<f32>, Vec<f32>) {
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
        (scores, covered)
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

fn counting(needs: &[Need]) -> impl Iterator<Item = &Need> {
    needs.iter().filter(|need| need.counts)
}

/// What has any score, equal ones in the document's order.
fn best_first(scores: Vec<f32>) -> Vec<Scored> {
    let all = scores.into_iter().enumerate();
    let mut scored: Vec<Scored> = all
        .filter(|(_, score)| *score > 0.0)
        .map(|(clause, score)| Scored { clause, score })
        .collect();
    scored.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.clause.cmp(&b.clause)));
    scored
}

fn worth_reading(scored: Vec<Scored>) -> Vec<usize> {
    let least = LEAST_SCORE * scored.first().map_or(0.0, |best| best.score);
    let near = scored.into_iter().take_while(|found| found.score >= least);
    near.map(|found| found.clause).collect()
}
