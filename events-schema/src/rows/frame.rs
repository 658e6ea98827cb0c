use serde::{Deserialize, Serialize};

use crate::ids::{BookingId, EmployeeId};

/// A frame sent to a person about a booking, kept so that `resume` can send it again. Table Frames, key
/// (recipient, sequence); owned by `progress`, read by `gateway`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FrameRow {
    /// `<employeeId>#<bookingId>`.
    pub recipient: String,
    /// The event's sequence within the booking.
    pub sequence: u64,
    /// The frame as sent, JSON of [`crate::socket::Frame`].
    pub frame: String,
    /// Epoch seconds.
    pub ttl: i64,
}

impl FrameRow {
    pub fn recipient(employee: &EmployeeId, booking: BookingId) -> String {
        format!("{employee}#{booking}")
    }
}
