//! Writing judged options, in the transaction that announces them.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use events_schema::ids::BookingId;
use events_schema::option::TripOption;
use events_schema::rows::OptionRow;
use jiff::{SignedDuration, Timestamp};

/// Long after the last offer expired and the booking ended.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

#[derive(Debug, thiserror::Error)]
pub enum OptionError {
    #[error("an option could not be written as an item")]
    Row(#[from] serde_dynamo::Error),
    #[error("a write to Options is malformed")]
    Build(#[from] BuildError),
}

pub fn puts(
    table: &str,
    booking: BookingId,
    options: &[TripOption],
    at: Timestamp,
) -> Result<Vec<TransactWriteItem>, OptionError> {
    let put = |(rank, option): (u32, &TripOption)| {
        let row = OptionRow {
            booking_id: booking,
            option_id: option.id.clone(),
            rank,
            option: option.clone(),
            held: Vec::new(),
            ttl: (at + KEPT).as_second(),
        };
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(serde_dynamo::to_item(row)?))
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    };
    (0..).zip(options).map(put).collect()
}
