//! What the executions' histories say: which state was entered and left when, and what went wrong in it.

use std::collections::BTreeSet;

use aws_sdk_sfn::Client;
use aws_sdk_sfn::types::HistoryEvent;
use jiff::Timestamp;

use crate::commands::CommandError;
use crate::commands::executions::{moment, wrong};

/// One execution.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub arn: String,
    /// As Step Functions writes it: `RUNNING`.
    pub status: String,
    pub started: Timestamp,
    pub stopped: Option<Timestamp>,
    pub states: Vec<State>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    pub name: String,
    pub entered: Timestamp,
    /// `None`: still in it.
    pub left: Option<Timestamp>,
    /// What went wrong in it, in order; retries follow one another here.
    pub wrong: Vec<String>,
}

/// Those of them that Step Functions still knows: it forgets an execution 90 days after its end.
pub(super) async fn runs(client: &Client, executions: &BTreeSet<String>) -> Result<Vec<Run>, CommandError> {
    let mut runs = Vec::new();
    for arn in executions {
        let described = client.describe_execution().execution_arn(arn).send().await;
        let described = match described.map_err(|error| error.into_service_error()) {
            Ok(described) => described,
            Err(error) if error.is_execution_does_not_exist() => continue,
            Err(error) => return Err(error.into()),
        };
        runs.push(Run {
            arn: arn.clone(),
            status: described.status().as_str().to_owned(),
            started: moment(described.start_date())?,
            stopped: described.stop_date().map(moment).transpose()?,
            states: states(client, arn).await?,
        });
    }
    Ok(runs)
}

async fn states(client: &Client, arn: &str) -> Result<Vec<State>, CommandError> {
    let history = client.get_execution_history().execution_arn(arn);
    let mut events = history.into_paginator().items().send();
    let mut states = Vec::new();
    while let Some(event) = events.next().await {
        let event = event?;
        note(&mut states, &event, moment(event.timestamp())?);
    }
    Ok(states)
}

fn note(states: &mut Vec<State>, event: &HistoryEvent, at: Timestamp) {
    if let Some(entered) = event.state_entered_event_details() {
        states.push(State {
            name: entered.name().to_owned(),
            entered: at,
            left: None,
            wrong: Vec::new(),
        });
    } else if let Some(exited) = event.state_exited_event_details() {
        let open = states
            .iter_mut()
            .rev()
            .find(|state| state.left.is_none() && state.name == exited.name());
        if let Some(state) = open {
            state.left = Some(at);
        }
    } else if let (Some(wrong), Some(state)) = (wrong(event), states.last_mut()) {
        state.wrong.push(wrong);
    }
}
