//! Reading what `search` found.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::BookingId;
use events_schema::rows::OfferRow;
use events_schema::trip::Offer;
use jiff::Timestamp;

pub struct Offers {
    dynamo: Client,
    table: String,
}

#[derive(Debug, thiserror::Error)]
pub enum OfferError {
    #[error("reading Offers failed")]
    Read(#[source] Box<aws_sdk_dynamodb::Error>),
    #[error("a row of Offers does not have the shape of one")]
    Row(#[from] serde_dynamo::Error),
}

impl Offers {
    pub fn new(dynamo: Client, table: &str) -> Self {
        Self {
            dynamo,
            table: table.into(),
        }
    }

    /// Those still good at `at`, in the order of their ids.
    pub async fn of(&self, booking: BookingId, at: Timestamp) -> Result<Vec<Offer>, OfferError> {
        let mut pages = self
            .dynamo
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("bookingId = :booking")
            .expression_attribute_values(":booking", AttributeValue::S(booking.to_string()))
            .into_paginator()
            .items()
            .send();
        let mut offers = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| OfferError::Read(Box::new(error.into())))?;
            let row: OfferRow = serde_dynamo::from_item(item)?;
            if row.offer.expires_at > at {
                offers.push(row.offer);
            }
        }
        Ok(offers)
    }
}
