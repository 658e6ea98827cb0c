//! Where an execution stands, as it is written down after every step: a tree of branches, each at one state.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Frames {
    pub root: Branch,
    pub counters: Counters,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Counters {
    pub last_event: u64,
    pub last_call: u64,
    pub draws: u64,
    pub history_full: bool,
}

/// One line of control: the top level, a Parallel's branch or a Map's iteration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Branch {
    /// The variables assigned in this flow; those of the flows around it are theirs.
    pub variables: BTreeMap<String, Value>,
    /// What this iteration of a Map works on.
    pub item: Option<Item>,
    pub at: Position,
    /// The newest history event of this line.
    pub last_event: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Item {
    pub index: usize,
    pub value: Value,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Position {
    pub state: String,
    pub input: Value,
    pub entered_at: Timestamp,
    /// How often each of the state's retriers has sent it back.
    pub attempts: Vec<u32>,
    pub activity: Activity,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Activity {
    Entering,
    Starting,
    Retrying { until: Timestamp },
    Waiting { until: Timestamp },
    Task(TaskRun),
    Children(Children),
}

/// A task that has been scheduled.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TaskRun {
    pub id: u64,
    /// The call as long as it has not answered: after a restart it is made again.
    pub call: Option<Call>,
    /// What a callback will name.
    pub token: Option<String>,
    pub deadline: Option<Timestamp>,
    pub heartbeat_s: Option<u64>,
    pub heartbeat_deadline: Option<Timestamp>,
}

/// A call to make through the port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    pub id: u64,
    pub service: String,
    pub action: String,
    pub arguments: Value,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Children {
    pub list: Vec<Child>,
    /// How many may run at once.
    pub limit: usize,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Child {
    Pending(Value),
    Running(Box<Branch>),
    Done(Value),
}

impl Branch {
    /// A line of control before its first state, hung on the event that started it.
    pub fn new(start_at: &str, input: Value, now: Timestamp, last_event: u64) -> Self {
        Self {
            variables: BTreeMap::new(),
            item: None,
            at: Position::new(start_at, input, now),
            last_event,
        }
    }
}

impl Position {
    pub fn new(state: &str, input: Value, now: Timestamp) -> Self {
        let activity = Activity::Entering;
        Self {
            state: state.to_owned(),
            input,
            entered_at: now,
            attempts: Vec::new(),
            activity,
        }
    }

    /// How often the state has been tried again.
    pub fn retry_count(&self) -> u32 {
        self.attempts.iter().sum()
    }
}

impl Frames {
    /// Stands nowhere: for an execution whose real position cannot be read.
    pub fn empty(now: Timestamp) -> Self {
        Self {
            root: Branch::new("", Value::Null, now, 0),
            counters: Counters::default(),
        }
    }

    /// The next moment at which the execution moves by itself.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let mut next: Option<Timestamp> = None;
        self.root.visit(&mut |activity| {
            let deadlines = match activity {
                Activity::Retrying { until } | Activity::Waiting { until } => [Some(*until), None],
                Activity::Task(run) => [run.deadline, run.heartbeat_deadline],
                Activity::Entering | Activity::Starting | Activity::Children(_) => [None, None],
            };
            next = deadlines.into_iter().flatten().chain(next).min();
        });
        next
    }

    /// The calls that have not answered.
    pub fn unanswered(&self) -> Vec<Call> {
        let mut calls = Vec::new();
        self.root.visit(&mut |activity| {
            if let Activity::Task(TaskRun { call: Some(call), .. }) = activity {
                calls.push(call.clone());
            }
        });
        calls
    }

    /// The task tokens that are waited for.
    pub fn tokens(&self) -> BTreeSet<String> {
        let mut tokens = BTreeSet::new();
        self.root.visit(&mut |activity| {
            if let Activity::Task(TaskRun {
                token: Some(token), ..
            }) = activity
            {
                tokens.insert(token.clone());
            }
        });
        tokens
    }
}

impl Branch {
    fn visit(&self, look: &mut dyn FnMut(&Activity)) {
        look(&self.at.activity);
        if let Activity::Children(children) = &self.at.activity {
            for child in &children.list {
                if let Child::Running(branch) = child {
                    branch.visit(look);
                }
            }
        }
    }
}
