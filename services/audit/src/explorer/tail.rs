//! What the bus has received lately, from Receipts by time. Whoever watches asks again from where they were.

use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::socket::{Frame, FrameBody, ReceivedEvent};
use jiff::{SignedDuration, Timestamp};
use lambda_host::door::{CommandError, answer};

use super::{Explorer, cut};
use crate::receipts::{Receipt, day};

/// An index lags behind its table: what came a moment ago is asked for once more, and who watches knows what they have.
const LAG: SignedDuration = SignedDuration::from_secs(5);
/// Without a place to go on from.
const LATELY: SignedDuration = SignedDuration::from_mins(15);
const MOST: i32 = 40;
/// Forty of them fit into a message.
const MOST_BYTES: usize = 2048;

impl Explorer {
    pub(super) async fn tail(&self, after: Option<Timestamp>) -> Result<Vec<Frame>, CommandError> {
        let now = self.clock.now();
        let earliest = now - LATELY;
        let from = after.map_or(earliest, |after| after.max(earliest + LAG) - LAG);
        let mut received = Vec::new();
        // Around midnight there are two days to look at.
        let mut days = vec![day(from), day(now)];
        days.dedup();
        for day in days {
            received.extend(self.received_on(day, from, after.is_some()).await?);
        }
        received.sort_by_key(|receipt| receipt.received_at);
        let reached = received.last().map_or(now, |receipt| receipt.received_at);
        let events = received.into_iter().map(|receipt| ReceivedEvent {
            aggregate_id: receipt.aggregate_id,
            sequence: receipt.sequence,
            name: receipt.event_type,
            received_at: receipt.received_at,
            event: cut(&receipt.event, MOST_BYTES).into(),
        });
        let body = FrameBody::Tail {
            events: events.collect(),
            reached,
        };
        Ok(vec![answer::alone(body)])
    }

    /// From the oldest on for who goes on; the newest for who begins.
    async fn received_on(
        &self,
        day: String,
        from: Timestamp,
        forward: bool,
    ) -> Result<Vec<Receipt>, CommandError> {
        let answer = self
            .dynamo
            .query()
            .table_name(&self.receipts)
            .index_name("byTime")
            .key_condition_expression("receivedOn = :day AND receivedAt >= :from")
            .expression_attribute_values(":day", AttributeValue::S(day))
            .expression_attribute_values(":from", AttributeValue::S(from.to_string()))
            .scan_index_forward(forward)
            .limit(MOST)
            .send()
            .await?;
        Ok(serde_dynamo::from_items(answer.items.unwrap_or_default())?)
    }
}
