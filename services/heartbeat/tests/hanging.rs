//! Many connections that hang, on the tables and with the permissions of `template.yaml`, under a paused clock. API
//! Gateway is a stand-in that answers by a connection's name. Does not cover how it finds out that a connection is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use bytes::Bytes;
use events_schema::ids::{ConnectionId, EmployeeId};
use events_schema::rows::ConnectionRow;
use events_schema::samples;
use http::{Method, Response};
use jiff::{SignedDuration, Timestamp};
use lambda_host::{Invocation, Runtime};
use local_cloud::clock::Clock;
use local_cloud::connector::sdk_config;
use local_cloud::dynamodb::DynamoDb;
use local_cloud::endpoint::{ACCOUNT, Endpoint};
use local_cloud::iam::Policies;
use local_cloud::template::{LoadOptions, Template};
use local_cloud::wire::{Access, AwsError, AwsService, Call, Protocol};
use serde_json::{Value, json};

const REGION: &str = "eu-west-1";
const FUNCTION: &str = "HeartbeatFunction";

/// `hangs-…` never answers, `gone-…` is gone, anything else takes what it is sent.
struct Management {
    /// `<api>/<stage>`.
    api: String,
    beats: Mutex<BTreeSet<String>>,
    closed: Mutex<BTreeSet<String>>,
}

#[async_trait]
impl AwsService for Management {
    fn signing_name(&self) -> &'static str {
        "execute-api"
    }

    fn protocol(&self) -> Protocol {
        Protocol::RestJson
    }

    fn access(&self, call: &Call) -> Result<Vec<Access>, AwsError> {
        let resource = format!("{}/{}/@connections/{}", self.api, call.method, connection(call));
        Ok(vec![Access {
            action: "execute-api:ManageConnections".into(),
            resource: format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{resource}"),
        }])
    }

    async fn call(&self, call: Call) -> Result<Response<Bytes>, AwsError> {
        let connection = connection(&call);
        if connection.starts_with("hangs-") {
            std::future::pending::<()>().await;
        }
        if connection.starts_with("gone-") {
            return Err(AwsError::new("GoneException", "Gone").with_status(410));
        }
        let kept = match call.method {
            Method::DELETE => &self.closed,
            _ => &self.beats,
        };
        kept.lock().unwrap().insert(connection);
        Ok(Response::new(Bytes::new()))
    }
}

fn connection(call: &Call) -> String {
    let path = call.uri.path().replace("%40", "@");
    let (_, connection) = path.split_once("/@connections/").expect("a connection");
    connection.into()
}

struct Desk {
    runtime: Runtime,
    outside: Client,
    clock: Clock,
    management: Arc<Management>,
    timeout: Duration,
    _directory: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
        let template = Template::load(&path, &LoadOptions::default()).expect("the template loads");
        let clock = Clock::starting_at(samples::now());
        let database = directory.path().join("dynamodb.sqlite");
        let functions = &template.functions;
        let function = functions
            .iter()
            .find(|function| function.logical_id == FUNCTION)
            .expect("a function");
        let url = function.environment["MANAGEMENT_ENDPOINT"].trim_start_matches("https://");
        let (host, stage) = url.split_once('/').expect("a host and a stage");
        let management = Arc::new(Management {
            api: format!("{}/{stage}", host.split('.').next().expect("an API")),
            beats: Mutex::default(),
            closed: Mutex::default(),
        });
        let endpoint = Endpoint::new(REGION, 1);
        endpoint.register(DynamoDb::open(&database, clock, REGION, &template.tables).expect("DynamoDB"));
        endpoint.register(management.clone());
        endpoint.set_policies(FUNCTION, Policies::new(function.grants.statements.clone()));
        Self {
            runtime: Runtime {
                aws: sdk_config(&endpoint, clock, REGION, FUNCTION),
                settings: function.environment.clone(),
                clock: Arc::new(CloudClock(clock)),
                http: Arc::new(NoNetwork),
            },
            outside: Client::new(&sdk_config(&endpoint, clock, REGION, "outside")),
            clock,
            management,
            timeout: function.timeout,
            _directory: directory,
        }
    }

    async fn connect(&self, connection: &str, is_behind: bool) {
        let row = ConnectionRow {
            employee_id: EmployeeId::new(format!("person-of-{connection}")),
            connection_id: ConnectionId::new(connection),
            roles: Vec::new(),
            connected_at: self.clock.now() - SignedDuration::from_mins(1),
            ttl: (self.clock.now() + SignedDuration::from_hours(2)).as_second(),
            behind_since: is_behind.then(|| self.clock.now().as_second()),
        };
        let item = serde_dynamo::to_item(&row).expect("an item");
        let put = self.outside.put_item().table_name(self.table());
        put.set_item(Some(item)).send().await.expect("stored");
    }

    fn table(&self) -> &str {
        &self.runtime.settings["CONNECTIONS_TABLE"]
    }

    async fn rows(&self) -> BTreeSet<String> {
        let scan = self.outside.scan().table_name(self.table()).send().await;
        let items = scan.expect("readable").items.unwrap_or_default();
        let rows: Vec<ConnectionRow> = serde_dynamo::from_items(items).expect("rows");
        rows.into_iter()
            .map(|row| row.connection_id.to_string())
            .collect()
    }

    /// One beat; Lambda ends it when its time is over.
    async fn beat(&self) -> BTreeMap<String, u64> {
        let function = heartbeat::function(&self.runtime).expect("the template sets what it needs");
        let invocation = Invocation {
            request_id: "r".into(),
            deadline: samples::later(),
        };
        let beat = function.call(json!({"source": "aws.events"}), &invocation);
        let answer = tokio::time::timeout(self.timeout, beat).await;
        let answer: Value = answer.expect("in the time it has").expect("beaten");
        serde_json::from_value(answer).expect("counts")
    }
}

