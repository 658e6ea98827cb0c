//! A state machine's definition, read and checked: what the machine walks. [`Definition::parse`] is the only way in,
//! so a definition in hand has no dangling names, no unreachable states and no expression that does not compile.

use std::collections::BTreeMap;

use super::integrations::Resource;
use super::template::Template;
use super::validate;

/// A whole state machine.
#[derive(Clone, Debug)]
pub struct Definition {
    pub flow: Flow,
    /// Seconds a whole execution may take.
    pub timeout_s: Option<u64>,
}

/// Why a definition is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", state.as_ref().map(|state| format!("state `{state}`: ")).unwrap_or_default())]
pub struct DefinitionError {
    /// The state at fault; absent if the fault lies outside any state.
    pub state: Option<String>,
    pub reason: String,
}

impl Definition {
    /// Reads a definition in the Amazon States Language, query language JSONata.
    pub fn parse(text: &str) -> Result<Self, DefinitionError> {
        validate::definition(text)
    }
}

/// States and where they start: a machine's top level, a Parallel's branch, a Map's processor.
#[derive(Clone, Debug)]
pub struct Flow {
    pub start_at: String,
    pub states: BTreeMap<String, State>,
}

#[derive(Clone, Debug)]
pub struct State {
    pub kind: Kind,
    pub assign: Option<Template>,
    pub output: Option<Template>,
    pub next: Next,
    pub retry: Vec<Retrier>,
    pub catch: Vec<Catcher>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    State(String),
    /// `End: true`, or a state type that ends its flow.
    End,
    /// A Choice goes where its rules say.
    Chosen,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Task(Task),
    Pass,
    Choice {
        rules: Vec<Rule>,
        default: Option<String>,
    },
    Wait(Wait),
    Succeed,
    Fail {
        error: Option<Template>,
        cause: Option<Template>,
    },
    Parallel {
        branches: Vec<Flow>,
        arguments: Option<Template>,
    },
    Map(Box<Map>),
}

impl Kind {
    /// The type's name as definitions and history events write it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Task(_) => "Task",
            Self::Pass => "Pass",
            Self::Choice { .. } => "Choice",
            Self::Wait(_) => "Wait",
            Self::Succeed => "Succeed",
            Self::Fail { .. } => "Fail",
            Self::Parallel { .. } => "Parallel",
            Self::Map(_) => "Map",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Task {
    pub resource: Resource,
    pub arguments: Option<Template>,
    pub timeout_s: Option<Template>,
    pub heartbeat_s: Option<Template>,
}

#[derive(Clone, Debug)]
pub struct Rule {
    pub condition: Template,
    pub next: String,
    pub assign: Option<Template>,
    pub output: Option<Template>,
}

#[derive(Clone, Debug)]
pub enum Wait {
    Seconds(Template),
    Timestamp(Template),
}

#[derive(Clone, Debug)]
pub struct Map {
    /// Absent: the state's input is the list.
    pub items: Option<Template>,
    pub item_selector: Option<Template>,
    pub max_concurrency: Option<Template>,
    pub processor: Flow,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Retrier {
    pub error_equals: Vec<String>,
    pub interval_s: u64,
    pub backoff_rate: f64,
    pub max_attempts: u32,
    pub max_delay_s: Option<u64>,
    /// `FULL`: wait a random time between none and the whole delay.
    pub full_jitter: bool,
}

#[derive(Clone, Debug)]
pub struct Catcher {
    pub error_equals: Vec<String>,
    pub next: String,
    pub assign: Option<Template>,
    pub output: Option<Template>,
}
