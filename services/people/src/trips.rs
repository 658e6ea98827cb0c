//! What a person still travels on: their own bookings, and those of others they are a passenger of.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use events_schema::booking::{AttentionResolved, BookingConfirmed, LegBooked};
use events_schema::envelope::Envelope;
use events_schema::event::Event;
use events_schema::ids::{BookingId, EmployeeId};
use events_schema::rows::{BookingRow, JournalRow};
use events_schema::trip::LegContent;
use jiff::Timestamp;
use jiff::civil::Date;
use lambda_host::HandlerError;
use lambda_host::head::{self, BookingKey};
use lambda_host::history::History;
use lambda_host::passengers::OWN;

use crate::decide::erasure::Trip;

pub struct Trips {
    pub dynamo: Client,
    pub history: History,
    pub passengers: String,
    pub bookings: String,
}

impl Trips {
    pub async fn of(&self, employee: &EmployeeId) -> Result<Vec<Trip>, HandlerError> {
        let mut heads: BTreeMap<BookingId, BookingRow> = BTreeMap::new();
        for head in self.own(employee).await? {
            heads.insert(head.booking_id, head);
        }
        for booking in self.joined(employee).await? {
            if let (false, Some(head)) = (heads.contains_key(&booking), self.head(booking).await?) {
                heads.insert(booking, head);
            }
        }
        let mut trips = Vec::with_capacity(heads.len());
        for (booking, head) in heads {
            let history = self.history.all(&booking.into()).await?;
            trips.push(Trip {
                booking,
                state: head.state,
                last_day: last_day(&history)?,
            });
        }
        Ok(trips)
    }

    /// In place of the details an employee keeps with us: when they were erased, and nothing else.
    pub fn forget_details(
        &self,
        employee: &EmployeeId,
        at: Timestamp,
    ) -> Result<TransactWriteItem, HandlerError> {
        let text = |value: String| AttributeValue::S(value);
        let put = Put::builder()
            .table_name(&self.passengers)
            .item("owner", text(employee.to_string()))
            .item("passenger", text(OWN.into()))
            .item("erasedAt", text(at.to_string()))
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    async fn own(&self, employee: &EmployeeId) -> Result<Vec<BookingRow>, HandlerError> {
        let items = self
            .dynamo
            .query()
            .table_name(&self.bookings)
            .consistent_read(true)
            .key_condition_expression("employeeId = :employee")
            .expression_attribute_values(":employee", AttributeValue::S(employee.to_string()))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await?;
        Ok(serde_dynamo::from_items(items)?)
    }

    /// The bookings that hold details sealed with the person's key.
    async fn joined(&self, employee: &EmployeeId) -> Result<Vec<BookingId>, HandlerError> {
        let items = self
            .dynamo
            .query()
            .table_name(&self.passengers)
            .index_name("bySubject")
            .key_condition_expression("subject = :subject")
            .expression_attribute_values(":subject", AttributeValue::S(employee.to_string()))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await?;
        let owners = items.iter().filter_map(|item| item.get("owner")?.as_s().ok());
        // An employee's own details are owned by no booking.
        Ok(owners.filter_map(|owner| owner.parse().ok()).collect())
    }

    async fn head(&self, booking: BookingId) -> Result<Option<BookingRow>, HandlerError> {
        let history = self.history.all(&booking.into()).await?;
        let Some(first) = history.first() else {
            return Ok(None);
        };
        let Some(traveller) = first.recorded()?.detail.meta.employee_id else {
            return Ok(None);
        };
        let key = BookingKey::new(traveller, booking);
        Ok(head::read(&self.dynamo, &self.bookings, &key).await?)
    }
}

/// The last day of what was bought and not undone since.
fn last_day(history: &[JournalRow]) -> Result<Option<Date>, HandlerError> {
    let ended = [BookingConfirmed::NAME, AttentionResolved::NAME];
    if !history.iter().any(|row| ended.contains(&row.event_type.as_str())) {
        return Ok(None);
    }
    let mut last = None;
    for row in history.iter().filter(|row| row.event_type == LegBooked::NAME) {
        let booked: Envelope<LegBooked> = row.recorded()?.read()?;
        last = last.max(ends(&booked.data.leg.content));
    }
    Ok(last)
}

fn ends(content: &LegContent) -> Option<Date> {
    match content {
        LegContent::Flight {
            outbound, inbound, ..
        } => {
            let arrival = inbound.last().or(outbound.last());
            arrival.map(|segment| segment.arrives.local.date())
        }
        LegContent::Stay { check_out, .. } => Some(*check_out),
    }
}
