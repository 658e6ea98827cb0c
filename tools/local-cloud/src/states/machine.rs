//! The interpreter: a pure step from where an execution stands to where it next must wait. It does no I/O, reads no
//! clock and keeps nothing: what it needs comes in, what has to be called or written down goes out.

pub mod frames;

mod branches;
mod flow;
mod recovery;
mod scope;
mod task;

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::definition::Definition;
use super::history::{self, HistoryEvent, MAX_EVENTS};
use super::integrations::TaskError;
use super::jsonata::EvaluationError;
use super::natives::Draw;
use frames::{Branch, Call, Counters, Frames};
pub use task::TOKEN_PREFIX;

/// The longest JSON text a state may take in or put out, in bytes.
pub const MAX_PAYLOAD: usize = 262_144;

/// What does not change while an execution runs.
#[derive(Clone, Debug)]
pub struct Facts {
    pub execution_arn: String,
    pub execution_name: String,
    pub machine_arn: String,
    pub machine_name: String,
    /// The machine's logical id in the template: who its calls are made as.
    pub logical_id: String,
    pub role_arn: String,
    pub region: String,
    pub input: Value,
    pub started_at: Timestamp,
    /// What this execution's randomness, task tokens included, is drawn from.
    pub seed: u64,
}

/// Something that happened to a task, from outside.
#[derive(Clone, Debug)]
pub enum Signal {
    Answered {
        call: u64,
        answer: Result<Value, TaskError>,
    },
    Token {
        token: String,
        word: TokenWord,
    },
}

#[derive(Clone, Debug)]
pub enum TokenWord {
    Success(Value),
    Failure(TaskError),
    Heartbeat,
}

/// Why a state failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub error: String,
    pub cause: String,
    /// No Retry or Catch applies: the execution cannot go on.
    pub fatal: bool,
}

/// How an execution ended by itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Succeeded(Value),
    Failed(Failure),
}

/// What a step leaves behind, besides the frames it moved.
#[derive(Debug, Default)]
pub struct Step {
    pub outcome: Option<Outcome>,
    pub events: Vec<HistoryEvent>,
    pub calls: Vec<Call>,
}

/// Puts an execution before its first state; [`step`] moves it from there.
pub fn begin(facts: &Facts, definition: &Definition) -> (Frames, HistoryEvent) {
    let mut counters = Counters::default();
    let details = json!({ "input": facts.input.to_string(), "inputDetails": history::whole(), "roleArn": facts.role_arn });
    counters.last_event = 1;
    let event = HistoryEvent::new(1, 0, facts.started_at, "ExecutionStarted", details);
    // AWS hangs the first state on event 0, not on ExecutionStarted.
    let root = Branch::new(
        &definition.flow.start_at,
        facts.input.clone(),
        facts.started_at,
        0,
    );
    (Frames { root, counters }, event)
}

/// Moves every part of the execution that can move: by `signal`, by a deadline that `now` has reached, or by having
/// been left ready. A signal that fits nothing any more changes nothing.
pub fn step(
    facts: &Facts,
    definition: &Definition,
    frames: &mut Frames,
    now: Timestamp,
    signal: Option<Signal>,
) -> Step {
    let Frames { root, counters } = frames;
    let mut machine = Machine {
        facts,
        now,
        signal,
        counters,
        events: Vec::new(),
        calls: Vec::new(),
    };
    let outcome = match machine.drive(&definition.flow, root, None) {
        flow::Drive::Blocked => None,
        flow::Drive::Done(output) => {
            let details = json!({ "output": output.to_string(), "outputDetails": history::whole() });
            machine.last_word(root.last_event, "ExecutionSucceeded", details);
            Some(Outcome::Succeeded(output))
        }
        flow::Drive::Failed(failure) => {
            let details = json!({ "error": failure.error, "cause": failure.cause });
            machine.last_word(root.last_event, "ExecutionFailed", details);
            Some(Outcome::Failed(failure))
        }
    };
    Step {
        outcome,
        events: machine.events,
        calls: machine.calls,
    }
}

/// Ends an execution from outside: `kind` is `ExecutionAborted` or `ExecutionTimedOut`.
pub fn end(frames: &mut Frames, now: Timestamp, kind: &str, details: Value) -> HistoryEvent {
    frames.counters.last_event += 1;
    HistoryEvent::new(
        frames.counters.last_event, frames.root.last_event, now, kind, details,
    )
}

struct Machine<'a> {
    facts: &'a Facts,
    now: Timestamp,
    signal: Option<Signal>,
    counters: &'a mut Counters,
    events: Vec<HistoryEvent>,
    calls: Vec<Call>,
}

impl Machine<'_> {
    /// Writes an event that follows `previous`, and returns its id. A full history takes no more: the flow sees that
    /// before its next turn and fails.
    fn write(&mut self, previous: &mut u64, kind: &str, details: Value) {
        if self.counters.last_event >= MAX_EVENTS - 1 {
            self.counters.history_full = true;
            return;
        }
        self.counters.last_event += 1;
        let id = self.counters.last_event;
        self.events
            .push(HistoryEvent::new(id, *previous, self.now, kind, details));
        *previous = id;
    }

    /// The one event that a full history still has room for.
    fn last_word(&mut self, previous: u64, kind: &str, details: Value) {
        self.counters.last_event += 1;
        self.events.push(HistoryEvent::new(
            self.counters.last_event, previous, self.now, kind, details,
        ));
    }

    /// Fresh randomness, the same in every run from the same seed.
    fn draw(&mut self) -> Draw {
        self.counters.draws += 1;
        let hash = Sha256::new()
            .chain_update(self.facts.seed.to_be_bytes())
            .chain_update(self.facts.execution_arn.as_bytes())
            .chain_update(self.counters.draws.to_be_bytes());
        Draw(hash.finalize().into())
    }
}

impl Failure {
    fn new(error: &str, cause: impl Into<String>) -> Self {
        Self {
            error: error.to_owned(),
            cause: cause.into(),
            fatal: false,
        }
    }

    fn query(cause: impl Into<String>) -> Self {
        Self::new("States.QueryEvaluationError", cause)
    }

    fn history_full() -> Self {
        let cause = format!("The execution reached the maximum number of history events ({MAX_EVENTS}).");
        Self {
            error: "States.Runtime".into(),
            cause,
            fatal: true,
        }
    }
}

impl From<EvaluationError> for Failure {
    fn from(error: EvaluationError) -> Self {
        Self::query(error.to_string())
    }
}

/// Refuses JSON too large to be passed on.
fn within_limit(value: &Value, state: &str) -> Result<(), Failure> {
    if value.to_string().len() <= MAX_PAYLOAD {
        return Ok(());
    }
    let cause = format!(
        "The state/task '{state}' returned a result with a size exceeding the maximum number of bytes service limit."
    );
    Err(Failure::new("States.DataLimitExceeded", cause))
}
