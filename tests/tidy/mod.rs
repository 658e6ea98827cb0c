//! What must be absent: ambient inputs below `main`, knowledge that a layer is not to have, and what clutters a
//! repository. Reads source as text, so it sees what is written and not what a macro makes of it; clippy's
//! `disallowed_methods` covers that side.

mod builds;
mod determinism;
mod layers;
mod shape;
mod source;
