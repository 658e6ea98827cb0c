//! Asking a model: what it is shown ([`prompt`]), the form its answer must have ([`proposal`]), the call itself
//! ([`converse`]), and the rule-based stand-in that answers the same call ([`crate::converse_stand_in`]).
//!
//! A model proposes a draft and nothing else: its answer is re-read against our own types, places and calendar, and
//! no sentence of it reaches a traveller.

pub mod converse;
pub mod prompt;
pub mod proposal;
