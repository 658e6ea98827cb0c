//! Given a history, when an event was understood so, then this follows. No table, no bus, no model.

use std::collections::BTreeMap;

use events_schema::compliance::{PlanRejected, Violation};
use events_schema::envelope::{AggregateType, Envelope, Meta, Recorded};
use events_schema::event::Event;
use events_schema::gateway::{BookingRequested, ClarificationGiven};
use events_schema::ids::{AggregateId, BookingId, ClauseId, EmployeeId, EventId, PolicyVersion, TextRef};
use events_schema::planner::{
    ClarificationRequested, PlanProposed, PlanningFailed, PlanningRecord, PolicyAnswered, Question,
};
use events_schema::policy::PolicyRetrieved;
use events_schema::rows::{ClauseRow, JournalRow};
use events_schema::state::BookingState;
use iso_currency::Currency;
use jiff::Timestamp;
use jiff::civil::date;
use lambda_host::Deadlines;
use planner::check::Reading;
use planner::decide::{self, Decision, MOST_ROUNDS, Write};
use planner::model::prompt::Data;
use planner::request::{History, Request};
use planner::understand::Understood;
use serde_json::Value;

/// One booking's history, an event at a time.
#[derive(Default)]
struct Past {
    rows: Vec<JournalRow>,
}

impl Past {
    fn then<E: Event>(mut self, event: &E, at: &str) -> Self {
        let sequence = self.rows.len() as u64 + 1;
        let recorded = Recorded {
            source: E::PRODUCER.source(),
            detail_type: E::NAME.into(),
            detail: Envelope {
                meta: meta(sequence, at),
                data: serde_json::to_value(event).unwrap(),
            },
        };
        self.rows.push(JournalRow {
            aggregate_id: aggregate(),
            sequence,
            cause_key: format!("cause-{sequence}"),
            result: Value::Null,
            event: serde_json::to_string(&recorded).unwrap(),
            event_type: E::NAME.into(),
            correlation_id: EventId::of(&aggregate(), 1),
            occurred_at: recorded.detail.meta.occurred_at,
        });
        self
    }

    fn history(&self) -> History {
        History::of(&aggregate(), &self.rows).unwrap()
    }
}

fn aggregate() -> AggregateId {
    BookingId::derived(&["sample"]).into()
}

fn meta(sequence: u64, at: &str) -> Meta {
    let event_id = EventId::of(&aggregate(), sequence);
    Meta {
        event_id,
        aggregate_type: AggregateType::Booking,
        aggregate_id: aggregate(),
        sequence,
        employee_id: Some(EmployeeId::new("sample-traveller-1")),
        causation_id: event_id,
        correlation_id: EventId::of(&aggregate(), 1),
        occurred_at: at.parse::<Timestamp>().unwrap(),
        schema_version: 1,
        traceparent: None,
    }
}

fn policy(silent: bool) -> PolicyRetrieved {
    PolicyRetrieved {
        version: PolicyVersion::new("v1"),
        clauses: vec![ClauseId::new("5.1")],
        silent,
        currency: Currency::EUR,
        rates: BTreeMap::new(),
    }
}

fn requested() -> Past {
    Past::default()
        .then(&BookingRequested::example(), "2026-11-20T23:30:00Z")
        .then(&policy(false), "2026-11-20T23:30:01Z")
}

fn request(history: History) -> Request {
    let clause = ClauseRow {
        version: PolicyVersion::new("v1"),
        clause_id: ClauseId::new("5.1"),
        section: "5 Cabins".into(),
        page: None,
        text: "Business above six hours.".into(),
        vector: None,
        reading: None,
    };
    let data = Data {
        today: date(2026, 11, 21),
        currency: Currency::EUR,
        texts: Vec::new(),
        fields: None,
        clauses: Vec::new(),
        rejected: None,
    };
    Request {
        history,
        clauses: vec![clause],
        data,
    }
}

fn understood(reading: Reading) -> Understood {
    Understood {
        reading,
        record: PlanningRecord::example(),
        answer: Some("{}".into()),
    }
}

fn first(past: &Past, reading: Reading) -> Decision {
    let cause = meta(past.rows.len() as u64, "2026-11-20T23:31:00Z");
    decide::first(
        &cause,
        &request(past.history()),
        understood(reading),
        &Deadlines::default(),
    )
    .unwrap()
}

