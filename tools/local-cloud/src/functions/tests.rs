//! Invocation as bookings meet it: timeouts, crashes, retries on the clock, destinations, restarts. The function
//! that writes through its own SDK client under IAM is the whole path in one.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::connector::sdk_config;
use crate::dynamodb::{DynamoDb, TableSpec};
use crate::endpoint::Endpoint;
use crate::iam::{Policies, Statement};
use crate::ports::{Delivery, DeliveryError, Targets};

type Handler = dyn Fn(Invocation) -> futures_util::future::BoxFuture<'static, Result<Value, FunctionError>>
    + Send
    + Sync;

struct Code(Box<Handler>);

#[async_trait]
impl FunctionCode for Code {
    async fn invoke(&self, invocation: Invocation) -> Result<Value, FunctionError> {
        (self.0)(invocation).await
    }
}

fn code<F, R>(handler: F) -> Arc<dyn FunctionCode>
where
    F: Fn(Invocation) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Value, FunctionError>> + Send + 'static,
{
    Arc::new(Code(Box::new(move |i| handler(i).boxed())))
}

#[derive(Default)]
struct Taken(Mutex<Vec<Delivery>>, AtomicUsize);

#[async_trait]
impl Targets for Taken {
    async fn deliver(&self, delivery: Delivery) -> Result<(), DeliveryError> {
        if self.1.load(Ordering::SeqCst) > 0 {
            self.1.fetch_sub(1, Ordering::SeqCst);
            return Err(DeliveryError {
                code: "Busy".into(),
                message: "later".into(),
                retryable: true,
            });
        }
        self.0.lock().unwrap().push(delivery);
        Ok(())
    }
}

struct World {
    dir: TempDir,
    endpoint: Endpoint,
    clock: Clock,
    taken: Arc<Taken>,
}

fn world() -> World {
    World {
        dir: tempfile::tempdir().unwrap(),
        endpoint: Endpoint::new("eu-west-1", 1),
        clock: Clock::starting_at(jiff::Timestamp::from_second(1_795_000_000).unwrap()),
        taken: Arc::default(),
    }
}

impl World {
    fn lambda(&self, code: Arc<dyn FunctionCode>, asynchronous: AsyncConfig) -> Arc<Lambda> {
        let spec = FunctionSpec {
            logical_id: "PlannerFunction".into(),
            name: "sojourn-planner".into(),
            arn: "arn:aws:lambda:eu-west-1:000000000000:function:sojourn-planner".into(),
            binary: "planner".into(),
            runtime: None,
            handler: None,
            code: std::path::PathBuf::new(),
            timeout: Duration::from_secs(3),
            memory_mb: 256,
            environment: BTreeMap::new(),
            sdk_config: sdk_config(&self.endpoint, self.clock, "eu-west-1", "PlannerFunction"),
        };
        let store = Store::open(&self.dir.path().join("cloud.sqlite")).unwrap();
        Lambda::open(
            vec![Function {
                spec,
                code,
                asynchronous,
            }],
            store,
            self.clock,
            self.taken.clone(),
            1,
        )
        .unwrap()
    }
}

fn failing(message: &str) -> FunctionError {
    FunctionError {
        error_type: "Boom".into(),
        message: message.into(),
    }
}

