//! planner: from a request's words to a plan, or to questions.

pub mod check;
pub mod draft;
pub mod grammar;
pub mod question;
