//! The function on the tables and with the permissions of `template.yaml`, bookings whose events it tells, and who is
//! connected.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::catalogue::catalogue;
use events_schema::envelope::{Meta, Recorded};
use events_schema::ids::{AggregateId, BookingId, ConnectionId, EmployeeId, EventId};
use events_schema::rows::{BookingRow, ConnectionRow, FrameRow, JournalRow, LastEvent};
use events_schema::samples;
use events_schema::state::BookingState;
use jiff::{SignedDuration, Timestamp};
use lambda_host::http::{HttpClient, HttpError};
use lambda_host::{Invocation, Runtime};
use local_cloud::clock::Clock;
use local_cloud::connector::sdk_config;
use local_cloud::dynamodb::DynamoDb;
use local_cloud::endpoint::Endpoint;
use local_cloud::iam::Policies;
use local_cloud::template::{LoadOptions, Template};
use serde::Serialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::management::Management;

pub const REGION: &str = "eu-west-1";
const FUNCTION: &str = "ProgressFunction";
/// Three events that say all of themselves.
const EVENTS: [&str; 3] = ["BookingRequested", "PlanAccepted", "BookingExpired"];

pub struct Desk {
    runtime: Runtime,
    outside: Client,
    clock: Clock,
    pub management: Arc<Management>,
    _directory: TempDir,
}

/// Read once: every test has a desk of its own, but they are all made from the same plan.
pub fn template() -> &'static Template {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
        Template::load(&path, &LoadOptions::default()).expect("the template loads")
    })
}

impl Desk {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let template = template();
        let clock = Clock::starting_at(samples::now());
        let database = directory.path().join("dynamodb.sqlite");
        let dynamodb = DynamoDb::open(&database, clock, REGION, &template.tables).expect("DynamoDB");
        let functions = &template.functions;
        let function = functions
            .iter()
            .find(|function| function.logical_id == FUNCTION)
            .expect("a function");
        let management = Management::at(&function.environment["MANAGEMENT_ENDPOINT"]);
        let endpoint = Endpoint::new(REGION, 1);
        endpoint.register(dynamodb);
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
            _directory: directory,
        }
    }

    /// One batch, handled by a copy of the function that remembers no other.
    pub async fn tell(&self, records: &[Value]) {
        let function = progress::function(&self.runtime).expect("the template sets what it needs");
        let invocation = Invocation {
            request_id: "r".into(),
            deadline: samples::later(),
        };
        let payload = json!({"Records": records});
        let answer = function.call(payload, &invocation).await.expect("handled");
        assert_eq!(answer, json!({"batchItemFailures": []}));
    }

    pub async fn connect(&self, person: &EmployeeId, connection: &str) {
        let row = ConnectionRow {
            employee_id: person.clone(),
            connection_id: ConnectionId::new(connection),
            roles: Vec::new(),
            // Not just now: such a connection may still be opening.
            connected_at: self.clock.now() - SignedDuration::from_mins(1),
            ttl: (self.clock.now() + SignedDuration::from_hours(2)).as_second(),
            behind_since: None,
        };
        self.put("CONNECTIONS_TABLE", &row).await;
    }

    /// The booking's next event is in the Journal; gives the stream's record of its head.
    pub async fn happens(&self, person: &EmployeeId, booking: BookingId, sequence: u64) -> Value {
        let aggregate = AggregateId::from(booking);
        let first = EventId::of(&aggregate, 1);
        let event = event(person, &aggregate, sequence, self.clock.now());
        let row = JournalRow {
            aggregate_id: aggregate.clone(),
            sequence,
            cause_key: format!("test#{sequence}"),
            result: Value::Null,
            event: serde_json::to_string(&event).expect("JSON"),
            event_type: event.detail_type.clone(),
            correlation_id: first,
            occurred_at: event.detail.meta.occurred_at,
        };
        self.put("JOURNAL_TABLE", &row).await;
        let head = |sequence| BookingRow {
            employee_id: person.clone(),
            booking_id: booking,
            state: BookingState::Requested,
            sequence,
            round: 0,
            execution_id: None,
            cancel_requested: false,
            previous_booking: None,
            due_at: None,
            due_partition: None,
            sweeps: 0,
            last_event: LastEvent {
                event_id: EventId::of(&aggregate, sequence),
                name: event.detail_type.clone(),
            },
            cost_centre: samples::cost_centre(),
            correlation_id: first,
            created_at: samples::now(),
            updated_at: samples::now(),
        };
        let mut change = json!({"SequenceNumber": sequence.to_string(), "SizeBytes": 1, "NewImage": item(&head(sequence))});
        if sequence > 1 {
            change["OldImage"] = item(&head(sequence - 1));
        }
        json!({"eventID": sequence.to_string(), "eventName": "MODIFY", "awsRegion": REGION, "dynamodb": change})
    }

    /// What `resume` would answer: sequence and `previous` of every frame that is kept.
    pub async fn kept_for(&self, person: &EmployeeId, booking: BookingId) -> Vec<(u64, u64)> {
        let found = self
            .outside
            .query()
            .table_name(&self.runtime.settings["FRAMES_TABLE"])
            .key_condition_expression("recipient = :recipient")
            .expression_attribute_values(
                ":recipient",
                AttributeValue::S(FrameRow::recipient(person, booking)),
            )
            .send()
            .await
            .expect("readable");
        let rows: Vec<FrameRow> = serde_dynamo::from_items(found.items.unwrap_or_default()).expect("rows");
        let cursor = |row: FrameRow| {
            let frame: Value = serde_json::from_str(&row.frame).expect("JSON");
            (row.sequence, frame["previous"].as_u64().expect("a number"))
        };
        rows.into_iter().map(cursor).collect()
    }

    /// Connections that are posted to no more.
    pub async fn behind(&self) -> Vec<String> {
        let scan = self
            .outside
            .scan()
            .table_name(&self.runtime.settings["CONNECTIONS_TABLE"])
            .filter_expression("attribute_exists(behindSince)");
        let found = scan.send().await.expect("readable");
        let rows: Vec<ConnectionRow> =
            serde_dynamo::from_items(found.items.unwrap_or_default()).expect("rows");
        rows.into_iter()
            .map(|row| row.connection_id.to_string())
            .collect()
    }

    async fn put(&self, table: &str, row: &impl Serialize) {
        let put = self
            .outside
            .put_item()
            .table_name(&self.runtime.settings[table])
            .set_item(Some(serde_dynamo::to_item(row).expect("an item")));
        put.send().await.expect("stored");
    }
}

fn event(person: &EmployeeId, aggregate: &AggregateId, sequence: u64, now: Timestamp) -> Recorded {
    let name = EVENTS[sequence as usize - 1];
    let known = catalogue().into_iter().find(|event| event.name == name);
    let mut event = known.expect("in the catalogue").example();
    event.detail.meta = Meta {
        event_id: EventId::of(aggregate, sequence),
        aggregate_id: aggregate.clone(),
        sequence,
        employee_id: Some(person.clone()),
        occurred_at: now,
        ..event.detail.meta
    };
    event
}

fn item(row: &BookingRow) -> Value {
    let item: serde_dynamo::Item = serde_dynamo::to_item(row).expect("an item");
    serde_json::to_value(item).expect("JSON")
}

struct CloudClock(Clock);

impl lambda_host::Clock for CloudClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

struct NoNetwork;

#[async_trait]
impl HttpClient for NoNetwork {
    async fn send(&self, _: http::Request<bytes::Bytes>) -> Result<http::Response<bytes::Bytes>, HttpError> {
        unreachable!("frames go through the management endpoint")
    }
}
