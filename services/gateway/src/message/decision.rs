//! Who may answer which question, and whether it can still be answered. Pure: rows and the time are given.
//!
//! The Decisions row is the only arbiter: what is judged here to give a clear answer is stated once more as the
//! condition of the write ([`take`]), so that of two answers, a time-out and a cancellation exactly one wins.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use events_schema::ids::{ActionId, BookingId, DecisionId, EmployeeId};
use events_schema::rows::{DecisionAnswer, DecisionKind, DecisionRow, DecisionState};
use jiff::Timestamp;

use crate::texts;
use lambda_host::door::Refusal;

/// An answer as the client sent it.
#[derive(Clone, Debug)]
pub struct Reply {
    pub action_id: ActionId,
    pub booking: BookingId,
    pub decision: DecisionId,
    pub kind: DecisionKind,
    pub nonce: String,
    /// What was on the screen; a choice has none.
    pub quote_hash: Option<String>,
}

/// Whether `employee` is one who may answer at all: a no is a refused attempt.
pub fn may_answer(row: &DecisionRow, employee: &EmployeeId) -> Result<(), Refusal> {
    let own = *employee == row.employee_id;
    match row.kind {
        DecisionKind::Choose | DecisionKind::Confirm | DecisionKind::Cancel if own => Ok(()),
        DecisionKind::Choose | DecisionKind::Confirm | DecisionKind::Cancel => {
            Err(Refusal::forbidden(texts::NOT_YOURS))
        }
        // Also where somebody is, by a mistake in People, their own approver or delegate.
        DecisionKind::Approve if own => Err(Refusal::forbidden(texts::OWN_APPROVAL)),
        DecisionKind::Approve if *employee == row.approver || row.delegate.as_ref() == Some(employee) => {
            Ok(())
        }
        DecisionKind::Approve => Err(Refusal::forbidden(texts::NOT_ASKED)),
    }
}

/// Whether this very question is still open for this very reply.
pub fn judge(row: &DecisionRow, reply: &Reply, now: Timestamp) -> Result<(), Refusal> {
    if row.kind != reply.kind {
        return Err(Refusal::conflict(texts::OTHER_QUESTION));
    }
    match row.state {
        DecisionState::Open => {}
        DecisionState::Taken => return Err(Refusal::conflict(texts::ALREADY_DECIDED)),
        DecisionState::TimedOut => return Err(Refusal::too_late()),
        DecisionState::Cancelled => return Err(Refusal::conflict(texts::QUESTION_CANCELLED)),
    }
    if now.as_second() >= row.deadline_at {
        return Err(Refusal::too_late());
    }
    if row.nonce != reply.nonce {
        return Err(Refusal::conflict(texts::QUESTION_REPLACED));
    }
    if reply
        .quote_hash
        .as_ref()
        .is_some_and(|hash| *hash != row.quote_hash)
    {
        return Err(Refusal::conflict(texts::PRICE_MOVED));
    }
    Ok(())
}

/// The write that takes the decision, if it is still as judged.
pub fn take(
    table: &str,
    row: &DecisionRow,
    answer: &DecisionAnswer,
    by: &EmployeeId,
    now: Timestamp,
) -> Result<TransactWriteItem, TakeError> {
    let update = close(table, row, "taken", by, now)
        .update_expression("SET #state = :closed, answer = :answer, decidedBy = :by, decidedAt = :at")
        .condition_expression("#state = :open AND nonce = :nonce AND quoteHash = :hash AND deadlineAt > :now")
        .expression_attribute_values(":answer", serde_dynamo::to_attribute_value(answer)?)
        .expression_attribute_values(":nonce", AttributeValue::S(row.nonce.clone()))
        .expression_attribute_values(":hash", AttributeValue::S(row.quote_hash.clone()))
        .expression_attribute_values(":now", AttributeValue::N(now.as_second().to_string()));
    Ok(TransactWriteItem::builder().update(update.build()?).build())
}

/// The write that closes an open question because its booking is being cancelled.
pub fn call_off(
    table: &str,
    row: &DecisionRow,
    by: &EmployeeId,
    now: Timestamp,
) -> Result<TransactWriteItem, TakeError> {
    let update = close(table, row, "cancelled", by, now)
        .update_expression("SET #state = :closed, decidedBy = :by, decidedAt = :at")
        .condition_expression("#state = :open");
    Ok(TransactWriteItem::builder().update(update.build()?).build())
}

#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    #[error("the answer could not be written as an attribute")]
    Answer(#[from] serde_dynamo::Error),
    #[error("the write of the decision is malformed")]
    Build(#[from] BuildError),
}

fn close(
    table: &str,
    row: &DecisionRow,
    state: &str,
    by: &EmployeeId,
    now: Timestamp,
) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
    Update::builder()
        .table_name(table)
        .key("bookingId", AttributeValue::S(row.booking_id.to_string()))
        .key("decision", AttributeValue::S(row.decision.to_string()))
        .expression_attribute_names("#state", "state")
        .expression_attribute_values(":open", AttributeValue::S("open".into()))
        .expression_attribute_values(":closed", AttributeValue::S(state.into()))
        .expression_attribute_values(":by", AttributeValue::S(by.to_string()))
        .expression_attribute_values(":at", AttributeValue::S(now.to_string()))
}

#[cfg(test)]
mod tests {
    use events_schema::approval::Silence;
    use events_schema::problem::ErrorCode;
    use events_schema::samples;
    use jiff::SignedDuration;

