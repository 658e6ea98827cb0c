//! How many messages a person may send: counted over all their devices, in a row of Connections that is no
//! connection (its partition is `limit#<employeeId>`), so that fan-out never meets it.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::EmployeeId;
use events_schema::problem::ErrorCode;

use super::refuse::{CommandError, Refusal};
use super::texts;
use crate::runtime::{Clock, ConfigError, Runtime};

const WINDOW_S: i64 = 10;

pub struct Limit {
    dynamo: Client,
    table: String,
    clock: Arc<dyn Clock>,
    /// Messages per person and window.
    most: u32,
}

impl Limit {
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            dynamo: Client::new(&runtime.aws),
            table: runtime.setting("CONNECTIONS_TABLE")?.into(),
            clock: runtime.clock.clone(),
            most: runtime.setting_or("MESSAGES_PER_10_S", 50)?,
        })
    }

    pub async fn check(&self, employee: &EmployeeId) -> Result<(), CommandError> {
        let window = self.clock.now().as_second() / WINDOW_S;
        // Both conditions fail only if the window's messages are used up, or if another device opened the window
        // between the two calls: then the second round counts.
        for _ in 0..2 {
            if self.count(employee, window).await? || self.open(employee, window).await? {
                return Ok(());
            }
        }
        Err(Refusal::new(ErrorCode::RateLimited, texts::TOO_FAST).into())
    }

    async fn count(&self, employee: &EmployeeId, window: i64) -> Result<bool, CommandError> {
        let outcome = self
            .update(employee, window)
            .update_expression("SET messages = messages + :one")
            .condition_expression("#window = :window AND messages < :most")
            .expression_attribute_values(":most", AttributeValue::N(self.most.to_string()))
            .send()
            .await;
        held(outcome)
    }

    async fn open(&self, employee: &EmployeeId, window: i64) -> Result<bool, CommandError> {
        let ttl = (window + 2) * WINDOW_S;
        let outcome = self
            .update(employee, window)
            .update_expression("SET #window = :window, messages = :one, #ttl = :ttl")
            .condition_expression("attribute_not_exists(#window) OR #window <> :window")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ttl", AttributeValue::N(ttl.to_string()))
            .send()
            .await;
        held(outcome)
    }

    fn update(
        &self,
        employee: &EmployeeId,
        window: i64,
    ) -> aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder {
        self.dynamo
            .update_item()
            .table_name(&self.table)
            .key("employeeId", AttributeValue::S(format!("limit#{employee}")))
            .key("connectionId", AttributeValue::S("messages".into()))
            .expression_attribute_names("#window", "window")
            .expression_attribute_values(":window", AttributeValue::N(window.to_string()))
            .expression_attribute_values(":one", AttributeValue::N("1".into()))
    }
}

fn held<T, R>(outcome: Result<T, SdkError<UpdateItemError, R>>) -> Result<bool, CommandError>
where
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match outcome {
        Ok(_) => Ok(true),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
        {
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}
