//! Reading what is kept of each history, from the four tables that keep some of it.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::Client;
use events_schema::ids::{AggregateId, BookingId, EmployeeId};
use events_schema::rows::JournalRow;
use jiff::Timestamp;
use lambda_host::head::{self, BookingKey};
use lambda_host::history::History;
use lambda_host::{ConfigError, HandlerError, Runtime};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::decide::Records;
use crate::chain::AuditRow;
use crate::facts::chain;
use crate::rows;

pub struct Shelves {
    dynamo: Client,
    history: History,
    bookings: String,
    journal: String,
    audit: String,
    receipts: String,
}

/// Every history that any record speaks of.
#[derive(Default)]
pub struct Index {
    pub aggregates: BTreeSet<AggregateId>,
    pub heads: BTreeMap<AggregateId, BookingKey>,
    /// When the first receipt was written.
    pub receipts_since: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HeadKey {
    employee_id: EmployeeId,
    booking_id: BookingId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Key {
    aggregate_id: AggregateId,
    received_at: Option<Timestamp>,
}

impl Shelves {
    /// Settings: `BOOKINGS_TABLE`, `JOURNAL_TABLE`, `AUDIT_LOG_TABLE`, `RECEIPTS_TABLE`.
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        let dynamo = Client::new(&runtime.aws);
        let table = |name: &str| runtime.setting(name).map(str::to_owned);
        Ok(Self {
            history: History::new(dynamo.clone(), table("JOURNAL_TABLE")?),
            bookings: table("BOOKINGS_TABLE")?,
            journal: table("JOURNAL_TABLE")?,
            audit: table("AUDIT_LOG_TABLE")?,
            receipts: table("RECEIPTS_TABLE")?,
            dynamo,
        })
    }

    pub async fn index(&self) -> Result<Index, HandlerError> {
        let mut index = Index::default();
        // A head that cannot be read is parked by the stream's readers; it names no history.
        for key in self
            .keys::<HeadKey>(&self.bookings, "employeeId, bookingId")
            .await?
        {
            let aggregate = AggregateId::from(key.booking_id);
            let head = BookingKey::new(key.employee_id, key.booking_id);
            index.heads.insert(aggregate.clone(), head);
            index.aggregates.insert(aggregate);
        }
        for key in self.keys::<Key>(&self.journal, "aggregateId").await? {
            index.aggregates.insert(key.aggregate_id);
        }
        for key in self
            .keys::<Key>(&self.receipts, "aggregateId, receivedAt")
            .await?
        {
            let earlier = [index.receipts_since, key.received_at]
                .into_iter()
                .flatten()
                .min();
            index.receipts_since = earlier;
            index.aggregates.insert(key.aggregate_id);
        }
        Ok(index)
    }

    pub async fn of(
        &self,
        aggregate: &AggregateId,
        head: Option<&BookingKey>,
    ) -> Result<Records, HandlerError> {
        // The head first: what is written meanwhile is then behind it, and the history counts as moving.
        let head = match head {
            Some(key) => head::read(&self.dynamo, &self.bookings, key).await?,
            None => None,
        };
        let journal = self.history.all(aggregate).await?;
        let mut audit = Vec::new();
        for chain in chains(aggregate, &journal) {
            audit.extend(rows::of::<AuditRow>(&self.dynamo, &self.audit, "bookingId", &chain).await?);
        }
        let receipts = rows::of(&self.dynamo, &self.receipts, "aggregateId", aggregate.as_str()).await?;
        Ok(Records {
            aggregate: aggregate.clone(),
            head,
            journal,
            audit,
            receipts,
        })
    }

    async fn keys<T: DeserializeOwned>(&self, table: &str, projection: &str) -> Result<Vec<T>, HandlerError> {
        let mut items = self
            .dynamo
            .scan()
            .table_name(table)
            .projection_expression(projection)
            .into_paginator()
            .items()
            .send();
        let mut keys = Vec::new();
        while let Some(item) = items.next().await {
            keys.extend(serde_dynamo::from_item(item?).ok());
        }
        Ok(keys)
    }
}

/// Where the audit trail keeps this history.
fn chains(aggregate: &AggregateId, journal: &[JournalRow]) -> BTreeSet<String> {
    if aggregate.as_str().parse::<BookingId>().is_ok() {
        return BTreeSet::from([aggregate.to_string()]);
    }
    let recorded = journal.iter().filter_map(|row| row.recorded().ok());
    recorded.filter_map(|recorded| chain(&recorded).ok()).collect()
}
