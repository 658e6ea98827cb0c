//! Table Replays: how far each replay from Journal is, and what people want of it. Whoever runs one writes its place
//! here after every portion, on condition that it is still the runner, and reads there whether somebody asked it to stop;
//! so a pause takes effect behind the portion, repeats nothing, and a runner that died can be followed by another.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journal::Selection;
use crate::{ReplayError, Stack};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Running,
    Paused,
    Cancelled,
    Completed,
    /// A consumer failed several times; going on tries that event again.
    Failed,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Cancelled => "cancelled",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    pub fn ended(self) -> bool {
        matches!(self, Self::Cancelled | Self::Completed)
    }
}

/// A row of Replays, key `replayName`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    pub replay_name: String,
    pub state: State,
    pub selection: Selection,
    /// The rules it hands events to, by name.
    pub rules: Vec<String>,
    /// An EventBridge pattern that narrows them all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Deliveries a second, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_second: Option<u32>,
    /// Deliveries there will be, as counted at the start.
    pub total: u64,
    pub delivered: u64,
    /// How far it is, as [`crate::journal::Portion::behind`] says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<String>,
    /// Rises with each runner: only the last may write.
    pub runner: u32,
    pub started_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Of a failed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

pub(crate) struct Ledger<'a> {
    pub stack: &'a Stack,
}

impl Ledger<'_> {
    /// A new one; its name must be free.
    pub async fn open(&self, ticket: &Ticket) -> Result<(), ReplayError> {
        let put = self
            .put(ticket)?
            .condition_expression("attribute_not_exists(replayName)");
        let taken =
            || ReplayError::Refused(format!("there is a replay called {} already", ticket.replay_name));
        written(put.send().await)?.then_some(()).ok_or_else(taken)
    }

    pub async fn read(&self, name: &str) -> Result<Option<Ticket>, ReplayError> {
        let answer = self
            .stack
            .dynamo
            .get_item()
            .table_name(&self.stack.replays)
            .key("replayName", AttributeValue::S(name.to_owned()))
            .consistent_read(true)
            .send()
            .await?;
        Ok(answer.item.map(serde_dynamo::from_item).transpose()?)
    }

    /// The newest first.
    pub async fn all(&self) -> Result<Vec<Ticket>, ReplayError> {
        let scan = self.stack.dynamo.scan().table_name(&self.stack.replays);
        let mut items = scan.into_paginator().items().send();
        let mut tickets: Vec<Ticket> = Vec::new();
        while let Some(item) = items.next().await {
            tickets.push(serde_dynamo::from_item(item?)?);
        }
        tickets.sort_by_key(|ticket| std::cmp::Reverse(ticket.started_at));
        Ok(tickets)
    }

    /// Writes `ticket` if what stands there is still in state `from` under the runner `runner`.
    pub async fn replace(&self, ticket: &Ticket, from: State, runner: u32) -> Result<bool, ReplayError> {
        let put = self
            .put(ticket)?
            .condition_expression("#state = :state AND runner = :runner")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", AttributeValue::S(from.name().to_owned()))
            .expression_attribute_values(":runner", AttributeValue::N(runner.to_string()));
        written(put.send().await)
    }

    /// Writes down how far the runner is, whatever state others have put the replay in meanwhile; the row as it is then,
    /// or nothing if there is another runner.
    pub async fn advance(&self, ticket: &Ticket) -> Result<Option<Ticket>, ReplayError> {
        let behind = ticket.behind.clone().unwrap_or_default();
        let update = self
            .stack
            .dynamo
            .update_item()
            .table_name(&self.stack.replays)
            .key("replayName", AttributeValue::S(ticket.replay_name.clone()))
            .update_expression("SET delivered = :delivered, behind = :behind")
            .condition_expression("runner = :runner")
            .expression_attribute_values(":delivered", AttributeValue::N(ticket.delivered.to_string()))
            .expression_attribute_values(":behind", AttributeValue::S(behind))
            .expression_attribute_values(":runner", AttributeValue::N(ticket.runner.to_string()))
            .return_values(ReturnValue::AllNew);
        match update.send().await {
            Ok(answer) => Ok(answer.attributes.map(serde_dynamo::from_item).transpose()?),
            Err(error) => unless_refused(error).map(|()| None),
        }
    }

    /// Moves a replay to another state and leaves the rest alone: how far it is belongs to its runner.
    pub async fn ask(&self, name: &str, from: &[State], to: State) -> Result<bool, ReplayError> {
        let names: Vec<_> = (0..from.len()).map(|index| format!(":from{index}")).collect();
        let mut update = self
            .stack
            .dynamo
            .update_item()
            .table_name(&self.stack.replays)
            .key("replayName", AttributeValue::S(name.to_owned()))
            .update_expression("SET #state = :to")
            .condition_expression(format!("#state IN ({})", names.join(", ")))
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":to", AttributeValue::S(to.name().to_owned()));
        for (name, state) in names.iter().zip(from) {
            update = update.expression_attribute_values(name, AttributeValue::S(state.name().to_owned()));
        }
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error) => unless_refused(error).map(|()| false),
        }
    }

    fn put(
        &self,
        ticket: &Ticket,
    ) -> Result<aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder, ReplayError> {
        let put = self.stack.dynamo.put_item().table_name(&self.stack.replays);
        Ok(put.set_item(Some(serde_dynamo::to_item(ticket)?)))
    }
}

/// An error that is not merely the condition's.
fn unless_refused(error: SdkError<UpdateItemError>) -> Result<(), ReplayError> {
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
        _ => Err(error.into()),
    }
}

/// Whether the condition held.
fn written<T>(outcome: Result<T, SdkError<PutItemError>>) -> Result<bool, ReplayError> {
    match outcome {
        Ok(_) => Ok(true),
        Err(error) => match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
            _ => Err(error.into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_survives_the_table_and_its_states_are_called_as_they_are_kept() {
        let ticket = Ticket {
            replay_name: "again".into(),
            state: State::Paused,
            selection: Selection::Time {
                from: Timestamp::UNIX_EPOCH,
                until: Timestamp::MAX,
            },
            rules: vec!["insights.on-booking-confirmed".into()],
            pattern: None,
            per_second: Some(5),
            total: 3,
            delivered: 1,
            behind: Some("2026-11-21T09:00:00".into()),
            runner: 2,
            started_at: Timestamp::UNIX_EPOCH,
            ended_at: None,
            why: None,
        };
        let item: std::collections::HashMap<String, AttributeValue> = serde_dynamo::to_item(&ticket).unwrap();
        assert_eq!(serde_dynamo::from_item::<_, Ticket>(item).unwrap(), ticket);
        for state in [
            State::Running,
            State::Paused,
            State::Cancelled,
            State::Completed,
            State::Failed,
        ] {
            assert_eq!(serde_json::to_value(state).unwrap(), state.name());
        }
    }
}
