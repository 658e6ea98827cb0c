//! The traveller saw what cancelling a confirmed trip gives back and costs, and goes on, or keeps it.

use events_schema::event::Event;
use events_schema::gateway::{CancellationConfirmed, CancellationDeclined};
use events_schema::ids::{ActionId, BookingId, DecisionId};
use events_schema::rows::{DecisionAnswer, DecisionKind};
use events_schema::socket::Verdict;
use events_schema::state::BookingState;
use lambda_host::{Due, Live, Next};

use super::Desk;
use crate::message::decision::Reply;
use lambda_host::door::{Caller, CommandError};

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
        kind: DecisionKind::Cancel,
        nonce,
        quote_hash: Some(quote_hash),
    }
}

impl Desk {
    pub(super) async fn confirm_cancellation(
        &self,
        live: &Live,
        caller: &Caller,
        reply: &Reply,
        verdict: Verdict,
    ) -> Result<(), CommandError> {
        let name = match verdict {
            Verdict::Yes => CancellationConfirmed::NAME,
            Verdict::No => CancellationDeclined::NAME,
        };
        let legal = BookingState::CancellationPending;
        self.answer_question(live, caller, reply, legal, &[name], |row| async move {
            let due = Due::In(self.deadlines.automated_step);
            let decision = row.decision;
            Ok(match verdict {
                Verdict::Yes => {
                    let quote_hash = row.quote_hash;
                    let event = CancellationConfirmed { decision, quote_hash };
                    let next = Next::to(BookingState::CancellationConfirmed, due, &event)?;
                    (next, DecisionAnswer::Yes)
                }
                Verdict::No => {
                    let event = CancellationDeclined { decision };
                    let next = Next::to(BookingState::CancellationDeclined, due, &event)?;
                    (next, DecisionAnswer::No)
                }
            })
        })
        .await
    }
}
