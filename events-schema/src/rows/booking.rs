use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{BookingId, CostCentre, EmployeeId, EventId, ExecutionId};
use crate::state::BookingState;

/// The head of a booking: small, and the only item whose sequence decides who wins. Table Bookings, key
/// (employeeId, bookingId). Written only by the transition protocol in `lambda-host`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BookingRow {
    pub employee_id: EmployeeId,
    pub booking_id: BookingId,
    pub state: BookingState,
    /// Of the newest event.
    pub sequence: u64,
    /// How often options were presented.
    pub round: u32,
    /// The execution that claimed the booking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_id: Option<ExecutionId>,
    #[serde(default)]
    pub cancel_requested: bool,
    /// Of a cancellation: the confirmed booking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_booking: Option<BookingId>,
    /// Epoch seconds by which the booking must have moved on; absent once terminal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<i64>,
    /// `open` while not terminal, else absent: the partition of the sparse index on `dueAt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_partition: Option<String>,
    /// How often the sweeper published `lastEvent` again since it was due.
    #[serde(default)]
    pub sweeps: u32,
    pub last_event: LastEvent,
    pub cost_centre: CostCentre,
    /// The first event: correlates everything that follows.
    pub correlation_id: EventId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastEvent {
    pub event_id: EventId,
    pub name: String,
}

impl BookingRow {
    pub const OPEN: &'static str = "open";
}
