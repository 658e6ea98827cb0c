//! Running executions: steps applied one at a time and written down, calls made, deadlines kept, status changes told.

mod control;
mod drivers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};

pub use control::Started;
pub(super) use control::{broken, no_execution, no_machine};

use super::definition::{Definition, DefinitionError};
use super::history::HistoryEvent;
use super::integrations::Integrations;
use super::journal::{Ending, Execution, Journal, Moved, Status};
use super::machine::frames::Frames;
use super::machine::{self, Facts, Outcome, Signal};
use crate::clock::Clock;
use crate::store::Store;

/// The state machines to offer.
#[derive(Clone, Debug)]
pub struct StatesConfig {
    pub account: String,
    pub region: String,
    pub machines: Vec<Machine>,
    /// All randomness is drawn from this: names, task tokens, jitter, `$random`, `$uuid`. Real in `main`, fixed in tests.
    pub seed: u64,
}

#[derive(Clone, Debug)]
pub struct Machine {
    /// The template's name for it: its calls are made as this caller.
    pub logical_id: String,
    pub name: String,
    /// The definition's text, substitutions applied.
    pub definition: String,
    pub role_arn: String,
    pub tags: Vec<(String, String)>,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("state machine {machine}")]
    Definition {
        machine: String,
        source: DefinitionError,
    },
    #[error("the states journal")]
    Journal(#[from] rusqlite::Error),
}

/// Is told when an execution starts and ends: at least once, in the order it happened, also across a restart.
#[async_trait]
pub trait StatusObserver: Send + Sync {
    /// The changes since the last call, in their order. An error means: not taken, tell me again.
    async fn status_changed(&self, changes: Vec<StatusChange>) -> Result<(), String>;
}

/// What EventBridge gets as an `aws.states` event of type `Step Functions Execution Status Change`.
#[derive(Clone, Debug, PartialEq)]
pub struct StatusChange {
    /// The event's `resources` has this alone.
    pub execution_arn: String,
    /// The event's `time`.
    pub at: Timestamp,
    pub detail: Value,
}

/// Step Functions. Dropping it stops everything at once, as a killed process would.
pub struct StatesService {
    pub(super) shared: Arc<Shared>,
    drivers: Vec<JoinHandle<()>>,
}

pub(super) struct Shared {
    pub(super) config: StatesConfig,
    pub(super) machines: BTreeMap<String, Loaded>,
    pub(super) journal: Journal,
    pub(super) clock: Clock,
    integrations: Arc<dyn Integrations>,
    observer: Arc<dyn StatusObserver>,
    running: Mutex<Running>,
    /// Rung when the nearest deadline may have changed.
    deadlines: Notify,
    /// Rung when there is a status change to tell.
    changes: Notify,
    calls: Mutex<JoinSet<()>>,
}

/// A machine ready to be started.
pub(super) struct Loaded {
    pub machine: Machine,
    pub definition: Arc<Definition>,
    /// Under which the journal keeps its text.
    pub hash: String,
    pub created_at: Timestamp,
}

/// Unfinished executions by ARN.
type Running = BTreeMap<String, Live>;

struct Live {
    facts: Arc<Facts>,
    definition: Arc<Definition>,
    frames: Frames,
    /// When the machine's own TimeoutSeconds has passed.
    deadline: Option<Timestamp>,
}

impl StatesService {
    /// Reads the machines, takes up every unfinished execution where it stood, and runs on the current tokio runtime.
    pub fn start(
        config: StatesConfig,
        store: Store,
        clock: Clock,
        integrations: Arc<dyn Integrations>,
        observer: Arc<dyn StatusObserver>,
    ) -> Result<Arc<Self>, StartError> {
        let journal = Journal::open(store)?;
        let mut machines = BTreeMap::new();
        for machine in &config.machines {
            let arn = machine_arn(&config, &machine.name);
            let loaded = load(machine, &arn, &journal, &clock)?;
            machines.insert(arn, loaded);
        }
        let shared = Arc::new(Shared {
            config,
            machines,
            journal,
            clock,
            integrations,
            observer,
            running: Mutex::default(),
            deadlines: Notify::new(),
            changes: Notify::new(),
            calls: Mutex::default(),
        });
        shared.take_up()?;
        let drivers = vec![
            tokio::spawn(drivers::keep_deadlines(shared.clone())),
            tokio::spawn(drivers::tell_changes(shared.clone())),
        ];
        Ok(Arc::new(Self { shared, drivers }))
    }

