//! What the directory and the budgets may become: pure, in tables.

pub mod budget;
pub mod directory;
pub mod erasure;
pub mod sheet;
