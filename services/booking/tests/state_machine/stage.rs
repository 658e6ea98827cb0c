//! The machine over scripted tasks, on a clock that passes only while everything waits.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use async_trait::async_trait;
use booking::decide::Ending;
use jiff::Timestamp;
use local_cloud::clock::Clock;
use local_cloud::states::{
    Integrations, Machine, StatesConfig, StatesService, StatusChange, StatusObserver, TaskError,
};
use local_cloud::store::Store;
use local_cloud::wire::{AwsService, Call, Caller};
use serde_json::{Value, json};
use tempfile::TempDir;

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:000000000000:function:booking-task";
const CHOOSE: Duration = Duration::from_secs(2 * 60 * 60);
const APPROVE: Duration = Duration::from_secs(24 * 60 * 60);
/// Longer than any path takes.
const PATIENCE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
const CONFIRM: Duration = Duration::from_secs(30 * 60);
/// How long people take to decide, where the script says nothing else.
const THINKING: Duration = Duration::from_secs(90);

pub fn definition() -> String {
    include_str!("../../../../statemachine/booking.asl.json").replace("${BookingTaskFunctionArn}", FUNCTION)
}

/// How a task answers one of its calls.
#[derive(Clone)]
pub enum Reply {
    /// As on a day when everything goes well.
    Usual,
    Answer(Value),
    Fail(&'static str),
    /// A wait's task: the token is kept, and used this much later.
    Woken(Duration),
    /// A wait's task: the token is used before the task has answered, as by somebody who was faster.
    WokenAtOnce,
    /// A wait's task: the token is kept, and nobody uses it.
    Silence,
}

/// The replies of each task in the order of its calls; behind the last one, and for tasks without any, the usual.
#[derive(Clone)]
pub struct Script {
    approvers: u32,
    faults: BTreeMap<&'static str, (&'static str, usize)>,
    replies: BTreeMap<&'static str, Vec<Reply>>,
    otherwise: BTreeMap<&'static str, Reply>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            approvers: 1,
            faults: BTreeMap::new(),
            replies: BTreeMap::new(),
            otherwise: BTreeMap::new(),
        }
    }
}

impl Script {
    /// How many approvers are asked, once anybody is.
    pub fn approvers(mut self, approvers: u32) -> Self {
        self.approvers = approvers;
        self
    }

    /// A fault of the first `times` calls of a task, before any of its replies.
    pub fn failing(mut self, task: &'static str, error: &'static str, times: usize) -> Self {
        self.faults.insert(task, (error, times));
        self
    }

    pub fn then(mut self, task: &'static str, reply: Reply) -> Self {
        self.replies.entry(task).or_default().push(reply);
        self
    }

    pub fn answers(self, task: &'static str, answer: Value) -> Self {
        self.then(task, Reply::Answer(answer))
    }

    pub fn outcome(self, task: &'static str, outcome: &str) -> Self {
        self.answers(task, json!({ "outcome": outcome }))
    }

    /// Instead of the usual, behind the last reply.
    pub fn otherwise(mut self, task: &'static str, reply: Reply) -> Self {
        self.otherwise.insert(task, reply);
        self
    }

    fn reply(&self, task: &str, nth: usize) -> Reply {
        let fault = self.faults.get(task);
        if let Some((error, _)) = fault.filter(|(_, times)| nth < *times) {
            return Reply::Fail(error);
        }
        let nth = nth - fault.map_or(0, |(_, times)| *times);
        let scripted = self.replies.get(task).and_then(|replies| replies.get(nth));
        scripted
            .or(self.otherwise.get(task))
            .cloned()
            .unwrap_or(Reply::Usual)
    }
}

#[derive(Clone, Debug)]
pub struct Called {
    pub at: Timestamp,
    pub task: String,
    pub payload: Value,
}

struct Tasks {
    script: Script,
    clock: Clock,
    service: OnceLock<Weak<StatesService>>,
    calls: Mutex<Vec<Called>>,
}

