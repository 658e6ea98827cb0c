//! One state: its type's fields, and the fields that states share.

use std::collections::BTreeSet;

use serde_json::Value;

use super::MAX_SECONDS;
use super::fields::Fields;
use super::flow::{self, Names, check_assign};
use super::recovery;
use crate::states::definition::{DefinitionError, Flow, Kind, Map, Next, Rule, State, Task, Wait};
use crate::states::integrations::Resource;
use crate::states::template::{Template, expression_in};

/// Either a fault of this state, or one of a state inside it that already says where it is.
enum Fault {
    Here(String),
    Inside(DefinitionError),
}

impl From<String> for Fault {
    fn from(reason: String) -> Self {
        Self::Here(reason)
    }
}

impl From<&str> for Fault {
    fn from(reason: &str) -> Self {
        Self::Here(reason.to_owned())
    }
}

pub fn read(name: &str, value: &Value, names: &mut Names) -> Result<State, DefinitionError> {
    read_fields(value, names).map_err(|fault| match fault {
        Fault::Here(reason) => DefinitionError {
            state: Some(name.to_owned()),
            reason,
        },
        // A flow inside that names no state of its own at fault is this state's fault.
        Fault::Inside(DefinitionError { state: None, reason }) => DefinitionError {
            state: Some(name.to_owned()),
            reason,
        },
        Fault::Inside(error) => error,
    })
}

/// The variables that a state's own `Assign`s name, wherever they stand in it.
pub fn assigned_names(state: &Value, names: &mut BTreeSet<String>) {
    let lists = ["Catch", "Choices"]
        .iter()
        .filter_map(|field| state[*field].as_array())
        .flatten();
    for holder in std::iter::once(state).chain(lists) {
        names.extend(
            holder["Assign"]
                .as_object()
                .into_iter()
                .flat_map(|assign| assign.keys().cloned()),
        );
    }
}

fn read_fields(value: &Value, names: &mut Names) -> Result<State, Fault> {
    let mut fields = Fields::of(value)?;
    fields.text("Comment")?;
    if fields
        .text("QueryLanguage")?
        .is_some_and(|language| language != "JSONata")
    {
        return Err("QueryLanguage must be JSONata in every state".into());
    }
    let kind = kind(&mut fields, names)?;
    let recovers = matches!(kind, Kind::Task(_) | Kind::Parallel { .. } | Kind::Map(_));
    let readable: &[&str] = if recovers { &["result"] } else { &[] };
    let fails = matches!(kind, Kind::Fail { .. });
    let assign = if fails || matches!(kind, Kind::Succeed) {
        None
    } else {
        fields.template("Assign", readable)?
    };
    check_assign(assign.as_ref())?;
    let output = if fails {
        None
    } else {
        fields.template("Output", readable)?
    };
    let next = next(&mut fields, &kind)?;
    let retry = if recovers {
        recovery::retriers(&mut fields)?
    } else {
        Vec::new()
    };
    let catch = if recovers {
        recovery::catchers(&mut fields)?
    } else {
        Vec::new()
    };
    fields.finish()?;
    Ok(State {
        kind,
        assign,
        output,
        next,
        retry,
        catch,
    })
}

fn next(fields: &mut Fields<'_>, kind: &Kind) -> Result<Next, Fault> {
    match kind {
        Kind::Choice { .. } => return Ok(Next::Chosen),
        Kind::Succeed | Kind::Fail { .. } => return Ok(Next::End),
        _ => {}
    }
    match (fields.text("Next")?, fields.flag("End")?) {
        (Some(next), None | Some(false)) => Ok(Next::State(next.to_owned())),
        (None, Some(true)) => Ok(Next::End),
        (None, _) => Err("Next is missing (or End: true)".into()),
        (Some(_), Some(true)) => Err("Next and End exclude each other".into()),
    }
}

fn kind(fields: &mut Fields<'_>, names: &mut Names) -> Result<Kind, Fault> {
    match fields.required_text("Type")? {
        "Task" => Ok(Kind::Task(task(fields)?)),
        "Pass" => Ok(Kind::Pass),
        "Choice" => choice(fields),
        "Wait" => Ok(Kind::Wait(wait(fields)?)),
        "Succeed" => Ok(Kind::Succeed),
        "Fail" => Ok(Kind::Fail {
            error: fields.template("Error", &[])?,
            cause: fields.template("Cause", &[])?,
        }),
        "Parallel" => parallel(fields, names),
        "Map" => Ok(Kind::Map(Box::new(map(fields, names)?))),
        other => Err(format!("Type `{other}` is unknown").into()),
    }
}

