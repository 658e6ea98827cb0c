//! An approver's inbox: what waits for them, and what was settled in the last week.

use events_schema::rows::{DecisionAnswer, DecisionRow, DecisionState};
use events_schema::socket::{ApprovalSummary, Frame, FrameBody};
use jiff::{SignedDuration, Timestamp};

use super::Desk;
use lambda_host::door::Caller;
use lambda_host::door::CommandError;
use lambda_host::door::answer;

const SETTLED_LATELY: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Below what a frame may hold.
const MOST: usize = 100;

impl Desk {
    pub(super) async fn list_approvals(&self, caller: &Caller) -> Result<Vec<Frame>, CommandError> {
        let now = self.clock.now();
        let rows = self
            .tables
            .approvals(&caller.employee, now - SETTLED_LATELY)
            .await?;
        Ok(vec![answer::alone(FrameBody::Approvals {
            items: inbox(&rows, now),
        })])
    }
}

/// Open ones first, soonest deadline first; then the settled ones, latest first.
fn inbox(rows: &[DecisionRow], now: Timestamp) -> Vec<ApprovalSummary> {
    let mut items: Vec<_> = rows.iter().map(|row| summary(row, now)).collect();
    items.sort_by_key(|item| {
        let deadline = item.deadline_at.as_second();
        let order = if item.open { deadline } else { -deadline };
        (!item.open, order, item.decision_id.to_string())
    });
    items.truncate(MOST);
    items
}

fn summary(row: &DecisionRow, now: Timestamp) -> ApprovalSummary {
    ApprovalSummary {
        booking_id: row.booking_id,
        decision_id: row.decision.clone(),
        employee_id: row.employee_id.clone(),
        approver: row.approver.clone(),
        total: row.total,
        reasons: row.reasons.clone(),
        deadline_at: Timestamp::from_second(row.deadline_at).unwrap_or(Timestamp::MAX),
        silence: row.silence,
        open: row.state == DecisionState::Open && now.as_second() < row.deadline_at,
        granted: match row.answer {
            Some(DecisionAnswer::Yes) => Some(true),
            Some(DecisionAnswer::No) => Some(false),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use events_schema::approval::Silence;
    use events_schema::ids::DecisionId;
    use events_schema::rows::DecisionKind;
    use events_schema::samples;

    use super::*;

    fn row(id: &str, state: DecisionState, hours: i64) -> DecisionRow {
        DecisionRow {
            booking_id: samples::booking(),
            decision: DecisionId::new(id),
            kind: DecisionKind::Approve,
            state,
            employee_id: samples::employee(),
            approver: samples::approver(),
            delegate: None,
            chain: vec![samples::approver()],
            deadline_at: (samples::now() + SignedDuration::from_hours(hours)).as_second(),
            nonce: "n-1".into(),
            quote_hash: "h-1".into(),
            options: vec![samples::option()],
            total: Some(samples::total()),
            reasons: Vec::new(),
            silence: Silence::Declines,
            answer: (state == DecisionState::Taken).then_some(DecisionAnswer::Yes),
            decided_by: None,
            decided_at: None,
        }
    }

    #[test]
    fn what_waits_comes_first_and_most_urgent_first() {
        let rows = [
            row("settled-early", DecisionState::Taken, -20),
            row("tomorrow", DecisionState::Open, 24),
            row("settled-late", DecisionState::Taken, 5),
            row("soon", DecisionState::Open, 1),
            // Nobody has closed it yet, but its time is over.
            row("missed", DecisionState::Open, -1),
        ];
        let items = inbox(&rows, samples::now());
        let order: Vec<_> = items.iter().map(|item| item.decision_id.as_str()).collect();
        assert_eq!(
            order,
            ["soon", "tomorrow", "settled-late", "missed", "settled-early"]
        );
        let open: Vec<_> = items.iter().map(|item| item.open).collect();
        assert_eq!(open, [true, true, false, false, false]);
        assert_eq!((items[2].granted, items[3].granted), (Some(true), None));
    }
}
