//! Decisions: who is asked what until when. The row is the only arbiter; the task token beside it never leaves.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use events_schema::ids::{BookingId, DecisionId};
use events_schema::rows::{DecisionRow, DecisionState};
use jiff::Timestamp;
use lambda_host::condition::held;

use super::TableError;

#[derive(Clone)]
pub struct Decisions {
    dynamo: Client,
    table: String,
}

impl Decisions {
    pub fn new(dynamo: Client, table: String) -> Self {
        Self { dynamo, table }
    }

    /// Opening a wait, as part of the transition that asks.
    pub fn open(&self, row: &DecisionRow) -> Result<TransactWriteItem, TableError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(
                serde_dynamo::to_item(row).map_err(TableError::row(&self.table))?,
            ))
            .condition_expression("attribute_not_exists(bookingId)")
            .build()
            .map_err(TableError::build(&self.table))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    pub async fn read(&self, booking: BookingId, decision: &DecisionId) -> Result<DecisionRow, TableError> {
        let found = self.find(booking, decision).await?;
        found.ok_or_else(|| self.missing(decision))
    }

    /// `None` where nothing was asked under this id yet.
    pub async fn find(
        &self,
        booking: BookingId,
        decision: &DecisionId,
    ) -> Result<Option<DecisionRow>, TableError> {
        let item = self
            .dynamo
            .get_item()
            .table_name(&self.table)
            .key("bookingId", AttributeValue::S(booking.to_string()))
            .key("decision", AttributeValue::S(decision.to_string()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| TableError::call(&self.table, error))?
            .item;
        item.map(serde_dynamo::from_item)
            .transpose()
            .map_err(TableError::row(&self.table))
    }

    /// Keeps the newest wait's token, and says how the row stands after that: a wait that was retried after somebody
    /// decided finds the decision here and must wake itself, since nobody will come again.
    pub async fn keep_token(
        &self,
        booking: BookingId,
        decision: &DecisionId,
        token: &str,
    ) -> Result<DecisionRow, TableError> {
        let updated = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .key("bookingId", AttributeValue::S(booking.to_string()))
            .key("decision", AttributeValue::S(decision.to_string()))
            .update_expression("SET taskToken = :token")
            .condition_expression("attribute_exists(bookingId)")
            .expression_attribute_values(":token", AttributeValue::S(token.into()))
            .return_values(aws_sdk_dynamodb::types::ReturnValue::AllNew)
            .send()
            .await
            .map_err(|error| TableError::call(&self.table, error))?;
        let item = updated.attributes.ok_or_else(|| self.missing(decision))?;
        serde_dynamo::from_item(item).map_err(TableError::row(&self.table))
    }

    /// The token of the wait that is on, if one was kept yet.
    pub async fn token(
        &self,
        booking: BookingId,
        decision: &DecisionId,
    ) -> Result<Option<String>, TableError> {
        let item = self
            .dynamo
            .get_item()
            .table_name(&self.table)
            .key("bookingId", AttributeValue::S(booking.to_string()))
            .key("decision", AttributeValue::S(decision.to_string()))
            .projection_expression("taskToken")
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| TableError::call(&self.table, error))?
            .item;
        Ok(item.and_then(|item| item.get("taskToken")?.as_s().ok().cloned()))
    }

    /// The tokens of all waits of a booking that the traveller's cancellation closed.
    pub async fn tokens_of_cancelled(&self, booking: BookingId) -> Result<Vec<String>, TableError> {
        let mut pages = self
            .dynamo
            .query()
            .table_name(&self.table)
            .key_condition_expression("bookingId = :booking")
            .filter_expression("#state = :cancelled AND attribute_exists(taskToken)")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":booking", AttributeValue::S(booking.to_string()))
            .expression_attribute_values(":cancelled", AttributeValue::S("cancelled".into()))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut tokens = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| TableError::call(&self.table, error))?;
            tokens.extend(item.get("taskToken").and_then(|token| token.as_s().ok()).cloned());
        }
        Ok(tokens)
    }

    /// Closes a wait as timed out, unless somebody decided first; either way, how the row stands then.
    pub async fn time_out(
        &self,
        booking: BookingId,
        decision: &DecisionId,
        now: Timestamp,
    ) -> Result<DecisionRow, TableError> {
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .key("bookingId", AttributeValue::S(booking.to_string()))
            .key("decision", AttributeValue::S(decision.to_string()))
            .update_expression("SET #state = :timed_out, decidedAt = :now")
            .condition_expression("#state = :open")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":timed_out", AttributeValue::S("timed_out".into()))
            .expression_attribute_values(":open", AttributeValue::S("open".into()))
            .expression_attribute_values(":now", AttributeValue::S(now.to_string()))
            .send()
            .await;
        held(outcome).map_err(|error| TableError::call(&self.table, error))?;
        self.read(booking, decision).await
    }

    /// Closes whatever is open of a booking that ends, as part of the transition that ends it.
    pub async fn close_open(&self, booking: BookingId) -> Result<Vec<TransactWriteItem>, TableError> {
        let mut pages = self
            .dynamo
            .query()
            .table_name(&self.table)
            .key_condition_expression("bookingId = :booking")
            .expression_attribute_values(":booking", AttributeValue::S(booking.to_string()))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut writes = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| TableError::call(&self.table, error))?;
            let row: DecisionRow = serde_dynamo::from_item(item).map_err(TableError::row(&self.table))?;
            if row.state == DecisionState::Open {
                writes.push(self.close(&row)?);
            }
        }
        Ok(writes)
    }

    /// Closing one wait as timed out, as part of the transition that follows from that.
    pub fn close(&self, row: &DecisionRow) -> Result<TransactWriteItem, TableError> {
        let update = Update::builder()
            .table_name(&self.table)
            .key("bookingId", AttributeValue::S(row.booking_id.to_string()))
            .key("decision", AttributeValue::S(row.decision.to_string()))
            .update_expression("SET #state = :timed_out")
            .condition_expression("#state = :open")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":timed_out", AttributeValue::S("timed_out".into()))
            .expression_attribute_values(":open", AttributeValue::S("open".into()))
            .build()
            .map_err(TableError::build(&self.table))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    fn missing(&self, decision: &DecisionId) -> TableError {
        TableError::Missing {
            table: self.table.clone(),
            row: decision.to_string(),
        }
    }
}