fn data<E: Event>(decision: &Decision) -> E {
    assert_eq!(decision.next.event.name, E::NAME);
    serde_json::from_value(decision.next.event.data.clone()).unwrap()
}

#[test]
fn a_text_is_dated_where_the_traveller_is() {
    let past = requested()
        .then(&ClarificationRequested::example(), "2026-11-20T23:31:00Z")
        .then(
            &ClarificationGiven {
                text: TextRef::new("second"),
                ..ClarificationGiven::example()
            },
            "2026-11-21T23:30:00Z",
        );
    let history = past.history();
    // Half past eleven in the evening UTC is the next day in Berlin.
    let first = (BookingRequested::example().text, date(2026, 11, 21));
    assert_eq!(
        history.texts,
        [first, (TextRef::new("second"), date(2026, 11, 22))]
    );
    assert_eq!(history.rounds, 1);
}

#[test]
fn a_plan_is_proposed_with_its_record_and_the_answer_kept() {
    let plan = PlanProposed::example().plan;
    let decision = first(&requested(), Reading::Plan(plan.clone()));
    let event: PlanProposed = data(&decision);
    assert_eq!(
        (event.plan, event.revision, event.policy),
        (plan, 0, PolicyVersion::new("v1"))
    );
    assert_eq!(decision.next.state, BookingState::PlanProposed);
    let [Write::Answer(row)] = decision.writes.as_slice() else {
        panic!("one answer kept")
    };
    assert_eq!(Some(&row.text_ref), event.planning.answer.as_ref());
}

#[test]
fn questions_are_counted_and_end() {
    let mut past = requested();
    for round in 1..=MOST_ROUNDS {
        let decision = first(&past, Reading::Questions(vec![Question::example()]));
        assert_eq!(data::<ClarificationRequested>(&decision).round, round);
        assert_eq!(decision.next.state, BookingState::ClarificationPending);
        past = past
            .then(&ClarificationRequested::example(), "2026-11-21T08:00:00Z")
            .then(&ClarificationGiven::example(), "2026-11-21T08:01:00Z");
    }
    let decision = first(&past, Reading::Questions(vec![Question::example()]));
    data::<PlanningFailed>(&decision);
    assert_eq!(decision.next.state, BookingState::PlanningFailed);
}

#[test]
fn a_policy_question_is_answered_with_its_clauses() {
    let decision = first(&requested(), Reading::PolicyQuestion);
    let event: PolicyAnswered = data(&decision);
    assert_eq!((event.clauses, event.silent), (vec![ClauseId::new("5.1")], false));
    let text = decision.writes.iter().find_map(|write| match write {
        Write::Text(row) if row.text_ref == event.answer => Some(row.text.as_str()),
        _ => None,
    });
    assert!(
        text.unwrap()
            .contains("Clause 5.1 (5 Cabins): “Business above six hours.”")
    );
}

#[test]
fn a_silent_policy_is_called_so_beside_what_comes_nearest() {
    let past = Past::default()
        .then(&BookingRequested::example(), "2026-11-21T08:00:00Z")
        .then(&policy(true), "2026-11-21T08:00:01Z");
    let event: PolicyAnswered = data(&first(&past, Reading::PolicyQuestion));
    assert_eq!((event.clauses, event.silent), (vec![ClauseId::new("5.1")], true));
}

#[test]
fn a_revision_counts_on_and_an_unchanged_plan_fails() {
    let rejected = PlanRejected {
        revision: 1,
        violations: vec![Violation::example()],
        ..PlanRejected::example()
    };
    let mut changed = rejected.plan.clone();
    changed.flight.as_mut().unwrap().non_stop ^= true;
    let revision = |plan| {
        let cause = meta(4, "2026-11-21T08:00:00Z");
        let request = request(requested().history());
        decide::revision(
            &cause,
            &request,
            &rejected,
            understood(Reading::Plan(plan)),
            &Deadlines::default(),
        )
        .unwrap()
    };
    assert_eq!(data::<PlanProposed>(&revision(changed)).revision, 2);
    let failed: PlanningFailed = data(&revision(rejected.plan.clone()));
    assert!(
        failed
            .reason
            .contains("cabin is business, clause 3.4 allows economy"),
        "{}",
        failed.reason
    );
    assert!(decide::may_revise(1) && !decide::may_revise(2));
}
