//! Finding the clauses of one policy version that bear on some words, or that none does.
//!
//! Words and clauses meet in the concepts of travel policies (`concepts.txt`) and in their stems. What the words ask for
//! is a list of needs; a clause answers a need by the same word or by one of the same meaning, weighed as BM25 weighs
//! words. What no shared word says, likeness does: the vectors of words that come with the service (`table.rs`). Two
//! questions are kept apart: which clauses are nearest (the score and the likeness), and whether the nearest speak of the
//! matter at all (`silence.rs`: above all how much of what is asked they cover, and whether what other policies speak of,
//! `elsewhere.txt`, is nearer). A policy that speaks of hotels and of costs does not answer what a conference costs,
//! however high "costs" scores.
//!
//! Where clauses have vectors of an embedding model, both rankings are fused. Pure: the same words always find the same
//! clauses in the same order. It must not know the documents it searches: nothing here is fitted to one policy.

mod fuse;
mod index;
mod lexicon;
mod likeness;
mod needs;
mod silence;
mod table;
mod units;
mod words;

pub use fuse::cosine;
pub use index::Index;
