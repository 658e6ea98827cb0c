//! The traveller does not want the trip any more. The state stays: what is under way stops at its next safe point,
//! and whoever was being asked is asked no more.

use events_schema::event::Event;
use events_schema::gateway::CancelRequested;
use events_schema::ids::{ActionId, BookingId};
use events_schema::rows::BookingRow;
use events_schema::state::BookingState;
use jiff::{SignedDuration, Timestamp};
use lambda_host::head::BookingKey;
use lambda_host::{Due, Live, Next};

use super::{Desk, Moved};
use crate::message::decision::call_off;
use crate::texts;
use lambda_host::door::{Caller, CommandError, Refusal};

impl Desk {
    /// The booking whose frames follow: the one to be cancelled, or the lifecycle that cancels a confirmed one.
    pub(super) async fn cancel_booking(
        &self,
        live: &Live,
        caller: &Caller,
        action: &ActionId,
        booking: BookingId,
    ) -> Result<BookingId, CommandError> {
        let legal: Vec<_> = BookingState::ALL.into_iter().filter(stoppable).collect();
        let key = BookingKey::new(caller.employee.clone(), booking);
        let names = [CancelRequested::NAME];
        let moved = self
            .move_on(live, caller, action, &key, &legal, &names, |head| async move {
                self.call_off(caller, head).await
            })
            .await?;
        match moved {
            Moved::Yes => Ok(booking),
            Moved::NotAllowed(head) if head.state == BookingState::Confirmed => {
                self.cancel_confirmed(live, caller, action, &head).await
            }
            Moved::NotAllowed(head) => Err(Refusal::in_state(&head).into()),
            Moved::NotFound => Err(self.unknown(booking).await?.into()),
        }
    }

    async fn call_off(&self, caller: &Caller, head: BookingRow) -> Result<Option<Next>, CommandError> {
        if head.cancel_requested {
            return Ok(None);
        }
        // A cancellation can be called off until the traveller has confirmed it.
        let begun = !matches!(
            head.state,
            BookingState::CancellationRequested | BookingState::CancellationPending
        );
        if head.previous_booking.is_some() && begun {
            return Err(Refusal::conflict(texts::CANCELLING).into());
        }
        let now = self.clock.now();
        let event = CancelRequested { during: head.state };
        let due = due(&head, now, self.deadlines.automated_step);
        let mut next = Next::to(head.state, due, &event)?.cancel_requested();
        if let Some(open) = self.tables.open_decision(head.booking_id).await? {
            next = next.with(call_off(&self.tables.decisions, &open, &caller.employee, now)?);
        }
        Ok(Some(next))
    }
}

/// Once everything is bought and paid for, the booking is about to be confirmed: too late for this lifecycle.
fn stoppable(state: &BookingState) -> bool {
    !state.is_terminal() && *state != BookingState::BudgetCaptured
}

/// A wait of hours for a person is now one of minutes for machines; a nearer due time stays.
fn due(head: &BookingRow, now: Timestamp, automated_step: SignedDuration) -> Due {
    let soon = (now + automated_step).as_second();
    match head.due_at {
        Some(due_at) if due_at <= soon => Due::Unchanged,
        _ => Due::In(automated_step),
    }
}
