//! Budgets: what a cost centre may spend, what is set aside, what is spent. One entry per booking makes reserving,
//! capturing and releasing idempotent; the amounts beside the limit move in the same transaction.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use events_schema::ids::{BookingId, CostCentre};
use events_schema::money::Money;
use iso_currency::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::TableError;

/// The item beside the bookings' entries that holds the cost centre's amounts.
const LIMIT: &str = "limit";

#[derive(Clone)]
pub struct Budgets {
    dynamo: Client,
    table: String,
}

/// A booking's entry. Table Budgets, key (costCentre, entry = bookingId).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reservation {
    pub cost_centre: CostCentre,
    pub entry: String,
    pub state: ReservationState,
    /// In the budget's currency.
    pub amount: Money,
    /// What it was converted from; absent where the price is in the budget's currency. Both together are the rate that
    /// this booking's money is converted at to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
}

impl Reservation {
    /// In the budget's currency, at the rate this was reserved at; `None` for money of a third one.
    pub fn converted(&self, money: Money) -> Option<Money> {
        if money.currency == self.amount.currency {
            return Some(money);
        }
        let price = self.price.filter(|price| price.currency == money.currency)?;
        let amount = money
            .amount
            .checked_mul(self.amount.amount)?
            .checked_div(price.amount)?;
        Some(Money::new(amount, self.amount.currency).rounded())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReservationState {
    Reserved,
    Captured,
    Released,
    /// Of a cancellation: what suppliers gave back of an amount captured before.
    Refunded,
}

impl ReservationState {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Captured => "captured",
            Self::Released => "released",
            Self::Refunded => "refunded",
        }
    }
}

impl Budgets {
    pub fn new(dynamo: Client, table: String) -> Self {
        Self { dynamo, table }
    }

    /// What may still be spent; `None` where no limit was set, which means: as much as is approved.
    pub async fn available(&self, centre: &CostCentre) -> Result<Option<Decimal>, TableError> {
        let item = self.item(centre, LIMIT).await?;
        let available = item.and_then(|item| item.get("available")?.as_n().ok()?.parse().ok());
        Ok(available)
    }

    /// Which money the cost centre's amounts are counted in; `None` until something says so.
    pub async fn currency(&self, centre: &CostCentre) -> Result<Option<Currency>, TableError> {
        let item = self.item(centre, LIMIT).await?;
        Ok(item.and_then(|item| Currency::from_code(item.get("currency")?.as_s().ok()?)))
    }

    pub async fn of_booking(
        &self,
        centre: &CostCentre,
        booking: BookingId,
    ) -> Result<Option<Reservation>, TableError> {
        let item = self.item(centre, &booking.to_string()).await?;
        item.map(serde_dynamo::from_item)
            .transpose()
            .map_err(TableError::row(&self.table))
    }

