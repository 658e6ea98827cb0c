//! Cancelling a confirmed trip: a lifecycle of its own, linked to the one that was confirmed. Nothing is cancelled by
//! asking for it: the suppliers' conditions are shown first.

use events_schema::event::Event;
use events_schema::gateway::CancellationRequested;
use events_schema::ids::{ActionId, BookingId};
use events_schema::rows::BookingRow;
use events_schema::state::BookingState;
use lambda_host::head::BookingKey;
use lambda_host::transition::TransitionError;
use lambda_host::{Cause, Due, Live, Next, Outcome};

use super::Desk;
use crate::texts;
use lambda_host::door::{Caller, CommandError, Refusal};

/// More attempts at cancelling one trip than anybody makes.
const MOST_ATTEMPTS: u32 = 50;

impl Desk {
    /// The cancellation's own id. One is under way at most: its id follows from the confirmed booking and the number of
    /// attempts that came to nothing, so that two devices begin the same one and the second is told.
    pub(super) async fn cancel_confirmed(
        &self,
        live: &Live,
        caller: &Caller,
        action: &ActionId,
        confirmed: &BookingRow,
    ) -> Result<BookingId, CommandError> {
        let previous = confirmed.booking_id;
        let cause = Cause::Command {
            employee: caller.employee.clone(),
            action: action.clone(),
        };
        for attempt in 0..MOST_ATTEMPTS {
            let parts = ["cancellation", &previous.to_string(), &attempt.to_string()];
            let cancellation = BookingId::derived(&parts);
            let key = BookingKey::new(caller.employee.clone(), cancellation);
            let head = match self.transitions.head(&key).await? {
                Some(head) => head,
                None => match self.begin_cancellation(live, &key, &cause, confirmed).await? {
                    Some(()) => return Ok(cancellation),
                    // Another device was faster by a moment.
                    None => return Err(Refusal::conflict(texts::CANCELLING).into()),
                },
            };
            let history = self.transitions.history().all(&cancellation.into()).await?;
            if history.first().is_some_and(|row| row.cause_key == cause.key()) {
                return Ok(cancellation);
            }
            match head.state {
                BookingState::Cancelled => return Err(Refusal::conflict(texts::CANCELLED_BEFORE).into()),
                BookingState::NeedsAttention => {
                    return Err(Refusal::conflict(texts::CANCELLATION_STUCK).into());
                }
                state if state.is_terminal() => {}
                _ => return Err(Refusal::conflict(texts::CANCELLING).into()),
            }
        }
        Err(Refusal::conflict(texts::CANCELLATION_STUCK).into())
    }

    /// `None` if it was begun by somebody else in this moment.
    async fn begin_cancellation(
        &self,
        live: &Live,
        key: &BookingKey,
        cause: &Cause,
        confirmed: &BookingRow,
    ) -> Result<Option<()>, CommandError> {
        let event = CancellationRequested {
            previous_booking: confirmed.booking_id,
        };
        let due = Due::In(self.deadlines.automated_step);
        let next = Next::to(BookingState::CancellationRequested, due, &event)?
            .previous_booking(confirmed.booking_id);
        let begun = self
            .transitions
            .begin(live, key, cause, confirmed.cost_centre.clone(), next)
            .await;
        match begun {
            Ok(Outcome::Done { event, .. }) => {
                super::same_command(&event.detail_type, &[CancellationRequested::NAME]).map(Some)
            }
            Ok(_) | Err(TransitionError::Contended(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
