//! Reading and naming the head item of a booking.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::{BookingId, EmployeeId};
use events_schema::rows::BookingRow;

/// Where a booking's head is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookingKey {
    pub employee_id: EmployeeId,
    pub booking_id: BookingId,
}

#[derive(Debug, thiserror::Error)]
pub enum HeadError {
    #[error("reading the head of booking {booking} failed")]
    Read {
        booking: BookingId,
        source: Box<aws_sdk_dynamodb::Error>,
    },
    #[error("the head of booking {booking} does not have the shape of one")]
    Row {
        booking: BookingId,
        source: serde_dynamo::Error,
    },
}

impl BookingKey {
    pub fn new(employee_id: EmployeeId, booking_id: BookingId) -> Self {
        Self {
            employee_id,
            booking_id,
        }
    }

    /// From the meta of a booking's event; `None` for events of other aggregates.
    pub fn of(meta: &events_schema::envelope::Meta) -> Option<Self> {
        let booking_id = meta.aggregate_id.as_str().parse().ok()?;
        Some(Self {
            employee_id: meta.employee_id.clone()?,
            booking_id,
        })
    }

    pub fn attributes(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([
            (
                "employeeId".into(),
                AttributeValue::S(self.employee_id.to_string()),
            ),
            ("bookingId".into(), AttributeValue::S(self.booking_id.to_string())),
        ])
    }
}

/// The head as of now: strongly consistent.
pub async fn read(dynamo: &Client, table: &str, key: &BookingKey) -> Result<Option<BookingRow>, HeadError> {
    let booking = key.booking_id;
    let answer = dynamo
        .get_item()
        .table_name(table)
        .set_key(Some(key.attributes()))
        .consistent_read(true)
        .send()
        .await
        .map_err(|error| HeadError::Read {
            booking,
            source: Box::new(error.into()),
        })?;
    answer
        .item
        .map(|item| serde_dynamo::from_item(item).map_err(|source| HeadError::Row { booking, source }))
        .transpose()
}
