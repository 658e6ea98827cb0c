//! A function's code as a process: [`BootstrapProcess`] starts a program, feeds it through the Runtime API, and treats
//! it as Lambda does: one event at a time, several copies at once, copies kept for later events, a copy whose event
//! timed out is killed.

mod runtime_api;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use super::FunctionSpec;
use crate::clock::Clock;
use crate::ports::{FunctionCode, FunctionError, Invocation};
use runtime_api::{Event, Report, RuntimeApi};

/// What is started for a function.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub path: PathBuf,
    pub arguments: Vec<String>,
    /// Where it runs; here, if none is given.
    pub folder: Option<PathBuf>,
    /// Of our own environment; nothing else of it is passed on.
    pub environment: BTreeMap<String, String>,
}

pub struct BootstrapProcess {
    program: Program,
    function_arn: String,
    /// All of it but the program's own.
    environment: BTreeMap<String, String>,
    clock: Clock,
    idle: Mutex<Vec<Copy>>,
    log: Log,
}

const LOG_BYTES: usize = 4 << 20;

/// What all copies wrote so far, line by line; of very much, the newest.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<String>>);

impl Log {
    pub fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, line: &str) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.push_str(line);
        log.push('\n');
        // A process that runs for days must not fill memory: the newest half is enough to say why it failed.
        if log.len() > LOG_BYTES {
            let mut from = log.len() / 2;
            while !log.is_char_boundary(from) {
                from += 1;
            }
            log.drain(..from);
        }
    }
}

/// One running process; dropping it kills it.
struct Copy {
    child: Child,
    api: RuntimeApi,
    readers: [JoinHandle<()>; 2],
}

impl BootstrapProcess {
    /// `program` with the settings the template gives the function, and AWS at `endpoint_url`.
    pub fn new(program: Program, spec: &FunctionSpec, endpoint_url: &str, clock: Clock) -> Self {
        let mut environment = spec.environment.clone();
        let lambda = [
            ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", spec.name)),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "[$LATEST]".into()),
            // The endpoint takes the access key id for the caller's name, and applies that function's policies.
            ("AWS_ACCESS_KEY_ID", spec.logical_id.clone()),
            ("AWS_SECRET_ACCESS_KEY", "not-verified".into()),
            ("AWS_ENDPOINT_URL", endpoint_url.into()),
        ];
        // Lambda sets both: some SDKs read the one, some the other.
        if let Some(region) = environment.get("AWS_REGION").cloned() {
            environment.insert("AWS_DEFAULT_REGION".into(), region);
        }
        environment.extend(lambda.map(|(name, value)| (name.to_owned(), value)));
        if let Some(handler) = &spec.handler {
            environment.insert("_HANDLER".into(), handler.clone());
        }
        Self {
            program,
            function_arn: spec.arn.clone(),
            environment,
            clock,
            idle: Mutex::default(),
            log: Log::default(),
        }
    }

    /// Changes the environment of copies started from now on.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    #[must_use]
    pub fn unset(mut self, name: &str) -> Self {
        self.environment.remove(name);
        self
    }

    pub fn log(&self) -> Log {
        self.log.clone()
    }

    /// How many copies wait for an event.
    pub fn idle_copies(&self) -> usize {
        self.idle().len()
    }

    /// Kills the copies that wait for an event, unnoticed by anybody: the next invocation finds one dead.
    pub async fn kill_idle(&self) -> std::io::Result<()> {
        let mut copies = std::mem::take(&mut *self.idle());
        for copy in &mut copies {
            copy.child.kill().await?;
        }
        self.idle().extend(copies);
        Ok(())
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Copy>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A copy that waits, or a new one.
    async fn copy(&self) -> std::io::Result<Copy> {
        loop {
            let Some(mut copy) = self.idle().pop() else {
                return self.start().await;
            };
            if copy.child.try_wait()?.is_none() {
                return Ok(copy);
            }
        }
    }

    async fn start(&self) -> std::io::Result<Copy> {
        let api = RuntimeApi::start().await?;
        let mut command = Command::new(&self.program.path);
        if let Some(folder) = &self.program.folder {
            command.current_dir(folder);
        }
        let mut child = command
            .args(&self.program.arguments)
            .env_clear()
            .envs(&self.program.environment)
            .envs(&self.environment)
            .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let readers = [
            tokio::spawn(read(child.stdout.take(), self.log.clone())),
            tokio::spawn(read(child.stderr.take(), self.log.clone())),
        ];
        Ok(Copy { child, api, readers })
    }
}

async fn read(output: Option<impl AsyncRead + Unpin>, log: Log) {
    let Some(output) = output else {
        return;
    };
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        log.add(&line);
    }
}

#[async_trait]
impl FunctionCode for BootstrapProcess {
    async fn invoke(&self, invocation: Invocation) -> Result<Value, FunctionError> {
        let failed = |error: std::io::Error| FunctionError {
            error_type: "Runtime.InvalidEntrypoint".into(),
            message: error.to_string(),
        };
        let mut copy = self.copy().await.map_err(failed)?;
        let request_id = invocation.request_id.clone();
        copy.api.send(Event {
            request_id: invocation.request_id,
            payload: invocation.payload,
            deadline_ms: (self.clock.now() + invocation.timeout).as_millisecond(),
            function_arn: self.function_arn.clone(),
        });
        // Until it answers the copy is in nobody's hands but ours: if we are given up, it is dropped and killed.
        match copy.outcome(&request_id).await {
            Outcome::Answered(result) => {
                self.idle().push(copy);
                result
            }
            Outcome::Ended(error) => Err(error),
        }
    }
}

enum Outcome {
    Answered(Result<Value, FunctionError>),
    Ended(FunctionError),
}

impl Copy {
    async fn outcome(&mut self, asked: &str) -> Outcome {
        loop {
            tokio::select! {
                biased;
                report = self.api.report() => match report {
                    Some(Report::Answer { request_id, result }) if request_id == asked => return Outcome::Answered(result),
                    Some(Report::InitError(error)) => return Outcome::Ended(error),
                    Some(Report::Answer { .. }) | None => {}
                },
                status = self.child.wait() => {
                    for reader in &mut self.readers {
                        // The last words are in the log before anybody looks there.
                        let _ = reader.await;
                    }
                    return Outcome::Ended(ended(asked, status));
                }
            }
        }
    }
}

/// As Lambda words it.
fn ended(request_id: &str, status: std::io::Result<ExitStatus>) -> FunctionError {
    let how = match status.as_ref().map(ExitStatus::code) {
        Ok(Some(code)) => format!("exit status {code}"),
        Ok(None) => "signal: killed".into(),
        Err(error) => error.to_string(),
    };
    FunctionError {
        error_type: "Runtime.ExitError".into(),
        message: format!("RequestId: {request_id} Error: Runtime exited with error: {how}"),
    }
}
