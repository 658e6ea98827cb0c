//! What callers may do to executions: start, stop, and speak for a task.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Live, Loaded, Running, StatesService};
use crate::states::integrations::TaskError;
use crate::states::journal::{Ending, Execution, Moved, Status};
use crate::states::machine::{self, MAX_PAYLOAD, Signal, TOKEN_PREFIX, TokenWord};
use crate::wire::AwsError;

/// The answer to a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    pub execution_arn: String,
    pub started_at: Timestamp,
}

impl StatesService {
    /// Starts an execution, durably, before it returns. A name in use by a running execution with the same input is
    /// that execution; any other use of a name is `ExecutionAlreadyExists`.
    pub fn start_execution(
        &self,
        machine_arn: &str,
        name: Option<String>,
        input: Value,
    ) -> Result<Started, AwsError> {
        let loaded = self
            .shared
            .machines
            .get(machine_arn)
            .ok_or_else(|| no_machine(machine_arn))?;
        if input.to_string().len() > MAX_PAYLOAD {
            return Err(AwsError::new(
                "ValidationException",
                format!("input is over {MAX_PAYLOAD} bytes"),
            ));
        }
        let mut running = self.shared.running();
        let name = match name {
            Some(name) => checked_name(name)?,
            None => self.new_name(machine_arn).map_err(broken)?,
        };
        let arn = machine_arn.replacen(":stateMachine:", ":execution:", 1) + ":" + &name;
        if let Some(known) = self.shared.journal.execution(&arn).map_err(broken)? {
            return same_start(known, &input);
        }
        let execution = self.new_execution(machine_arn, loaded, arn, name, &input);
        self.begin(&mut running, &execution, loaded).map_err(broken)?;
        Ok(Started {
            execution_arn: execution.arn,
            started_at: execution.started_at,
        })
    }

    /// Takes the first step of a new execution and writes down both at once.
    fn begin(&self, running: &mut Running, execution: &Execution, loaded: &Loaded) -> rusqlite::Result<()> {
        let facts = Arc::new(self.shared.facts(execution));
        let (mut frames, first) = machine::begin(&facts, &loaded.definition);
        let step = machine::step(
            &facts, &loaded.definition, &mut frames, execution.started_at, None,
        );
        let ending = step
            .outcome
            .map(|outcome| super::ending_of(outcome, execution.started_at));
        let events: Vec<_> = std::iter::once(first).chain(step.events).collect();
        let (arn, tokens_before) = (execution.arn.as_str(), &Default::default());
        let moved = Moved {
            arn,
            frames: &frames,
            events: &events,
            tokens_before,
            ending: ending.as_ref(),
        };
        self.shared.journal.create(execution, &moved)?;
        super::warn_of_failed_evaluations(arn, &events);
        let live = Live::new(facts, loaded.definition.clone(), frames.clone());
        running.insert(execution.arn.clone(), live);
        self.shared
            .moved(running, &execution.arn, frames, ending.is_some(), step.calls);
        self.shared.changes.notify_one();
        Ok(())
    }

    fn new_execution(
        &self,
        machine_arn: &str,
        loaded: &Loaded,
        arn: String,
        name: String,
        input: &Value,
    ) -> Execution {
        // The journal keeps microseconds; what is remembered and what is read back must be the same.
        let now = self.shared.clock.now();
        let started_at = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
        Execution {
            number: 0,
            arn,
            name,
            machine_arn: machine_arn.to_owned(),
            machine_name: loaded.machine.name.clone(),
            logical_id: loaded.machine.logical_id.clone(),
            role_arn: loaded.machine.role_arn.clone(),
            definition: loaded.hash.clone(),
            status: Status::Running,
            input: input.to_string(),
            output: None,
            error: None,
            cause: None,
            started_at,
            stopped_at: None,
        }
    }

