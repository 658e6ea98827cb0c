//! What an event owes to whom. Pure.

use events_schema::approval::Silence;
use events_schema::catalogue::AnyEvent;
use events_schema::envelope::Meta;
use events_schema::ids::{BookingId, DecisionId, EmployeeId};
use events_schema::money::Money;
use jiff::{SignedDuration, Timestamp};
use lambda_host::Deadlines;

use crate::ledger::{Notice, NoticeRow, State};

/// A reminder comes when a quarter of the time is left, and never earlier than this before the end.
const LONGEST_LEAD: SignedDuration = SignedDuration::from_hours(4);
const LEAD_PART: i32 = 4;
/// By then a heartbeat has begun and ended, and the row of a connection that died unnoticed is gone: one comes every five
/// minutes and takes up to one.
const UNTIL_FOUND_DEAD: SignedDuration = SignedDuration::from_mins(7);
/// Longer than any booking is open.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Everything owed because of this event, in the order it is sent; a reminder waits until it is due.
pub fn owed(event: &AnyEvent, meta: &Meta, deadlines: &Deadlines) -> Vec<NoticeRow> {
    let (Ok(booking), Some(traveller)) = (meta.aggregate_id.as_str().parse(), meta.employee_id.clone())
    else {
        return Vec::new();
    };
    let about = About {
        booking,
        traveller,
        meta,
    };
    match event {
        AnyEvent::ClarificationRequested(event) => {
            let questions = event.questions.iter();
            let questions = questions.map(|one| one.question.clone()).collect();
            let deadline = meta.occurred_at + deadlines.clarification;
            let notice = Notice::ClarificationWanted { questions };
            about
                .question(&about.traveller, notice, None, None, deadline)
                .into()
        }
        AnyEvent::OptionsPresented(event) => {
            about.asked(Notice::ChoiceWanted, &event.decision, None, event.deadline_at)
        }
        AnyEvent::ApprovalRequested(event) => {
            let mut rows = Vec::new();
            for person in std::iter::once(&event.approver).chain(&event.delegate) {
                let notice = Notice::ApprovalWanted {
                    silence_approves: event.silence == Silence::Approves,
                };
                rows.extend(about.question(
                    person,
                    notice,
                    Some(&event.decision),
                    Some(event.total),
                    event.deadline_at,
                ));
            }
            rows
        }
        AnyEvent::PurchaseConfirmationRequested(event) => {
            let total = Some(event.total);
            about.asked(Notice::PurchaseWanted, &event.decision, total, event.deadline_at)
        }
        AnyEvent::CancellationConfirmationRequested(event) => {
            let refund = Some(event.refund);
            about.asked(
                Notice::CancellationWanted,
                &event.decision,
                refund,
                event.deadline_at,
            )
        }
        AnyEvent::BookingConfirmed(event) => about.ended(Notice::Confirmed, Some(event.total)),
        AnyEvent::BookingFailed(event) => {
            let reason = event.reason.clone();
            about.ended(Notice::Failed { reason }, None)
        }
        AnyEvent::BookingCancelled(event) => about.ended(Notice::Cancelled, event.refund),
        AnyEvent::BookingKept(_) => about.ended(Notice::Kept, None),
        AnyEvent::BookingExpired(_) => about.ended(Notice::Expired, None),
        AnyEvent::BookingNeedsAttention(_) => about.ended(Notice::NeedsAttention, None),
        AnyEvent::PolicyQuestionAnswered(_) => about.ended(Notice::Answered, None),
        _ => Vec::new(),
    }
}

/// When to remind of a question asked at `asked` and to be answered by `deadline`.
pub fn remind_at(asked: Timestamp, deadline: Timestamp) -> Timestamp {
    let wait = deadline.duration_since(asked);
    deadline - (wait / LEAD_PART).min(LONGEST_LEAD)
}

/// What is done about a notice that still says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is not its turn.
    Wait,
    /// They seem to be there, but nobody would tell them again: looked at once more at this time.
    LookAgain(Timestamp),
    /// They are there.
    Seen,
    Send,
}

