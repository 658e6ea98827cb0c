//! Reading the stream of Bookings: heads in the order they changed, told apart from changes that are none.

use std::future::Future;

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use events_schema::rows::BookingRow;
use serde_json::{Value, json};

use crate::error::HandlerError;
use crate::steps;

/// A head whose sequence rose.
#[derive(Clone, Debug, PartialEq)]
pub struct Rise {
    pub head: BookingRow,
    /// The sequence before: 0 for a new booking. The events behind it up to the head's are new.
    pub before: u64,
}

/// Hands every rise to `handle`, in order, and answers as `ReportBatchItemFailures` wants: at the first error the
/// rest of the batch is reported and comes again. Records that are no rise (a claim, a sweep, a removal) are skipped.
///
/// A record that cannot be read at all can never succeed, and blocking the shard for it would stall every booking:
/// it is handed to `park`, and the batch goes on.
pub async fn for_each_rise<H, HF, P, PF>(payload: Value, handle: H, park: P) -> Result<Value, HandlerError>
where
    H: Fn(Rise) -> HF,
    HF: Future<Output = Result<(), HandlerError>>,
    P: Fn(Value, String) -> PF,
    PF: Future<Output = Result<(), HandlerError>>,
{
    let batch: Event = serde_json::from_value(payload)?;
    for record in batch.records {
        let number = record.change.sequence_number.clone().unwrap_or_default();
        let outcome = match rise(&record) {
            Ok(None) => Ok(()),
            Ok(Some(rise)) => {
                let head = rise.head.clone();
                steps::part(&head, handle(rise)).await
            }
            Err(error) => {
                let parked = park(serde_json::to_value(&record)?, error.to_string()).await;
                parked.inspect_err(|error| tracing::warn!(%error, record = number, "record not parked"))
            }
        };
        // Said by the step of that record, or just now. It comes again with those behind it.
        if outcome.is_err() {
            steps::came_of_it(format!("stopped at record {number}"));
            return Ok(json!({"batchItemFailures": [{"itemIdentifier": number}]}));
        }
    }
    Ok(json!({"batchItemFailures": []}))
}

fn rise(record: &EventRecord) -> Result<Option<Rise>, serde_dynamo::Error> {
    if record.change.new_image.is_empty() {
        return Ok(None);
    }
    let head: BookingRow = serde_dynamo::from_item(record.change.new_image.clone())?;
    let before = match record.change.old_image.is_empty() {
        true => 0,
        false => serde_dynamo::from_item::<_, BookingRow>(record.change.old_image.clone())?.sequence,
    };
    Ok((head.sequence > before).then_some(Rise { head, before }))
}
