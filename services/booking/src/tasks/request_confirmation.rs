//! Asks the traveller for the last word, at the price just quoted.

use events_schema::booking::PurchaseConfirmationRequested;
use events_schema::ids::{DecisionId, OptionId};
use events_schema::rows::DecisionKind;
use events_schema::state::BookingState::{ConfirmationPending, Requoted};
use lambda_host::{Due, HandlerError, Next};
use serde_json::{Value, json};

use super::{Decided, Step, cancelled};

pub(super) async fn request_confirmation(
    step: &Step<'_>,
    option: &OptionId,
    quote: u32,
    quote_hash: &str,
) -> Result<Value, HandlerError> {
    let option = step.option(option).await?.option;
    step.carry_out(format!("confirm#{quote}"), &[Requoted], |head| {
        let option = option.clone();
        async move {
            if head.cancel_requested {
                return Ok(cancelled());
            }
            let deadline = step.deadline(step.deps.deadlines.confirm);
            let decision = DecisionId::new(format!("confirm#{quote}"));
            let mut row = step.question(DecisionKind::Confirm, decision.clone(), deadline, quote_hash);
            row.options = vec![option.id.clone()];
            row.total = Some(option.total);
            let event = PurchaseConfirmationRequested {
                decision: decision.clone(),
                option: option.id,
                total: option.total,
                quote_hash: quote_hash.into(),
                deadline_at: deadline,
            };
            let answer = json!({"outcome": "open", "decision": decision, "deadlineAt": deadline.as_second()});
            let next = Next::to(ConfirmationPending, Due::At(step.overdue(deadline)), &event)?
                .with(step.deps.decisions.open(&row)?)
                .result(answer);
            Ok(Decided::Go(next))
        }
    })
    .await
}