    fn new_name(&self, machine_arn: &str) -> rusqlite::Result<String> {
        let hash = Sha256::new()
            .chain_update(self.shared.config.seed.to_be_bytes())
            .chain_update(machine_arn.as_bytes())
            .chain_update(self.shared.journal.count()?.to_be_bytes())
            .finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        Ok(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
    }

    /// Stops an execution and says when it stopped. One that has already ended stays as it is.
    pub fn stop_execution(
        &self,
        execution_arn: &str,
        error: Option<String>,
        cause: Option<String>,
    ) -> Result<Timestamp, AwsError> {
        let mut running = self.shared.running();
        let execution = self.shared.journal.execution(execution_arn).map_err(broken)?;
        let execution = execution.ok_or_else(|| no_execution(execution_arn))?;
        if let Some(stopped_at) = execution.stopped_at {
            return Ok(stopped_at);
        }
        let at = self.shared.clock.now();
        let ending = Ending {
            status: Status::Aborted,
            output: None,
            error,
            cause,
            at,
        };
        self.shared
            .end(&mut running, execution_arn, "ExecutionAborted", ending)
            .map_err(broken)?;
        Ok(at)
    }

    /// `SendTaskSuccess`; `output` is JSON text.
    pub fn send_task_success(&self, token: &str, output: &str) -> Result<(), AwsError> {
        check_token(token)?;
        if output.len() > MAX_PAYLOAD {
            return Err(AwsError::new(
                "ValidationException",
                format!("output is over {MAX_PAYLOAD} bytes"),
            ));
        }
        let output = serde_json::from_str(output);
        let output =
            output.map_err(|error| AwsError::new("InvalidOutput", format!("Invalid Output: '{error}'")))?;
        self.speak(token, TokenWord::Success(output))
    }

    /// `SendTaskFailure`.
    pub fn send_task_failure(&self, token: &str, error: &str, cause: &str) -> Result<(), AwsError> {
        check_token(token)?;
        self.speak(
            token,
            TokenWord::Failure(TaskError {
                error: error.to_owned(),
                cause: cause.to_owned(),
            }),
        )
    }

    /// `SendTaskHeartbeat`.
    pub fn send_task_heartbeat(&self, token: &str) -> Result<(), AwsError> {
        check_token(token)?;
        self.speak(token, TokenWord::Heartbeat)
    }

    /// Passes a word to the task that waits for it. Exactly one word can end a task: all happens under one lock, and
    /// deadlines that have passed are applied first, even if their timer has not fired yet.
    fn speak(&self, token: &str, word: TokenWord) -> Result<(), AwsError> {
        let mut running = self.shared.running();
        let known = self.shared.journal.token(token).map_err(broken)?;
        let (arn, _) = known.ok_or_else(|| AwsError::new("TaskDoesNotExist", "Task does not exist"))?;
        self.shared.advance(&mut running, &arn, None).map_err(broken)?;
        let open = self
            .shared
            .journal
            .token(token)
            .map_err(broken)?
            .is_some_and(|(_, open)| open);
        if !open {
            let message = "Task Timed Out: 'Provided task does not exist anymore'";
            return Err(AwsError::new("TaskTimedOut", message));
        }
        let signal = Signal::Token {
            token: token.to_owned(),
            word,
        };
        self.shared
            .advance(&mut running, &arn, Some(signal))
            .map_err(broken)
    }
}

fn same_start(known: Execution, input: &Value) -> Result<Started, AwsError> {
    let same_input = serde_json::from_str::<Value>(&known.input).is_ok_and(|known| known == *input);
    if known.status == Status::Running && same_input {
        return Ok(Started {
            execution_arn: known.arn,
            started_at: known.started_at,
        });
    }
    Err(AwsError::new(
        "ExecutionAlreadyExists",
        format!("Execution Already Exists: '{}'", known.arn),
    ))
}

fn checked_name(name: String) -> Result<String, AwsError> {
    let forbidden = |character: char| {
        character.is_whitespace() || character.is_control() || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(character)
    };
    if name.is_empty() || name.chars().count() > 80 || name.contains(forbidden) {
        return Err(AwsError::new("InvalidName", format!("Invalid Name: '{name}'")));
    }
    Ok(name)
}

fn check_token(token: &str) -> Result<(), AwsError> {
    let drawn = token
        .strip_prefix(TOKEN_PREFIX)
        .is_some_and(|rest| rest.len() == 64 && hex::decode(rest).is_ok());
    if drawn {
        Ok(())
    } else {
        Err(AwsError::new("InvalidToken", "Invalid Token: 'Invalid token'"))
    }
}

pub fn no_machine(arn: &str) -> AwsError {
    AwsError::new(
        "StateMachineDoesNotExist",
        format!("State Machine Does Not Exist: '{arn}'"),
    )
}

pub fn no_execution(arn: &str) -> AwsError {
    AwsError::new(
        "ExecutionDoesNotExist",
        format!("Execution Does Not Exist: '{arn}'"),
    )
}

/// The journal could not be read or written.
pub fn broken(error: rusqlite::Error) -> AwsError {
    AwsError::new("InternalServerException", format!("the states journal: {error}")).with_status(500)
}
