//! What the Insights table holds and what it says together. Written by `insights` alone; whoever has a read-only grant
//! draws the same conclusions from it, because drawing them is a pure function here.

mod fact;
mod summary;

pub use fact::{Fact, FactRow, Outcome, Purchase, Returned, Whereabouts};
pub use summary::{Amounts, Summary, aggregate};
