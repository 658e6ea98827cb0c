//! Tables, bus and permissions as `template.yaml` deploys them, one booking, and who acts on it.

use std::future::Future;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use bytes::Bytes;
use events_schema::envelope::{Envelope, Meta, Recorded};
use events_schema::event::Event;
use events_schema::gateway::BookingRequested;
use events_schema::ids::{ActionId, AggregateId};
use events_schema::rows::{BookingRow, JournalRow};
use events_schema::samples;
use events_schema::state::BookingState;
use jiff::{SignedDuration, Timestamp};
use lambda_host::head::BookingKey;
use lambda_host::http::{HttpClient, HttpError};
use lambda_host::{Cause, Due, Live, Next, Outcome, Runtime, Transitions};
use local_cloud::clock::Clock;
use local_cloud::connector::sdk_config;
use local_cloud::dynamodb::DynamoDb;
use local_cloud::endpoint::{ACCOUNT, Endpoint};
use local_cloud::events::{Bus, EventsConfig, EventsService};
use local_cloud::iam::Policies;
use local_cloud::ports::{Delivery, DeliveryError, Targets};
use local_cloud::store::Store;
use local_cloud::template::{LoadOptions, Template};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::faults::Faulty;

pub const REGION: &str = "eu-west-1";
const START: &str = "2026-11-21T09:00:00Z";

/// A step's time in these tests.
pub const DUE: Due = Due::In(SignedDuration::from_mins(5));

pub struct World {
    _dir: TempDir,
    template: &'static Template,
    endpoint: Endpoint,
    pub clock: Clock,
    pub dynamodb: Arc<DynamoDb>,
    pub database: Arc<Faulty>,
    pub bus: Arc<Faulty>,
}

/// Read once: every test has a world of its own, but they are all made from the same plan.
fn template() -> &'static Template {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
        Template::load(&path, &LoadOptions::default()).expect("the template loads")
    })
}

pub fn live() -> Live {
    Live::of(&json!({})).expect("not a replay")
}

pub fn key() -> BookingKey {
    BookingKey::new(samples::employee(), samples::booking())
}

pub fn aggregate() -> AggregateId {
    samples::booking().into()
}

/// What the traveller's client asked with.
pub fn request() -> Cause {
    command("request-1")
}

pub fn command(action: &str) -> Cause {
    Cause::Command {
        employee: samples::employee(),
        action: ActionId::new(action),
    }
}

/// To `state`, said by `event`'s example.
pub fn next<E: Event>(state: BookingState) -> Next {
    Next::to(state, DUE, &E::example()).expect("examples are JSON")
}

