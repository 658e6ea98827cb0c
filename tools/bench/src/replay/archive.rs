//! The local cloud's event service by itself: an archive in files, rules, and a target that counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use events_schema::catalogue::catalogue;
use jiff::{SignedDuration, Timestamp};
use local_cloud::clock::Clock;
use local_cloud::events::{
    Archive, Bus, EventsConfig, EventsService, NewEvent, RetryPolicy, Rule, Target, TargetInput,
};
use local_cloud::ports::{Delivery, DeliveryError, Targets};
use local_cloud::store::Store;
use local_cloud::wire::{AwsService, Call, Caller};
use serde_json::{Value, json};

use crate::BenchError;

const BUS: &str = "bus";
/// Events put in one transaction while the archive is filled.
const PUT: usize = 1_000;
const A_MINUTE: usize = 1_000;
/// What functions take at once.
const AT_ONCE: usize = 64;

#[derive(Default)]
pub struct Measured {
    pub bytes: usize,
    pub selected: u64,
    pub delivered: u64,
    pub scan: Vec<f64>,
    pub into_consumer: Vec<f64>,
}

#[derive(Default)]
struct Counter(AtomicU64);

#[async_trait]
impl Targets for Counter {
    async fn deliver(&self, _: Delivery) -> Result<(), DeliveryError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn at_once(&self, _: &str) -> usize {
        AT_ONCE
    }
}

pub async fn measure(events: usize, deliveries: usize, rounds: usize) -> Result<Measured, BenchError> {
    let directory = tempfile::tempdir()?;
    let store = Store::open(&directory.path().join("cloud.sqlite"))?;
    let counter = Arc::new(Counter::default());
    let begin: Timestamp = "2026-01-01T00:00:00Z".parse()?;
    let service = EventsService::start(config(), store, Clock::starting_at(begin), counter.clone())?;
    let mut measured = Measured {
        bytes: fill(&service, events, begin).await?,
        ..Measured::default()
    };
    for round in 0..rounds {
        let took = replay(&service, &format!("scan-{round}"), "few", (begin, events)).await?;
        measured.scan.push(events as f64 / took);
        measured.selected = counter.0.swap(0, Ordering::Relaxed);
        let some = deliveries.min(events);
        let took = replay(&service, &format!("all-{round}"), "all", (begin, some)).await?;
        measured.delivered = counter.0.swap(0, Ordering::Relaxed);
        measured.into_consumer.push(measured.delivered as f64 / took);
    }
    Ok(measured)
}

async fn fill(service: &EventsService, events: usize, begin: Timestamp) -> Result<usize, BenchError> {
    let examples: Vec<_> = catalogue().iter().map(|kind| kind.example()).collect();
    let mut bytes = 0;
    let mut put = Vec::with_capacity(PUT);
    for number in 0..events {
        let example = &examples[number % examples.len()];
        let detail = serde_json::to_value(&example.detail)?;
        bytes += detail.to_string().len();
        put.push(NewEvent {
            source: example.source.clone(),
            detail_type: example.detail_type.clone(),
            detail,
            resources: Vec::new(),
            time: Some(at(begin, number)?),
        });
        if put.len() == PUT || number + 1 == events {
            service.publish_all(BUS, std::mem::take(&mut put)).await?;
        }
    }
    Ok(bytes)
}

fn at(begin: Timestamp, number: usize) -> Result<Timestamp, BenchError> {
    let seconds = number * 60 / A_MINUTE;
    Ok(begin + SignedDuration::from_secs(i64::try_from(seconds)?))
}

/// Seconds until the replay of the first `events` to one rule is over.
async fn replay(
    service: &EventsService,
    name: &str,
    rule: &str,
    (begin, events): (Timestamp, usize),
) -> Result<f64, BenchError> {
    let arn = |rest: &str| format!("arn:aws:events:eu-west-1:000000000000:{rest}");
    let body = json!({
        "ReplayName": name,
        "EventSourceArn": arn("archive/history"),
        "EventStartTime": begin.as_second(),
        "EventEndTime": at(begin, events)?.as_second(),
        "Destination": {"Arn": arn("event-bus/bus"), "FilterArns": [arn(&format!("rule/bus/{rule}"))]},
    });
    let call = Call {
        caller: Caller::Outside,
        operation: "StartReplay".into(),
        method: http::Method::POST,
        uri: http::Uri::from_static("/"),
        headers: http::HeaderMap::new(),
        body: Bytes::from(body.to_string()),
    };
    let started = Instant::now();
    service.call(call).await.map_err(|error| format!("{error:?}"))?;
    service.settled().await;
    Ok(started.elapsed().as_secs_f64())
}

fn config() -> EventsConfig {
    let replayed = json!([{"exists": true}]);
    let few = json!({
        "source": ["sojourn.booking"],
        "detail-type": ["BookingConfirmed"],
        "detail": {"meta": {"sequence": [{"numeric": [">", 0]}]}},
        "replay-name": replayed,
    });
    EventsConfig {
        account: "000000000000".into(),
        region: "eu-west-1".into(),
        seed: 1,
        buses: vec![Bus {
            name: BUS.into(),
            description: None,
        }],
        rules: vec![
            rule("few", few),
            rule(
                "all",
                json!({"source": [{"prefix": "sojourn."}], "replay-name": replayed}),
            ),
        ],
        archives: vec![Archive {
            name: "history".into(),
            bus: BUS.into(),
            description: None,
            pattern: None,
            retention_days: 0,
        }],
    }
}

fn rule(name: &str, pattern: Value) -> Rule {
    Rule {
        name: name.into(),
        bus: BUS.into(),
        description: None,
        pattern: Some(pattern),
        schedule: None,
        timezone: None,
        enabled: true,
        targets: vec![Target {
            id: "counter".into(),
            arn: format!("arn:sample:{name}"),
            input: TargetInput::Event,
            retry: RetryPolicy::default(),
            dlq_arn: None,
            role_arn: None,
        }],
    }
}