fn task(fields: &mut Fields<'_>) -> Result<Task, Fault> {
    let resource = Resource::parse(fields.required_text("Resource")?)?;
    let arguments = fields.template("Arguments", &[])?;
    if let Some(required) = resource.required_argument() {
        let given = arguments.as_ref().map(Template::members).unwrap_or_default();
        let whole = matches!(arguments, Some(Template::Expression(_)));
        if !whole && !given.iter().any(|(name, _)| name == required) {
            return Err(format!("Arguments must give {required}").into());
        }
    }
    let timeout_s = fields.count("TimeoutSeconds", 1, MAX_SECONDS)?;
    let heartbeat_s = fields.count("HeartbeatSeconds", 1, MAX_SECONDS)?;
    let number =
        |template: &Option<Template>| template.as_ref().and_then(|given| given.as_literal()?.as_u64());
    if let (Some(timeout), Some(heartbeat)) = (number(&timeout_s), number(&heartbeat_s))
        && heartbeat >= timeout
    {
        return Err("HeartbeatSeconds must be less than TimeoutSeconds".into());
    }
    Ok(Task {
        resource,
        arguments,
        timeout_s,
        heartbeat_s,
    })
}

fn choice(fields: &mut Fields<'_>) -> Result<Kind, Fault> {
    let list = fields
        .list("Choices")?
        .filter(|list| !list.is_empty())
        .ok_or("Choices must list at least one rule")?;
    let read = |(at, value)| rule(value).map_err(|reason| format!("Choices[{at}]: {reason}"));
    let rules = list.iter().enumerate().map(read).collect::<Result<_, _>>()?;
    Ok(Kind::Choice {
        rules,
        default: fields.text("Default")?.map(str::to_owned),
    })
}

fn rule(value: &Value) -> Result<Rule, String> {
    let mut fields = Fields::of(value)?;
    fields.text("Comment")?;
    let condition = match fields.template("Condition", &[])?.ok_or("Condition is missing")? {
        Template::Literal(literal) if !literal.is_boolean() => {
            return Err("Condition must be a JSONata expression, or true or false".into());
        }
        condition => condition,
    };
    let next = fields.required_text("Next")?.to_owned();
    let assign = fields.template("Assign", &[])?;
    check_assign(assign.as_ref())?;
    let output = fields.template("Output", &[])?;
    fields.finish()?;
    Ok(Rule {
        condition,
        next,
        assign,
        output,
    })
}

fn wait(fields: &mut Fields<'_>) -> Result<Wait, Fault> {
    match (fields.has("Seconds"), fields.has("Timestamp")) {
        (true, false) => {
            let seconds = fields.count("Seconds", 0, MAX_SECONDS)?;
            seconds
                .map(Wait::Seconds)
                .ok_or_else(|| "Seconds is missing".into())
        }
        (false, true) => {
            let timestamp = fields.template("Timestamp", &[])?.ok_or("Timestamp is missing")?;
            if let Some(literal) = timestamp.as_literal() {
                let text = literal.as_str().ok_or("Timestamp must be a string")?;
                text.parse::<jiff::Timestamp>()
                    .map_err(|error| format!("Timestamp: {error}"))?;
            }
            Ok(Wait::Timestamp(timestamp))
        }
        _ => Err("Wait has either Seconds or Timestamp".into()),
    }
}

fn parallel(fields: &mut Fields<'_>, names: &mut Names) -> Result<Kind, Fault> {
    let list = fields
        .list("Branches")?
        .filter(|list| !list.is_empty())
        .ok_or("Branches must list at least one branch")?;
    let branches = list
        .iter()
        .map(|branch| inner_flow(branch, names, false))
        .collect::<Result<_, _>>()?;
    Ok(Kind::Parallel {
        branches,
        arguments: fields.template("Arguments", &[])?,
    })
}

fn map(fields: &mut Fields<'_>, names: &mut Names) -> Result<Map, Fault> {
    let processor = fields.take("ItemProcessor").ok_or("ItemProcessor is missing")?;
    if let Some(Value::String(text)) = fields.take("Items")
        && expression_in(text).is_none()
    {
        return Err("Items must be a list or a JSONata expression".into());
    }
    Ok(Map {
        items: fields.template("Items", &[])?,
        item_selector: fields.template("ItemSelector", &[])?,
        max_concurrency: fields.count("MaxConcurrency", 0, MAX_SECONDS)?,
        processor: inner_flow(processor, names, true)?,
    })
}

fn inner_flow(value: &Value, names: &mut Names, processor: bool) -> Result<Flow, Fault> {
    let mut fields = Fields::of(value)?;
    fields.text("Comment")?;
    if processor && let Some(config) = fields.take("ProcessorConfig") {
        let mut config = Fields::of(config)?;
        if config.text("Mode")?.is_some_and(|mode| mode != "INLINE") {
            return Err("ProcessorConfig: only Mode INLINE is offered by the local cloud".into());
        }
        config.finish()?;
    }
    let flow = flow::read(&mut fields, names).map_err(Fault::Inside)?;
    fields.finish()?;
    Ok(flow)
}
