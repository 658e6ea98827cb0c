//! Those who listen: a consumer made in each language is built, tested, held to the conformance kit and given live events
//! by the running local cloud; our own read model is held to the same kit; a receiver of webhooks that is not ours verifies
//! what it is told; the gate is open for what is committed.
//!
//! Not covered: the consumers' stacks on AWS.

mod caught_up;
mod gate;
mod insights;
mod made;
pub mod scaffolds;
mod webhooks;
