//! Frames as they were sent: table Frames, key (recipient, sequence). The same event gives the same row.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::{BookingId, EmployeeId};
use events_schema::rows::{FrameRow, JournalRow};
use events_schema::socket::{Frame, FrameBody};
use jiff::{SignedDuration, Timestamp};
use lambda_host::HandlerError;
use serde::Deserialize;

/// Longer than any booking is open.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Below API Gateway's 128 KB a message, with room for its own framing.
const MAX_BYTES: usize = 120 * 1024;

pub struct Frames {
    dynamo: Client,
    table: String,
}

/// What of a frame's row says where it stands.
#[derive(Deserialize)]
struct Place {
    sequence: u64,
}

impl Frames {
    pub fn new(dynamo: Client, table: impl Into<String>) -> Self {
        Self {
            dynamo,
            table: table.into(),
        }
    }

    /// The sequence of the newest frame for this person, 0 without one.
    pub async fn newest(&self, to: &EmployeeId, booking: BookingId) -> Result<u64, HandlerError> {
        self.before(to, booking, u64::MAX).await
    }

    /// The sequence of the newest frame for this person before `sequence`, 0 without one.
    pub async fn before(
        &self,
        to: &EmployeeId,
        booking: BookingId,
        sequence: u64,
    ) -> Result<u64, HandlerError> {
        let answer = self
            .dynamo
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("recipient = :recipient AND #sequence < :sequence")
            // Frames are large.
            .projection_expression("#sequence")
            .expression_attribute_names("#sequence", "sequence")
            .expression_attribute_values(":recipient", AttributeValue::S(FrameRow::recipient(to, booking)))
            .expression_attribute_values(":sequence", AttributeValue::N(sequence.to_string()))
            .scan_index_forward(false)
            .limit(1)
            .send()
            .await?;
        let newest = answer.items.unwrap_or_default().into_iter().next();
        let newest: Option<Place> = newest.map(serde_dynamo::from_item).transpose()?;
        Ok(newest.map_or(0, |row| row.sequence))
    }

    pub async fn keep(&self, to: &EmployeeId, event: &JournalRow, text: &str) -> Result<(), HandlerError> {
        let row = FrameRow {
            recipient: format!("{to}#{}", event.aggregate_id),
            sequence: event.sequence,
            frame: text.into(),
            ttl: expires(event.occurred_at).as_second(),
        };
        self.dynamo
            .put_item()
            .table_name(&self.table)
            .set_item(Some(serde_dynamo::to_item(&row)?))
            .send()
            .await?;
        Ok(())
    }
}

pub fn expires(occurred_at: Timestamp) -> Timestamp {
    occurred_at + KEPT
}

/// The frame as text, small enough to be posted. Options are the only frames that can grow: the worst ones go first,
/// since the best are listed first.
pub fn fitting(mut frame: Frame) -> Result<String, serde_json::Error> {
    loop {
        let text = serde_json::to_string(&frame)?;
        match &mut frame.body {
            FrameBody::Options { options, .. } if text.len() > MAX_BYTES && options.len() > 1 => {
                options.pop();
            }
            _ => return Ok(text),
        }
    }
}