fn to_queue() -> AsyncConfig {
    AsyncConfig {
        on_failure: Some("arn:aws:sqs:eu-west-1:000000000000:failed".into()),
        ..AsyncConfig::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_writes_through_its_own_client_as_far_as_its_policy_goes() {
    let world = world();
    let table = |name: &str| TableSpec {
        name: name.into(),
        definition: json!({
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        }),
        stream_view: None,
        ttl_attribute: None,
    };
    let path = world.dir.path().join("dynamodb.sqlite");
    let db = DynamoDb::open(
        &path,
        world.clock,
        "eu-west-1",
        &[table("plans"), table("budgets")],
    )
    .unwrap();
    world.endpoint.register(db);
    let grant = json!({ "Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "arn:aws:dynamodb:*:*:table/plans" });
    world.endpoint.set_policies(
        "PlannerFunction",
        Policies::new(Statement::parse_all(&grant).unwrap()),
    );
    let config = sdk_config(&world.endpoint, world.clock, "eu-west-1", "PlannerFunction");
    let client = aws_sdk_dynamodb::Client::new(&config);
    let lambda = world.lambda(
        code(move |invocation| {
            let put = client
                .put_item()
                .table_name(invocation.payload["table"].as_str().unwrap_or_default());
            let put = put.item("id", aws_sdk_dynamodb::types::AttributeValue::S("p-1".into()));
            async move {
                put.send()
                    .await
                    .map(|_| json!("saved"))
                    .map_err(|e| failing(&format!("{:?}", e.into_service_error())))
            }
        }),
        AsyncConfig::default(),
    );
    assert_eq!(
        lambda
            .invoke("PlannerFunction", json!({ "table": "plans" }))
            .await
            .unwrap(),
        json!("saved")
    );
    let refused = lambda
        .invoke("sojourn-planner", json!({ "table": "budgets" }))
        .await
        .unwrap_err()
        .to_string();
    for part in [
        "AccessDeniedException", "PlannerFunction", "dynamodb:PutItem", "table/budgets",
    ] {
        assert!(refused.contains(part), "{refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_and_a_crash_are_function_errors_with_awss_names() {
    let world = world();
    let slow = world.lambda(
        code(|_| async {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(Value::Null)
        }),
        AsyncConfig::default(),
    );
    let started = tokio::time::Instant::now();
    let InvokeError::Function(error) = slow.invoke("sojourn-planner", Value::Null).await.unwrap_err() else {
        panic!()
    };
    assert_eq!(error.error_type, "Sandbox.Timedout");
    assert!(
        error.message.ends_with("Task timed out after 3.00 seconds"),
        "{error}"
    );
    assert_eq!(started.elapsed(), Duration::from_secs(3));
    let crashing = world.lambda(code(|_| async { panic!("a bug") }), AsyncConfig::default());
    let InvokeError::Function(error) = crashing.invoke("sojourn-planner", Value::Null).await.unwrap_err()
    else {
        panic!()
    };
    assert_eq!(error.error_type, "Runtime.ExitError");
}

#[tokio::test(start_paused = true)]
async fn limits_and_unknown_functions_are_told_apart() {
    let world = world();
    let lambda = world.lambda(code(|i| async move { Ok(i.payload) }), AsyncConfig::default());
    let big = json!("x".repeat(2 * 1024 * 1024));
    assert!(lambda.invoke("sojourn-planner", big.clone()).await.is_ok());
    assert!(matches!(
        lambda.invoke_async("sojourn-planner", big).await,
        Err(InvokeError::TooLarge { .. })
    ));
    assert!(matches!(
        lambda.invoke("nobody", Value::Null).await,
        Err(InvokeError::NotFound(_))
    ));
    let qualified = "arn:aws:lambda:eu-west-1:000000000000:function:sojourn-planner:$LATEST";
    assert_eq!(lambda.invoke(qualified, json!(1)).await.unwrap(), json!(1));
}

#[tokio::test(start_paused = true)]
async fn two_retries_on_the_clock_then_the_failure_destination_gets_the_record() {
    let world = world();
    let times: Arc<Mutex<Vec<u64>>> = Arc::default();
    let (log, start) = (times.clone(), tokio::time::Instant::now());
    let lambda = world.lambda(
        code(move |_| {
            log.lock().unwrap().push(start.elapsed().as_secs());
            async { Err(failing("no")) }
        }),
        to_queue(),
    );
    let running = tokio::spawn(lambda.clone().run());
    lambda
        .invoke_async("sojourn-planner", json!({ "id": 7 }))
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    running.abort();
    assert_eq!(*times.lock().unwrap(), [0, 60, 180]);
    let taken = world.taken.0.lock().unwrap();
    assert_eq!(taken.len(), 1);
    let record = &taken[0].payload;
    assert_eq!(record["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 3);
    assert_eq!(record["requestPayload"], json!({ "id": 7 }));
    assert_eq!(record["responsePayload"]["errorType"], "Boom");
    assert_eq!(lambda.pending(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_busy_destination_is_asked_again_without_running_the_function_again() {
    let world = world();
    world.taken.1.store(2, Ordering::SeqCst);
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = runs.clone();
    let lambda = world.lambda(
        code(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            async { Err(failing("no")) }
        }),
        AsyncConfig {
            max_retries: 0,
            ..to_queue()
        },
    );
    let running = tokio::spawn(lambda.clone().run());
    lambda.invoke_async("sojourn-planner", json!(1)).await.unwrap();
    tokio::time::sleep(Duration::from_secs(300)).await;
    running.abort();
    assert_eq!(
        (runs.load(Ordering::SeqCst), world.taken.0.lock().unwrap().len()),
        (1, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn an_event_older_than_allowed_is_given_up() {
    let world = world();
    let config = AsyncConfig {
        max_age: Duration::from_secs(90),
        ..to_queue()
    };
    let lambda = world.lambda(code(|_| async { Err(failing("no")) }), config);
    let running = tokio::spawn(lambda.clone().run());
    lambda.invoke_async("sojourn-planner", json!(1)).await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    running.abort();
    let taken = world.taken.0.lock().unwrap();
    assert_eq!(
        taken[0].payload["requestContext"]["condition"],
        "EventAgeExceeded"
    );
    assert_eq!(taken[0].payload["requestContext"]["approximateInvokeCount"], 2);
}

#[tokio::test(start_paused = true)]
async fn what_was_queued_and_what_was_running_is_invoked_after_a_restart_with_the_attempts_left() {
    let world = world();
    let dying = world.lambda(code(|_| async { Err(failing("first life")) }), to_queue());
    let running = tokio::spawn(dying.clone().run());
    dying
        .invoke_async("sojourn-planner", json!({ "n": 1 }))
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(61)).await;
    running.abort();
    let _ = running.await;
    drop(dying);
    let seen: Arc<Mutex<Vec<Value>>> = Arc::default();
    let log = seen.clone();
    let second = world.lambda(
        code(move |i| {
            log.lock().unwrap().push(i.payload);
            async { Err(failing("second life")) }
        }),
        to_queue(),
    );
    assert_eq!(second.pending(), 1);
    let running = tokio::spawn(second.clone().run());
    tokio::time::sleep(Duration::from_secs(300)).await;
    running.abort();
    assert_eq!(
        *seen.lock().unwrap(),
        [json!({ "n": 1 })],
        "two attempts were used before the restart"
    );
    assert_eq!(world.taken.0.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn invocations_run_side_by_side() {
    let world = world();
    let lambda = world.lambda(
        code(|_| async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            Ok(Value::Null)
        }),
        AsyncConfig::default(),
    );
    let running = tokio::spawn(lambda.clone().run());
    for n in 0..50 {
        lambda.invoke_async("sojourn-planner", json!(n)).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    running.abort();
    assert_eq!(lambda.pending(), 0);
}