/// `connected`: whether they have a live connection, as far as is known now.
///
/// A connection that died unnoticed counts as live until a heartbeat finds it. A question has its reminder; an ending is
/// said once, so it rests on a connection only if that is there after the next heartbeat, or another one is: whoever
/// connects is shown what has ended. Somebody who sees the ending and then leaves is told by mail as well.
pub fn step(row: &NoticeRow, connected: bool, now: Timestamp) -> Step {
    if row.due_at.is_some_and(|due| due > now.as_second()) {
        return Step::Wait;
    }
    match (&row.says, connected) {
        // That an e-mail came back is said by e-mail alone.
        (Notice::ApproverUnreached { .. }, _) | (_, false) => Step::Send,
        (says, true) if says.is_ending() && row.due_at.is_none() => Step::LookAgain(now + UNTIL_FOUND_DEAD),
        (_, true) => Step::Seen,
    }
}

struct About<'a> {
    booking: BookingId,
    traveller: EmployeeId,
    meta: &'a Meta,
}

impl About<'_> {
    fn asked(
        &self,
        notice: Notice,
        decision: &DecisionId,
        amount: Option<Money>,
        deadline: Timestamp,
    ) -> Vec<NoticeRow> {
        self.question(&self.traveller, notice, Some(decision), amount, deadline)
            .into()
    }

    /// The question, and the reminder of it.
    fn question(
        &self,
        to: &EmployeeId,
        notice: Notice,
        decision: Option<&DecisionId>,
        amount: Option<Money>,
        deadline: Timestamp,
    ) -> [NoticeRow; 2] {
        let row = |notice, due| NoticeRow {
            decision: decision.cloned(),
            deadline_at: Some(deadline.as_second()),
            due_at: due,
            due_partition: due.map(|_| NoticeRow::WAITING.into()),
            ..self.row(to, notice, amount)
        };
        let reminder = Notice::DeadlineNear {
            of: Box::new(notice.clone()),
        };
        let due = remind_at(self.meta.occurred_at, deadline);
        [row(notice, None), row(reminder, Some(due.as_second()))]
    }

    fn ended(&self, notice: Notice, amount: Option<Money>) -> Vec<NoticeRow> {
        vec![self.row(&self.traveller, notice, amount)]
    }

    fn row(&self, to: &EmployeeId, notice: Notice, amount: Option<Money>) -> NoticeRow {
        NoticeRow {
            booking_id: self.booking,
            notice: format!("{:06}#{}#{to}", self.meta.sequence, notice.name()),
            to: to.clone(),
            traveller: self.traveller.clone(),
            sequence: self.meta.sequence,
            says: notice,
            amount,
            decision: None,
            deadline_at: None,
            due_at: None,
            due_partition: None,
            state: State::Owed,
            claimed_until: None,
            ttl: (self.meta.occurred_at + KEPT).as_second(),
        }
    }
}

#[cfg(test)]
mod tests {
    use events_schema::booking::ApprovalRequested;
    use events_schema::catalogue::catalogue;
    use events_schema::event::{Event, Fate};

    use super::*;

    fn rows(name: &str) -> Vec<NoticeRow> {
        let event = catalogue()
            .into_iter()
            .find(|event| event.name == name)
            .unwrap()
            .example();
        owed(
            &AnyEvent::read(&event).unwrap(),
            &event.detail.meta,
            &Deadlines::default(),
        )
    }

    fn names(name: &str) -> Vec<String> {
        let named = rows(name).into_iter();
        named
            .map(|row| format!("{} {}", row.to, row.says.name()))
            .collect()
    }

    #[test]
    fn questions_owe_two_and_endings_one_and_nothing_else_owes_anything() {
        let questions = [
            "ClarificationRequested",
            "OptionsPresented",
            "ApprovalRequested",
            "PurchaseConfirmationRequested",
            "CancellationConfirmationRequested",
        ];
        for event in catalogue() {
            let expected = match event.fate {
                Fate::Terminal => 1,
                _ if questions.contains(&event.name) => 2,
                _ => 0,
            };
            let found = names(event.name);
            let people = found.len().max(1) / expected.max(1);
            assert_eq!(found.len(), expected * people, "{}: {found:?}", event.name);
            assert!(expected > 0 || found.is_empty(), "{}: {found:?}", event.name);
        }
    }

