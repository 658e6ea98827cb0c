//! The table Budgets as travel managers see it. What bookings reserve, capture and release is written by `booking`;
//! here the limit is set, and only over amounts that have not moved since they were read.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use events_schema::ids::CostCentre;
use events_schema::money::Money;
use events_schema::socket::{Budget, BudgetEntry};
use iso_currency::Currency;
use lambda_host::HandlerError;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::decide::budget::Committed;

/// The item beside the bookings' entries that holds a cost centre's amounts.
const LIMIT: &str = "limit";

#[derive(Clone)]
pub struct Budgets {
    dynamo: Client,
    table: String,
}

/// A cost centre's amounts, as far as anything was ever set or booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amounts {
    pub cost_centre: CostCentre,
    pub currency: Option<Currency>,
    pub limit: Option<Decimal>,
    pub available: Option<Decimal>,
    pub reserved: Decimal,
    pub captured: Decimal,
    pub released: Decimal,
    /// Whether the item is there at all.
    known: bool,
}

/// A booking's entry, as `booking` writes it.
#[derive(Clone, Debug, Deserialize)]
struct Entry {
    entry: String,
    state: String,
    amount: Money,
}

impl Amounts {
    fn of(cost_centre: &CostCentre, item: Option<&HashMap<String, AttributeValue>>) -> Self {
        let number = |name: &str| item.and_then(|item| item.get(name)?.as_n().ok()?.parse().ok());
        let currency = item.and_then(|item| Currency::from_code(item.get("currency")?.as_s().ok()?));
        Self {
            cost_centre: cost_centre.clone(),
            currency,
            limit: number("limit"),
            available: number("available"),
            reserved: number("reserved").unwrap_or_default(),
            captured: number("captured").unwrap_or_default(),
            released: number("released").unwrap_or_default(),
            known: item.is_some(),
        }
    }

    pub fn committed(&self) -> Committed {
        Committed {
            currency: self.currency,
            reserved: self.reserved,
            captured: self.captured,
        }
    }

    /// `None` where nothing says which money is meant: nothing was set, and nothing booked.
    pub fn shown(&self) -> Option<Budget> {
        let currency = self.currency?;
        let money = |amount| Money::new(amount, currency);
        Some(Budget {
            cost_centre: self.cost_centre.clone(),
            limit: self.limit.map(money),
            reserved: money(self.reserved),
            captured: money(self.captured),
            released: money(self.released),
            available: self.available.map(money),
        })
    }
}

impl Budgets {
    pub fn new(dynamo: Client, table: &str) -> Self {
        Self {
            dynamo,
            table: table.into(),
        }
    }

    /// The amounts, and what each booking did to them, newest id last.
    pub async fn read(&self, centre: &CostCentre) -> Result<(Amounts, Vec<BudgetEntry>), HandlerError> {
        let items = self
            .dynamo
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("costCentre = :centre")
            .expression_attribute_values(":centre", AttributeValue::S(centre.to_string()))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await?;
        let is_limit = |item: &HashMap<String, AttributeValue>| {
            item.get("entry")
                .and_then(|value| value.as_s().ok())
                .map(String::as_str)
                == Some(LIMIT)
        };
        let mut amounts = Amounts::of(centre, items.iter().find(|item| is_limit(item)));
        let mut entries = Vec::new();
        for item in items.into_iter().filter(|item| !is_limit(item)) {
            let entry: Entry = serde_dynamo::from_item(item)?;
            entries.push(BudgetEntry {
                booking_id: entry.entry.parse()?,
                state: entry.state,
                amount: entry.amount,
            });
        }
        // Where no limit was set yet, its bookings say which money is meant.
        amounts.currency = amounts
            .currency
            .or_else(|| entries.first().map(|entry| entry.amount.currency));
        Ok((amounts, entries))
    }

    /// Every cost centre that has a budget or bookings, in order.
    pub async fn all(&self) -> Result<Vec<Amounts>, HandlerError> {
        let items = self
            .dynamo
            .scan()
            .table_name(&self.table)
            .filter_expression("#entry = :limit")
            .expression_attribute_names("#entry", "entry")
            .expression_attribute_values(":limit", AttributeValue::S(LIMIT.into()))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await?;
        let centre = |item: &HashMap<String, AttributeValue>| {
            item.get("costCentre")
                .and_then(|value| value.as_s().ok())
                .cloned()
        };
        let mut centres: Vec<_> = items.iter().filter_map(centre).collect();
        centres.sort();
        let mut all = Vec::with_capacity(centres.len());
        for centre in centres {
            all.push(self.read(&CostCentre::new(centre)).await?.0);
        }
        Ok(all)
    }

    /// Sets limit and what is available of it, if the amounts still are what they were: a booking that reserves at
    /// this moment must not be lost from the sum.
    pub fn set(
        &self,
        before: &Amounts,
        limit: Money,
        available: Decimal,
    ) -> Result<TransactWriteItem, HandlerError> {
        let number = |amount: Decimal| AttributeValue::N(amount.to_string());
        let mut update = Update::builder()
            .table_name(&self.table)
            .key("costCentre", AttributeValue::S(before.cost_centre.to_string()))
            .key("entry", AttributeValue::S(LIMIT.into()))
            .update_expression(
                "SET #limit = :limit, #available = :available, #currency = :currency, #reserved = :reserved, \
                 #captured = :captured, #released = :released",
            )
            .expression_attribute_names("#limit", "limit")
            .expression_attribute_names("#available", "available")
            .expression_attribute_names("#currency", "currency")
            .expression_attribute_names("#reserved", "reserved")
            .expression_attribute_names("#captured", "captured")
            .expression_attribute_names("#released", "released")
            .expression_attribute_values(":limit", number(limit.amount))
            .expression_attribute_values(":available", number(available))
            .expression_attribute_values(":currency", AttributeValue::S(limit.currency.code().into()))
            .expression_attribute_values(":reserved", number(before.reserved))
            .expression_attribute_values(":captured", number(before.captured))
            .expression_attribute_values(":released", number(before.released));
        // Amounts that nothing moved yet are not there.
        let mut conditions = Vec::new();
        let amounts = [
            ("reserved", before.reserved),
            ("captured", before.captured),
            ("released", before.released),
        ];
        for (name, amount) in amounts {
            conditions.push(match amount.is_zero() {
                true => format!("(attribute_not_exists(#{name}) OR #{name} = :{name})"),
                false => format!("#{name} = :{name}"),
            });
        }
        if !before.known {
            conditions.push("attribute_not_exists(costCentre)".into());
        }
        update = update.condition_expression(conditions.join(" AND "));
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }
}