fn counts(alive: u64, gone: u64, closed: u64, unclear: u64) -> BTreeMap<String, u64> {
    let counts = [
        ("alive", alive),
        ("gone", gone),
        ("closed", closed),
        ("unclear", unclear),
    ];
    counts.map(|(name, count)| (name.to_owned(), count)).into()
}

/// More than could be waited for one second each, three seconds each, or 32 at a time.
#[tokio::test(start_paused = true)]
async fn a_thousand_connections_that_hang_keep_no_other_from_its_beat() {
    const HANGING: u64 = 1_000;
    let desk = Desk::new();
    for number in 0..HANGING {
        desk.connect(&format!("hangs-{number}"), false).await;
    }
    let alive: BTreeSet<_> = (0..20).map(|number| format!("alive-{number}")).collect();
    for connection in &alive {
        desk.connect(connection, false).await;
    }
    desk.connect("gone-1", false).await;
    let began = tokio::time::Instant::now();
    assert_eq!(desk.beat().await, counts(20, 1, 0, HANGING));
    let took = began.elapsed();
    assert!(
        took < Duration::from_secs(10),
        "15,000 would take too long: {took:?}"
    );
    assert_eq!(*desk.management.beats.lock().unwrap(), alive);
    let rows = desk.rows().await;
    assert!(!rows.contains("gone-1"), "found");
    assert_eq!(
        rows.len() as u64,
        HANGING + 20,
        "the others are asked again by the next beat"
    );
}

/// Progress marked it and could not close it: its client must learn that it has missed something.
#[tokio::test(start_paused = true)]
async fn a_connection_that_is_behind_is_closed_and_asked_again_if_that_hangs() {
    let desk = Desk::new();
    for (connection, is_behind) in [
        ("well", false),
        ("behind", true),
        ("gone-1", true),
        ("hangs-1", true),
    ] {
        desk.connect(connection, is_behind).await;
    }
    assert_eq!(desk.beat().await, counts(1, 0, 2, 1));
    let only = |name: &str| BTreeSet::from([name.to_owned()]);
    assert_eq!(*desk.management.closed.lock().unwrap(), only("behind"));
    assert_eq!(
        *desk.management.beats.lock().unwrap(),
        only("well"),
        "no beat holds it open"
    );
    let left = BTreeSet::from(["hangs-1".to_owned(), "well".to_owned()]);
    assert_eq!(desk.rows().await, left);
}

struct CloudClock(Clock);

impl lambda_host::Clock for CloudClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

struct NoNetwork;

#[async_trait]
impl lambda_host::http::HttpClient for NoNetwork {
    async fn send(
        &self,
        _: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, lambda_host::http::HttpError> {
        unreachable!("beats go through the management endpoint")
    }
}
