//! After every wake and every time-out: what the Decisions row says, or its closing.

use events_schema::approval::Silence;
use events_schema::booking::ApprovalGrantedBySilence;
use events_schema::ids::DecisionId;
use events_schema::rows::{DecisionAnswer, DecisionKind, DecisionRow, DecisionState};
use events_schema::state::BookingState;
use lambda_host::{Due, HandlerError, Next};
use serde_json::{Value, json};

use super::{Decided, Step, cancelled, open_states};

pub(super) async fn settle(step: &Step<'_>, decision: &DecisionId) -> Result<Value, HandlerError> {
    let mut row = step.deps.decisions.read(step.booking(), decision).await?;
    if row.state == DecisionState::Open && row.deadline_at <= step.now().as_second() {
        if approves_by_silence(&row) {
            return grant_by_silence(step, decision).await;
        }
        row = step
            .deps
            .decisions
            .time_out(step.booking(), decision, step.now())
            .await?;
    }
    Ok(outcome(&row))
}

/// Only where the policy said so and somebody was asked to approve: a purchase is never confirmed by silence.
fn approves_by_silence(row: &DecisionRow) -> bool {
    row.kind == DecisionKind::Approve && row.silence == Silence::Approves
}

/// Closing the row and saying so are one transaction: an answer that comes in the same moment either was there before,
/// and counts, or comes too late.
async fn grant_by_silence(step: &Step<'_>, decision: &DecisionId) -> Result<Value, HandlerError> {
    step.carry_out(format!("silence:{decision}"), &open_states(), |head| async move {
        if head.cancel_requested {
            return Ok(cancelled());
        }
        let row = step.deps.decisions.read(step.booking(), decision).await?;
        if row.state != DecisionState::Open {
            return Ok(Decided::Stay(outcome(&row)));
        }
        let event = ApprovalGrantedBySilence {
            decision: decision.clone(),
            approver: row.approver.clone(),
            quote_hash: row.quote_hash.clone(),
        };
        let due = Due::In(step.deps.deadlines.automated_step);
        let next = Next::to(BookingState::ApprovalGranted, due, &event)?
            .with(step.deps.decisions.close(&row)?)
            .result(json!({"outcome": "yes", "bySilence": true}));
        Ok(Decided::Go(next))
    })
    .await
}

/// What the state machine follows. An open row means that the wake was for nothing: it waits again.
fn outcome(row: &DecisionRow) -> Value {
    match (row.state, &row.answer) {
        (DecisionState::Open, _) => json!({"outcome": "open"}),
        (DecisionState::Cancelled, _) => json!({"outcome": "cancelled"}),
        (DecisionState::TimedOut, _) if approves_by_silence(row) => {
            json!({"outcome": "yes", "bySilence": true})
        }
        (DecisionState::TimedOut, _) => json!({"outcome": "timed_out"}),
        (DecisionState::Taken, Some(DecisionAnswer::Option(option))) => {
            json!({"outcome": "option", "option": option})
        }
        (DecisionState::Taken, Some(DecisionAnswer::Yes)) => json!({"outcome": "yes"}),
        (DecisionState::Taken, Some(DecisionAnswer::No) | None) => json!({"outcome": "no"}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events_schema::ids::OptionId;
    use events_schema::samples;

    #[test]
    fn the_row_decides_and_nothing_else() {
        use DecisionKind::{Approve, Choose, Confirm};
        use DecisionState::{Cancelled, Open, Taken, TimedOut};
        let option = Some(DecisionAnswer::Option(OptionId::new("1-a")));
        let cases = [
            (Choose, Open, None, Silence::Declines, "open"),
            (Choose, Taken, option, Silence::Declines, "option"),
            (Choose, TimedOut, None, Silence::Declines, "timed_out"),
            (
                Approve,
                Taken,
                Some(DecisionAnswer::Yes),
                Silence::Declines,
                "yes",
            ),
            (Approve, Taken, Some(DecisionAnswer::No), Silence::Approves, "no"),
            (Approve, TimedOut, None, Silence::Declines, "timed_out"),
            (Approve, TimedOut, None, Silence::Approves, "yes"),
            (Approve, Cancelled, None, Silence::Approves, "cancelled"),
            // A purchase is never confirmed by silence.
            (Confirm, TimedOut, None, Silence::Approves, "timed_out"),
        ];
        for (kind, state, answer, silence, expected) in cases {
            let row = DecisionRow {
                booking_id: samples::booking(),
                decision: samples::decision("x"),
                kind,
                state,
                employee_id: samples::employee(),
                approver: samples::approver(),
                delegate: None,
                chain: vec![],
                deadline_at: 0,
                nonce: String::new(),
                quote_hash: String::new(),
                options: vec![],
                total: None,
                reasons: vec![],
                silence,
                answer,
                decided_by: None,
                decided_at: None,
            };
            assert_eq!(outcome(&row)["outcome"], expected, "{row:?}");
        }
    }
}
