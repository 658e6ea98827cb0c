//! How much of something may happen in ten seconds: counted in a row of Connections that is no connection, so that
//! fan-out never meets it. A person's messages are counted over all their devices (partition `limit#<employeeId>`).

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::EmployeeId;
use events_schema::problem::ErrorCode;

use super::refuse::{CommandError, Refusal};
use super::texts;
use crate::condition::held;
use crate::error::HandlerError;
use crate::runtime::{Clock, ConfigError, Runtime};

const WINDOW_S: i64 = 10;

pub struct Limit {
    dynamo: Client,
    table: String,
    clock: Arc<dyn Clock>,
    /// Per counter and window.
    most: u32,
}

impl Limit {
    /// Setting: `CONNECTIONS_TABLE`.
    pub fn from_runtime(runtime: &Runtime, most: u32) -> Result<Self, ConfigError> {
        Ok(Self {
            dynamo: Client::new(&runtime.aws),
            table: runtime.setting("CONNECTIONS_TABLE")?.into(),
            clock: runtime.clock.clone(),
            most,
        })
    }

    /// Counts one message of a person, or refuses it.
    pub async fn check(&self, employee: &EmployeeId) -> Result<(), CommandError> {
        match self.take(&of(employee)).await? {
            true => Ok(()),
            false => Err(Refusal::new(ErrorCode::RateLimited, texts::TOO_FAST).into()),
        }
    }

    /// Counts one; `false` once the window's share is used up.
    pub async fn take(&self, counter: &str) -> Result<bool, HandlerError> {
        let window = self.window();
        // Both conditions fail only if the window's share is used up, or if somebody else opened the window between
        // the two calls: then the second round counts.
        for _ in 0..2 {
            if self.count(counter, window).await? || self.open(counter, window).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether nobody asked this in the window before: a flood is written down once, not at its own pace.
    pub async fn is_news(&self, employee: &EmployeeId) -> Result<bool, HandlerError> {
        let outcome = self
            .update(&of(employee), self.window())
            .update_expression("SET told = :window")
            .condition_expression("#window = :window AND (attribute_not_exists(told) OR told <> :window)")
            .send()
            .await;
        Ok(held(outcome)?)
    }

    fn window(&self) -> i64 {
        self.clock.now().as_second() / WINDOW_S
    }

    async fn count(&self, counter: &str, window: i64) -> Result<bool, HandlerError> {
        let outcome = self
            .update(counter, window)
            .update_expression("SET messages = messages + :one")
            .condition_expression("#window = :window AND messages < :most")
            .expression_attribute_values(":one", AttributeValue::N("1".into()))
            .expression_attribute_values(":most", AttributeValue::N(self.most.to_string()))
            .send()
            .await;
        Ok(held(outcome)?)
    }

    async fn open(&self, counter: &str, window: i64) -> Result<bool, HandlerError> {
        let ttl = (window + 2) * WINDOW_S;
        let outcome = self
            .update(counter, window)
            .update_expression("SET #window = :window, messages = :one, #ttl = :ttl")
            .condition_expression("attribute_not_exists(#window) OR #window <> :window")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":one", AttributeValue::N("1".into()))
            .expression_attribute_values(":ttl", AttributeValue::N(ttl.to_string()))
            .send()
            .await;
        Ok(held(outcome)?)
    }

    fn update(&self, counter: &str, window: i64) -> UpdateItemFluentBuilder {
        self.dynamo
            .update_item()
            .table_name(&self.table)
            .key("employeeId", AttributeValue::S(counter.into()))
            .key("connectionId", AttributeValue::S("messages".into()))
            .expression_attribute_names("#window", "window")
            .expression_attribute_values(":window", AttributeValue::N(window.to_string()))
    }
}

fn of(employee: &EmployeeId) -> String {
    format!("limit#{employee}")
}