    use super::*;

    fn row(kind: DecisionKind) -> DecisionRow {
        DecisionRow {
            booking_id: samples::booking(),
            decision: DecisionId::new("approve#1.1"),
            kind,
            state: DecisionState::Open,
            employee_id: samples::employee(),
            approver: samples::approver(),
            delegate: Some(EmployeeId::new("sample-delegate-1")),
            chain: vec![samples::approver()],
            deadline_at: samples::later().as_second(),
            nonce: "n-1".into(),
            quote_hash: "h-1".into(),
            options: vec![samples::option()],
            total: Some(samples::total()),
            reasons: Vec::new(),
            silence: Silence::Declines,
            answer: None,
            decided_by: None,
            decided_at: None,
        }
    }

    fn reply() -> Reply {
        Reply {
            action_id: ActionId::new("a-1"),
            booking: samples::booking(),
            decision: DecisionId::new("approve#1.1"),
            kind: DecisionKind::Approve,
            nonce: "n-1".into(),
            quote_hash: Some("h-1".into()),
        }
    }

    #[test]
    fn only_those_asked_may_answer_and_nobody_approves_their_own_trip() {
        use DecisionKind::{Approve, Cancel, Choose, Confirm};
        let cases = [
            (Choose, "sample-traveller-1", true),
            (Choose, "sample-manager-1", false),
            (Confirm, "sample-traveller-1", true),
            (Confirm, "sample-delegate-1", false),
            (Cancel, "sample-traveller-1", true),
            (Cancel, "sample-manager-1", false),
            (Approve, "sample-manager-1", true),
            (Approve, "sample-delegate-1", true),
            (Approve, "sample-traveller-1", false),
            (Approve, "sample-stranger-1", false),
        ];
        for (kind, employee, allowed) in cases {
            let outcome = may_answer(&row(kind), &EmployeeId::new(employee));
            assert_eq!(outcome.is_ok(), allowed, "{kind:?} by {employee}");
            if let Err(refusal) = outcome {
                assert_eq!(refusal.code, ErrorCode::Forbidden);
            }
        }
    }

    #[test]
    fn a_traveller_named_as_their_own_approver_still_may_not() {
        let mut row = row(DecisionKind::Approve);
        row.approver = samples::employee();
        row.delegate = Some(samples::employee());
        assert!(may_answer(&row, &samples::employee()).is_err());
    }

    #[test]
    fn a_question_can_be_answered_once_in_time_and_as_it_was_asked() {
        let (now, last, after) = (
            samples::now(),
            samples::later() - SignedDuration::from_secs(1),
            samples::later(),
        );
        let state = |state| move |row: &mut DecisionRow, _: &mut Reply| row.state = state;
        type Change = Box<dyn Fn(&mut DecisionRow, &mut Reply)>;
        let cases: Vec<(&str, Change, Timestamp, Result<(), ErrorCode>)> = vec![
            ("open", Box::new(|_, _| ()), now, Ok(())),
            ("the last second", Box::new(|_, _| ()), last, Ok(())),
            (
                "the deadline",
                Box::new(|_, _| ()),
                after,
                Err(ErrorCode::TooLate),
            ),
            (
                "taken",
                Box::new(state(DecisionState::Taken)),
                now,
                Err(ErrorCode::Conflict),
            ),
            (
                "taken, late",
                Box::new(state(DecisionState::Taken)),
                after,
                Err(ErrorCode::Conflict),
            ),
            (
                "timed out",
                Box::new(state(DecisionState::TimedOut)),
                now,
                Err(ErrorCode::TooLate),
            ),
            (
                "cancelled",
                Box::new(state(DecisionState::Cancelled)),
                now,
                Err(ErrorCode::Conflict),
            ),
            (
                "old nonce",
                Box::new(|_, reply| reply.nonce = "n-0".into()),
                now,
                Err(ErrorCode::Conflict),
            ),
            (
                "another price",
                Box::new(|_, reply| reply.quote_hash = Some("h-0".into())),
                now,
                Err(ErrorCode::Conflict),
            ),
            (
                "another kind",
                Box::new(|row, _| row.kind = DecisionKind::Confirm),
                now,
                Err(ErrorCode::Conflict),
            ),
        ];
        for (name, change, at, expected) in cases {
            let (mut row, mut reply) = (row(DecisionKind::Approve), reply());
            change(&mut row, &mut reply);
            let outcome = judge(&row, &reply, at).map_err(|refusal| refusal.code);
            assert_eq!(outcome, expected, "{name}");
        }
    }

    #[test]
    fn taking_a_decision_states_everything_that_was_judged() {
        let row = row(DecisionKind::Approve);
        let write = take(
            "Decisions",
            &row,
            &DecisionAnswer::Yes,
            &row.approver,
            samples::now(),
        )
        .unwrap();
        let update = write.update().unwrap();
        let condition = update.condition_expression().unwrap();
        for part in [
            "#state = :open", "nonce = :nonce", "quoteHash = :hash", "deadlineAt > :now",
        ] {
            assert!(condition.contains(part), "{part}");
        }
        let values = update.expression_attribute_values().unwrap();
        assert_eq!(values[":answer"], AttributeValue::S("yes".into()));
        assert_eq!(values[":closed"], AttributeValue::S("taken".into()));
    }
}
