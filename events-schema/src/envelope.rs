//! What every event carries, whatever it says.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::event::Event;
use crate::ids::{AggregateId, EmployeeId, EventId};

/// The `detail` of an EventBridge event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Envelope<T> {
    pub meta: Meta,
    pub data: T,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// UUIDv5 of aggregate and sequence: the same event published twice has the same id.
    pub event_id: EventId,
    pub aggregate_type: AggregateType,
    pub aggregate_id: AggregateId,
    /// From 1, without gaps within the aggregate. A filtered subscription sees holes.
    #[schemars(range(min = 1))]
    pub sequence: u64,
    /// Whose booking it is, where it is somebody's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<EmployeeId>,
    /// The event that led to this one; for the first of a chain, its own id.
    pub causation_id: EventId,
    /// The first event of the chain.
    pub correlation_id: EventId,
    pub occurred_at: Timestamp,
    /// The version of `data`'s schema.
    #[schemars(range(min = 1))]
    pub schema_version: u32,
    /// W3C Trace Context.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

/// The kind of thing whose history an event belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AggregateType {
    Booking,
    Policy,
    Person,
    /// The list of all people, `directory#people`.
    Directory,
    /// A cost centre's budget, `budget#CC-100`.
    CostCentre,
    /// What a supplier sold us, `order#NAME#REFERENCE`.
    Order,
    /// What is kept of another aggregate's history, `records#<its id>`.
    Records,
}

/// An event as Journal keeps it and the bus carries it, its data not yet typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recorded {
    /// `sojourn.gateway`.
    pub source: String,
    /// The event's name: `BookingRequested`.
    pub detail_type: String,
    pub detail: Envelope<Value>,
}

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("expected {expected}, got {found}")]
    OtherEvent { expected: &'static str, found: String },
    #[error("{name} has version {found}; this build reads up to {known}")]
    UnknownVersion {
        name: &'static str,
        found: u32,
        known: u32,
    },
    #[error("the data of {name} does not fit its schema")]
    Malformed {
        name: &'static str,
        source: serde_json::Error,
    },
}

impl Recorded {
    /// Types the data. Older versions are brought up to date by the event's upcaster.
    pub fn read<E: Event>(&self) -> Result<Envelope<E>, ReadError> {
        if self.detail_type != E::NAME {
            return Err(ReadError::OtherEvent {
                expected: E::NAME,
                found: self.detail_type.clone(),
            });
        }
        let found = self.detail.meta.schema_version;
        if found > E::VERSION {
            return Err(ReadError::UnknownVersion {
                name: E::NAME,
                found,
                known: E::VERSION,
            });
        }
        let data = E::upcast(found, self.detail.data.clone());
        let data = serde_json::from_value(data).map_err(|source| ReadError::Malformed {
            name: E::NAME,
            source,
        })?;
        Ok(Envelope {
            meta: self.detail.meta.clone(),
            data,
        })
    }

    pub fn is<E: Event>(&self) -> bool {
        self.detail_type == E::NAME
    }
}
