//! The traveller answers the planner's questions.

use events_schema::gateway::ClarificationGiven;
use events_schema::ids::{ActionId, BookingId, TextRef};
use events_schema::planner::ClarificationRequested;
use events_schema::state::BookingState;
use lambda_host::history::newest;
use lambda_host::{Due, Live, Next};

use super::{Desk, hash};
use crate::texts;
use lambda_host::door::Caller;
use lambda_host::door::{CommandError, Refusal};

impl Desk {
    pub(super) async fn clarify(
        &self,
        live: &Live,
        caller: &Caller,
        action: &ActionId,
        booking: BookingId,
        text: &str,
        round: Option<u32>,
    ) -> Result<(), CommandError> {
        let legal = [BookingState::ClarificationPending];
        self.move_own::<ClarificationGiven, _, _>(live, caller, action, booking, &legal, |_head| async move {
            let history = self.transitions.history().all(&booking.into()).await?;
            let asked = newest::<ClarificationRequested>(&history)?
                .ok_or_else(|| Refusal::conflict(texts::NOT_NOW))?;
            // Written for an earlier question, it would answer this one with something else.
            if round.is_some_and(|answered| answered != asked.data.round) {
                return Err(Refusal::conflict(texts::QUESTION_REPLACED).into());
            }
            let round = asked.data.round;
            let text_ref = TextRef::new(format!("{booking}/clarification/{round}"));
            let event = ClarificationGiven {
                text: text_ref.clone(),
                text_hash: hash(text),
                round,
            };
            let due = Due::In(self.deadlines.automated_step);
            let next = Next::to(BookingState::Clarified, due, &event)?;
            Ok(Some(next.with(
                self.tables.keep_text(&text_ref, &caller.employee, text).await?,
            )))
        })
        .await
    }
}
