//! Opens the choice: again, with another round, when an offer fell through or got dearer.

use events_schema::booking::OptionsPresented;
use events_schema::compliance::OptionsRanked;
use events_schema::ids::DecisionId;
use events_schema::rows::DecisionKind;
use events_schema::state::BookingState::{OptionsPresented as Presented, OptionsRanked as Ranked, Requoted};
use lambda_host::history::newest;
use lambda_host::{Due, HandlerError, Next};
use serde_json::{Value, json};

use super::{Decided, Step, cancelled};

pub(super) async fn present_options(step: &Step<'_>, round: u32) -> Result<Value, HandlerError> {
    let history = step.deps.transitions.history().all(&step.booking().into()).await?;
    let ranked = newest::<OptionsRanked>(&history)?
        .ok_or_else(|| HandlerError::named("NothingRanked", "the booking has no ranked options"))?;
    let options = ranked.data.options;
    step.carry_out(format!("present#{round}"), &[Ranked, Requoted], |head| {
        let options = options.clone();
        async move {
            if head.cancel_requested {
                return Ok(cancelled());
            }
            let deadline = step.deadline(step.deps.deadlines.choose);
            let decision = DecisionId::new(format!("choose#{round}"));
            let mut row = step.question(DecisionKind::Choose, decision.clone(), deadline, "");
            row.options = options.clone();
            let event = OptionsPresented { decision: decision.clone(), options, round, deadline_at: deadline };
            let answer =
                json!({"outcome": "open", "decision": decision, "deadlineAt": deadline.as_second()});
            let next = Next::to(Presented, Due::At(step.overdue(deadline)), &event)?
                .round(round)
                .with(step.deps.decisions.open(&row)?)
                .result(answer);
            Ok(Decided::Go(next))
        }
    })
    .await
}
