//! A booking's past, made up for tests.

use events_schema::envelope::{Envelope, Meta, Recorded};
use events_schema::event::Event;
use events_schema::ids::{AggregateId, EventId};
use events_schema::rows::{BookingRow, JournalRow, LastEvent};
use events_schema::samples;
use events_schema::state::BookingState;
use serde_json::Value;

#[derive(Default)]
pub struct Past(pub Vec<JournalRow>);

impl Past {
    pub fn then<E: Event>(mut self, event: E) -> Self {
        let aggregate_id = AggregateId::from(samples::booking());
        let sequence = self.0.len() as u64 + 1;
        let (event_id, first) = (
            EventId::of(&aggregate_id, sequence),
            EventId::of(&aggregate_id, 1),
        );
        let meta = Meta {
            event_id,
            aggregate_type: E::AGGREGATE,
            aggregate_id: aggregate_id.clone(),
            sequence,
            employee_id: Some(samples::employee()),
            causation_id: first,
            correlation_id: first,
            occurred_at: samples::now(),
            schema_version: E::VERSION,
            traceparent: None,
        };
        let data = serde_json::to_value(event).unwrap();
        let (source, detail_type) = (E::PRODUCER.source(), E::NAME.to_owned());
        let recorded = Recorded {
            source,
            detail_type,
            detail: Envelope { meta, data },
        };
        self.0.push(JournalRow {
            aggregate_id,
            sequence,
            cause_key: format!("sample:{sequence}"),
            result: Value::Null,
            event: serde_json::to_string(&recorded).unwrap(),
            event_type: E::NAME.into(),
            correlation_id: first,
            occurred_at: samples::now(),
        });
        self
    }
}

/// A booking in this state, due two hours after its last change.
pub fn head(state: BookingState) -> BookingRow {
    let first = EventId::of(&AggregateId::from(samples::booking()), 1);
    BookingRow {
        employee_id: samples::employee(),
        booking_id: samples::booking(),
        state,
        sequence: 9,
        round: 1,
        execution_id: None,
        cancel_requested: false,
        previous_booking: None,
        due_at: Some(samples::later().as_second()),
        due_partition: Some(BookingRow::OPEN.into()),
        sweeps: 0,
        last_event: LastEvent {
            event_id: first,
            name: "OptionsPresented".into(),
        },
        cost_centre: samples::cost_centre(),
        correlation_id: first,
        created_at: samples::now(),
        updated_at: samples::now(),
    }
}
