//! What a decision asks for: the state to go to, the event that says so, and what is written with it.

use aws_sdk_dynamodb::types::TransactWriteItem;
use events_schema::envelope::AggregateType;
use events_schema::event::Event;
use events_schema::ids::BookingId;
use events_schema::state::BookingState;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// An event to be: everything but its place in the history, which saving gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    pub source: String,
    pub name: &'static str,
    pub version: u32,
    pub aggregate_type: AggregateType,
    pub data: Value,
}

impl NewEvent {
    pub fn of<E: Event>(event: &E) -> Result<Self, serde_json::Error> {
        Ok(Self {
            source: E::PRODUCER.source(),
            name: E::NAME,
            version: E::VERSION,
            aggregate_type: E::AGGREGATE,
            data: serde_json::to_value(event)?,
        })
    }
}

/// When the booking must have moved on from the new state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    In(SignedDuration),
    At(Timestamp),
    /// As before: for events that do not change the state.
    Unchanged,
    /// Terminal states wait for nothing.
    Never,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Next {
    pub state: BookingState,
    pub due: Due,
    pub event: NewEvent,
    /// Kept in Journal and told to whoever asks again.
    pub result: Value,
    pub round: Option<u32>,
    pub cancel_requested: Option<bool>,
    /// Of the first transition of a cancellation: the confirmed booking.
    pub previous_booking: Option<BookingId>,
    /// Further writes of the same transaction, with conditions of their own; if one fails, the decision is made anew.
    pub with: Vec<TransactWriteItem>,
}

impl Next {
    pub fn to<E: Event>(state: BookingState, due: Due, event: &E) -> Result<Self, serde_json::Error> {
        Ok(Self {
            state,
            due,
            event: NewEvent::of(event)?,
            result: Value::Null,
            round: None,
            cancel_requested: None,
            previous_booking: None,
            with: Vec::new(),
        })
    }

    /// The end of a lifecycle.
    pub fn terminal<E: Event>(state: BookingState, event: &E) -> Result<Self, serde_json::Error> {
        Self::to(state, Due::Never, event)
    }

    pub fn result(mut self, result: Value) -> Self {
        self.result = result;
        self
    }

    pub fn round(mut self, round: u32) -> Self {
        self.round = Some(round);
        self
    }

    pub fn cancel_requested(mut self) -> Self {
        self.cancel_requested = Some(true);
        self
    }

    pub fn previous_booking(mut self, booking: BookingId) -> Self {
        self.previous_booking = Some(booking);
        self
    }

    pub fn with(mut self, write: TransactWriteItem) -> Self {
        self.with.push(write);
        self
    }
}
