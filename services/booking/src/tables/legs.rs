//! Legs: what was asked of a supplier, under which key, and what came of it. The intent is written before the call,
//! so that a process that dies in between leaves a trace to look up.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use events_schema::ids::{BookingId, OfferId, SupplierId};
use events_schema::money::Money;
use serde::{Deserialize, Serialize};

use super::TableError;

/// Table Legs, key (bookingId, leg).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LegRow {
    pub booking_id: BookingId,
    /// From 0, in the order of booking.
    pub leg: u32,
    pub supplier: SupplierId,
    pub offer: OfferId,
    /// `bookingId#leg#round`: the supplier never books the same key twice.
    pub idempotency_key: String,
    pub state: LegState,
    /// The supplier's reference, once booked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    pub total: Money,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegState {
    /// Asked and not answered yet, or about to be asked.
    Intended,
    /// The supplier could not be reached, so nothing is booked: it may be asked again.
    NotReached,
    Booked,
    /// The supplier said no: nothing is booked.
    Refused,
    /// The supplier's answer was lost, and looking it up did not settle it.
    Unknown,
    Cancelled,
    /// Booked, and it could not be cancelled.
    NotCancellable,
}

impl LegState {
    /// Whether something may be booked that nobody wants or knows of.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Self::Intended | Self::Booked | Self::Unknown | Self::NotCancellable
        )
    }
}

#[derive(Clone)]
pub struct Legs {
    dynamo: Client,
    table: String,
}

impl Legs {
    pub fn new(dynamo: Client, table: String) -> Self {
        Self { dynamo, table }
    }

    /// In the order of booking.
    pub async fn all(&self, booking: BookingId) -> Result<Vec<LegRow>, TableError> {
        let answer = self
            .dynamo
            .query()
            .table_name(&self.table)
            .key_condition_expression("bookingId = :booking")
            .expression_attribute_values(":booking", AttributeValue::S(booking.to_string()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| TableError::call(&self.table, error))?;
        let rows = answer
            .items
            .unwrap_or_default()
            .into_iter()
            .map(serde_dynamo::from_item);
        rows.collect::<Result<_, _>>()
            .map_err(TableError::row(&self.table))
    }

    /// Writes the intent unless the leg has a row, and gives the row as it then is: a repeated task finds the
    /// outcome of the first one. Also whether it is sure that nobody asked the supplier before.
    pub async fn intend(&self, row: LegRow) -> Result<(LegRow, bool), TableError> {
        let outcome = self
            .dynamo
            .put_item()
            .table_name(&self.table)
            .set_item(Some(
                serde_dynamo::to_item(&row).map_err(TableError::row(&self.table))?,
            ))
            .condition_expression("attribute_not_exists(bookingId) OR #state = :not_reached")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":not_reached", AttributeValue::S("not_reached".into()))
            .send()
            .await
            .map_err(|error| error.into_service_error());
        match outcome {
            Ok(_) => Ok((row, true)),
            Err(error) if error.is_conditional_check_failed_exception() => {
                let rows = self.all(row.booking_id).await?;
                let found = rows.into_iter().find(|found| found.leg == row.leg);
                found
                    .map(|found| (found, false))
                    .ok_or_else(|| TableError::Missing {
                        table: self.table.clone(),
                        row: row.idempotency_key,
                    })
            }
            Err(error) => Err(TableError::call(&self.table, error)),
        }
    }

    /// The outcome, as part of the transition that announces it.
    pub fn record(&self, row: &LegRow) -> Result<TransactWriteItem, TableError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(
                serde_dynamo::to_item(row).map_err(TableError::row(&self.table))?,
            ))
            .build()
            .map_err(TableError::build(&self.table))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Takes the intent back: the supplier was not reached. Whatever else was noted meanwhile stays.
    pub async fn take_back(&self, row: &LegRow) -> Result<(), TableError> {
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .key("bookingId", AttributeValue::S(row.booking_id.to_string()))
            .key("leg", AttributeValue::N(row.leg.to_string()))
            .update_expression("SET #state = :not_reached")
            .condition_expression("#state = :intended")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":not_reached", AttributeValue::S("not_reached".into()))
            .expression_attribute_values(":intended", AttributeValue::S("intended".into()))
            .send()
            .await
            .map_err(|error| error.into_service_error());
        match outcome {
            Ok(_) => Ok(()),
            Err(error) if error.is_conditional_check_failed_exception() => Ok(()),
            Err(error) => Err(TableError::call(&self.table, error)),
        }
    }

    /// An outcome that no event announces.
    pub async fn note(&self, row: &LegRow) -> Result<(), TableError> {
        self.dynamo
            .put_item()
            .table_name(&self.table)
            .set_item(Some(
                serde_dynamo::to_item(row).map_err(TableError::row(&self.table))?,
            ))
            .send()
            .await
            .map_err(|error| TableError::call(&self.table, error))?;
        Ok(())
    }
}
