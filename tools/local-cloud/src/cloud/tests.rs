//! A small stack from outside: an event goes in, and everything it sets off runs through real SDK clients, IAM, bus,
//! queues, streams and a state machine, on one thread under a paused clock. The parts have their own tests.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::functions::FunctionSpec;
use crate::ports::{FunctionCode, FunctionError, Invocation};

/// What the functions share with the test.
#[derive(Default)]
struct Stage {
    broken: AtomicBool,
    seen: Mutex<Vec<(String, Value)>>,
}

struct Actor {
    spec: FunctionSpec,
    stage: Arc<Stage>,
}

#[async_trait]
impl FunctionCode for Actor {
    async fn invoke(&self, invocation: Invocation) -> Result<Value, FunctionError> {
        let payload = invocation.payload;
        self.stage
            .seen
            .lock()
            .unwrap()
            .push((self.spec.logical_id.clone(), payload.clone()));
        match self.spec.logical_id.as_str() {
            "SaveFunction" => self.save(&payload).await,
            "TellFunction" => self.tell(&payload).await,
            _ => Ok(json!("done")),
        }
    }
}

impl Actor {
    async fn save(&self, event: &Value) -> Result<Value, FunctionError> {
        if self.stage.broken.load(Ordering::SeqCst) {
            return Err(FunctionError {
                error_type: "Broken".into(),
                message: "not today".into(),
            });
        }
        let id = event["detail"]["id"]
            .as_str()
            .or(event["detail"]["object"]["key"].as_str())
            .unwrap_or_default();
        let client = aws_sdk_dynamodb::Client::new(&self.spec.sdk_config);
        let table = event["detail"]["table"].as_str().unwrap_or("trips");
        let put = client
            .put_item()
            .table_name(table)
            .item("id", AttributeValue::S(id.into()))
            .send()
            .await;
        put.map(|_| Value::Null)
            .map_err(|e| failed(&e.into_service_error()))
    }

    async fn tell(&self, batch: &Value) -> Result<Value, FunctionError> {
        let client = aws_sdk_eventbridge::Client::new(&self.spec.sdk_config);
        for record in batch["Records"].as_array().into_iter().flatten() {
            let detail = json!({ "id": record["dynamodb"]["Keys"]["id"]["S"] });
            let entry = entry("Saved", &detail);
            client
                .put_events()
                .entries(entry)
                .send()
                .await
                .map_err(|e| failed(&e.into_service_error()))?;
        }
        Ok(Value::Null)
    }
}

fn failed(error: &impl std::fmt::Debug) -> FunctionError {
    FunctionError {
        error_type: "Sdk".into(),
        message: format!("{error:?}"),
    }
}

fn entry(kind: &str, detail: &Value) -> PutEventsRequestEntry {
    let entry = PutEventsRequestEntry::builder()
        .event_bus_name("trips")
        .source("test");
    entry.detail_type(kind).detail(detail.to_string()).build()
}

struct World {
    dir: TempDir,
    clock: Clock,
    stage: Arc<Stage>,
}

fn world() -> World {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("template.yaml"), include_str!("sample.yaml")).unwrap();
    let clock = Clock::starting_at(Timestamp::from_second(1_795_000_000).unwrap());
    World {
        dir,
        clock,
        stage: Arc::default(),
    }
}

impl World {
    fn options(&self) -> Options {
        Options::new(
            self.dir.path().join("template.yaml"),
            self.dir.path().join("data"),
            self.clock,
            7,
        )
    }

    async fn start(&self) -> LocalCloud {
        LocalCloud::start(self.options(), &provider(&self.stage))
            .await
            .unwrap_or_else(|e| panic!("{e:?}"))
    }
}

fn provider(
    stage: &Arc<Stage>,
) -> impl Fn(&FunctionSpec) -> Result<Arc<dyn FunctionCode>, String> + Send + Sync + use<> {
    let stage = stage.clone();
    move |spec: &FunctionSpec| {
        Ok(Arc::new(Actor {
            spec: spec.clone(),
            stage: stage.clone(),
        }) as Arc<dyn FunctionCode>)
    }
}

