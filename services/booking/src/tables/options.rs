//! Options: what the traveller chose from. A requote writes the new prices back, so that what is shown, approved and
//! bought is always one record.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use events_schema::ids::{BookingId, OptionId};
use events_schema::rows::OptionRow;

use super::TableError;

#[derive(Clone)]
pub struct Options {
    dynamo: Client,
    table: String,
}

impl Options {
    pub fn new(dynamo: Client, table: String) -> Self {
        Self { dynamo, table }
    }

    pub async fn read(&self, booking: BookingId, option: &OptionId) -> Result<OptionRow, TableError> {
        let item = self
            .dynamo
            .get_item()
            .table_name(&self.table)
            .key("bookingId", AttributeValue::S(booking.to_string()))
            .key("optionId", AttributeValue::S(option.to_string()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| TableError::call(&self.table, error))?
            .item
            .ok_or_else(|| TableError::Missing {
                table: self.table.clone(),
                row: option.to_string(),
            })?;
        serde_dynamo::from_item(item).map_err(TableError::row(&self.table))
    }

    /// All options of a booking.
    pub async fn all(&self, booking: BookingId) -> Result<Vec<OptionRow>, TableError> {
        let items = self
            .dynamo
            .query()
            .table_name(&self.table)
            .key_condition_expression("bookingId = :booking")
            .expression_attribute_values(":booking", AttributeValue::S(booking.to_string()))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(|error| TableError::call(&self.table, error))?;
        serde_dynamo::from_items(items).map_err(TableError::row(&self.table))
    }

    /// Nothing of this option is held any more.
    pub async fn note_released(&self, row: &OptionRow) -> Result<(), TableError> {
        self.dynamo
            .update_item()
            .table_name(&self.table)
            .key("bookingId", AttributeValue::S(row.booking_id.to_string()))
            .key("optionId", AttributeValue::S(row.option_id.to_string()))
            .update_expression("REMOVE held")
            .condition_expression("attribute_exists(bookingId)")
            .send()
            .await
            .map_err(|error| TableError::call(&self.table, error))?;
        Ok(())
    }

    pub fn write(&self, row: &OptionRow) -> Result<TransactWriteItem, TableError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(
                serde_dynamo::to_item(row).map_err(TableError::row(&self.table))?,
            ))
            .build()
            .map_err(TableError::build(&self.table))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}
