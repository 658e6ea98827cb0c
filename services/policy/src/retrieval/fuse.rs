//! Nearness by vectors of an embedding model, and one ranking of two.

use std::collections::BTreeMap;

/// Below this cosine a clause is about something else. Nova's and most models' unrelated texts stay under it.
const LEAST_COSINE: f32 = 0.45;
/// Reciprocal rank fusion's customary constant: the first places matter, but no single one decides.
const FUSION: f32 = 60.0;

/// The clauses' vectors, in the order of the clauses; a clause without one is found by its words alone.
#[derive(Default)]
pub(super) struct Vectors(pub Vec<Vec<f32>>);

impl Vectors {
    pub(super) fn nearest(&self, query: &[f32], most: usize) -> Vec<usize> {
        let mut near: Vec<(usize, f32)> = self
            .0
            .iter()
            .enumerate()
            .filter_map(|(clause, vector)| Some((clause, cosine(query, vector)?)))
            .filter(|(_, cosine)| *cosine >= LEAST_COSINE)
            .collect();
        near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        near.into_iter().take(most).map(|(clause, _)| clause).collect()
    }
}

/// `None` if the vectors are of different models, or either is nothing.
pub fn cosine(one: &[f32], other: &[f32]) -> Option<f32> {
    if one.len() != other.len() || one.is_empty() {
        return None;
    }
    let (mut dot, mut of_one, mut of_other) = (0.0_f32, 0.0_f32, 0.0_f32);
    for (a, b) in one.iter().zip(other) {
        dot += a * b;
        of_one += a * a;
        of_other += b * b;
    }
    let length = (of_one * of_other).sqrt();
    (length > 0.0).then(|| dot / length)
}

/// Both rankings as one, by reciprocal rank.
pub(super) fn fuse(one: &[usize], other: &[usize]) -> Vec<usize> {
    let mut scores: BTreeMap<usize, f32> = BTreeMap::new();
    for ranking in [one, other] {
        for (rank, clause) in ranking.iter().enumerate() {
            *scores.entry(*clause).or_default() += 1.0 / (FUSION + rank as f32);
        }
    }
    let mut fused: Vec<(usize, f32)> = scores.into_iter().collect();
    fused.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    fused.into_iter().map(|(clause, _)| clause).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_rankings_know_comes_first() {
        assert_eq!(fuse(&[1, 2, 3], &[2, 4]), [2, 1, 4, 3]);
        assert_eq!(fuse(&[], &[7]), [7], "meaning alone finds what no word does");
        assert_eq!(fuse(&[5], &[]), [5], "words alone still find");
    }

    #[test]
    fn vectors_of_different_models_are_not_compared() {
        assert_eq!(cosine(&[1.0, 0.0], &[1.0]), None);
        assert_eq!(cosine(&[0.0], &[1.0]), None);
        assert_eq!(cosine(&[0.0, 2.0], &[0.0, 0.5]), Some(1.0));
    }

    #[test]
    fn far_vectors_are_not_found() {
        let vectors = Vectors(vec![vec![1.0, 0.0], vec![0.0, 1.0], Vec::new()]);
        assert_eq!(vectors.nearest(&[0.1, 1.0], 5), [1]);
    }
}
