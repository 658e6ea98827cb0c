//! Passengers: what a ticket needs to know. Read only, and never logged.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::{BookingId, EmployeeId};
use events_schema::rows::PassengerRow;

use super::TableError;

#[derive(Clone)]
pub struct Passengers {
    dynamo: Client,
    table: String,
}

impl Passengers {
    pub fn new(dynamo: Client, table: String) -> Self {
        Self { dynamo, table }
    }

    /// The passengers set for the booking, in order; without any, the traveller's own details.
    pub async fn of(
        &self,
        booking: BookingId,
        employee: &EmployeeId,
    ) -> Result<Vec<PassengerRow>, TableError> {
        let set = self.owned_by(&booking.to_string()).await?;
        if set.is_empty() {
            self.owned_by(employee.as_str()).await
        } else {
            Ok(set)
        }
    }

    async fn owned_by(&self, owner: &str) -> Result<Vec<PassengerRow>, TableError> {
        let answer = self
            .dynamo
            .query()
            .table_name(&self.table)
            .key_condition_expression("#owner = :owner")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", AttributeValue::S(owner.into()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| TableError::call(&self.table, error))?;
        let items = answer.items.unwrap_or_default().into_iter().map(|mut item| {
            // The key is no part of the passenger's details.
            item.remove("owner");
            item.remove("passenger");
            serde_dynamo::from_item(item)
        });
        items
            .collect::<Result<_, _>>()
            .map_err(TableError::row(&self.table))
    }
}
