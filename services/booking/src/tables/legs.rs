//! Legs: what was asked of a supplier, under which key, and what came of it. The intent is written before the call,
//! so that a process that dies in between leaves a trace to look up.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use events_schema::ids::{BookingId, OfferId, SupplierId};
use events_schema::money::Money;
use lambda_host::Live;
use lambda_host::condition::held;
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
    /// What came back, of one that was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<Money>,
    /// Why, of one that is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// Why it stands as it does, where a supplier's last answer says so: for whoever has to find out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_answer: Option<String>,
}

/// How a supplier said no to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    PriceChanged,
    Gone,
    Declined,
}

/// What became of writing an intent.
#[derive(Debug, PartialEq)]
pub enum Intent {
    /// It is sure that nobody asked the supplier before.
    First(LegRow),
    /// Somebody did: the row as they left it.
    Again(LegRow),
    /// The booking was called off, has ended, or belongs to another execution.
    NotHeld,
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
    /// The supplier's answer was lost; it is being looked up.
    Unconfirmed,
    /// The supplier's answer was lost, and looking it up again and again did not settle it: a person does.
    Unknown,
    Cancelled,
    /// Booked, and it could not be cancelled.
    NotCancellable,
}

impl LegState {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::NotReached => "not_reached",
            Self::Booked => "booked",
            Self::Refused => "refused",
            Self::Unconfirmed => "unconfirmed",
            Self::Unknown => "unknown",
            Self::Cancelled => "cancelled",
            Self::NotCancellable => "not_cancellable",
        }
    }

    /// Whether something may be booked that nobody wants or knows of.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Self::Intended | Self::Booked | Self::Unconfirmed | Self::Unknown | Self::NotCancellable
        )
    }
}

/// What is bought is written down by live invocations only.
///
/// ```
/// # use aws_sdk_dynamodb::types::TransactWriteItem;
/// # use booking::tables::{LegRow, Legs};
/// # use lambda_host::Live;
/// async fn write(legs: &Legs, live: &Live, row: LegRow, while_held: TransactWriteItem) {
///     legs.take_back(live, &row).await.ok();
///     legs.note(live, &row).await.ok();
///     legs.intend(live, row, while_held).await.ok();
/// }
/// ```
///
/// ```compile_fail,E0061
/// # use aws_sdk_dynamodb::types::TransactWriteItem;
/// # use booking::tables::{LegRow, Legs};
/// # use lambda_host::Live;
/// async fn write(legs: &Legs, live: &Live, row: LegRow, while_held: TransactWriteItem) {
///     legs.take_back(&row).await.ok();
/// }
/// ```
///
/// ```compile_fail,E0061
/// # use aws_sdk_dynamodb::types::TransactWriteItem;
/// # use booking::tables::{LegRow, Legs};
/// # use lambda_host::Live;
/// async fn write(legs: &Legs, live: &Live, row: LegRow, while_held: TransactWriteItem) {
///     legs.note(&row).await.ok();
/// }
/// ```
///
/// ```compile_fail,E0061
/// # use aws_sdk_dynamodb::types::TransactWriteItem;
/// # use booking::tables::{LegRow, Legs};
/// # use lambda_host::Live;
/// async fn write(legs: &Legs, live: &Live, row: LegRow, while_held: TransactWriteItem) {
///     legs.intend(row, while_held).await.ok();
/// }
/// ```
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

    /// Writes the intent unless the leg has a row, together with the condition that the booking is still held: whoever
    /// closes or takes over the booking meanwhile either sees the intent or keeps it from being written. A repeated
    /// task finds the outcome of the first one.
    pub async fn intend(
        &self,
        _live: &Live,
        row: LegRow,
        while_held: TransactWriteItem,
    ) -> Result<Intent, TableError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(
                serde_dynamo::to_item(&row).map_err(TableError::row(&self.table))?,
            ))
            .condition_expression("attribute_not_exists(bookingId) OR #state = :not_reached")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":not_reached", AttributeValue::S("not_reached".into()))
            .build()
            .map_err(TableError::build(&self.table))?;
        let outcome = self
            .dynamo
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(put).build())
            .transact_items(while_held)
            .send()
            .await
            .map_err(|error| error.into_service_error());
        let canceled = match outcome {
            Ok(_) => return Ok(Intent::First(row)),
            Err(TransactWriteItemsError::TransactionCanceledException(canceled)) => canceled,
            Err(error) => return Err(TableError::call(&self.table, error)),
        };
        let failed = |place: usize| {
            let reason = canceled.cancellation_reasons().get(place);
            reason.is_some_and(|reason| reason.code() == Some("ConditionalCheckFailed"))
        };
        // The leg's row first: what it says stands, whoever has the booking now.
        if failed(0) {
            let rows = self.all(row.booking_id).await?;
            let found = rows.into_iter().find(|found| found.leg == row.leg);
            return found.map(Intent::Again).ok_or_else(|| TableError::Missing {
                table: self.table.clone(),
                row: row.idempotency_key,
            });
        }
        if failed(1) {
            return Ok(Intent::NotHeld);
        }
        let error = TransactWriteItemsError::TransactionCanceledException(canceled);
        Err(TableError::call(&self.table, error))
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
    pub async fn take_back(&self, _live: &Live, row: &LegRow) -> Result<(), TableError> {
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
            .await;
        held(outcome).map_err(|error| TableError::call(&self.table, error))?;
        Ok(())
    }

    /// An outcome that no event announces (yet). What was undone meanwhile stays undone: an answer that comes that late
    /// was found by its key before.
    pub async fn note(&self, _live: &Live, row: &LegRow) -> Result<(), TableError> {
        let outcome = self
            .dynamo
            .put_item()
            .table_name(&self.table)
            .set_item(Some(
                serde_dynamo::to_item(row).map_err(TableError::row(&self.table))?,
            ))
            .condition_expression("attribute_not_exists(bookingId) OR #state <> :cancelled")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":cancelled", AttributeValue::S("cancelled".into()))
            .send()
            .await;
        held(outcome).map_err(|error| TableError::call(&self.table, error))?;
        Ok(())
    }
}