#[async_trait]
impl Integrations for Tasks {
    async fn call(
        &self,
        machine: &str,
        service: &str,
        action: &str,
        arguments: Value,
    ) -> Result<Value, TaskError> {
        assert_eq!((machine, service, action), ("BookingMachine", "lambda", "invoke"));
        assert_eq!(arguments["FunctionName"], FUNCTION);
        let payload = arguments["Payload"].clone();
        let task = payload["task"].as_str().unwrap().to_owned();
        let nth = {
            let mut calls = self.calls.lock().unwrap();
            let nth = calls.iter().filter(|call| call.task == task).count();
            calls.push(Called {
                at: self.clock.now(),
                task: task.clone(),
                payload: payload.clone(),
            });
            nth
        };
        let reply = match self.script.reply(&task, nth) {
            Reply::Usual => self.on_a_good_day(&task, &payload),
            other => other,
        };
        self.carry_out(reply, &payload)
    }
}

impl Tasks {
    fn carry_out(&self, reply: Reply, payload: &Value) -> Result<Value, TaskError> {
        let token = payload["taskToken"].as_str().unwrap_or_default().to_owned();
        match reply {
            Reply::Answer(answer) => return Ok(answer),
            Reply::Fail(error) => {
                return Err(TaskError {
                    error: error.into(),
                    cause: "as scripted".into(),
                });
            }
            Reply::Woken(after) => {
                let service = self.service.get().unwrap().clone();
                tokio::spawn(async move {
                    tokio::time::sleep(after).await;
                    // Late, it finds no wait, as it may.
                    service
                        .upgrade()
                        .map(|service| service.send_task_success(&token, "{}"))
                });
            }
            Reply::WokenAtOnce => {
                let service = self.service.get().unwrap().upgrade().unwrap();
                service.send_task_success(&token, "{}").unwrap();
            }
            Reply::Silence | Reply::Usual => {}
        }
        Ok(json!({ "waiting": payload["decision"] }))
    }

    fn on_a_good_day(&self, task: &str, payload: &Value) -> Reply {
        let decision = payload["decision"].as_str().unwrap_or_default();
        let answer = match task {
            "claim" => json!({ "claimed": true, "begin": "present" }),
            "present_options" => self.open(format!("choose#{}", payload["round"]), CHOOSE),
            "await_decision" => return Reply::Woken(THINKING),
            "settle" if decision.starts_with("choose") => json!({ "outcome": "option", "option": "1-a" }),
            "settle" => json!({ "outcome": "yes" }),
            "requote" => json!({ "outcome": "unchanged", "quoteHash": "as shown", "approvalsNeeded": 0 }),
            "quote_cancellation" => self.open(format!("cancel#{}", payload["round"]), CONFIRM),
            "void_approval" => json!({ "outcome": "voided" }),
            "request_approval" if payload["step"].as_u64() <= Some(self.script.approvers.into()) => self
                .open(
                    format!("approve#{}.{}", payload["quote"], payload["step"]),
                    APPROVE,
                ),
            "request_approval" => json!({ "outcome": "all_asked" }),
            "request_confirmation" => self.open(format!("confirm#{}", payload["quote"]), CONFIRM),
            "reserve_budget" => json!({ "outcome": "reserved" }),
            "book_leg" => {
                json!({ "outcome": "booked", "remaining": 1 - payload["leg"].as_i64().unwrap() })
            }
            "reconcile_leg" => {
                json!({ "outcome": "booked", "remaining": 1 - payload["leg"].as_i64().unwrap() })
            }
            "capture_budget" => json!({ "outcome": "captured" }),
            "confirm" => json!({ "outcome": "confirmed" }),
            "undo_leg" | "give_up_leg" => json!({ "outcome": "none" }),
            "release_holds" | "release_budget" => json!({ "outcome": "released" }),
            "end" => json!({ "outcome": "ended" }),
            unknown => panic!("the machine calls {unknown}, which no test knows"),
        };
        Reply::Answer(answer)
    }

    fn open(&self, decision: String, wait: Duration) -> Value {
        let deadline = self.clock.now() + wait;
        json!({ "outcome": "open", "decision": decision, "deadlineAt": deadline.as_second() })
    }
}

/// Says when the execution has ended, and how.
struct Watcher(tokio::sync::watch::Sender<String>);

