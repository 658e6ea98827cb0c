//! Streams and queues feeding a function that fails in the ways functions do. The function and the failure
//! destination are recorded here; stream, queue, store and clock are the real ones.

mod side_by_side;

use std::sync::Mutex;

use async_trait::async_trait;
use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::dynamodb::TableSpec;
use crate::edge::sqs::{QueueConfig, Redrive, SqsConfig};
use crate::ports::{Delivery, DeliveryError, FunctionError, InvokeError, Targets};
use crate::wire::{AwsService, Call, Caller};

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:000000000000:function:audit";

/// A function's answer to a batch: the names in it, and the whole payload.
type Answer = dyn Fn(&[String], &Value) -> Result<Value, FunctionError> + Send + Sync;

/// Answers a batch from the names in it and remembers each batch.
struct Recorder {
    batches: Mutex<Vec<Vec<String>>>,
    answer: Box<Answer>,
}

#[async_trait]
impl Functions for Recorder {
    async fn invoke(&self, _: &str, payload: Value) -> Result<Value, InvokeError> {
        let records = payload["Records"].as_array().unwrap();
        let name = |r: &Value| {
            let key = r["dynamodb"]["Keys"]["id"]["S"].as_str();
            key.or(r["body"].as_str()).unwrap_or_default().to_string()
        };
        let names: Vec<String> = records.iter().map(name).collect();
        self.batches.lock().unwrap().push(names.clone());
        Ok((self.answer)(&names, &payload)?)
    }
    async fn invoke_async(&self, function: &str, _: Value) -> Result<(), InvokeError> {
        Err(InvokeError::NotFound(function.into()))
    }
}

#[derive(Default)]
struct Taken(Mutex<Vec<Value>>);

#[async_trait]
impl Targets for Taken {
    async fn deliver(&self, delivery: Delivery) -> Result<(), DeliveryError> {
        self.0.lock().unwrap().push(delivery.payload);
        Ok(())
    }
}

struct World {
    _dir: TempDir,
    around: Surroundings,
    recorder: Arc<Recorder>,
    taken: Arc<Taken>,
}

fn world(
    answer: impl Fn(&[String], &Value) -> Result<Value, FunctionError> + Send + Sync + 'static,
) -> World {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::starting_at(Timestamp::from_second(1_795_000_000).unwrap());
    let table = TableSpec {
        name: "journal".into(),
        definition: json!({
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        }),
        stream_view: Some("NEW_AND_OLD_IMAGES".into()),
        ttl_attribute: None,
    };
    let store = Store::open(&dir.path().join("cloud.sqlite")).unwrap();
    let mut work = QueueConfig::named("work");
    work.redrive = Some(Redrive {
        dead_letter_queue: "dead".into(),
        max_receive_count: 2,
    });
    let queues = SqsConfig {
        region: "eu-west-1".into(),
        account: "000000000000".into(),
        base_url: "http://local".into(),
        queues: vec![work, QueueConfig::named("dead")],
    };
    let recorder = Arc::new(Recorder {
        batches: Mutex::default(),
        answer: Box::new(answer),
    });
    let taken: Arc<Taken> = Arc::default();
    let around = Surroundings {
        dynamodb: DynamoDb::open(&dir.path().join("d.sqlite"), clock, "eu-west-1", &[table]).unwrap(),
        queues: Queues::new(queues, store.clone(), clock).unwrap(),
        functions: recorder.clone(),
        targets: taken.clone(),
        store,
        clock,
    };
    World {
        _dir: dir,
        around,
        recorder,
        taken,
    }
}

fn config() -> MappingConfig {
    MappingConfig {
        id: "audit".into(),
        source: Source::Stream {
            table: "journal".into(),
            from_oldest: true,
        },
        function_arn: FUNCTION.into(),
        batch_size: 4,
        batching_window: Duration::ZERO,
        batches_at_once: 1,
        filters: Vec::new(),
        max_retries: Some(2),
        max_record_age: None,
        bisect: false,
        reports_item_failures: false,
        on_failure: Some("arn:aws:sqs:eu-west-1:000000000000:dead".into()),
    }
}

impl World {
    async fn put(&self, id: &str) {
        self.put_item(json!({ "id": { "S": id } })).await;
    }

    async fn put_item(&self, item: Value) {
        let body = json!({ "TableName": "journal", "Item": item }).to_string().into();
        let (method, uri, headers) = (
            http::Method::POST,
            http::Uri::from_static("/"),
            http::HeaderMap::new(),
        );
        let call = Call {
            caller: Caller::Outside,
            operation: "PutItem".into(),
            method,
            uri,
            headers,
            body,
        };
        self.around.dynamodb.call(call).await.unwrap();
    }

