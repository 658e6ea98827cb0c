//! The Offers table: what suppliers offered for a booking, as they said it. The client only ever sends an option's id
//! back, so price and content come from here.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use events_schema::ids::BookingId;
use events_schema::rows::OfferRow;
use events_schema::trip::Offer;
use jiff::{SignedDuration, Timestamp};

/// DynamoDB's limit for one batch.
const BATCH: usize = 25;
/// How often what DynamoDB left over is sent again.
const ATTEMPTS: u32 = 6;
/// Long after any booking of them has ended.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

pub struct Offers {
    dynamo: Client,
    table: String,
}

#[derive(Debug, thiserror::Error)]
pub enum OffersError {
    #[error("writing to {table} failed")]
    Write {
        table: String,
        source: Box<aws_sdk_dynamodb::Error>,
    },
    #[error("{left} offers were still not written to {table} after {ATTEMPTS} attempts")]
    LeftOver { table: String, left: usize },
    #[error("an offer could not be written as an item")]
    Row(#[from] serde_dynamo::Error),
    #[error("a write request is malformed")]
    Build(#[from] aws_sdk_dynamodb::error::BuildError),
}

impl Offers {
    pub fn new(dynamo: Client, table: &str) -> Self {
        Self {
            dynamo,
            table: table.into(),
        }
    }

    pub async fn put(&self, booking: BookingId, offers: &[Offer], now: Timestamp) -> Result<(), OffersError> {
        for batch in offers.chunks(BATCH) {
            let writes = batch
                .iter()
                .map(|offer| write(booking, offer, now))
                .collect::<Result<Vec<_>, _>>()?;
            self.put_batch(writes).await?;
        }
        Ok(())
    }

    async fn put_batch(&self, mut writes: Vec<WriteRequest>) -> Result<(), OffersError> {
        for attempt in 0..ATTEMPTS {
            let answer = self
                .dynamo
                .batch_write_item()
                .request_items(&self.table, writes)
                .send()
                .await
                .map_err(|error| OffersError::Write {
                    table: self.table.clone(),
                    source: Box::new(error.into()),
                })?;
            // A batch can succeed in part: what is left over comes back, and is ours to send again.
            writes = answer
                .unprocessed_items
                .and_then(|mut left| left.remove(&self.table))
                .unwrap_or_default();
            if writes.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(20 << attempt)).await;
        }
        Err(OffersError::LeftOver {
            table: self.table.clone(),
            left: writes.len(),
        })
    }
}

fn write(booking_id: BookingId, offer: &Offer, now: Timestamp) -> Result<WriteRequest, OffersError> {
    let row = OfferRow {
        booking_id,
        offer_id: offer.id.clone(),
        offer: offer.clone(),
        ttl: (now + KEPT).as_second(),
    };
    let put = PutRequest::builder()
        .set_item(Some(serde_dynamo::to_item(&row)?))
        .build()?;
    Ok(WriteRequest::builder().put_request(put).build())
}
