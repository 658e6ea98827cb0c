//! # replay: history once more, for those who welcome it
//!
//! A replay hands recorded events to read models that are rebuilt by them, and to nobody else. There are two sources.
//! EventBridge's archive ([`archive`]) replays by time, as fast as it likes and in no order within a minute; what it
//! may reach are the rules it is told. Journal ([`journal`]) replays a booking, or what one event led to, in sequence
//! order, or any time by any pattern, at a rate, and can be paused ([`Replays`]): since PutEvents cannot set
//! `replay-name`, each event goes straight to the function behind a rule that selects it, marked by [`event`].
//!
//! Fenced three times. Only rules that let `replay-name` through and, of ours, are on the list in [`rules`] are ever
//! given anything; a replayed event says so in two places; and whoever gets one all the same has no
//! [`lambda_host::Live`], without which nothing that books, pays, publishes, posts or wakes compiles.
//!
//! A library, for the command line and for whoever shows replays on a page: [`Replays::preview`], [`Replays::start`],
//! [`Replays::run`] with a closure that sees the progress, [`Replays::pause`], [`Replays::cancel`].

pub mod archive;
pub mod event;
pub mod journal;
pub mod ledger;
pub mod rules;
mod run;

use aws_sdk_dynamodb::Client;
use aws_types::SdkConfig;

pub use ledger::{State, Ticket};
pub use run::{Consumers, Preview, Replays, Request};

/// Where a deployed Sojourn keeps what replays need.
#[derive(Clone)]
pub struct Stack {
    /// `sojourn`.
    pub name: String,
    pub bus: String,
    pub journal: String,
    pub replays: String,
    pub dynamo: Client,
    pub eventbridge: aws_sdk_eventbridge::Client,
}

#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("DynamoDB did not answer")]
    Dynamo(#[source] Box<aws_sdk_dynamodb::Error>),
    #[error("EventBridge did not answer")]
    Events(#[source] Box<aws_sdk_eventbridge::Error>),
    #[error("a row does not have the shape of one")]
    Row(#[from] serde_dynamo::Error),
    #[error("an event in Journal cannot be read")]
    Event(#[from] serde_json::Error),
    #[error("{0}")]
    Refused(String),
}

impl<E> From<aws_sdk_dynamodb::error::SdkError<E>> for ReplayError
where
    aws_sdk_dynamodb::Error: From<aws_sdk_dynamodb::error::SdkError<E>>,
{
    fn from(error: aws_sdk_dynamodb::error::SdkError<E>) -> Self {
        Self::Dynamo(Box::new(error.into()))
    }
}

impl ReplayError {
    pub(crate) fn events<E>(error: aws_sdk_eventbridge::error::SdkError<E>) -> Self
    where
        aws_sdk_eventbridge::Error: From<aws_sdk_eventbridge::error::SdkError<E>>,
    {
        Self::Events(Box::new(error.into()))
    }
}

impl Stack {
    /// Of the stack called `name`.
    pub async fn find(config: &SdkConfig, name: &str) -> Result<Self, ReplayError> {
        let mut stack = Self {
            name: name.to_owned(),
            bus: format!("{name}-bus"),
            journal: String::new(),
            replays: String::new(),
            dynamo: Client::new(config),
            eventbridge: aws_sdk_eventbridge::Client::new(config),
        };
        stack.journal = stack.table("JournalTable").await?;
        stack.replays = stack.table("ReplaysTable").await?;
        Ok(stack)
    }

    /// The table that CloudFormation made for a logical id.
    pub async fn table(&self, logical_id: &str) -> Result<String, ReplayError> {
        let mut names = self.dynamo.list_tables().into_paginator().items().send();
        while let Some(table) = names.next().await {
            let table = table?;
            if is_table_of(&table, &self.name, logical_id) {
                return Ok(table);
            }
        }
        let missing = format!("the stack {} has no {logical_id}", self.name);
        Err(ReplayError::Refused(missing))
    }
}

/// AWS puts a suffix behind the logical id, the local cloud does not.
fn is_table_of(table: &str, stack: &str, logical_id: &str) -> bool {
    table
        .strip_prefix(stack)
        .and_then(|rest| rest.strip_prefix('-')?.strip_prefix(logical_id))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_found_by_stack_and_logical_id() {
        let cases = [
            ("sojourn-JournalTable", true),
            ("sojourn-JournalTable-1ABC", true),
            ("sojourn-JournalTables", false),
            ("sojourn-two-JournalTable", false),
            ("JournalTable", false),
        ];
        for (table, expected) in cases {
            assert_eq!(is_table_of(table, "sojourn", "JournalTable"), expected, "{table}");
        }
    }
}
