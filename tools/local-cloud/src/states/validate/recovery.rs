//! `Retry` and `Catch`.

use serde_json::Value;

use super::MAX_SECONDS;
use super::fields::Fields;
use super::flow::check_assign;
use crate::states::definition::{Catcher, Retrier};

/// The names AWS reserves; any other name that begins so is a mistake.
const RESERVED: &[&str] = &[
    "States.ALL",
    "States.HeartbeatTimeout",
    "States.Timeout",
    "States.TaskFailed",
    "States.Permissions",
    "States.BranchFailed",
    "States.NoChoiceMatched",
    "States.IntrinsicFailure",
    "States.Runtime",
    "States.DataLimitExceeded",
    "States.QueryEvaluationError",
    "States.ExceedToleratedFailureThreshold",
    "States.ItemReaderFailed",
    "States.ResultWriterFailed",
    "States.Http.Socket",
];

pub fn retriers(fields: &mut Fields<'_>) -> Result<Vec<Retrier>, String> {
    let Some(list) = fields.list("Retry")? else {
        return Ok(Vec::new());
    };
    let read =
        |(at, value)| retrier(value, at + 1 == list.len()).map_err(|reason| format!("Retry[{at}]: {reason}"));
    list.iter().enumerate().map(read).collect()
}

pub fn catchers(fields: &mut Fields<'_>) -> Result<Vec<Catcher>, String> {
    let Some(list) = fields.list("Catch")? else {
        return Ok(Vec::new());
    };
    let read =
        |(at, value)| catcher(value, at + 1 == list.len()).map_err(|reason| format!("Catch[{at}]: {reason}"));
    list.iter().enumerate().map(read).collect()
}

fn retrier(value: &Value, last: bool) -> Result<Retrier, String> {
    let mut fields = Fields::of(value)?;
    let error_equals = error_equals(&mut fields, last)?;
    fields.text("Comment")?;
    let interval_s = bounded(
        fields.whole_number("IntervalSeconds")?,
        "IntervalSeconds",
        1,
        MAX_SECONDS,
    )?
    .unwrap_or(1);
    let max_attempts =
        bounded(fields.whole_number("MaxAttempts")?, "MaxAttempts", 0, MAX_SECONDS)?.unwrap_or(3);
    let backoff_rate = fields.number("BackoffRate")?.unwrap_or(2.0);
    if backoff_rate < 1.0 {
        return Err("BackoffRate must be 1.0 or more".into());
    }
    let max_delay_s = bounded(
        fields.whole_number("MaxDelaySeconds")?,
        "MaxDelaySeconds",
        1,
        31_622_400,
    )?;
    if max_delay_s.is_some_and(|most| most <= interval_s) {
        return Err("MaxDelaySeconds must be more than IntervalSeconds".into());
    }
    let full_jitter = match fields.text("JitterStrategy")? {
        None | Some("NONE") => false,
        Some("FULL") => true,
        Some(other) => return Err(format!("JitterStrategy `{other}` is unknown, only FULL and NONE")),
    };
    fields.finish()?;
    let max_attempts = u32::try_from(max_attempts).unwrap_or(u32::MAX);
    Ok(Retrier {
        error_equals,
        interval_s,
        backoff_rate,
        max_attempts,
        max_delay_s,
        full_jitter,
    })
}

fn catcher(value: &Value, last: bool) -> Result<Catcher, String> {
    let mut fields = Fields::of(value)?;
    let error_equals = error_equals(&mut fields, last)?;
    fields.text("Comment")?;
    let next = fields.required_text("Next")?.to_owned();
    let assign = fields.template("Assign", &["errorOutput"])?;
    check_assign(assign.as_ref())?;
    let output = fields.template("Output", &["errorOutput"])?;
    fields.finish()?;
    Ok(Catcher {
        error_equals,
        next,
        assign,
        output,
    })
}

fn error_equals(fields: &mut Fields<'_>, last: bool) -> Result<Vec<String>, String> {
    let list = fields.list("ErrorEquals")?.ok_or("ErrorEquals is missing")?;
    let names: Option<Vec<String>> = list.iter().map(|name| name.as_str().map(str::to_owned)).collect();
    let names = names
        .filter(|names| !names.is_empty())
        .ok_or("ErrorEquals must list error names")?;
    if names.iter().any(|name| name == "States.ALL") && (names.len() > 1 || !last) {
        return Err("States.ALL must stand alone and last".into());
    }
    match names
        .iter()
        .find(|name| name.starts_with("States.") && !RESERVED.contains(&name.as_str()))
    {
        Some(name) => Err(format!("ErrorEquals: `{name}` is not an error of Step Functions")),
        None => Ok(names),
    }
}

fn bounded(value: Option<u64>, name: &str, least: u64, most: u64) -> Result<Option<u64>, String> {
    match value {
        Some(number) if !(least..=most).contains(&number) => {
            Err(format!("{name} must be from {least} to {most}"))
        }
        value => Ok(value),
    }
}
