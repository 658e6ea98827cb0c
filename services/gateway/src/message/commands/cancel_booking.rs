//! The traveller does not want the trip any more. The state stays: what is under way stops at its next safe point,
//! and whoever was being asked is asked no more.

use events_schema::gateway::CancelRequested;
use events_schema::ids::{ActionId, BookingId};
use events_schema::rows::BookingRow;
use events_schema::state::BookingState;
use jiff::{SignedDuration, Timestamp};
use lambda_host::{Due, Live, Next};

use super::Desk;
use crate::message::decision::call_off;
use lambda_host::door::Caller;
use lambda_host::door::CommandError;

impl Desk {
    pub(super) async fn cancel_booking(
        &self,
        live: &Live,
        caller: &Caller,
        action: &ActionId,
        booking: BookingId,
    ) -> Result<(), CommandError> {
        // Once everything is bought and paid for, the booking is about to be confirmed: too late for this lifecycle.
        let stoppable = |state: &BookingState| !state.is_terminal() && *state != BookingState::BudgetCaptured;
        let legal: Vec<_> = BookingState::ALL.into_iter().filter(stoppable).collect();
        self.move_own::<CancelRequested, _, _>(live, caller, action, booking, &legal, |head| async move {
            if head.cancel_requested {
                return Ok(None);
            }
            let now = self.clock.now();
            let event = CancelRequested { during: head.state };
            let due = due(&head, now, self.deadlines.automated_step);
            let mut next = Next::to(head.state, due, &event)?.cancel_requested();
            if let Some(open) = self.tables.open_decision(booking).await? {
                next = next.with(call_off(&self.tables.decisions, &open, &caller.employee, now)?);
            }
            Ok(Some(next))
        })
        .await
    }
}

/// A wait of hours for a person is now one of minutes for machines; a nearer due time stays.
fn due(head: &BookingRow, now: Timestamp, automated_step: SignedDuration) -> Due {
    let soon = (now + automated_step).as_second();
    match head.due_at {
        Some(due_at) if due_at <= soon => Due::Unchanged,
        _ => Due::In(automated_step),
    }
}
