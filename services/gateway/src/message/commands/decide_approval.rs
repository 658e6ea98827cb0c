//! An approver, or their delegate, says yes or no to exactly what was quoted.

use events_schema::event::Event;
use events_schema::gateway::{ApprovalDeclined, ApprovalGranted};
use events_schema::ids::{ActionId, BookingId, DecisionId, TextRef};
use events_schema::rows::{DecisionAnswer, DecisionKind, DecisionRow};
use events_schema::socket::Verdict;
use events_schema::state::BookingState;
use lambda_host::{Due, Live, Next};

use super::Desk;
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
        kind: DecisionKind::Approve,
        nonce,
        quote_hash: Some(quote_hash),
    }
}

impl Desk {
    pub(super) async fn decide_approval(
        &self,
        live: &Live,
        caller: &Caller,
        reply: &Reply,
        verdict: Verdict,
        comment: Option<&str>,
    ) -> Result<(), CommandError> {
        let comment_ref =
            comment.map(|_| TextRef::new(format!("{}/comment/{}", reply.booking, reply.decision)));
        let comment_ref = &comment_ref;
        let name = match verdict {
            Verdict::Yes => ApprovalGranted::NAME,
            Verdict::No => ApprovalDeclined::NAME,
        };
        let legal = BookingState::ApprovalPending;
        self.answer_question(live, caller, reply, legal, &[name], |row| async move {
            // Read now: passengers may have been set since the approver was asked.
            let booking = reply.booking.to_string();
            if self
                .tables
                .passengers
                .subjects(&booking)
                .await?
                .contains(&caller.employee)
            {
                return Err(Refusal::forbidden(texts::TRAVELS_ALONG).into());
            }
            let due = Due::In(self.deadlines.automated_step);
            let (mut next, answer) = next(&row, caller, verdict, comment_ref.clone(), due)?;
            if let (Some(text), Some(text_ref)) = (comment, comment_ref) {
                next = next.with(self.tables.keep_text(text_ref, &caller.employee, text).await?);
            }
            Ok((next, answer))
        })
        .await
    }
}

fn next(
    row: &DecisionRow,
    caller: &Caller,
    verdict: Verdict,
    comment: Option<TextRef>,
    due: Due,
) -> Result<(Next, DecisionAnswer), serde_json::Error> {
    let decision = row.decision.clone();
    let approver = caller.employee.clone();
    let on_behalf_of = (approver != row.approver).then(|| row.approver.clone());
    let quote_hash = row.quote_hash.clone();
    Ok(match verdict {
        Verdict::Yes => {
            let event = ApprovalGranted {
                decision,
                approver,
                on_behalf_of,
                quote_hash,
                comment,
            };
            (
                Next::to(BookingState::ApprovalGranted, due, &event)?,
                DecisionAnswer::Yes,
            )
        }
        Verdict::No => {
            let event = ApprovalDeclined {
                decision,
                approver,
                on_behalf_of,
                quote_hash,
                comment,
            };
            (
                Next::to(BookingState::ApprovalDeclined, due, &event)?,
                DecisionAnswer::No,
            )
        }
    })
}
