//! The rows of a booking whose options have just been ranked.

use events_schema::compliance::OptionsRanked;
use events_schema::envelope::{Envelope, Meta, Recorded};
use events_schema::event::Event;
use events_schema::ids::{AggregateId, BookingId, EventId};
use events_schema::rows::{BookingRow, LastEvent, PassengerRow};
use events_schema::samples;
use events_schema::state::BookingState;
use jiff::SignedDuration;

pub fn head() -> BookingRow {
    let booking = samples::booking();
    let event = |sequence| EventId::of(&AggregateId::from(booking), sequence);
    BookingRow {
        employee_id: samples::employee(),
        booking_id: booking,
        state: BookingState::OptionsRanked,
        sequence: 3,
        round: 0,
        execution_id: None,
        cancel_requested: false,
        previous_booking: None,
        due_at: Some((samples::now() + SignedDuration::from_mins(5)).as_second()),
        due_partition: Some(BookingRow::OPEN.into()),
        sweeps: 0,
        last_event: LastEvent {
            event_id: event(3),
            name: OptionsRanked::NAME.into(),
        },
        cost_centre: samples::cost_centre(),
        correlation_id: event(1),
        created_at: samples::now(),
        updated_at: samples::now(),
    }
}

pub fn recorded<E: Event>(sequence: u64, event: &E) -> Recorded {
    let booking: BookingId = samples::booking();
    let aggregate_id = AggregateId::from(booking);
    let meta = Meta {
        event_id: EventId::of(&aggregate_id, sequence),
        aggregate_type: E::AGGREGATE,
        causation_id: EventId::of(&aggregate_id, sequence),
        correlation_id: EventId::of(&aggregate_id, 1),
        aggregate_id,
        sequence,
        employee_id: Some(samples::employee()),
        occurred_at: samples::now(),
        schema_version: E::VERSION,
        traceparent: None,
    };
    let detail = Envelope {
        meta,
        data: serde_json::to_value(event).unwrap(),
    };
    Recorded {
        source: E::PRODUCER.source(),
        detail_type: E::NAME.into(),
        detail,
    }
}

pub fn passenger() -> PassengerRow {
    PassengerRow {
        given_name: "Sam".into(),
        family_name: "Sample".into(),
        born_on: jiff::civil::date(1990, 1, 1),
        email: "sam@example.com".into(),
        phone: "+4930000000".into(),
        ticket: None,
    }
}
