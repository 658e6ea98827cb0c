//! What a target receives: the event, a constant, a part of it, or a template filled from it.

use jiff::Timestamp;
use serde_json::Value;

use super::config::TargetInput;

pub(super) enum Input {
    Event,
    Constant(Value),
    Path(JsonPath),
    Template(Vec<Piece>),
}

/// What templates may name besides the event.
pub(super) struct Context<'a> {
    pub(super) rule_arn: &'a str,
    pub(super) rule_name: &'a str,
    pub(super) ingested_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum InputError {
    #[error("Input is not JSON: {0}")]
    NotJson(String),
    #[error("{0} is not a path this event service understands")]
    BadPath(String),
    #[error("the event has nothing at {0}")]
    Missing(String),
    #[error("the filled template is not JSON: {0}")]
    FilledNotJson(String),
}

pub(super) enum Piece {
    Text(String),
    Variable { source: Variable, quoted: bool },
}

#[derive(Clone)]
pub(super) enum Variable {
    Path(JsonPath),
    RuleArn,
    RuleName,
    IngestionTime,
    /// The event without its detail.
    Event,
    EventWithDetail,
}

impl Input {
    pub(super) fn compile(input: &TargetInput) -> Result<Self, InputError> {
        Ok(match input {
            TargetInput::Event => Self::Event,
            TargetInput::Constant(text) => Self::Constant(
                serde_json::from_str(text).map_err(|error| InputError::NotJson(error.to_string()))?,
            ),
            TargetInput::Path(path) => Self::Path(JsonPath::parse(path)?),
            TargetInput::Transformer { paths, template } => {
                let mut variables = reserved();
                for (name, path) in paths {
                    variables.push((name.clone(), Variable::Path(JsonPath::parse(path)?)));
                }
                Self::Template(split(template, &variables))
            }
        })
    }

    pub(super) fn apply(&self, event: Value, context: &Context<'_>) -> Result<Value, InputError> {
        match self {
            Self::Event => Ok(event),
            Self::Constant(value) => Ok(value.clone()),
            Self::Path(path) => path
                .find(&event)
                .cloned()
                .ok_or_else(|| InputError::Missing(path.text.clone())),
            Self::Template(pieces) => {
                let filled: String = pieces.iter().map(|piece| piece.fill(&event, context)).collect();
                serde_json::from_str(&filled).map_err(|error| InputError::FilledNotJson(error.to_string()))
            }
        }
    }
}

impl Piece {
    /// Outside quotes a variable becomes JSON (null if the event lacks it), inside quotes a part of the string.
    fn fill(&self, event: &Value, context: &Context<'_>) -> String {
        let (source, quoted) = match self {
            Self::Text(text) => return text.clone(),
            Self::Variable { source, quoted } => (source, *quoted),
        };
        let value = source.value(event, context);
        if !quoted {
            return value.unwrap_or_default().to_string();
        }
        let text = match value {
            None => String::new(),
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
        };
        let escaped = Value::String(text).to_string();
        escaped[1..escaped.len() - 1].to_owned()
    }
}

impl Variable {
    fn value(&self, event: &Value, context: &Context<'_>) -> Option<Value> {
        Some(match self {
            Self::Path(path) => return path.find(event).cloned(),
            Self::RuleArn => context.rule_arn.into(),
            Self::RuleName => context.rule_name.into(),
            Self::IngestionTime => context.ingested_at.to_string().into(),
            Self::EventWithDetail => event.clone(),
            Self::Event => {
                let fields = event.as_object()?.iter().filter(|(name, _)| *name != "detail");
                Value::Object(
                    fields
                        .map(|(name, value)| (name.clone(), value.clone()))
                        .collect(),
                )
            }
        })
    }
}

fn reserved() -> Vec<(String, Variable)> {
    [
        ("aws.events.rule-arn", Variable::RuleArn),
        ("aws.events.rule-name", Variable::RuleName),
        ("aws.events.event.ingestion-time", Variable::IngestionTime),
        ("aws.events.event", Variable::Event),
        ("aws.events.event.json", Variable::EventWithDetail),
    ]
    .map(|(name, variable)| (name.to_owned(), variable))
    .into()
}

/// Cuts a template at its variables. `<…>` around an unknown name is text.
fn split(template: &str, variables: &[(String, Variable)]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut quoted = false;
    let mut escaped = false;
    let mut rest = template;
    while let Some(character) = rest.chars().next() {
        if character == '<'
            && let Some(end) = rest.find('>')
            && let Some((_, source)) = variables.iter().find(|(name, _)| *name == rest[1..end])
        {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
            pieces.push(Piece::Variable {
                source: source.clone(),
                quoted,
            });
            rest = &rest[end + 1..];
            continue;
        }
        if character == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = character == '\\' && !escaped;
        text.push(character);
        rest = &rest[character.len_utf8()..];
    }
    pieces.push(Piece::Text(text));
    pieces
}

/// `$`, `$.detail.legs[0].from`, `$['detail']`: what EventBridge's own documentation uses of JSONPath.
#[derive(Clone, Debug)]
pub(super) struct JsonPath {
    text: String,
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Field(String),
    Index(usize),
}

impl JsonPath {
    fn parse(text: &str) -> Result<Self, InputError> {
        let bad = || InputError::BadPath(text.to_owned());
        let mut rest = text.strip_prefix('$').ok_or_else(bad)?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix('[') {
                let (subscript, after) = inside.split_once(']').ok_or_else(bad)?;
                let name = subscript
                    .strip_prefix('\'')
                    .and_then(|name| name.strip_suffix('\''));
                steps.push(match name {
                    Some(name) => Step::Field(name.to_owned()),
                    None => Step::Index(subscript.parse().map_err(|_| bad())?),
                });
                rest = after;
            } else {
                let after = rest.strip_prefix('.').ok_or_else(bad)?;
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let name = &after[..end];
                if name.is_empty() || name.contains(['*', '?', '@', '(', ']']) {
                    return Err(bad());
                }
                steps.push(Step::Field(name.to_owned()));
                rest = &after[end..];
            }
        }
        Ok(Self {
            text: text.to_owned(),
            steps,
        })
    }

    fn find<'a>(&self, event: &'a Value) -> Option<&'a Value> {
        self.steps.iter().try_fold(event, |value, step| match step {
            Step::Field(name) => value.get(name),
            Step::Index(index) => value.get(index),
        })
    }
}