    #[test]
    fn approver_and_delegate_are_asked_and_reminded_and_the_traveller_is_not() {
        let event = ApprovalRequested {
            delegate: Some(EmployeeId::new("stand-in")),
            ..ApprovalRequested::example()
        };
        let meta = catalogue()
            .into_iter()
            .find(|event| event.name == ApprovalRequested::NAME)
            .unwrap()
            .example()
            .detail
            .meta;
        let rows = owed(
            &AnyEvent::ApprovalRequested(event.clone()),
            &meta,
            &Deadlines::default(),
        );
        let told: Vec<_> = rows.iter().map(|row| (row.to.clone(), row.says.name())).collect();
        let stand_in = EmployeeId::new("stand-in");
        assert_eq!(
            told,
            [
                (event.approver.clone(), "approval-wanted"),
                (event.approver.clone(), "deadline-near"),
                (stand_in.clone(), "approval-wanted"),
                (stand_in, "deadline-near"),
            ]
        );
        let keys: std::collections::BTreeSet<_> = rows.iter().map(|row| &row.notice).collect();
        assert_eq!(keys.len(), rows.len(), "each has a row of its own");
        assert!(
            rows.iter()
                .all(|row| row.due_at.is_some() == row.due_partition.is_some())
        );
    }

    #[test]
    fn an_ending_rests_on_a_connection_only_after_a_heartbeat() {
        let now = events_schema::samples::now();
        let before = Some(now.as_second() - 60);
        let later = Some(now.as_second() + 60);
        let again = Step::LookAgain(now + UNTIL_FOUND_DEAD);
        let unreached = Notice::ApproverUnreached {
            approver: events_schema::samples::approver(),
        };
        let reminder = Notice::DeadlineNear {
            of: Box::new(Notice::ChoiceWanted),
        };
        // What is said, when it is due, whether they are connected, and then.
        let cases = [
            (Notice::ChoiceWanted, None, true, Step::Seen),
            (Notice::ChoiceWanted, None, false, Step::Send),
            (reminder.clone(), later, false, Step::Wait),
            (reminder.clone(), before, true, Step::Seen),
            (reminder, before, false, Step::Send),
            (Notice::Confirmed, None, false, Step::Send),
            (Notice::Confirmed, None, true, again),
            // The event comes again meanwhile.
            (Notice::Confirmed, later, true, Step::Wait),
            (Notice::Confirmed, later, false, Step::Wait),
            (Notice::Confirmed, before, true, Step::Seen),
            (Notice::Confirmed, before, false, Step::Send),
            (unreached, None, true, Step::Send),
        ];
        for (says, due_at, connected, expected) in cases {
            let row = NoticeRow {
                says,
                due_at,
                ..rows("BookingConfirmed").remove(0)
            };
            assert_eq!(
                step(&row, connected, now),
                expected,
                "{:?}, due {due_at:?}, connected: {connected}",
                row.says
            );
        }
        assert!(
            UNTIL_FOUND_DEAD > SignedDuration::from_mins(5 + 1),
            "a heartbeat and how long it takes"
        );
    }

    #[test]
    fn every_ending_is_looked_at_again_and_no_question_is() {
        let now = events_schema::samples::now();
        for event in catalogue() {
            for row in rows(event.name).into_iter().filter(|row| row.due_at.is_none()) {
                let again = matches!(step(&row, true, now), Step::LookAgain(_));
                assert_eq!(again, event.fate == Fate::Terminal, "{}", event.name);
            }
        }
    }

    #[test]
    fn a_reminder_leaves_time_to_answer() {
        let asked = events_schema::samples::now();
        let cases = [(30, 30 - 7), (120, 90), (24 * 60, 20 * 60), (72 * 60, 68 * 60)];
        for (minutes, near) in cases {
            let deadline = asked + SignedDuration::from_mins(minutes);
            let found = remind_at(asked, deadline).duration_since(asked).as_mins();
            assert!((found - near).abs() <= 1, "{minutes}: {found}");
        }
    }
}
