//! What the interpreter does, seen from outside: a service over a real store, a clock that stands still unless a
//! test lets it run, and functions that answer by script. They cannot tell what AWS itself does; where that is not
//! documented, the code says what it assumes.

mod api;
mod branches;
mod definitions;
mod errors;
mod expressions;
mod restart;
mod sdk;
mod states;
mod tokens;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::clock::Clock;
use crate::store::Store;
use crate::wire::{AwsError, AwsService, Call, Caller};

const MACHINE: &str = "arn:aws:states:eu-west-1:000000000000:stateMachine:flow";

/// How a scripted function answers its n-th call (from 0).
type Script = Box<dyn Fn(&Value, usize) -> Reply + Send + Sync>;

pub enum Reply {
    Now(Value),
    Fail(&'static str),
    After(Duration, Value),
    Never,
}

#[derive(Default)]
pub struct Functions {
    scripts: Mutex<BTreeMap<String, Script>>,
    /// Every call so far: service, action, arguments.
    calls: Mutex<Vec<(String, String, Value)>>,
}

#[async_trait]
impl Integrations for Functions {
    async fn call(
        &self,
        machine: &str,
        service: &str,
        action: &str,
        arguments: Value,
    ) -> Result<Value, TaskError> {
        assert_eq!(machine, "Flow");
        let name = arguments["FunctionName"].as_str().unwrap_or(action).to_owned();
        let reply = {
            let mut calls = self.calls.lock().unwrap();
            let made = calls
                .iter()
                .filter(|(_, made, given)| given["FunctionName"].as_str().unwrap_or(made) == name);
            let nth = made.count();
            calls.push((service.to_owned(), action.to_owned(), arguments.clone()));
            let scripts = self.scripts.lock().unwrap();
            let script = scripts
                .get(&name)
                .unwrap_or_else(|| panic!("no script for {name}"));
            script(arguments.get("Payload").unwrap_or(&arguments), nth)
        };
        match reply {
            Reply::Now(value) => Ok(value),
            Reply::Fail(error) => Err(TaskError {
                error: error.to_owned(),
                cause: format!("{error} happened"),
            }),
            Reply::After(time, value) => {
                tokio::time::sleep(time).await;
                Ok(value)
            }
            Reply::Never => std::future::pending().await,
        }
    }
}

#[derive(Default)]
pub struct Changes(Mutex<Vec<StatusChange>>);

#[async_trait]
impl StatusObserver for Changes {
    async fn status_changed(&self, changes: Vec<StatusChange>) -> Result<(), String> {
        self.0.lock().unwrap().extend(changes);
        Ok(())
    }
}

/// A service with one machine `flow` that can be killed and started again.
pub struct World {
    directory: TempDir,
    definition: Value,
    clock: Clock,
    functions: Arc<Functions>,
    changes: Arc<Changes>,
    service: Option<Arc<StatesService>>,
}

impl World {
    /// `states` is the definition's `States`; the first of them is where it starts.
    pub fn of(states: Value) -> Self {
        let start_at = states.as_object().unwrap().keys().next().unwrap().clone();
        Self::of_definition(json!({ "QueryLanguage": "JSONata", "StartAt": start_at, "States": states }))
    }

    pub fn of_definition(definition: Value) -> Self {
        let clock = Clock::starting_at("2026-11-21T09:00:00Z".parse().unwrap());
        let mut world = Self {
            directory: TempDir::new().unwrap(),
            definition,
            clock,
            functions: Arc::default(),
            changes: Arc::default(),
            service: None,
        };
        world.begin();
        world
    }

    fn begin(&mut self) {
        let machine = Machine {
            logical_id: "Flow".into(),
            name: "flow".into(),
            definition: self.definition.to_string(),
            role_arn: "arn:aws:iam::000000000000:role/flow".into(),
            tags: vec![("team".into(), "travel".into())],
        };
        let (account, region) = ("000000000000".into(), "eu-west-1".into());
        let config = StatesConfig {
            account,
            region,
            machines: vec![machine],
            seed: 7,
        };
        let store = Store::open(&self.path()).unwrap();
        let (functions, changes) = (self.functions.clone(), self.changes.clone());
        self.service = Some(StatesService::start(config, store, self.clock, functions, changes).unwrap());
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("cloud.sqlite")
    }

    pub fn function(
        self,
        name: &str,
        script: impl Fn(&Value, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        self.functions
            .scripts
            .lock()
            .unwrap()
            .insert(name.to_owned(), Box::new(script));
        self
    }

    pub fn service(&self) -> &StatesService {
        self.service.as_ref().unwrap()
    }

    /// As `kill -9` and a new start, `down` apart.
    pub async fn restart(&mut self, down: Duration) {
        self.service = None;
        tokio::time::sleep(down).await;
        self.begin();
    }

    pub fn start(&self, input: Value) -> String {
        self.service()
            .start_execution(MACHINE, None, input)
            .unwrap()
            .execution_arn
    }

    /// Starts an execution and lets time run until it ends.
    pub async fn run(&self, input: Value) -> Value {
        let arn = self.start(input);
        self.ended(&arn).await
    }

    /// Lets time run until the execution ends; DescribeExecution's answer.
    pub async fn ended(&self, arn: &str) -> Value {
        for _ in 0..100_000 {
            let described = self.describe(arn).await;
            if described["status"] != "RUNNING" {
                return described;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the execution does not end: {:#}", json!(self.kinds(arn).await));
    }

    pub async fn describe(&self, arn: &str) -> Value {
        self.ask("DescribeExecution", json!({ "executionArn": arn }))
            .await
            .unwrap()
    }

    pub async fn ask(&self, operation: &str, request: Value) -> Result<Value, AwsError> {
        let call = Call {
            caller: Caller::Outside,
            operation: operation.to_owned(),
            method: http::Method::POST,
            uri: "/".parse().unwrap(),
            headers: http::HeaderMap::new(),
            body: request.to_string().into(),
        };
        let access = self.service().access(&call)?;
        assert_eq!(access[0].action, format!("states:{operation}"));
        let answer = AwsService::call(self.service(), call).await?;
        Ok(serde_json::from_slice(answer.body()).unwrap())
    }

    pub async fn history(&self, arn: &str) -> Vec<Value> {
        let request = json!({ "executionArn": arn, "maxResults": 1000 });
        self.ask("GetExecutionHistory", request).await.unwrap()["events"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// The types of all history events.
    pub async fn kinds(&self, arn: &str) -> Vec<String> {
        self.history(arn)
            .await
            .iter()
            .map(|event| event["type"].as_str().unwrap().to_owned())
            .collect()
    }

    pub fn calls(&self) -> Vec<(String, String, Value)> {
        self.functions.calls.lock().unwrap().clone()
    }

    pub fn elapsed_s(&self) -> f64 {
        let begun = "2026-11-21T09:00:00Z".parse().unwrap();
        self.clock.now().duration_since(begun).as_secs_f64()
    }
}

/// What an execution put out, parsed.
pub fn output(described: &Value) -> Value {
    assert_eq!(described["status"], "SUCCEEDED", "{described:#}");
    serde_json::from_str(described["output"].as_str().unwrap()).unwrap()
}

/// Lets what is ready run, without letting time pass.
pub async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}
