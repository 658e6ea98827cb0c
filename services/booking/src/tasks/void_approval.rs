//! Says that what was approved cannot be had as it was approved. The options are presented again after it.

use events_schema::booking::{ApprovalGrantedBySilence, ApprovalVoided, OfferRequoted, OptionsPresented};
use events_schema::event::Event;
use events_schema::gateway::ApprovalGranted;
use events_schema::ids::{EmployeeId, OptionId};
use events_schema::rows::JournalRow;
use events_schema::state::BookingState::Requoted;
use lambda_host::history::newest;
use lambda_host::{Due, HandlerError, Next};
use serde_json::{Value, json};

use super::{Decided, Step, cancelled};

pub(super) async fn void_approval(
    step: &Step<'_>,
    option: &OptionId,
    quote: u32,
) -> Result<Value, HandlerError> {
    let history = step
        .deps
        .transitions
        .history()
        .all(&step.booking().into())
        .await?;
    let quoted = newest::<OfferRequoted>(&history)?
        .ok_or_else(|| HandlerError::named("NothingQuoted", "the booking has no quote"))?
        .data;
    let approvers = approvers(&history)?;
    step.carry_out(format!("void#{quote}"), &[Requoted], |head| {
        let event = ApprovalVoided {
            option: option.clone(),
            approvers: approvers.clone(),
            because: quoted.outcome,
            before: quoted.before,
            after: quoted.after,
        };
        async move {
            if head.cancel_requested {
                return Ok(cancelled());
            }
            let due = Due::In(step.deps.deadlines.automated_step);
            let next = Next::to(Requoted, due, &event)?.result(json!({"outcome": "voided"}));
            Ok(Decided::Go(next))
        }
    })
    .await
}

/// Who approved since options were last presented, in order.
fn approvers(history: &[JournalRow]) -> Result<Vec<EmployeeId>, HandlerError> {
    let since = history
        .iter()
        .rposition(|row| row.event_type == OptionsPresented::NAME)
        .unwrap_or(0);
    let mut approvers = Vec::new();
    for row in &history[since..] {
        if row.event_type == ApprovalGranted::NAME {
            approvers.push(row.recorded()?.read::<ApprovalGranted>()?.data.approver);
        } else if row.event_type == ApprovalGrantedBySilence::NAME {
            approvers.push(row.recorded()?.read::<ApprovalGrantedBySilence>()?.data.approver);
        }
    }
    Ok(approvers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::past::Past;

    #[test]
    fn only_approvals_of_what_was_last_presented_are_void() {
        let granted = |approver: &str| ApprovalGranted {
            approver: EmployeeId::new(approver),
            ..ApprovalGranted::example()
        };
        let past = Past::default()
            .then(OptionsPresented::example())
            .then(granted("earlier"))
            .then(OptionsPresented::example())
            .then(granted("boss"))
            .then(ApprovalGrantedBySilence {
                approver: EmployeeId::new("chief"),
                ..ApprovalGrantedBySilence::example()
            });
        let expected = ["boss", "chief"].map(EmployeeId::new);
        assert_eq!(approvers(&past.0).unwrap(), expected);
    }
}