async fn ask(cloud: &LocalCloud, detail: Value) {
    let client = aws_sdk_eventbridge::Client::new(&cloud.sdk_config("outside"));
    let answer = client
        .put_events()
        .entries(entry("Asked", &detail))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.failed_entry_count(), 0);
}

async fn word_of(cloud: &LocalCloud, id: &str) -> Option<String> {
    let client = aws_sdk_dynamodb::Client::new(&cloud.sdk_config("outside"));
    let found = client
        .get_item()
        .table_name("trips")
        .key("id", AttributeValue::S(id.into()))
        .send()
        .await
        .unwrap();
    let word = found.item()?.get("word")?;
    word.as_s().ok().cloned()
}

async fn failures(cloud: &LocalCloud) -> Vec<Value> {
    let client = aws_sdk_sqs::Client::new(&cloud.sdk_config("outside"));
    let url = "http://local/000000000000/sojourn-Failed";
    let received = client
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(10)
        .send()
        .await
        .unwrap();
    received
        .messages()
        .iter()
        .map(|m| serde_json::from_str(m.body().unwrap_or_default()).unwrap())
        .collect()
}

/// Name and input of what the state machine started in its turn.
async fn handed_on(cloud: &LocalCloud) -> Vec<(String, Value)> {
    let client = aws_sdk_sfn::Client::new(&cloud.sdk_config("outside"));
    let machines = &cloud.template().machines;
    let follow = machines
        .iter()
        .find(|machine| machine.logical_id == "Follow")
        .unwrap();
    let listed = client
        .list_executions()
        .state_machine_arn(&follow.arn)
        .send()
        .await
        .unwrap();
    let mut found = Vec::new();
    for execution in listed.executions() {
        let described = client
            .describe_execution()
            .execution_arn(execution.execution_arn());
        let input = described.send().await.unwrap().input.unwrap_or_default();
        found.push((execution.name().to_owned(), serde_json::from_str(&input).unwrap()));
    }
    found
}

#[tokio::test(start_paused = true)]
async fn one_event_runs_through_function_table_stream_bus_and_state_machine() {
    let world = world();
    let cloud = world.start().await;
    ask(&cloud, json!({ "id": "t-1" })).await;
    cloud.idle().await;
    assert_eq!(word_of(&cloud, "t-1").await.as_deref(), Some("done"));
    let acted: Vec<_> = world
        .stage
        .seen
        .lock()
        .unwrap()
        .iter()
        .map(|(who, _)| who.clone())
        .collect();
    assert_eq!(acted, ["SaveFunction", "TellFunction", "FinishFunction"]);
    let calls = cloud.endpoint().calls_seen();
    let by = |caller: &str, action: &str| {
        calls
            .iter()
            .any(|s| s.call.caller == caller && s.call.action == action && s.call.allowed)
    };
    assert!(by("SaveFunction", "dynamodb:PutItem") && by("TellFunction", "events:PutEvents"));
    assert!(by("Finish", "lambda:InvokeFunction") && by("Finish", "dynamodb:UpdateItem"));
    assert_eq!(
        handed_on(&cloud).await,
        [("follow-t-1".to_owned(), json!({ "id": "t-1" }))]
    );
}

