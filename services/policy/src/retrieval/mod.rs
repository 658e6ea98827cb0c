//! Finding the clauses of one policy version that bear on some words, or that none does.
//!
//! Words and clauses meet in the concepts of travel policies (`concepts.txt`) and in their stems. What the words ask for
//! is a list of needs; a clause answers a need by the same word or by one of the same meaning, weighed as BM25 weighs
//! words. What no shared word says, meaning does: the sentence model of the crate `embedding` reads the clauses once and
//! each question (`meaning.rs`). Two questions are kept apart: which clauses are nearest, and whether any of them answers
//! what is asked (`silence.rs`). A policy that speaks of hotels and of costs does not answer what a conference costs,
//! however high "costs" scores. Where none seems to, the nearest are found all the same: whoever reads them can tell.
//!
//! Where clauses have vectors of an embedding model, both rankings are fused. Pure: the same words always find the same
//! clauses in the same order. It must not know the documents it searches: nothing here is fitted to one policy.

mod fuse;
mod index;
mod lexicon;
mod meaning;
mod needs;
mod silence;
mod units;
mod words;

pub use fuse::cosine;
pub use index::{Found, Index};
pub use meaning::read;
pub use silence::Signs;
