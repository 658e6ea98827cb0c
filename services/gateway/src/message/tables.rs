//! Reading what commands need to know, and the shape of what they write beside a transition.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use events_schema::ids::{BookingId, DecisionId, EmployeeId, OptionId, TextRef};
use events_schema::insights::FactRow;
use events_schema::rows::{BookingRow, DecisionRow, DecisionState, FrameRow, OptionRow, PersonRow};
use jiff::Timestamp;
use lambda_host::{ConfigError, Runtime};
use serde::de::DeserializeOwned;

use lambda_host::door::{CommandError, Refusal};
use lambda_host::passengers::{Kept, Passengers};
use lambda_host::private_text::{PrivateText, TextError};
use lambda_host::vault::VaultError;

use crate::texts;

pub struct Tables {
    pub dynamo: Client,
    pub bookings: String,
    pub decisions: String,
    pub passengers: Passengers,
    insights: String,
    texts: PrivateText,
    people: String,
    options: String,
    frames: String,
}

/// One page of a person's bookings, and where the next begins.
pub struct Page {
    pub rows: Vec<BookingRow>,
    pub next: Option<Place>,
}

/// Where a page ends: a booking by when it was requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub created_at: Timestamp,
    pub booking: BookingId,
}

impl Tables {
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        let setting = |name: &str| runtime.setting(name).map(str::to_owned);
        Ok(Self {
            dynamo: Client::new(&runtime.aws),
            bookings: setting("BOOKINGS_TABLE")?,
            decisions: setting("DECISIONS_TABLE")?,
            passengers: Passengers::from_runtime(runtime)?,
            insights: setting("INSIGHTS_TABLE")?,
            texts: PrivateText::from_runtime(runtime)?,
            people: setting("PEOPLE_TABLE")?,
            options: setting("OPTIONS_TABLE")?,
            frames: setting("FRAMES_TABLE")?,
        })
    }

    pub fn people(&self) -> &str {
        &self.people
    }

    pub async fn person(&self, employee: &EmployeeId) -> Result<Option<PersonRow>, CommandError> {
        self.get(&self.people, [("employeeId", employee.to_string())])
            .await
    }

    /// Strongly consistent: it decides who wins.
    pub async fn decision(
        &self,
        booking: BookingId,
        decision: &DecisionId,
    ) -> Result<Option<DecisionRow>, CommandError> {
        let key = [
            ("bookingId", booking.to_string()),
            ("decision", decision.to_string()),
        ];
        self.get(&self.decisions, key).await
    }

    /// The booking's open question, if somebody is being asked.
    pub async fn open_decision(&self, booking: BookingId) -> Result<Option<DecisionRow>, CommandError> {
        let rows = self.decisions_of(booking).await?;
        Ok(rows.into_iter().find(|row| row.state == DecisionState::Open))
    }

    /// Every question the booking has asked.
    pub async fn decisions_of(&self, booking: BookingId) -> Result<Vec<DecisionRow>, CommandError> {
        let rows = self
            .dynamo
            .query()
            .table_name(&self.decisions)
            .consistent_read(true)
            .key_condition_expression("bookingId = :booking")
            .expression_attribute_values(":booking", AttributeValue::S(booking.to_string()))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await?;
        Ok(serde_dynamo::from_items(rows)?)
    }

    pub async fn option(
        &self,
        booking: BookingId,
        option: &OptionId,
    ) -> Result<Option<OptionRow>, CommandError> {
        let key = [
            ("bookingId", booking.to_string()),
            ("optionId", option.to_string()),
        ];
        self.get(&self.options, key).await
    }

    /// The details an employee keeps with us, unless they were erased.
    pub async fn stored_passenger(&self, employee: &EmployeeId) -> Result<Option<Kept>, CommandError> {
        let own = self.passengers.of(employee.as_str()).await?;
        Ok(own.into_iter().next())
    }

    /// Which positions of the booking's passengers are filled: `0`, `1`, ….
    pub async fn passenger_positions(&self, booking: BookingId) -> Result<Vec<String>, CommandError> {
        let answer = self
            .dynamo
            .query()
            .table_name(self.passengers.table())
            .consistent_read(true)
            .key_condition_expression("#owner = :booking")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":booking", AttributeValue::S(booking.to_string()))
            .send()
            .await?;
        let items = answer.items.unwrap_or_default();
        let position = |item: &std::collections::HashMap<String, AttributeValue>| {
            item.get("passenger").and_then(|value| value.as_s().ok()).cloned()
        };
        Ok(items.iter().filter_map(position).collect())
    }

    /// The frames sent to this person about a booking, behind `after`, in order.
    pub async fn frames(
        &self,
        employee: &EmployeeId,
        booking: BookingId,
        after: u64,
    ) -> Result<Vec<FrameRow>, CommandError> {
        let items = self
            .dynamo
            .query()
            .table_name(&self.frames)
            .consistent_read(true)
            .key_condition_expression("recipient = :recipient AND #sequence > :after")
            .expression_attribute_names("#sequence", "sequence")
            .expression_attribute_values(
                ":recipient",
                AttributeValue::S(FrameRow::recipient(employee, booking)),
            )
            .expression_attribute_values(":after", AttributeValue::N(after.to_string()))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await?;
        Ok(serde_dynamo::from_items(items)?)
    }

    /// Newest first.
    pub async fn bookings(
        &self,
        employee: &EmployeeId,
        after: Option<Place>,
        limit: i32,
    ) -> Result<Page, CommandError> {
        let mut query = self
            .dynamo
            .query()
            .table_name(&self.bookings)
            .index_name("byCreated")
            .consistent_read(true)
            .scan_index_forward(false)
            .key_condition_expression("employeeId = :employee")
            .expression_attribute_values(":employee", AttributeValue::S(employee.to_string()))
            .limit(limit);
        if let Some(after) = after {
            query = query
                .exclusive_start_key("employeeId", AttributeValue::S(employee.to_string()))
                .exclusive_start_key("createdAt", AttributeValue::S(after.created_at.to_string()))
                .exclusive_start_key("bookingId", AttributeValue::S(after.booking.to_string()));
        }
        let answer = query.send().await?;
        let rows: Vec<BookingRow> = serde_dynamo::from_items(answer.items.unwrap_or_default())?;
        let more = answer.last_evaluated_key.is_some();
        let next = rows.last().filter(|_| more).map(|row| Place {
            created_at: row.created_at,
            booking: row.booking_id,
        });
        Ok(Page { rows, next })
    }

    /// The requests in `employee`'s words, by booking. What was erased is missing.
    pub async fn requests(
        &self,
        employee: &EmployeeId,
        bookings: &[BookingId],
    ) -> Result<BTreeMap<BookingId, String>, CommandError> {
        let refs: Vec<_> = bookings.iter().map(|booking| request_ref(*booking)).collect();
        let mut texts = self.texts.read_all(employee, &refs).await?;
        let found = bookings.iter().zip(&refs).filter_map(|(booking, text)| {
            let words = texts.remove(text)?;
            Some((*booking, words))
        });
        Ok(found.collect())
    }

    /// What was asked of this person as approver or delegate and ends after `since`.
    pub async fn approvals(
        &self,
        employee: &EmployeeId,
        since: Timestamp,
    ) -> Result<Vec<DecisionRow>, CommandError> {
        let mut rows: Vec<DecisionRow> = Vec::new();
        for (index, key) in [("byApprover", "approver"), ("byDelegate", "delegate")] {
            let items = self
                .dynamo
                .query()
                .table_name(&self.decisions)
                .index_name(index)
                .key_condition_expression("#person = :person AND deadlineAt > :since")
                .filter_expression("kind = :approve")
                .expression_attribute_names("#person", key)
                .expression_attribute_values(":person", AttributeValue::S(employee.to_string()))
                .expression_attribute_values(":since", AttributeValue::N(since.as_second().to_string()))
                .expression_attribute_values(":approve", AttributeValue::S("approve".into()))
                .into_paginator()
                .items()
                .send()
                .collect::<Result<Vec<_>, _>>()
                .await?;
            rows.extend(serde_dynamo::from_items::<_, DecisionRow>(items)?);
        }
        Ok(rows)
    }

    /// Every fact there is: a scan, for a report that few people read now and then.
    pub async fn facts(&self) -> Result<Vec<FactRow>, CommandError> {
        let items = self
            .dynamo
            .scan()
            .table_name(&self.insights)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await?;
        Ok(serde_dynamo::from_items(items)?)
    }

    /// Keeps a person's words, once: what an event's hash speaks of must never change under it.
    pub async fn keep_text(
        &self,
        text_ref: &TextRef,
        employee: &EmployeeId,
        text: &str,
    ) -> Result<TransactWriteItem, CommandError> {
        match self.texts.keep_once(text_ref, employee, text).await {
            Err(TextError::Vault(VaultError::Erased)) => {
                Err(Refusal::forbidden(texts::NOT_IN_DIRECTORY).into())
            }
            other => Ok(other?),
        }
    }

    async fn get<R: DeserializeOwned, const N: usize>(
        &self,
        table: &str,
        key: [(&str, String); N],
    ) -> Result<Option<R>, CommandError> {
        let key = key.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
        let answer = self
            .dynamo
            .get_item()
            .table_name(table)
            .set_key(Some(key.into()))
            .consistent_read(true)
            .send()
            .await?;
        Ok(answer.item.map(serde_dynamo::from_item).transpose()?)
    }
}

/// Where the words of a request are kept.
pub fn request_ref(booking: BookingId) -> TextRef {
    TextRef::new(format!("{booking}/request"))
}
