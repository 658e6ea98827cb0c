//! Asks the next approver, or says that all have been asked.

use events_schema::booking::ApprovalRequested;
use events_schema::ids::{DecisionId, EmployeeId, OptionId};
use events_schema::option::TripOption;
use events_schema::problem::ErrorCode;
use events_schema::rows::DecisionKind;
use events_schema::state::BookingState::{ApprovalGranted, ApprovalPending, Requoted};
use jiff::SignedDuration;
use lambda_host::{Due, HandlerError, Next};
use serde_json::{Value, json};

use super::{Decided, Step, cancelled};
use crate::decide::{NoApprover, approvers};

/// `number` counts the approvers from 1.
pub(super) async fn request_approval(
    step: &Step<'_>,
    option: &OptionId,
    quote: u32,
    number: u32,
    quote_hash: &str,
) -> Result<Value, HandlerError> {
    let option = step.option(option).await?.option;
    let passengers = step.deps.passengers.subjects(&step.booking().to_string()).await?;
    let chain = match chain(step, &option, quote, &passengers).await? {
        Ok(chain) => chain,
        Err(missing) => {
            let code = ErrorCode::ApprovalDeclined;
            return Ok(json!({"outcome": "no_approver", "code": code, "reason": missing.to_string()}));
        }
    };
    let Some(approver) = chain.get(number as usize - 1).cloned() else {
        return Ok(json!({"outcome": "all_asked"}));
    };
    let person = step.deps.people.read(&approver).await?;
    // Approver and travellers differ, and so must whoever answers for the approver.
    let delegate = person
        .delegate_at(step.now())
        .filter(|delegate| **delegate != step.key.employee_id && !passengers.contains(delegate))
        .cloned();
    let legal = [Requoted, ApprovalGranted];
    step.carry_out(format!("approve#{quote}.{number}"), &legal, |head| {
        let (option, approver, delegate) = (option.clone(), approver.clone(), delegate.clone());
        let chain = chain.clone();
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
            row.chain = chain.clone();
            row.options = vec![option.id.clone()];
            row.total = Some(option.total);
            row.reasons = verdict.reasons.clone();
            row.silence = verdict.silence;
            let event = ApprovalRequested {
                decision: decision.clone(),
                option: option.id,
                steps: u32::try_from(chain.len()).unwrap_or(u32::MAX),
                approvers: chain,
                approver,
                delegate,
                step: number,
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

/// Who is asked about this quote, in order: as resolved with the first question. People may change while somebody
/// thinks; whose turn it is must not change with it.
async fn chain(
    step: &Step<'_>,
    option: &TripOption,
    quote: u32,
    passengers: &[EmployeeId],
) -> Result<Result<Vec<EmployeeId>, NoApprover>, HandlerError> {
    let first = DecisionId::new(format!("approve#{quote}.1"));
    if let Some(row) = step.deps.decisions.find(step.booking(), &first).await? {
        return Ok(Ok(row.chain));
    }
    let traveller = step.deps.people.read(&step.key.employee_id).await?;
    let resolved = approvers(&option.verdict.approvals, &traveller, passengers);
    Ok(resolved.map(|list| list.into_iter().map(|approver| approver.employee).collect()))
}
