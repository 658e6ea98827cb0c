//! The traveller has the last word: buy at this price, or not. Buying needs to know who travels.

use events_schema::event::Event;
use events_schema::gateway::{PurchaseConfirmed, PurchaseDeclined};
use events_schema::ids::{ActionId, BookingId, DecisionId};
use events_schema::rows::{DecisionAnswer, DecisionKind, DecisionRow};
use events_schema::socket::Verdict;
use events_schema::state::BookingState;
use lambda_host::{Due, HandlerError, Live, Next};

use super::Desk;
use super::set_passengers::travellers;
use crate::message::decision::Reply;
use crate::texts;
use lambda_host::door::Caller;
use lambda_host::door::{CommandError, Refusal};

pub(super) fn reply(
    action_id: ActionId,
    booking: BookingId,
    decision: DecisionId,
    nonce: String,
    quote_hash: String,
) -> Reply {
    Reply {
        action_id,
        booking,
        decision,
        kind: DecisionKind::Confirm,
        nonce,
        quote_hash: Some(quote_hash),
    }
}

impl Desk {
    pub(super) async fn confirm_purchase(
        &self,
        live: &Live,
        caller: &Caller,
        reply: &Reply,
        verdict: Verdict,
    ) -> Result<(), CommandError> {
        let name = match verdict {
            Verdict::Yes => PurchaseConfirmed::NAME,
            Verdict::No => PurchaseDeclined::NAME,
        };
        let legal = BookingState::ConfirmationPending;
        self.answer_question(live, caller, reply, legal, &[name], |row| async move {
            let due = Due::In(self.deadlines.automated_step);
            match verdict {
                Verdict::Yes => {
                    self.check_passengers(caller, reply.booking).await?;
                    Ok((confirmed(row, due)?, DecisionAnswer::Yes))
                }
                Verdict::No => {
                    let event = PurchaseDeclined {
                        decision: row.decision,
                    };
                    Ok((
                        Next::to(BookingState::PurchaseDeclined, due, &event)?,
                        DecisionAnswer::No,
                    ))
                }
            }
        })
        .await
    }

    async fn check_passengers(&self, caller: &Caller, booking: BookingId) -> Result<(), CommandError> {
        let history = self.transitions.history().all(&booking.into()).await?;
        let wanted = travellers(&history)?.unwrap_or(1);
        let filled = self.tables.passenger_positions(booking).await?;
        // Alone, and nothing set: `booking` takes the traveller's own details.
        if wanted == 1 && filled.is_empty() && self.tables.stored_passenger(&caller.employee).await?.is_some()
        {
            return Ok(());
        }
        missing_passengers(wanted, &filled)?;
        Ok(())
    }
}

fn missing_passengers(wanted: u8, filled: &[String]) -> Result<(), Refusal> {
    let unknown = |position: &u8| !filled.contains(&position.to_string());
    let missing: Vec<usize> = (0..wanted)
        .filter(unknown)
        .map(|position| usize::from(position) + 1)
        .collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Refusal::invalid(texts::passengers_missing(&missing))),
    }
}

fn confirmed(row: DecisionRow, due: Due) -> Result<Next, CommandError> {
    // What is bought is what our record says was asked about, never a price from the client.
    let total = row.total.ok_or_else(|| {
        let error = HandlerError::named("IncompleteDecision", "a confirmation without a total");
        CommandError::Failed(error)
    })?;
    let event = PurchaseConfirmed {
        decision: row.decision,
        quote_hash: row.quote_hash,
        total,
    };
    Ok(Next::to(BookingState::PurchaseConfirmed, due, &event)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_traveller_must_be_known() {
        let cases: [(u8, &[&str], bool); 6] = [
            (1, &["0"], true),
            (1, &[], false),
            (2, &["0"], false),
            (2, &["0", "1"], true),
            (2, &["0", "2"], false),
            (2, &["0", "1", "2"], true),
        ];
        for (wanted, filled, complete) in cases {
            let filled: Vec<_> = filled.iter().map(|position| position.to_string()).collect();
            let outcome = missing_passengers(wanted, &filled);
            assert_eq!(outcome.is_ok(), complete, "{wanted} wanted, {filled:?}");
            if let Err(refusal) = outcome {
                assert!(refusal.message.contains("set_passengers"));
                let first = (0..wanted).find(|n| !filled.contains(&n.to_string())).unwrap() + 1;
                assert!(
                    refusal.message.contains(&format!("passenger {first}")),
                    "{}",
                    refusal.message
                );
            }
        }
    }
}