    fn start(&self, config: MappingConfig) -> (Arc<Mappings>, tokio::task::JoinHandle<Vec<()>>) {
        let mappings = Mappings::open(vec![config], &self.around).unwrap();
        let running = tokio::spawn(join_all(mappings.loops()));
        (mappings, running)
    }

    fn batches(&self) -> Vec<String> {
        self.recorder
            .batches
            .lock()
            .unwrap()
            .iter()
            .map(|b| b.join(" "))
            .collect()
    }
}

fn poison(names: &[String], _: &Value) -> Result<Value, FunctionError> {
    if names.iter().any(|n| n == "bad") {
        return Err(FunctionError {
            error_type: "Boom".into(),
            message: "bad record".into(),
        });
    }
    Ok(Value::Null)
}

async fn for_a_while() {
    tokio::time::sleep(Duration::from_secs(900)).await;
}

#[tokio::test(start_paused = true)]
async fn batches_come_in_order_and_a_new_write_wakes_the_mapping() {
    let world = world(|_, _| Ok(Value::Null));
    for id in ["a", "b", "c", "d", "e"] {
        world.put(id).await;
    }
    let (mappings, running) = world.start(config());
    for_a_while().await;
    assert_eq!(world.batches(), ["a b c d", "e"]);
    assert_eq!(mappings.busy(), 0);
    world.put("f").await;
    assert_eq!(mappings.busy(), 1);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(world.batches().last().unwrap(), "f");
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn without_bisecting_the_whole_batch_is_retried_then_given_up_and_the_stream_goes_on() {
    let world = world(poison);
    for id in ["a", "bad", "b"] {
        world.put(id).await;
    }
    let (_, running) = world.start(config());
    world.put("later").await;
    for_a_while().await;
    running.abort();
    assert_eq!(
        world.batches(),
        ["a bad b later"; 3],
        "a retry holds the same records"
    );
    let taken = world.taken.0.lock().unwrap();
    assert_eq!(taken[0]["requestContext"]["condition"], "RetryAttemptsExhausted");
    assert_eq!(taken[0]["DDBStreamBatchInfo"]["batchSize"], 4);
    assert!(
        taken[0]["DDBStreamBatchInfo"]["streamArn"]
            .as_str()
            .unwrap()
            .contains("table/journal/stream/")
    );
}

#[tokio::test(start_paused = true)]
async fn bisecting_costs_only_the_record_at_fault() {
    let world = world(poison);
    for id in ["a", "b", "bad", "c"] {
        world.put(id).await;
    }
    let (_, running) = world.start(MappingConfig {
        bisect: true,
        ..config()
    });
    for_a_while().await;
    running.abort();
    assert_eq!(
        world.batches(),
        ["a b bad c", "a b", "bad c", "bad", "bad", "bad", "c"]
    );
    assert_eq!(
        world.taken.0.lock().unwrap()[0]["DDBStreamBatchInfo"]["batchSize"],
        1
    );
}

#[tokio::test(start_paused = true)]
async fn reported_failures_move_the_position_up_to_the_first_of_them() {
    let world = world(|names, payload| {
        let failed = names
            .iter()
            .position(|n| n == "bad")
            .map(|i| payload["Records"][i]["dynamodb"]["SequenceNumber"].clone());
        let failures: Vec<Value> = failed
            .into_iter()
            .map(|id| json!({ "itemIdentifier": id }))
            .collect();
        Ok(json!({ "batchItemFailures": failures }))
    });
    for id in ["a", "bad", "b"] {
        world.put(id).await;
    }
    let (_, running) = world.start(MappingConfig {
        reports_item_failures: true,
        bisect: true,
        ..config()
    });
    for_a_while().await;
    running.abort();
    assert_eq!(world.batches(), ["a bad b", "bad b", "bad", "bad", "bad", "b"]);
}

#[tokio::test(start_paused = true)]
async fn filters_pass_over_records_and_age_gives_them_up_unseen() {
    let world = world(poison);
    world.put("a").await;
    tokio::time::sleep(Duration::from_secs(120)).await;
    world.put("b").await;
    let aged = MappingConfig {
        max_record_age: Some(Duration::from_secs(60)),
        ..config()
    };
    let (_, running) = world.start(aged);
    tokio::time::sleep(Duration::from_secs(1)).await;
    running.abort();
    assert_eq!(world.batches(), ["b"]);
    assert_eq!(
        world.taken.0.lock().unwrap()[0]["requestContext"]["condition"],
        "RecordAgeExceeded"
    );
    let filters = vec![json!({ "dynamodb": { "Keys": { "id": { "S": [{ "prefix": "b" }] } } } })];
    let (_, running) = world.start(MappingConfig {
        id: "filtered".into(),
        filters,
        ..config()
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    running.abort();
    assert_eq!(world.batches(), ["b", "b"]);
}

#[tokio::test(start_paused = true)]
async fn the_batching_window_gathers_what_arrives_within_it() {
    let world = world(|_, _| Ok(Value::Null));
    world.put("a").await;
    let (_, running) = world.start(MappingConfig {
        batching_window: Duration::from_secs(5),
        ..config()
    });
    tokio::time::sleep(Duration::from_secs(2)).await;
    world.put("b").await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    running.abort();
    assert_eq!(world.batches(), ["a b"]);
}

#[tokio::test(start_paused = true)]
async fn the_position_and_the_attempts_used_survive_a_restart() {
    for batches_at_once in [1, 2] {
        let world = world(poison);
        let config = || MappingConfig {
            batches_at_once,
            ..config()
        };
        world.put("a").await;
        let (_, running) = world.start(config());
        tokio::time::sleep(Duration::from_millis(10)).await;
        world.put("bad").await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        running.abort();
        let _ = running.await;
        assert_eq!(world.batches(), ["a", "bad"]);
        let (_, running) = world.start(config());
        for_a_while().await;
        running.abort();
        assert_eq!(world.batches(), ["a", "bad", "bad", "bad"]);
        assert_eq!(world.taken.0.lock().unwrap().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn latest_reads_only_what_comes_after_the_first_start() {
    let world = world(|_, _| Ok(Value::Null));
    world.put("before").await;
    let latest = || MappingConfig {
        source: Source::Stream {
            table: "journal".into(),
            from_oldest: false,
        },
        ..config()
    };
    drop(Mappings::open(vec![latest()], &world.around).unwrap());
    world.put("while down").await;
    let (_, running) = world.start(latest());
    tokio::time::sleep(Duration::from_secs(1)).await;
    running.abort();
    assert_eq!(world.batches(), ["while down"]);
}

#[tokio::test(start_paused = true)]
async fn queue_messages_are_deleted_when_done_and_redriven_when_they_keep_failing() {
    let world = world(poison);
    let arn = |name: &str| format!("arn:aws:sqs:eu-west-1:000000000000:{name}");
    let (mappings, running) = world.start(MappingConfig {
        source: Source::Queue { arn: arn("work") },
        batch_size: 1,
        ..config()
    });
    world.around.queues.send(&arn("work"), "good", &[]).unwrap();
    world.around.queues.send(&arn("work"), "bad", &[]).unwrap();
    for_a_while().await;
    assert_eq!(mappings.busy(), 0);
    running.abort();
    let mut batches = world.batches();
    batches.sort();
    assert_eq!(batches, ["bad", "bad", "good"]);
    assert_eq!(world.around.queues.counts(&arn("dead")).unwrap().visible, 1);
    let work = world.around.queues.counts(&arn("work")).unwrap();
    assert_eq!((work.visible, work.in_flight), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_reported_message_stays_and_the_others_go() {
    let world = world(|_, payload| {
        let bad = payload["Records"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|r| r["body"] == "bad");
        let failures: Vec<Value> = bad.map(|r| json!({ "itemIdentifier": r["messageId"] })).collect();
        Ok(json!({ "batchItemFailures": failures }))
    });
    let arn = "arn:aws:sqs:eu-west-1:000000000000:work".to_string();
    for body in ["good", "bad"] {
        world.around.queues.send(&arn, body, &[]).unwrap();
    }
    let config = MappingConfig {
        source: Source::Queue { arn: arn.clone() },
        reports_item_failures: true,
        ..config()
    };
    let (_, running) = world.start(config);
    tokio::time::sleep(Duration::from_secs(1)).await;
    running.abort();
    let counts = world.around.queues.counts(&arn).unwrap();
    assert_eq!((counts.visible, counts.in_flight), (0, 1));
}

#[test]
fn answers_of_functions_are_read_strictly() {
    let cases = [
        (json!(null), Some(vec![])),
        (json!({}), Some(vec![])),
        (json!({ "batchItemFailures": null }), Some(vec![])),
        (
            json!({ "batchItemFailures": [{ "itemIdentifier": "1" }] }),
            Some(vec!["1".to_string()]),
        ),
        (json!({ "batchItemFailures": [{ "itemIdentifier": "" }] }), None),
        (json!({ "batchItemFailures": [{ "id": "1" }] }), None),
        (json!({ "batchItemFailures": "all" }), None),
    ];
    for (answer, expected) in cases {
        assert_eq!(reported_failures(&answer), expected, "{answer}");
    }
}
