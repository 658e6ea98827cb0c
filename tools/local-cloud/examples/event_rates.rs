//! How fast events are matched, put and delivered:
//! `cargo run --release -p local-cloud --example event_rates`

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use local_cloud::clock::Clock;
use local_cloud::events::{
    Archive, Bus, EventsConfig, EventsService, RetryPolicy, Rule, Target, TargetInput,
};
use local_cloud::pattern::Pattern;
use local_cloud::ports::{Delivery, DeliveryError, Targets};
use local_cloud::store::Store;
use local_cloud::wire::{AwsService, Call, Caller};
use serde_json::{Value, json};
use tokio::time::Instant;

const MATCHES: u32 = 1_000_000;
const EVENTS: u32 = 20_000;
const RULES: usize = 20;

struct Sink;

#[async_trait::async_trait]
impl Targets for Sink {
    async fn deliver(&self, _: Delivery) -> Result<(), DeliveryError> {
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let event = event();
    for (name, pattern) in patterns() {
        let compiled = Pattern::parse(&pattern).expect("a valid pattern");
        let started = Instant::now();
        let matched = (0..MATCHES)
            .filter(|_| compiled.matches(std::hint::black_box(&event)))
            .count();
        let rate = f64::from(MATCHES) / started.elapsed().as_secs_f64();
        println!(
            "match {name:<12} {rate:>12.0} events/s ({})",
            if matched > 0 { "selected" } else { "passed over" }
        );
    }
    put(1).await;
    put(10).await;
}

/// Every event is archived and goes to one of the twenty rules' targets.
async fn put(entries: u32) {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Store::open(&directory.path().join("cloud.sqlite")).expect("a store");
    let clock = Clock::starting_at(jiff::Timestamp::UNIX_EPOCH);
    let events = EventsService::start(config(), store, clock, Arc::new(Sink)).expect("a valid configuration");
    let entry = json!({"EventBusName": "bus", "Source": "sample.s0", "DetailType": "OffersFound",
                       "Detail": event()["detail"].to_string()});
    let body = Bytes::from(json!({"Entries": vec![entry; entries as usize]}).to_string());
    let started = Instant::now();
    for _ in 0..EVENTS / entries {
        events.call(call(body.clone())).await.expect("accepted");
    }
    let accepted = started.elapsed();
    events.settled().await;
    report(&format!("put, {entries} a call"), accepted);
    report(&format!("put and delivered, {entries} a call"), started.elapsed());
}

fn report(what: &str, elapsed: Duration) {
    let rate = f64::from(EVENTS) / elapsed.as_secs_f64();
    println!("{what:<30} {rate:>8.0} events/s, {:>5.1} µs each", 1e6 / rate);
}

fn call(body: Bytes) -> Call {
    Call {
        caller: Caller::Outside,
        operation: "PutEvents".into(),
        method: http::Method::POST,
        uri: http::Uri::from_static("/"),
        headers: http::HeaderMap::new(),
        body,
    }
}

fn config() -> EventsConfig {
    let rule = |n: usize| Rule {
        name: format!("rule-{n}"),
        bus: "bus".into(),
        description: None,
        pattern: Some(json!({"source": [format!("sample.s{n}")], "replay-name": [{"exists": false}]})),
        schedule: None,
        timezone: None,
        enabled: true,
        targets: vec![Target {
            id: "only".into(),
            arn: format!("arn:sample:{n}"),
            input: TargetInput::Event,
            retry: RetryPolicy::default(),
            dlq_arn: None,
            role_arn: None,
        }],
    };
    EventsConfig {
        account: "000000000000".into(),
        region: "eu-west-1".into(),
        seed: 1,
        buses: vec![Bus {
            name: "bus".into(),
            description: None,
        }],
        rules: (0..RULES).map(rule).collect(),
        archives: vec![Archive {
            name: "archive".into(),
            bus: "bus".into(),
            description: None,
            pattern: None,
            retention_days: 0,
        }],
    }
}

fn event() -> Value {
    let legs: Vec<Value> = (0..5)
        .map(|n| json!({"from": "BER", "to": "LIS", "fare": 100 + n}))
        .collect();
    json!({
        "version": "0", "id": "1", "detail-type": "OffersFound", "source": "sample.search",
        "account": "000000000000", "time": "2026-11-21T03:00:00Z", "region": "eu-west-1", "resources": [],
        "detail": {
            "meta": {"eventId": "0d1e", "aggregateId": "b-1", "sequence": 7, "schemaVersion": 1},
            "data": {"legs": legs, "total": 512.5, "currency": "EUR", "file": "offers/2026/11/21/b-1.json"},
        },
    })
}

fn patterns() -> BTreeMap<&'static str, Value> {
    BTreeMap::from([
        (
            "exact",
            json!({"source": ["sample.search"], "detail-type": ["OffersFound"]}),
        ),
        (
            "passed over",
            json!({"source": ["sample.policy"], "replay-name": [{"exists": false}]}),
        ),
        (
            "live only",
            json!({"source": ["sample.search"], "replay-name": [{"exists": false}]}),
        ),
        (
            "array",
            json!({"detail": {"data": {"legs": {"from": ["BER"], "fare": [{"numeric": [">", 103]}]}}}}),
        ),
        (
            "wildcard",
            json!({"detail": {"data": {"file": [{"wildcard": "offers/*/11/*.json"}]}}}),
        ),
        (
            "either",
            json!({"$or": [{"source": ["x"]}, {"detail": {"meta": {"sequence": [{"numeric": [">", 5]}]}}}]}),
        ),
    ])
}
