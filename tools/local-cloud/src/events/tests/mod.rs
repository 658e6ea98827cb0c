//! The event service with a paused clock, a real store and targets that do as they are told.
//! What real targets make of a delivery is tested where they are.

mod api;
mod delivery;
mod inputs;
mod put_events;
mod replays;
mod restart;
mod schedules;
mod sdk;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Archive, Bus, EventsConfig, EventsService, RetryPolicy, Rule, Target, TargetInput};
use crate::clock::Clock;
use crate::ports::{Delivery, DeliveryError, Targets};
use crate::store::Store;
use crate::wire::{AwsError, AwsService, Call, Caller};

const START: &str = "2026-11-21T03:00:00Z";

/// What a target does with its next delivery; it takes everything once its instructions are used up.
#[derive(Clone, Copy)]
enum Act {
    Busy,
    Refuse,
    Hang,
    Panic,
}

struct FakeTargets {
    clock: Clock,
    acts: Mutex<BTreeMap<String, VecDeque<Act>>>,
    tried: Mutex<Vec<(Timestamp, Delivery)>>,
    taken: Mutex<Vec<Delivery>>,
}

#[async_trait]
impl Targets for FakeTargets {
    async fn deliver(&self, delivery: Delivery) -> Result<(), DeliveryError> {
        let arn = &delivery.target_arn;
        self.tried
            .lock()
            .unwrap()
            .push((self.clock.now(), delivery.clone()));
        let act = self
            .acts
            .lock()
            .unwrap()
            .get_mut(arn)
            .and_then(VecDeque::pop_front);
        let error = |code: &str, retryable| DeliveryError {
            code: code.into(),
            message: "told to".into(),
            retryable,
        };
        match act {
            None => self.taken.lock().unwrap().push(delivery),
            Some(Act::Busy) => return Err(error("THROTTLING", true)),
            Some(Act::Refuse) => return Err(error("NO_PERMISSIONS", false)),
            Some(Act::Hang) => std::future::pending().await,
            Some(Act::Panic) => panic!("told to"),
        }
        Ok(())
    }

    fn at_once(&self, target_arn: &str) -> usize {
        if target_arn == arn("many") { 10 } else { 1 }
    }
}

impl FakeTargets {
    fn tell(&self, name: &str, acts: impl IntoIterator<Item = Act>) {
        self.acts
            .lock()
            .unwrap()
            .insert(arn(name), acts.into_iter().collect());
    }

    fn taken(&self, name: &str) -> Vec<Delivery> {
        self.taken
            .lock()
            .unwrap()
            .iter()
            .filter(|delivery| delivery.target_arn == arn(name))
            .cloned()
            .collect()
    }

    /// When the target was tried, in seconds since the test began.
    fn tried(&self, name: &str) -> Vec<f64> {
        let start: Timestamp = START.parse().unwrap();
        let tried = self.tried.lock().unwrap();
        let tried = tried
            .iter()
            .filter(|(_, delivery)| delivery.target_arn == arn(name));
        tried
            .map(|(at, _)| at.duration_since(start).as_secs_f64())
            .collect()
    }
}

/// The service, its targets, and the directory that outlives a restart.
struct World {
    directory: TempDir,
    config: EventsConfig,
    targets: Arc<FakeTargets>,
    events: Arc<EventsService>,
}

impl World {
    fn start(config: EventsConfig) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (targets, events) = open(&directory, &config, START.parse().unwrap());
        Self {
            directory,
            config,
            targets,
            events,
        }
    }

    /// The process dies and is started again `later`.
    fn restart(self, later: Duration) -> Self {
        let Self {
            directory,
            config,
            targets,
            events,
        } = self;
        let now = targets.clock.now() + later;
        drop(events);
        let (targets, events) = open(&directory, &config, now);
        Self {
            directory,
            config,
            targets,
            events,
        }
    }

    fn now(&self) -> Timestamp {
        self.targets.clock.now()
    }

    async fn call(&self, operation: &str, body: Value) -> Result<Value, AwsError> {
        let answer = self.events.call(call(operation, body)).await?;
        Ok(serde_json::from_slice(answer.body()).unwrap())
    }

    async fn call_ok(&self, operation: &str, body: Value) -> Value {
        self.call(operation, body)
            .await
            .unwrap_or_else(|error| panic!("{operation}: {error}"))
    }

    async fn error_code(&self, operation: &str, body: Value) -> String {
        self.call(operation, body).await.expect_err(operation).code
    }

    /// Puts an event that every rule made by `rule` selects.
    async fn put(&self, n: u64) {
        let answer = self.call_ok("PutEvents", json!({"Entries": [entry(n)]})).await;
        assert_eq!(answer["FailedEntryCount"], 0, "{answer}");
    }
}

fn open(
    directory: &TempDir,
    config: &EventsConfig,
    now: Timestamp,
) -> (Arc<FakeTargets>, Arc<EventsService>) {
    let clock = Clock::starting_at(now);
    let targets = Arc::new(FakeTargets {
        clock,
        acts: Mutex::default(),
        tried: Mutex::default(),
        taken: Mutex::default(),
    });
    let store = Store::open(&directory.path().join("cloud.sqlite")).unwrap();
    let events = EventsService::start(config.clone(), store, clock, targets.clone()).unwrap();
    (targets, events)
}

fn call(operation: &str, body: Value) -> Call {
    Call {
        caller: Caller::Outside,
        operation: operation.into(),
        method: http::Method::POST,
        uri: http::Uri::from_static("/"),
        headers: http::HeaderMap::new(),
        body: Bytes::from(body.to_string()),
    }
}

fn arn(target: &str) -> String {
    format!("arn:aws:sqs:eu-west-1:000000000000:{target}")
}

fn entry(n: u64) -> Value {
    json!({
        "EventBusName": "orders",
        "Source": "sample.shop",
        "DetailType": "OrderPaid",
        "Detail": json!({"n": n}).to_string(),
    })
}

fn config(rules: Vec<Rule>) -> EventsConfig {
    EventsConfig {
        account: "000000000000".into(),
        region: "eu-west-1".into(),
        seed: 1,
        buses: vec![Bus {
            name: "orders".into(),
            description: None,
        }],
        rules,
        archives: vec![Archive {
            name: "history".into(),
            bus: "orders".into(),
            description: None,
            pattern: None,
            retention_days: 0,
        }],
    }
}

/// A rule for every event of the shop, with a target and a dead-letter queue named after it.
fn rule(name: &str) -> Rule {
    Rule {
        name: name.into(),
        bus: "orders".into(),
        description: None,
        pattern: Some(json!({"source": ["sample.shop"]})),
        schedule: None,
        timezone: None,
        enabled: true,
        targets: vec![Target {
            id: "only".into(),
            arn: arn(name),
            input: TargetInput::Event,
            retry: RetryPolicy::default(),
            dlq_arn: Some(arn(&format!("{name}-dlq"))),
            role_arn: None,
        }],
    }
}

fn with_retry(mut rule: Rule, max_attempts: u32, max_age_s: u64) -> Rule {
    rule.targets[0].retry = RetryPolicy {
        max_attempts,
        max_age: Duration::from_secs(max_age_s),
    };
    rule
}

fn attribute<'a>(delivery: &'a Delivery, name: &str) -> Option<&'a str> {
    delivery
        .attributes
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

/// The `n` of each delivered event.
fn numbers(deliveries: &[Delivery]) -> Vec<u64> {
    deliveries
        .iter()
        .map(|delivery| delivery.payload["detail"]["n"].as_u64().unwrap())
        .collect()
}