    /// Whether a call is being made or a status change waits to be told. A quiet service may still wait for a
    /// deadline or a task token.
    pub fn is_busy(&self) -> bool {
        let calling = !self.shared.calls().is_empty();
        calling || !matches!(self.shared.journal.next_changes(1).as_deref(), Ok([]))
    }

    /// The ARN of a machine of this name.
    pub fn machine_arn(&self, name: &str) -> String {
        machine_arn(&self.shared.config, name)
    }
}

impl Drop for StatesService {
    fn drop(&mut self) {
        self.drivers.iter().for_each(JoinHandle::abort);
        self.shared.calls().abort_all();
    }
}

fn machine_arn(config: &StatesConfig, name: &str) -> String {
    format!(
        "arn:aws:states:{}:{}:stateMachine:{name}",
        config.region, config.account
    )
}

fn load(machine: &Machine, arn: &str, journal: &Journal, clock: &Clock) -> Result<Loaded, StartError> {
    let definition = Definition::parse(&machine.definition).map_err(|source| StartError::Definition {
        machine: machine.logical_id.clone(),
        source,
    })?;
    let hash = journal.keep_definition(&machine.definition)?;
    let created_at = journal.machine_created(arn, clock.now())?;
    Ok(Loaded {
        machine: machine.clone(),
        definition: Arc::new(definition),
        hash,
        created_at,
    })
}

impl Shared {
    pub(super) fn calls(&self) -> MutexGuard<'_, JoinSet<()>> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        while calls.try_join_next().is_some() {}
        calls
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn facts(&self, execution: &Execution) -> Facts {
        Facts {
            execution_arn: execution.arn.clone(),
            execution_name: execution.name.clone(),
            machine_arn: execution.machine_arn.clone(),
            machine_name: execution.machine_name.clone(),
            logical_id: execution.logical_id.clone(),
            role_arn: execution.role_arn.clone(),
            region: self.config.region.clone(),
            input: serde_json::from_str(&execution.input).unwrap_or_default(),
            started_at: execution.started_at,
            seed: self.config.seed,
        }
    }

    /// After a start: every unfinished execution goes on from its last recorded step. A task that was in flight is
    /// called again; one that waits for its token just waits.
    fn take_up(self: &Arc<Self>) -> Result<(), StartError> {
        for (execution, frames) in self.journal.running()? {
            let facts = Arc::new(self.facts(&execution));
            let text = self.journal.definition(&execution.definition)?;
            let read = Definition::parse(&text).map_err(|error| error.to_string());
            let frames = serde_json::from_str::<Frames>(&frames).map_err(|error| error.to_string());
            match read.and_then(|definition| Ok((definition, frames?))) {
                Ok((definition, frames)) => {
                    self.call(&facts, frames.unanswered());
                    let live = Live::new(facts, Arc::new(definition), frames);
                    self.running().insert(execution.arn, live);
                }
                Err(cause) => self.give_up(&execution.arn, cause)?,
            }
        }
        Ok(())
    }

    /// An execution that this version of the code can no longer read fails visibly instead of hanging.
    fn give_up(&self, arn: &str, cause: String) -> rusqlite::Result<()> {
        tracing::error!(
            execution = arn,
            cause,
            "an unfinished execution cannot be taken up"
        );
        let last = self
            .journal
            .history(arn, None, true, 1)?
            .first()
            .map_or(0, |(id, _)| *id as u64);
        let (details, now) = (
            json!({ "error": "States.Runtime", "cause": cause }),
            self.clock.now(),
        );
        let event = HistoryEvent::new(last + 1, last, now, "ExecutionFailed", details);
        let error = Some("States.Runtime".to_owned());
        let ending = Ending {
            status: Status::Failed,
            output: None,
            error,
            cause: Some(cause),
            at: now,
        };
        let frames = Frames::empty(now);
        let moved = Moved {
            arn,
            frames: &frames,
            events: &[event],
            tokens_before: &BTreeSet::new(),
            ending: Some(&ending),
        };
        self.journal.save(&moved)
    }

