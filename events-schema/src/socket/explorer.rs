//! What developers look at: how the events of one history travelled, what the bus receives now, and replays.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{AggregateId, EventId};

/// One event of a history, and what is known of its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEvent {
    pub sequence: u64,
    pub event_id: EventId,
    pub name: String,
    /// `sojourn.planner`.
    pub source: String,
    pub at: Timestamp,
    /// The event of the same history that led to it; absent for the first, and for what a person began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caused_by: Option<u64>,
    /// Who did it on account of what: `planner:<eventId>`, `<employeeId>:<actionId>`, `<execution>:<step>`.
    pub cause: String,
    /// When the bus first received it; absent if it never did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Timestamp>,
    /// How often it was put on the bus: more than once after a crash or by the sweeper.
    pub times_said: u32,
    /// Whether the audit trail has it.
    pub audited: bool,
    pub deliveries: Vec<HistoryDelivery>,
    pub dead_letters: Vec<DeadLetter>,
}

/// Somebody who got an event, as far as they left a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryDelivery {
    pub to: String,
    /// The event they made of it; absent for who only remembers having had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub led_to: Option<u64>,
}

/// An event that did not reach somebody, in the queue where it waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    pub queue: String,
    /// How often it was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    pub why: String,
}

/// An event as the bus received it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceivedEvent {
    pub aggregate_id: AggregateId,
    pub sequence: u64,
    pub name: String,
    pub received_at: Timestamp,
    /// The event, JSON; cut where it is longer than a message may be.
    pub event: String,
}

/// A replay from the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplayEntry {
    pub name: String,
    /// `STARTING`, `RUNNING`, `COMPLETED`, `CANCELLED` or `FAILED`, as EventBridge says.
    pub state: String,
    pub from: Timestamp,
    pub to: Timestamp,
    /// How far it has come, in the events' own time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
