//! The index over one version's clauses.

use std::collections::{BTreeMap, BTreeSet};

use events_schema::ids::ClauseId;
use events_schema::rows::ClauseRow;

use super::fuse::{Vectors, fuse};
use super::likeness::{Like, Likeness, elsewhere};
use super::needs::{Feature, Need, needs, offered};
use super::silence::Signs;
use super::units::asks_for_a_trip;

/// How many clauses are worth showing to a person or a planner.
const MOST_CLAUSES: usize = 6;
/// Of the best clause's score: what has less is not worth reading. By words alone, and with likeness, of which every
/// clause has some.
const LEAST_SCORE: f32 = 0.15;
const LEAST_WITH_LIKENESS: f32 = 0.5;
/// A best score by words below this is weak: it must not count like a good one beside the likeness.
const GOOD_SCORE: f32 = 2.0;
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
    likeness: Likeness,
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
            likeness: Likeness::of(clauses.iter().map(|clause| (&*clause.section, &*clause.text))),
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
        // A request for a trip may speak of anything beside: the clauses on flights bear on it all the same, and what its
        // cities are like is no matter.
        if asks_for_a_trip(words) {
            return worth_reading(scored, LEAST_SCORE);
        }
        let asked: f32 = counting(&needs).map(|need| self.telling(need)).sum();
        if asked == 0.0 {
            return Vec::new();
        }
        let like = self.likeness.to(words);
        let signs = self.signs(&needs, &scored, &covered, &like, elsewhere(words));
        if signs.are_of_silence() {
            return Vec::new();
        }
        let mut ranked = with_likeness(&scored, &like);
        // A clause whose words speak of all that is asked is surer than any likeness.
        let sure = scored
            .first()
            .filter(|best| covered[best.clause] >= WHOLE * asked);
        if let Some(at) = sure.and_then(|sure| ranked.iter().position(|found| found.clause == sure.clause)) {
            ranked[..=at].rotate_right(1);
        }
        worth_reading(ranked, LEAST_WITH_LIKENESS)
    }

    /// Of a question that asks for something.
    fn signs(
        &self,
        needs: &[Need],
        scored: &[Scored],
        covered: &[f32],
        like: &Like,
        like_elsewhere: f32,
    ) -> Signs {
        let (mut asked, mut unmet) = (0.0, 0.0);
        for need in counting(needs) {
            let telling = self.telling(need);
            asked += telling;
            unmet += if self.meets(need) { 0.0 } else { telling };
        }
        let nearest = scored.iter().take(ASKED_FOR_COVER);
        let cover = nearest.map(|found| covered[found.clause]).fold(0.0, f32::max);
        let most = |of: &[f32]| of.iter().copied().fold(0.0, f32::max);
        let unit = self.rarity(0);
        Signs {
            covered: cover / asked,
            score: scored.first().map_or(0.0, |best| best.score) / unit,
            unmet: unmet / unit,
            like_words: most(&like.words),
            like_text: most(&like.texts),
            like_elsewhere,
        }
    }

    fn meets(&self, need: &Need) -> bool {
        need.met_by
            .iter()
            .any(|(feature, _)| self.postings.contains_key(feature))
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
        let scored = best_first(scores);
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

/// The scores by words as shares of the best, and both likenesses beside them.
fn with_likeness(scored: &[Scored], like: &Like) -> Vec<Scored> {
    let best = scored.first().map_or(0.0, |best| best.score).max(GOOD_SCORE);
    let mut scores: Vec<f32> = like.words.iter().zip(&like.texts).map(|(a, b)| a + b).collect();
    for found in scored {
        scores[found.clause] += found.score / best;
    }
    best_first(scores)
}

fn worth_reading(scored: Vec<Scored>, least: f32) -> Vec<usize> {
    let least = least * scored.first().map_or(0.0, |best| best.score);
    let near = scored.into_iter().take_while(|found| found.score >= least);
    near.map(|found| found.clause).collect()
}