#[async_trait]
impl StatusObserver for Watcher {
    async fn status_changed(&self, changes: Vec<StatusChange>) -> Result<(), String> {
        for change in changes {
            self.0
                .send_replace(change.detail["status"].as_str().unwrap().to_owned());
        }
        Ok(())
    }
}

/// What became of an execution.
pub struct Run {
    pub status: String,
    pub calls: Vec<Called>,
    /// The states entered, in order.
    pub states: Vec<String>,
}

impl Run {
    pub fn tasks(&self) -> Vec<&str> {
        self.calls.iter().map(|call| call.task.as_str()).collect()
    }

    pub fn of(&self, task: &str) -> Vec<&Called> {
        self.calls.iter().filter(|call| call.task == task).collect()
    }

    /// What `end` was told, read as `end` reads it.
    pub fn ending(&self) -> Option<Ending> {
        let end = self.calls.iter().rev().find(|call| call.task == "end")?;
        Some(serde_json::from_value(end.payload["ending"].clone()).unwrap())
    }
}

/// Starts the machine as the bus does, and lets time run until it ends.
pub async fn run(script: Script) -> Run {
    run_on("OptionsRanked", script).await
}

/// The same, started by this event.
pub async fn run_on(event: &str, script: Script) -> Run {
    let directory = TempDir::new().unwrap();
    let clock = Clock::starting_at("2026-11-21T09:00:00Z".parse().unwrap());
    let tasks = Arc::new(Tasks {
        script,
        clock,
        service: OnceLock::new(),
        calls: Mutex::default(),
    });
    let config = StatesConfig {
        account: "000000000000".into(),
        region: "eu-west-1".into(),
        machines: vec![Machine {
            logical_id: "BookingMachine".into(),
            name: "booking".into(),
            definition: definition(),
            role_arn: "arn:aws:iam::000000000000:role/booking".into(),
            tags: Vec::new(),
        }],
        seed: 11,
    };
    let store = Store::open(&directory.path().join("cloud.sqlite")).unwrap();
    let (watcher, mut status) = tokio::sync::watch::channel(String::new());
    let watcher = Arc::new(Watcher(watcher));
    let service = StatesService::start(config, store, clock, tasks.clone(), watcher).unwrap();
    tasks.service.set(Arc::downgrade(&service)).unwrap();
    let meta = json!({ "employeeId": "sample-traveller-1", "aggregateId": "b1" });
    let event = json!({ "detail-type": event, "detail": { "meta": meta, "data": {} } });
    let started = service
        .start_execution(&service.machine_arn("booking"), None, event)
        .unwrap();
    let ended = |status: &String| !["", "RUNNING"].contains(&status.as_str());
    let in_time = tokio::time::timeout(PATIENCE, status.wait_for(ended)).await;
    let states = entered(&service, &started.execution_arn).await;
    let status = in_time
        .unwrap_or_else(|_| panic!("it does not end: {states:?}"))
        .unwrap()
        .clone();
    let calls = tasks.calls.lock().unwrap().clone();
    for call in &calls {
        assert_eq!(call.payload["employeeId"], "sample-traveller-1");
        assert_eq!(call.payload["bookingId"], "b1");
        assert_eq!(call.payload["executionId"], started.execution_arn);
    }
    Run {
        status,
        calls,
        states,
    }
}

/// The states entered so far, in order.
async fn entered(service: &StatesService, arn: &str) -> Vec<String> {
    let call = Call {
        caller: Caller::Outside,
        operation: "GetExecutionHistory".into(),
        method: http::Method::POST,
        uri: "/".parse().unwrap(),
        headers: http::HeaderMap::new(),
        body: json!({ "executionArn": arn, "maxResults": 1000 })
            .to_string()
            .into(),
    };
    let answer = AwsService::call(service, call).await.unwrap();
    let history: Value = serde_json::from_slice(answer.body()).unwrap();
    let events = history["events"].as_array().unwrap();
    let names = events
        .iter()
        .filter_map(|event| event["stateEnteredEventDetails"]["name"].as_str());
    names.map(str::to_owned).collect()
}
