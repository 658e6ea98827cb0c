//! Asks the next approver, or says that all have been asked.

use events_schema::booking::ApprovalRequested;
use events_schema::ids::{DecisionId, OptionId};
use events_schema::problem::ErrorCode;
use events_schema::rows::DecisionKind;
use events_schema::state::BookingState::{ApprovalGranted, ApprovalPending, Requoted};
use jiff::SignedDuration;
use lambda_host::{Due, HandlerError, Next};
use serde_json::{Value, json};

use super::{Decided, Step, cancelled};
use crate::decide::approvers;

/// `number` counts the approvers from 1.
pub(super) async fn request_approval(
    step: &Step<'_>,
    option: &OptionId,
    quote: u32,
    number: u32,
    quote_hash: &str,
) -> Result<Value, HandlerError> {
    let option = step.option(option).await?.option;
    let traveller = step.deps.people.read(&step.key.employee_id).await?;
    let asked = match approvers(&option.verdict.approvals, &traveller) {
        Ok(asked) => asked,
        Err(missing) => {
            let code = ErrorCode::ApprovalDeclined;
            return Ok(json!({"outcome": "no_approver", "code": code, "reason": missing.to_string()}));
        }
    };
    let Some(approver) = asked.get(number as usize - 1).cloned() else {
        return Ok(json!({"outcome": "all_asked"}));
    };
    let person = step.deps.people.read(&approver.employee).await?;
    // Approver and traveller differ, and so must whoever answers for the approver.
    let delegate = person
        .delegate
        .filter(|delegate| *delegate != step.key.employee_id);
    // An approval by silence leaves no event of its own: the state may still be ApprovalPending.
    let legal = [Requoted, ApprovalGranted, ApprovalPending];
    step.carry_out(format!("approve#{quote}.{number}"), &legal, |head| {
        let (option, approver, delegate) = (option.clone(), approver.employee.clone(), delegate.clone());
        let steps = asked.len();
        async move {
            if head.cancel_requested {
                return Ok(cancelled());
            }
            let verdict = option.verdict;
            let deadline = step.deadline(SignedDuration::from_hours(verdict.approval_sla_hours.into()));
            let decision = DecisionId::new(format!("approve#{quote}.{number}"));
            let mut row = step.question(DecisionKind::Approve, decision.clone(), deadline, quote_hash);
            row.approver = approver.clone();
            row.delegate = delegate.clone();
            row.options = vec![option.id.clone()];
            row.total = Some(option.total);
            row.reasons = verdict.reasons.clone();
            row.silence = verdict.silence;
            let event = ApprovalRequested {
                decision: decision.clone(),
                option: option.id,
                approver,
                delegate,
                step: number,
                steps: u32::try_from(steps).unwrap_or(u32::MAX),
                reasons: verdict.reasons,
                total: option.total,
                quote_hash: quote_hash.into(),
                deadline_at: deadline,
                silence: verdict.silence,
            };
            let answer = json!({"outcome": "open", "decision": decision, "deadlineAt": deadline.as_second()});
            let next = Next::to(ApprovalPending, Due::At(step.overdue(deadline)), &event)?
                .with(step.deps.decisions.open(&row)?)
                .result(answer);
            Ok(Decided::Go(next))
        }
    })
    .await
}
