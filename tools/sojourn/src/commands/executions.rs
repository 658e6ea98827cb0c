//! `sojourn executions`: where the state machines stand, and one booking's way through them.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use aws_sdk_sfn::Client;
use aws_sdk_sfn::types::{ExecutionListItem, ExecutionStatus, HistoryEvent};
use aws_smithy_types::DateTime;
use clap::ValueEnum;
use events_schema::ids::BookingId;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::connection::Connection;
use super::event_line::aggregate;
use super::{CommandError, outside};

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Status {
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
}

impl From<Status> for ExecutionStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Running => Self::Running,
            Status::Succeeded => Self::Succeeded,
            Status::Failed => Self::Failed,
            Status::TimedOut => Self::TimedOut,
            Status::Aborted => Self::Aborted,
        }
    }
}

/// Newest first, `most` at most; or all of one booking, with their histories.
pub(super) async fn executions(
    booking: Option<BookingId>,
    status: Option<Status>,
    most: usize,
    json: bool,
    data: Option<PathBuf>,
) -> Result<ExitCode, CommandError> {
    let connection = Connection::running(data).await?;
    let client = Client::new(&outside::sdk_config(&connection.running));
    let mut out = Vec::new();
    match booking {
        None => list(&mut out, &client, status, most, json).await?,
        Some(booking) => of_booking(&mut out, &client, &booking.to_string(), status, json).await?,
    }
    if out.is_empty() {
        eprintln!("there are no such executions");
    }
    std::io::stdout().lock().write_all(&out)?;
    Ok(ExitCode::SUCCESS)
}

async fn list(
    out: &mut Vec<u8>,
    client: &Client,
    status: Option<Status>,
    most: usize,
    json: bool,
) -> Result<(), CommandError> {
    for execution in find(client, status, most).await? {
        let about = about(client, &execution).await?;
        match json {
            true => writeln!(out, "{}", document(&execution, about.as_deref())?)?,
            false => print(out, &execution, about.as_deref())?,
        }
    }
    Ok(())
}

async fn of_booking(
    out: &mut Vec<u8>,
    client: &Client,
    booking: &str,
    status: Option<Status>,
    json: bool,
) -> Result<(), CommandError> {
    let mut any = false;
    for execution in find(client, status, usize::MAX).await? {
        if about(client, &execution).await?.as_deref() == Some(booking) {
            any = true;
            let steps = steps(client, &execution).await?;
            if json {
                let mut document = document(&execution, Some(booking))?;
                document["steps"] = steps
                    .iter()
                    .map(|(at, text)| json!({ "at": at, "what": text }))
                    .collect();
                writeln!(out, "{document}")?;
                continue;
            }
            print(out, &execution, Some(booking))?;
            for (at, text) in steps {
                writeln!(out, "    {}  {text}", shown(at))?;
            }
        }
    }
    match any {
        true => Ok(()),
        false => Err(format!("no such execution belongs to booking {booking}").into()),
    }
}

/// Executions of every state machine of the stack, the newest of each first.
async fn find(
    client: &Client,
    status: Option<Status>,
    most: usize,
) -> Result<Vec<ExecutionListItem>, CommandError> {
    let machines = client.list_state_machines().send().await?;
    let mut found = Vec::new();
    for machine in machines.state_machines() {
        let mut pages = client
            .list_executions()
            .state_machine_arn(machine.state_machine_arn())
            .set_status_filter(status.map(Into::into))
            .into_paginator()
            .items()
            .send();
        while found.len() < most {
            let Some(execution) = pages.next().await else {
                break;
            };
            found.push(execution?);
        }
    }
    Ok(found)
}

/// The booking whose event started the execution.
async fn about(client: &Client, execution: &ExecutionListItem) -> Result<Option<String>, CommandError> {
    let described = client
        .describe_execution()
        .execution_arn(execution.execution_arn())
        .send()
        .await?;
    let input: Value = serde_json::from_str(described.input().unwrap_or("null"))?;
    Ok(aggregate(&input).map(str::to_owned))
}

fn print(
    out: &mut impl Write,
    execution: &ExecutionListItem,
    about: Option<&str>,
) -> Result<(), CommandError> {
    writeln!(
        out,
        "{:<10} {}  {}  {}",
        execution.status().as_str(),
        shown(moment(execution.start_date())?),
        about.unwrap_or("-"),
        execution.name()
    )?;
    Ok(())
}