#[tokio::test(start_paused = true)]
async fn two_runs_from_one_seed_do_the_same() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let world = world();
        let cloud = world.start().await;
        for n in 0..5 {
            ask(&cloud, json!({ "id": format!("t-{n}") })).await;
        }
        cloud.idle().await;
        runs.push(format!("{:?}", world.stage.seen.lock().unwrap()));
    }
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test(start_paused = true)]
async fn what_a_policy_does_not_allow_fails_the_function_and_ends_in_its_failure_queue() {
    let world = world();
    let cloud = world.start().await;
    ask(&cloud, json!({ "id": "t-1", "table": "budgets" })).await;
    cloud.idle().await;
    let records = failures(&cloud).await;
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["requestContext"]["approximateInvokeCount"], 3);
    assert_eq!(records[0]["requestPayload"]["detail"]["id"], "t-1");
    let message = records[0]["responsePayload"]["errorMessage"].as_str().unwrap();
    assert!(
        message.contains("SaveFunction is not authorized to perform: dynamodb:PutItem"),
        "{message}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_cloud_that_stops_goes_on_where_it_stood() {
    let world = world();
    world.stage.broken.store(true, Ordering::SeqCst);
    let first = world.start().await;
    ask(&first, json!({ "id": "t-1" })).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(!first.is_idle(), "the failed invocation waits for its retry");
    assert!(matches!(
        LocalCloud::start(world.options(), &provider(&world.stage))
            .await
            .err(),
        Some(StartError::InUse(_))
    ));
    first.shutdown().await;
    world.stage.broken.store(false, Ordering::SeqCst);
    let second = world.start().await;
    second.idle().await;
    assert_eq!(word_of(&second, "t-1").await.as_deref(), Some("done"));
    assert!(failures(&second).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn dropping_a_cloud_frees_everything_it_held() {
    let world = world();
    let cloud = world.start().await;
    ask(&cloud, json!({ "id": "t-1" })).await;
    cloud.idle().await;
    let lambda = Arc::downgrade(&cloud.parts().lambda);
    let states = Arc::downgrade(&cloud.parts().states);
    cloud.shutdown().await;
    tokio::task::yield_now().await;
    assert_eq!((lambda.strong_count(), states.strong_count()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn an_upload_reaches_the_default_bus_and_its_rule() {
    let world = world();
    let cloud = world.start().await;
    upload(&cloud, "trip-uploads", "policy.md").await;
    cloud.idle().await;
    assert_eq!(word_of(&cloud, "policy.md").await.as_deref(), Some("done"));
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_does_not_ask_for_the_bus_tells_its_function_only() {
    let world = world();
    let cloud = world.start().await;
    upload(&cloud, "trip-drafts", "draft.md").await;
    cloud.idle().await;
    let seen = world.stage.seen.lock().unwrap().clone();
    let told: Vec<_> = seen.iter().map(|(function, _)| function.as_str()).collect();
    assert_eq!(told, ["FinishFunction"]);
    assert_eq!(seen[0].1["Records"][0]["s3"]["object"]["key"], "draft.md");
}

async fn upload(cloud: &LocalCloud, bucket: &str, key: &str) {
    let config = aws_sdk_s3::config::Builder::from(&cloud.sdk_config("outside"))
        .force_path_style(true)
        .build();
    let client = aws_sdk_s3::Client::from_conf(config);
    let body = aws_sdk_s3::primitives::ByteStream::from_static(b"policy");
    let put = client.put_object().bucket(bucket).key(key).body(body);
    put.send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_function_without_code_is_refused_by_name() {
    let world = world();
    let none = |spec: &FunctionSpec| -> Result<Arc<dyn FunctionCode>, String> {
        Err(format!("no binary {}", spec.binary))
    };
    let error = LocalCloud::start(world.options(), &none).await.err().unwrap();
    assert_eq!(
        error.to_string(),
        "SaveFunction has no code: no binary SaveFunction"
    );
}

#[tokio::test(start_paused = true)]
async fn the_repositorys_own_stack_starts_and_comes_to_rest() {
    let world = world();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let options = Options::new(
        root.join("template.yaml"),
        world.dir.path().join("own"),
        world.clock,
        1,
    );
    let cloud = LocalCloud::start(options, &provider(&world.stage))
        .await
        .unwrap_or_else(|e| panic!("{e:?}"));
    cloud.idle().await;
    assert!(cloud.parts().websocket.is_some());
}
