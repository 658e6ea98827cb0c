//! The planner's question to a model: a draft of the trip, bound to the proposal's schema.

use std::time::Duration;

use lambda_host::Live;
use lambda_host::converse::{Answer, Task, Unfit};
pub use lambda_host::converse::{AskError, Model, Spent};

use super::prompt::Prompt;
use super::proposal::{self, Proposal};

const MOST_TOKENS: i32 = 4_096;

/// `accept` says why an answer is not taken.
pub async fn ask(
    live: &Live,
    model: &Model,
    prompt: &Prompt,
    time_left: Duration,
    accept: impl Fn(&Proposal) -> Result<(), String>,
) -> (Result<Answer<Proposal>, AskError>, Spent) {
    let task = Task {
        tool: "draft_trip",
        about: "Takes the draft of the trip.",
        schema: proposal::schema(),
        system: &prompt.system,
        user: &prompt.user,
        most_tokens: MOST_TOKENS,
    };
    let read = |draft| -> Result<Proposal, Unfit> {
        let proposal: Proposal = serde_json::from_value(draft).map_err(Unfit::Form)?;
        accept(&proposal).map_err(Unfit::Refused)?;
        Ok(proposal)
    };
    model.ask(live, &task, time_left, read).await
}