impl World {
    pub fn start() -> Arc<Self> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let template = template();
        let clock = Clock::starting_at(START.parse().expect("a time"));
        let dynamodb = DynamoDb::open(
            &dir.path().join("dynamodb.sqlite"),
            clock,
            REGION,
            &template.tables,
        );
        let dynamodb = dynamodb.expect("DynamoDB opens");
        let store = Store::open(&dir.path().join("cloud.sqlite")).expect("the store opens");
        let buses = template
            .buses
            .iter()
            .map(|bus| Bus {
                name: bus.name.clone(),
                description: None,
            })
            .collect();
        let config = EventsConfig {
            account: ACCOUNT.into(),
            region: REGION.into(),
            seed: 1,
            buses,
            rules: Vec::new(),
            archives: Vec::new(),
        };
        let events =
            EventsService::start(config, store, clock, Arc::new(Nobody)).expect("EventBridge starts");
        let (database, bus) = (Faulty::new(dynamodb.clone()), Faulty::new(events));
        let endpoint = Endpoint::new(REGION, 1);
        endpoint.register(database.clone());
        endpoint.register(bus.clone());
        for function in &template.functions {
            endpoint.set_policies(
                &function.logical_id,
                Policies::new(function.grants.statements.clone()),
            );
        }
        Arc::new(Self {
            _dir: dir,
            template,
            endpoint,
            clock,
            dynamodb,
            database,
            bus,
        })
    }

    /// What Lambda gives `function`: its environment, and clients that may do what the template allows it.
    pub fn runtime(&self, function: &str) -> Runtime {
        let resource = self.template.functions.iter().find(|f| f.logical_id == function);
        Runtime {
            aws: sdk_config(&self.endpoint, self.clock, REGION, function),
            settings: resource.expect("a function of the template").environment.clone(),
            clock: Arc::new(CloudClock(self.clock)),
            http: Arc::new(NoNetwork),
        }
    }

    pub fn transitions(&self, function: &str) -> Transitions {
        Transitions::from_runtime(&self.runtime(function)).expect("the template sets what it needs")
    }

    /// Someone outside the stack who looks and meddles.
    pub fn outside(&self) -> Client {
        Client::new(&sdk_config(&self.endpoint, self.clock, REGION, "outside"))
    }

    pub fn table(&self, setting: &str) -> String {
        let functions = self.template.functions.iter();
        functions
            .filter_map(|f| f.environment.get(setting))
            .next()
            .expect("a table of the template")
            .clone()
    }

    /// The attribute a table's rows expire by.
    pub fn ttl_attribute(&self, setting: &str) -> String {
        let table = self.table(setting);
        let spec = self
            .template
            .tables
            .iter()
            .find(|spec| spec.name == table)
            .expect("a table of the template");
        spec.ttl_attribute.clone().expect("a table whose rows expire")
    }

    /// The first event: the traveller asked.
    pub async fn requested(&self) -> Meta {
        let gateway = self.transitions("GatewayMessageFunction");
        let begun = gateway
            .begin(
                &live(),
                &key(),
                &request(),
                samples::cost_centre(),
                next::<BookingRequested>(BookingState::Requested),
            )
            .await;
        meta_of(&begun.expect("begun"))
    }

    /// `consumer` reacts to `event` and takes the booking from `from` to `to` with an example of `E`.
    pub async fn react<E: Event>(
        &self,
        consumer: &'static str,
        event: &Meta,
        from: BookingState,
        to: BookingState,
    ) -> Outcome {
        let transitions = self.transitions("PlannerFunction");
        let decide = |_| async move { Ok(Some(next::<E>(to))) };
        transitions
            .react(&live(), consumer, event, &[from], decide)
            .await
            .expect("reacted")
    }

    /// A command of the traveller, legal in every state of `legal`.
    pub async fn command<E: Event>(&self, action: &str, legal: &[BookingState], to: BookingState) -> Outcome {
        let gateway = self.transitions("GatewayMessageFunction");
        let decide = |_| async move { Ok(Some(next::<E>(to))) };
        gateway
            .apply(&live(), &key(), &command(action), legal, decide)
            .await
            .expect("commanded")
    }

    /// The head, with the attributes as stored.
    pub async fn head_item(&self) -> std::collections::HashMap<String, AttributeValue> {
        let get = self.outside().get_item().table_name(self.table("BOOKINGS_TABLE"));
        let found = get
            .set_key(Some(key().attributes()))
            .consistent_read(true)
            .send()
            .await;
        found.expect("readable").item.expect("a head")
    }

    pub async fn head(&self) -> BookingRow {
        serde_dynamo::from_item(self.head_item().await).expect("a head")
    }

    pub async fn journal(&self) -> Vec<JournalRow> {
        self.transitions("PlannerFunction")
            .history()
            .all(&aggregate())
            .await
            .expect("readable")
    }

    /// Changes attributes of the head without a transition, as the claim and the sweeper do.
    pub async fn update_head(&self, expression: &str, values: &[(&str, AttributeValue)]) {
        let mut update = self
            .outside()
            .update_item()
            .table_name(self.table("BOOKINGS_TABLE"));
        for (name, value) in values {
            update = update.expression_attribute_values(*name, value.clone());
        }
        let update = update
            .set_key(Some(key().attributes()))
            .update_expression(expression);
        update.send().await.expect("updated");
    }

    /// Events that EventBridge accepted, in order, each as often as it was.
    pub fn published(&self) -> Vec<Recorded> {
        let mut events = Vec::new();
        for call in self
            .bus
            .answered()
            .into_iter()
            .filter(|call| call.operation == "PutEvents")
        {
            let entries = call.request["Entries"].as_array().cloned().unwrap_or_default();
            let results = call.response["Entries"].as_array().cloned().unwrap_or_default();
            let accepted = entries
                .iter()
                .zip(&results)
                .filter(|(_, result)| result["EventId"].is_string());
            events.extend(accepted.map(|(entry, _)| recorded(entry)));
        }
        events
    }

    /// Names of what was published.
    pub fn said(&self) -> Vec<String> {
        self.published()
            .into_iter()
            .map(|event| event.detail_type)
            .collect()
    }

    /// Every fault a test laid was met.
    pub fn faults_met(&self) {
        assert!(
            self.database.all_faults_met() && self.bus.all_faults_met(),
            "a fault was never met"
        );
    }
}

/// The process dies at the call that never answers: the future is dropped where it stands.
pub async fn killed<T>(work: impl Future<Output = T>) {
    let outcome = tokio::time::timeout(Duration::from_secs(600), work).await;
    assert!(outcome.is_err(), "it went through alive");
}

pub fn meta_of(outcome: &Outcome) -> Meta {
    match outcome {
        Outcome::Done { event, .. } => event.detail.meta.clone(),
        other => panic!("not done: {other:?}"),
    }
}

/// Whether an earlier delivery had done it.
pub fn is_repeated(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done { repeated: true, .. })
}

fn recorded(entry: &Value) -> Recorded {
    let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let detail: Envelope<Value> = serde_json::from_str(&text("Detail")).expect("a detail is an envelope");
    Recorded {
        source: text("Source"),
        detail_type: text("DetailType"),
        detail,
    }
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
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        Err(HttpError::Connect {
            host,
            source: "there is no network".into(),
        })
    }
}

/// The bus has no rules here, so nothing is delivered.
struct Nobody;

#[async_trait]
impl Targets for Nobody {
    async fn deliver(&self, delivery: Delivery) -> Result<(), DeliveryError> {
        panic!("nobody listens, yet {} was delivered to", delivery.target_arn)
    }
}