    /// Applies what happened to an execution: its own deadline first, then `signal`. A finished execution ignores it.
    fn advance(
        self: &Arc<Self>,
        running: &mut Running,
        arn: &str,
        signal: Option<Signal>,
    ) -> rusqlite::Result<()> {
        let Some(live) = running.get(arn) else {
            return Ok(());
        };
        let now = self.clock.now();
        if live.deadline.is_some_and(|deadline| deadline <= now) {
            let ending = Ending {
                status: Status::TimedOut,
                output: None,
                error: None,
                cause: None,
                at: now,
            };
            return self.end(running, arn, "ExecutionTimedOut", ending).map(drop);
        }
        let mut frames = live.frames.clone();
        let step = machine::step(&live.facts, &live.definition, &mut frames, now, signal);
        let ending = step.outcome.map(|outcome| ending_of(outcome, now));
        let tokens_before = &live.frames.tokens();
        let moved = Moved {
            arn,
            frames: &frames,
            events: &step.events,
            tokens_before,
            ending: ending.as_ref(),
        };
        self.journal.save(&moved)?;
        warn_of_failed_evaluations(arn, &step.events);
        self.moved(running, arn, frames, ending.is_some(), step.calls);
        Ok(())
    }

    /// What follows from a step once it is written down.
    fn moved(
        self: &Arc<Self>,
        running: &mut Running,
        arn: &str,
        frames: Frames,
        ended: bool,
        calls: Vec<super::machine::frames::Call>,
    ) {
        if ended {
            running.remove(arn);
            self.changes.notify_one();
        } else if let Some(live) = running.get_mut(arn) {
            live.frames = frames;
            let facts = live.facts.clone();
            self.call(&facts, calls);
        }
        self.deadlines.notify_one();
    }

    /// Ends a running execution from outside; whether it was running.
    fn end(
        self: &Arc<Self>,
        running: &mut Running,
        arn: &str,
        kind: &str,
        ending: Ending,
    ) -> rusqlite::Result<bool> {
        let Some(live) = running.get(arn) else {
            return Ok(false);
        };
        let mut frames = live.frames.clone();
        let mut details = json!({});
        for (member, value) in [("error", &ending.error), ("cause", &ending.cause)] {
            if let Some(value) = value {
                details[member] = json!(value);
            }
        }
        let events = [machine::end(&mut frames, ending.at, kind, details)];
        let tokens_before = &live.frames.tokens();
        let moved = Moved {
            arn,
            frames: &frames,
            events: &events,
            tokens_before,
            ending: Some(&ending),
        };
        self.journal.save(&moved)?;
        self.moved(running, arn, frames, true, Vec::new());
        Ok(true)
    }
}

impl Live {
    fn new(facts: Arc<Facts>, definition: Arc<Definition>, frames: Frames) -> Self {
        let deadline = definition.timeout_s.map(|seconds| {
            let ahead = jiff::SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
            facts.started_at.saturating_add(ahead).unwrap_or(Timestamp::MAX)
        });
        Self {
            facts,
            definition,
            frames,
            deadline,
        }
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        [self.deadline, self.frames.next_deadline()]
            .into_iter()
            .flatten()
            .min()
    }
}

/// A state may catch an expression that failed, and the execution then goes on as if nothing had been wrong: a wait
/// that never began looks like one that is over. Whoever watches the cloud hears of it all the same.
fn warn_of_failed_evaluations(execution: &str, events: &[HistoryEvent]) {
    for event in events {
        let details = &event.body["evaluationFailedEventDetails"];
        if let (Some(state), Some(cause)) = (details["state"].as_str(), details["cause"].as_str()) {
            tracing::warn!(execution, state, cause, "an expression failed");
        }
    }
}

fn ending_of(outcome: Outcome, at: Timestamp) -> Ending {
    match outcome {
        Outcome::Succeeded(output) => Ending {
            status: Status::Succeeded,
            output: Some(output.to_string()),
            error: None,
            cause: None,
            at,
        },
        Outcome::Failed(failure) => {
            let (error, cause) = (Some(failure.error), Some(failure.cause));
            Ending {
                status: Status::Failed,
                output: None,
                error,
                cause,
                at,
            }
        }
    }
}