fn document(execution: &ExecutionListItem, about: Option<&str>) -> Result<Value, CommandError> {
    Ok(json!({
        "booking": about,
        "status": execution.status().as_str(),
        "started": moment(execution.start_date())?,
        "stopped": execution.stop_date().map(moment).transpose()?,
        "name": execution.name(),
        "arn": execution.execution_arn(),
    }))
}

async fn steps(
    client: &Client,
    execution: &ExecutionListItem,
) -> Result<Vec<(Timestamp, String)>, CommandError> {
    let mut steps = Vec::new();
    let mut events = client
        .get_execution_history()
        .execution_arn(execution.execution_arn())
        .into_paginator()
        .items()
        .send();
    while let Some(event) = events.next().await {
        let event = event?;
        if let Some(text) = told(&event) {
            steps.push((moment(event.timestamp())?, text));
        }
    }
    Ok(steps)
}

/// States entered, and what went wrong in them; the rest of a history is machinery.
fn told(event: &HistoryEvent) -> Option<String> {
    match event.state_entered_event_details() {
        Some(entered) => Some(entered.name().to_owned()),
        None => wrong(event).map(|words| format!("  {words}")),
    }
}

/// What went wrong, if that is what the event says.
pub(super) fn wrong(event: &HistoryEvent) -> Option<String> {
    let kind = event.r#type().as_str();
    let wrong = ["Failed", "TimedOut", "Aborted"];
    if !wrong.iter().any(|end| kind.ends_with(end)) {
        return None;
    }
    let (error, cause) = reason(event);
    let words = [Some(kind), error, cause].into_iter().flatten();
    Some(words.collect::<Vec<_>>().join(": "))
}

fn reason(event: &HistoryEvent) -> (Option<&str>, Option<&str>) {
    let task = event.task_failed_event_details().map(|d| (d.error(), d.cause()));
    let late = event
        .task_timed_out_event_details()
        .map(|d| (d.error(), d.cause()));
    let failed = event
        .execution_failed_event_details()
        .map(|d| (d.error(), d.cause()));
    let aborted = event
        .execution_aborted_event_details()
        .map(|d| (d.error(), d.cause()));
    let expired = event
        .execution_timed_out_event_details()
        .map(|d| (d.error(), d.cause()));
    let evaluation = event
        .evaluation_failed_event_details()
        .map(|d| (d.error(), d.cause()));
    let found = task.or(late).or(failed).or(aborted).or(expired).or(evaluation);
    found.unwrap_or_default()
}

/// The protocol carries seconds as a floating-point number: rounded, not cut off.
#[allow(clippy::cast_possible_truncation, reason = "milliseconds since 1970")]
pub(super) fn moment(at: &DateTime) -> Result<Timestamp, CommandError> {
    Ok(Timestamp::from_millisecond(
        (at.as_secs_f64() * 1_000.0).round() as i64
    )?)
}

fn shown(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    //! Over HTTP against a cloud of our own.

    use super::*;
    use crate::commands::own_cloud;

    #[tokio::test]
    async fn executions_of_a_booking_are_found_with_their_steps() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let server = own_cloud::start(directory.path()).await;
        let cloud = &server.laptop.cloud;
        let machine = cloud
            .template()
            .machines
            .first()
            .expect("the state machine")
            .arn
            .clone();
        // Too little to work with, so that it ends by itself and at once.
        let booking = "01890a5d-ac96-774b-bcce-b302099a8057";
        let input = json!({ "detail": { "meta": { "aggregateId": booking } } });
        cloud
            .parts()
            .states
            .start_execution(&machine, None, input)
            .expect("started");

        cloud.idle().await;
        let client = Client::new(&outside::sdk_config(&server.running));
        for (status, count) in [(None, 1), (Some(Status::Failed), 1), (Some(Status::Running), 0)] {
            let mut out = Vec::new();
            list(&mut out, &client, status, 10, false).await.expect("listed");
            let listed = String::from_utf8(out).expect("text");
            assert_eq!(listed.matches(booking).count(), count, "{listed}");
        }

        let mut out = Vec::new();
        of_booking(&mut out, &client, booking, None, false)
            .await
            .expect("found");
        let shown = String::from_utf8(out).expect("text");
        assert!(shown.starts_with("FAILED"), "{shown}");
        assert!(shown.contains("ExecutionFailed: States."), "{shown}");
        let first = shown.lines().nth(1).expect("a step");
        assert!(
            first.starts_with("    2") && first.ends_with("Z  Remember"),
            "{shown}"
        );
        let other = of_booking(&mut Vec::new(), &client, "another", None, false).await;
        assert!(other.is_err());
    }
}
