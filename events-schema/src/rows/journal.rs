use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::envelope::Recorded;
use crate::ids::{AggregateId, EventId};

/// One transition: what caused it, what it gave, and the exact event. Table Journal, key (aggregateId, sequence),
/// local index `byCause` (aggregateId, causeKey). Written only by the transition protocol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalRow {
    pub aggregate_id: AggregateId,
    pub sequence: u64,
    /// Who did this on account of what: `planner:<eventId>`, `<employeeId>:<actionId>`, `<executionId>:<step>`.
    pub cause_key: String,
    /// What the one who asked is told, also when asking again.
    pub result: Value,
    /// The event as published, JSON of [`Recorded`]; kept as text so that a republication is byte for byte the same.
    pub event: String,
    /// The event's name; partition of index `byType`.
    pub event_type: String,
    /// Partition of index `byCorrelation`.
    pub correlation_id: EventId,
    pub occurred_at: Timestamp,
}

impl JournalRow {
    pub fn recorded(&self) -> Result<Recorded, serde_json::Error> {
        serde_json::from_str(&self.event)
    }
}