    /// Undone by [`Budgets::release`].
    pub fn reserve(
        &self,
        centre: &CostCentre,
        booking: BookingId,
        amount: Money,
        price: Option<Money>,
        limited: bool,
    ) -> Result<Vec<TransactWriteItem>, TableError> {
        let entry = Reservation {
            cost_centre: centre.clone(),
            entry: booking.to_string(),
            state: ReservationState::Reserved,
            amount,
            price,
        };
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(
                serde_dynamo::to_item(entry).map_err(TableError::row(&self.table))?,
            ))
            .condition_expression("attribute_not_exists(costCentre)")
            .build()
            .map_err(TableError::build(&self.table))?;
        let Money { amount, currency } = amount;
        // A limit set or used up since it was read fails the condition, and the decision is made anew.
        let (change, condition) = match limited {
            true => ("ADD available :less, reserved :more", "available >= :more"),
            false => ("ADD reserved :more", "attribute_not_exists(available)"),
        };
        // Amounts in another currency are not added up: whoever set one meanwhile is met on the next try.
        let change = format!("SET currency = if_not_exists(currency, :currency) {change}");
        let condition = format!("{condition} AND (attribute_not_exists(currency) OR currency = :currency)");
        let mut limit = self.limit(centre, &change).condition_expression(condition);
        limit = limit
            .expression_attribute_values(":more", number(amount))
            .expression_attribute_values(":currency", AttributeValue::S(currency.code().into()));
        if limited {
            limit = limit.expression_attribute_values(":less", number(-amount));
        }
        Ok(vec![
            item_put(put),
            item_update(limit.build().map_err(TableError::build(&self.table))?),
        ])
    }

    pub fn capture(&self, reservation: &Reservation) -> Result<Vec<TransactWriteItem>, TableError> {
        let amount = reservation.amount.amount;
        let limit = self
            .limit(&reservation.cost_centre, "ADD reserved :less, captured :more")
            .expression_attribute_values(":less", number(-amount))
            .expression_attribute_values(":more", number(amount));
        self.settle(reservation, "captured", limit)
    }

    pub fn release(
        &self,
        reservation: &Reservation,
        limited: bool,
    ) -> Result<Vec<TransactWriteItem>, TableError> {
        let amount = reservation.amount.amount;
        let mut limit = match limited {
            true => self.limit(
                &reservation.cost_centre,
                "ADD reserved :less, available :more, released :more",
            ),
            false => self.limit(&reservation.cost_centre, "ADD reserved :less, released :more"),
        };
        limit = limit
            .expression_attribute_values(":less", number(-amount))
            .expression_attribute_values(":more", number(amount));
        self.settle(reservation, "released", limit)
    }

    /// Settles an entry at what a person found to be spent: `captured` is captured, the rest goes back, and nothing
    /// stays set aside, wherever the entry stood. More may be spent than was set aside: `available` then falls by it.
    pub fn settle_at(
        &self,
        reservation: &Reservation,
        captured: Decimal,
        limited: bool,
    ) -> Result<Vec<TransactWriteItem>, TableError> {
        let held = reservation.amount.amount;
        // What the entry counts for now: set aside, spent, or nothing.
        let (reserved, spent, counted) = match reservation.state {
            ReservationState::Reserved => (held, Decimal::ZERO, held),
            ReservationState::Captured => (Decimal::ZERO, held, held),
            ReservationState::Released => (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO),
            // A cancellation's own entry: what suppliers gave back stays given back.
            ReservationState::Refunded => return Ok(Vec::new()),
        };
        let back = counted - captured;
        let change = match limited {
            true => "ADD reserved :reserved, captured :captured, released :released, available :back",
            false => "ADD reserved :reserved, captured :captured, released :released",
        };
        let mut limit = self
            .limit(&reservation.cost_centre, change)
            .expression_attribute_values(":reserved", number(-reserved))
            .expression_attribute_values(":captured", number(captured - spent))
            .expression_attribute_values(":released", number(back.max(Decimal::ZERO)));
        if limited {
            limit = limit.expression_attribute_values(":back", number(back));
        }
        let mut settled = reservation.clone();
        if captured.is_zero() {
            settled.state = ReservationState::Released;
        } else {
            settled.state = ReservationState::Captured;
            settled.amount.amount = captured;
        }
        let entry = Put::builder()
            .table_name(&self.table)
            .set_item(Some(
                serde_dynamo::to_item(settled).map_err(TableError::row(&self.table))?,
            ))
            .condition_expression("#state = :before")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":before", AttributeValue::S(reservation.state.as_str().into()))
            .build()
            .map_err(TableError::build(&self.table))?;
        Ok(vec![
            item_put(entry),
            item_update(limit.build().map_err(TableError::build(&self.table))?),
        ])
    }

    /// What suppliers gave back of a captured amount, under the cancellation's own entry: once, however often it is tried.
    pub fn refund(
        &self,
        centre: &CostCentre,
        cancellation: BookingId,
        amount: Money,
        limited: bool,
    ) -> Result<Vec<TransactWriteItem>, TableError> {
        let entry = Reservation {
            cost_centre: centre.clone(),
            entry: cancellation.to_string(),
            state: ReservationState::Refunded,
            amount,
            price: None,
        };
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(
                serde_dynamo::to_item(entry).map_err(TableError::row(&self.table))?,
            ))
            .condition_expression("attribute_not_exists(costCentre)")
            .build()
            .map_err(TableError::build(&self.table))?;
        Ok(vec![item_put(put), self.given_back(centre, amount, limited)?])
    }

    /// What a person found to have come back beyond what `refunded` says.
    pub fn refund_more(
        &self,
        refunded: &Reservation,
        more: Money,
        limited: bool,
    ) -> Result<Vec<TransactWriteItem>, TableError> {
        let mut entry = refunded.clone();
        entry.amount.amount += more.amount;
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(
                serde_dynamo::to_item(entry).map_err(TableError::row(&self.table))?,
            ))
            .condition_expression("#state = :refunded")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":refunded", AttributeValue::S("refunded".into()))
            .build()
            .map_err(TableError::build(&self.table))?;
        let back = self.given_back(&refunded.cost_centre, more, limited)?;
        Ok(vec![item_put(put), back])
    }

    fn given_back(
        &self,
        centre: &CostCentre,
        amount: Money,
        limited: bool,
    ) -> Result<TransactWriteItem, TableError> {
        let change = match limited {
            true => "ADD captured :less, available :more",
            false => "ADD captured :less",
        };
        let mut limit = self
            .limit(centre, change)
            .expression_attribute_values(":less", number(-amount.amount));
        if limited {
            limit = limit.expression_attribute_values(":more", number(amount.amount));
        }
        Ok(item_update(
            limit.build().map_err(TableError::build(&self.table))?,
        ))
    }

    fn settle(
        &self,
        reservation: &Reservation,
        state: &str,
        limit: aws_sdk_dynamodb::types::builders::UpdateBuilder,
    ) -> Result<Vec<TransactWriteItem>, TableError> {
        let entry = Update::builder()
            .table_name(&self.table)
            .key(
                "costCentre",
                AttributeValue::S(reservation.cost_centre.to_string()),
            )
            .key("entry", AttributeValue::S(reservation.entry.clone()))
            .update_expression("SET #state = :state")
            .condition_expression("#state = :reserved")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", AttributeValue::S(state.into()))
            .expression_attribute_values(":reserved", AttributeValue::S("reserved".into()))
            .build()
            .map_err(TableError::build(&self.table))?;
        Ok(vec![
            item_update(entry),
            item_update(limit.build().map_err(TableError::build(&self.table))?),
        ])
    }

    fn limit(&self, centre: &CostCentre, change: &str) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        Update::builder()
            .table_name(&self.table)
            .key("costCentre", AttributeValue::S(centre.to_string()))
            .key("entry", AttributeValue::S(LIMIT.into()))
            .update_expression(change)
    }

    async fn item(
        &self,
        centre: &CostCentre,
        entry: &str,
    ) -> Result<Option<std::collections::HashMap<String, AttributeValue>>, TableError> {
        let answer = self
            .dynamo
            .get_item()
            .table_name(&self.table)
            .key("costCentre", AttributeValue::S(centre.to_string()))
            .key("entry", AttributeValue::S(entry.into()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| TableError::call(&self.table, error))?;
        Ok(answer.item)
    }
}

fn number(amount: Decimal) -> AttributeValue {
    AttributeValue::N(amount.to_string())
}

fn item_put(put: Put) -> TransactWriteItem {
    TransactWriteItem::builder().put(put).build()
}

fn item_update(update: Update) -> TransactWriteItem {
    TransactWriteItem::builder().update(update).build()
}
