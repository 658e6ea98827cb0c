//! A person found out what was open. Legs, money and the event that says so are one transaction: two managers who
//! resolve at once do not both settle the money, and no crash leaves it half settled.

use events_schema::booking::{AttentionResolved, SettledLeg};
use events_schema::event::Event;
use events_schema::ids::{ActionId, BookingId, EmployeeId};
use events_schema::money::Money;
use events_schema::rows::BookingRow;
use events_schema::state::BookingState;
use lambda_host::door::{Caller, CommandError, Refusal};
use lambda_host::head::BookingKey;
use lambda_host::{Cause, HandlerError, Live, Next, Outcome};
use sha2::{Digest, Sha256};

use super::{Attention, note_ref, texts};
use crate::decide::{Settlement, given_back, settle};
use crate::tables::Reservation;
use crate::tasks::budget::as_captured;

impl Attention {
    pub(super) async fn resolve(
        &self,
        live: &Live,
        caller: &Caller,
        action: &ActionId,
        booking: BookingId,
        said: &[SettledLeg],
        note: &str,
    ) -> Result<(), CommandError> {
        let (head, _) = self.find(booking).await?;
        // Told before anything is tried; the transition below decides it again, on what it then reads.
        if head.state == BookingState::NeedsAttention {
            self.settlement(&head, said).await?.map_err(Refusal::invalid)?;
        }
        let key = BookingKey::new(head.employee_id, booking);
        let cause = Cause::Command {
            employee: caller.employee.clone(),
            action: action.clone(),
        };
        let legal = [BookingState::NeedsAttention];
        let by = &caller.employee;
        let outcome = self
            .transitions
            .apply(live, &key, &cause, &legal, |head| async move {
                match self.settlement(&head, said).await? {
                    Ok(found) => Ok(Some(self.resolved(&head, found, by, note).await?)),
                    Err(_) => Ok(None),
                }
            })
            .await?;
        match outcome {
            Outcome::Done { event, .. } if event.detail_type == AttentionResolved::NAME => Ok(()),
            Outcome::Done { .. } | Outcome::NotAllowed(_) => {
                Err(Refusal::conflict(texts::RESOLVED_BEFORE).into())
            }
            Outcome::Unchanged | Outcome::Obsolete => Err(Refusal::conflict(texts::BUSY).into()),
            Outcome::NotFound => Err(Refusal::of_nothing(texts::NO_SUCH_ITEM).into()),
        }
    }

    /// The settlement, or the sentence that says what is missing from it.
    async fn settlement(
        &self,
        head: &BookingRow,
        said: &[SettledLeg],
    ) -> Result<Result<Found, String>, HandlerError> {
        let legs = self.legs.all(head.booking_id).await?;
        let entry = self
            .budgets
            .of_booking(&head.cost_centre, head.booking_id)
            .await?;
        // A cancellation has set nothing aside: its entry, if any, says what came back so far.
        let (reservation, refunded) = match head.previous_booking {
            None => (entry, None),
            Some(_) => (None, entry),
        };
        let settled = settle(&legs, reservation.as_ref(), said).and_then(|settlement| {
            let refund = match head.previous_booking {
                None => None,
                Some(_) => given_back(&legs, &settlement.legs)?,
            };
            Ok(Found {
                settlement,
                reservation,
                refunded,
                refund,
            })
        });
        Ok(settled.map_err(|problem| texts::unsettled(&problem.to_string())))
    }

    async fn resolved(
        &self,
        head: &BookingRow,
        found: Found,
        by: &EmployeeId,
        note: &str,
    ) -> Result<Next, HandlerError> {
        let Found {
            settlement,
            reservation,
            refunded,
            refund,
        } = found;
        let event = AttentionResolved {
            by: by.clone(),
            legs: settlement.legs,
            cost_centre: head.cost_centre.clone(),
            captured: settlement.captured,
            released: settlement.released,
            previous_booking: head.previous_booking,
            refund,
            note: note_ref(head.booking_id),
            note_hash: hex::encode(Sha256::digest(note.as_bytes())),
        };
        let mut next = Next::terminal(BookingState::AttentionResolved, &event)?;
        for row in &settlement.rows {
            next = next.with(self.legs.record(row)?);
        }
        let limited = self.budgets.available(&head.cost_centre).await?.is_some();
        if let (Some(refund), Some(confirmed)) = (refund, head.previous_booking) {
            let amount = as_captured(&self.budgets, head, confirmed, refund).await?;
            next.with.extend(match &refunded {
                Some(entry) => self.budgets.refund_more(entry, amount, limited)?,
                None => self
                    .budgets
                    .refund(&head.cost_centre, head.booking_id, amount, limited)?,
            });
        }
        if let (Some(entry), Some(captured)) = (reservation, settlement.captured) {
            next.with
                .extend(self.budgets.settle_at(&entry, captured.amount, limited)?);
        }
        let words = self.texts.keep_once(&note_ref(head.booking_id), by, note).await?;
        Ok(next.with(words))
    }
}

/// A settlement with the money it settles.
struct Found {
    settlement: Settlement,
    reservation: Option<Reservation>,
    /// Of a cancellation: what came back so far, and what came back by the findings.
    refunded: Option<Reservation>,
    refund: Option<Money>,
}
