//! What to do about a booking that may be overdue. Pure.

use events_schema::rows::BookingRow;
use events_schema::state::BookingState;
use jiff::Timestamp;

/// How often the last event is published again before the booking is given up on.
pub const REPUBLICATIONS: u32 = 3;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It moved on since the index was read.
    Nothing,
    /// Whoever should have reacted may have missed the event.
    Republish,
    /// Its owners have not seen to it: `AttentionOverdue`.
    Remind { due_at: i64 },
    /// Nobody will move it any more: `BookingOverdue`.
    GiveUp { due_at: i64 },
}

/// The statuses of an execution that will never act again. One that succeeded without ending its booking is as stuck
/// as one that failed.
pub fn has_ended(status: &str) -> bool {
    matches!(status, "FAILED" | "ABORTED" | "TIMED_OUT" | "SUCCEEDED" | GONE)
}

/// For an execution that Step Functions does not know (any more).
pub const GONE: &str = "DOES_NOT_EXIST";

/// `execution`: the status of the execution that holds the booking, if one does.
pub fn decide(head: &BookingRow, execution: Option<&str>, now: Timestamp) -> Step {
    let Some(due_at) = head.due_at.filter(|due_at| *due_at < now.as_second()) else {
        return Step::Nothing;
    };
    if head.state == BookingState::NeedsAttention {
        return Step::Remind { due_at };
    }
    if head.state.is_terminal() {
        return Step::Nothing;
    }
    // An ended execution answers no event: publishing again would only lose time.
    if execution.is_some_and(has_ended) || head.sweeps >= REPUBLICATIONS {
        return Step::GiveUp { due_at };
    }
    Step::Republish
}

#[cfg(test)]
mod tests {
    use events_schema::ids::{AggregateId, EventId, ExecutionId};
    use events_schema::rows::LastEvent;
    use events_schema::samples;
    use events_schema::state::BookingState;

    use super::*;

    fn head(state: BookingState, due_in: Option<i64>, sweeps: u32) -> BookingRow {
        let event_id = EventId::of(&AggregateId::from(samples::booking()), 1);
        BookingRow {
            employee_id: samples::employee(),
            booking_id: samples::booking(),
            state,
            sequence: 4,
            round: 0,
            execution_id: Some(ExecutionId::new("arn:execution")),
            cancel_requested: false,
            previous_booking: None,
            due_at: due_in.map(|seconds| samples::now().as_second() + seconds),
            due_partition: due_in.map(|_| BookingRow::OPEN.into()),
            sweeps,
            last_event: LastEvent {
                event_id,
                name: "PlanProposed".into(),
            },
            cost_centre: samples::cost_centre(),
            correlation_id: event_id,
            created_at: samples::now(),
            updated_at: samples::now(),
        }
    }

    #[test]
    fn three_republications_then_the_end_at_once_where_nobody_can_act() {
        use BookingState::{ApprovalPending, Expired, PlanProposed};
        let give_up = Step::GiveUp {
            due_at: samples::now().as_second() - 1,
        };
        let cases = [
            ("not due", PlanProposed, Some(0), 0, None, Step::Nothing),
            (
                "due later",
                PlanProposed,
                Some(60),
                3,
                Some("FAILED"),
                Step::Nothing,
            ),
            ("no due time", PlanProposed, None, 3, None, Step::Nothing),
            ("terminal", Expired, Some(-1), 3, Some("FAILED"), Step::Nothing),
            ("first", PlanProposed, Some(-1), 0, None, Step::Republish),
            ("third", PlanProposed, Some(-1), 2, None, Step::Republish),
            (
                "after the third",
                PlanProposed,
                Some(-1),
                3,
                None,
                give_up.clone(),
            ),
            (
                "running",
                ApprovalPending,
                Some(-1),
                0,
                Some("RUNNING"),
                Step::Republish,
            ),
            (
                "running, too often",
                ApprovalPending,
                Some(-1),
                3,
                Some("RUNNING"),
                give_up.clone(),
            ),
            (
                "failed",
                ApprovalPending,
                Some(-1),
                0,
                Some("FAILED"),
                give_up.clone(),
            ),
            (
                "aborted",
                ApprovalPending,
                Some(-1),
                0,
                Some("ABORTED"),
                give_up.clone(),
            ),
            (
                "timed out",
                ApprovalPending,
                Some(-1),
                0,
                Some("TIMED_OUT"),
                give_up.clone(),
            ),
            (
                "ended without ending it",
                ApprovalPending,
                Some(-1),
                0,
                Some("SUCCEEDED"),
                give_up.clone(),
            ),
            (
                "forgotten by Step Functions",
                ApprovalPending,
                Some(-1),
                0,
                Some(GONE),
                give_up,
            ),
        ];
        for (name, state, due_in, sweeps, execution, expected) in cases {
            let step = decide(&head(state, due_in, sweeps), execution, samples::now());
            assert_eq!(step, expected, "{name}");
        }
    }
}
