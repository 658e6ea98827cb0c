//! Notices over the real tables and bus: told once, told twice, made up, and about nothing of ours. The supplier is a fake
//! whose signature is a word: real signatures are tested where they are checked, with the adapters.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use events_schema::ids::SupplierId;
use events_schema::rows::{JournalRow, PassengerRow};
use events_schema::samples;
use events_schema::trip::{FlightWish, Offer, StayWish};
use jiff::Timestamp;
use lambda_host::facts::Facts;
use lambda_host::{Function, Invocation, Runtime};
use local_cloud::clock::Clock;
use local_cloud::cloud::{LocalCloud, Options};
use local_cloud::functions::FunctionSpec;
use local_cloud::ports::{FunctionCode, FunctionError, Invocation as Invoked};
use schedules::Schedules;
use serde_json::{Value, json};
use suppliers::{
    BookRequest, Cancellation, Notice, NoticeError, Order, Registry, ScheduleChange, Supplier, SupplierError,
};

struct Airline {
    id: SupplierId,
    changes: Mutex<Vec<ScheduleChange>>,
}

#[async_trait]
impl Supplier for Airline {
    fn id(&self) -> &SupplierId {
        &self.id
    }

    async fn understand(&self, notice: &Notice<'_>) -> Result<Vec<ScheduleChange>, NoticeError> {
        match notice.headers.get("signature").map(String::as_str) {
            Some("genuine") => Ok(self.changes.lock().unwrap().clone()),
            Some("down") => Err(NoticeError::Supplier(SupplierError::unavailable("down"))),
            _ => Err(NoticeError::NotGenuine("as tested")),
        }
    }

    async fn search_flights(&self, _: &FlightWish, _: u8) -> Result<Vec<Offer>, SupplierError> {
        unreachable!("a notice searches nothing")
    }

    async fn search_stays(&self, _: &StayWish, _: u8) -> Result<Vec<Offer>, SupplierError> {
        unreachable!("a notice searches nothing")
    }

    async fn quote(&self, _: &Offer) -> Result<Offer, SupplierError> {
        unreachable!("a notice quotes nothing")
    }

    async fn hold(&self, _: &Offer, _: &[PassengerRow]) -> Result<Offer, SupplierError> {
        unreachable!("a notice holds nothing")
    }

    async fn book(&self, _: BookRequest<'_>) -> Result<Order, SupplierError> {
        unreachable!("a notice buys nothing")
    }

    async fn cancel(&self, _: &str) -> Result<Cancellation, SupplierError> {
        unreachable!("a notice undoes nothing")
    }

    async fn look_up(&self, _: &str) -> Result<Option<Order>, SupplierError> {
        unreachable!("a notice looks nothing up")
    }
}

struct Nobody;

#[async_trait]
impl FunctionCode for Nobody {
    async fn invoke(&self, _: Invoked) -> Result<Value, FunctionError> {
        Ok(Value::Null)
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
impl lambda_host::http::HttpClient for NoNetwork {
    async fn send(
        &self,
        _: http::Request<bytes::Bytes>,
    ) -> Result<http::Response<bytes::Bytes>, lambda_host::http::HttpError> {
        unreachable!("a fake supplier needs none")
    }
}

struct Desk {
    function: Schedules,
    airline: Arc<Airline>,
    cloud: LocalCloud,
    journal: String,
    _directory: tempfile::TempDir,
}

fn change(id: &str) -> ScheduleChange {
    let (before, after) = samples::moved_flight();
    ScheduleChange {
        change: id.into(),
        reference: "RZPNX8/ord_1".into(),
        idempotency_key: format!("{}#0#1", samples::booking()),
        before: vec![before],
        after: vec![after],
    }
}

impl Desk {
    async fn new(changes: Vec<ScheduleChange>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Clock::starting_at(samples::now());
        let template = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
        let mut options = Options::new(template, directory.path(), clock, 7);
        options.parameters.insert(
            "SupplierSecrets".into(),
            "arn:aws:secretsmanager:eu-west-1:000000000000:secret:s".into(),
        );
        let specs: Arc<Mutex<Vec<FunctionSpec>>> = Arc::default();
        let code = {
            let specs = specs.clone();
            move |spec: &FunctionSpec| {
                specs.lock().unwrap().push(spec.clone());
                Ok(Arc::new(Nobody) as Arc<dyn FunctionCode>)
            }
        };
        let cloud = LocalCloud::start(options, &code).await.unwrap();
        let spec = specs
            .lock()
            .unwrap()
            .iter()
            .find(|spec| spec.logical_id == "SchedulesFunction")
            .cloned()
            .expect("where there are suppliers' secrets, there are notices");
        let runtime = Runtime {
            aws: spec.sdk_config,
            settings: spec.environment,
            clock: Arc::new(CloudClock(clock)),
            http: Arc::new(NoNetwork),
        };
        let airline = Arc::new(Airline {
            id: SupplierId::new("airline"),
            changes: Mutex::new(changes),
        });
        let registry = Registry::new([airline.clone() as Arc<dyn Supplier>]).unwrap();
        Self {
            function: Schedules::new(registry, Facts::from_runtime(&runtime).unwrap()),
            airline,
            cloud,
            journal: runtime.settings["JOURNAL_TABLE"].clone(),
            _directory: directory,
        }
    }

    async fn post(&self, path: &str, signature: &str) -> u64 {
        let payload = json!({
            "version": "2.0", "rawPath": path, "headers": {"signature": signature}, "body": "e30=",
            "isBase64Encoded": true, "requestContext": {"http": {"method": "POST", "path": path}},
        });
        let invocation = Invocation {
            request_id: "r".into(),
            deadline: samples::later(),
        };
        let answer = self.function.call(payload, &invocation).await.unwrap();
        answer["statusCode"].as_u64().unwrap()
    }

    async fn facts(&self) -> Vec<JournalRow> {
        let dynamo = aws_sdk_dynamodb::Client::new(&self.cloud.sdk_config("a-test"));
        let found = dynamo.scan().table_name(&self.journal).send().await.unwrap();
        serde_dynamo::from_items(found.items.unwrap()).unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_is_one_fact_however_often_it_is_told() {
    let desk = Desk::new(vec![change("aic_1")]).await;
    for _ in 0..3 {
        assert_eq!(desk.post("/airline", "genuine").await, 200);
    }
    // The supplier tells of all changes of the order: the second is new, the first is known.
    desk.airline.changes.lock().unwrap().push(change("aic_2"));
    assert_eq!(desk.post("/airline", "genuine").await, 200);
    let mut facts = desk.facts().await;
    facts.sort_by_key(|fact| fact.sequence);
    let told: Vec<_> = facts
        .iter()
        .map(|fact| (fact.sequence, fact.event_type.as_str()))
        .collect();
    assert_eq!(told, [(1, "ScheduleChanged"), (2, "ScheduleChanged")]);
    let event: Value = serde_json::from_str(&facts[0].event).unwrap();
    assert_eq!(event["detail"]["data"]["bookingId"], json!(samples::booking()));
    assert_eq!(event["detail"]["data"]["leg"], 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_taken_changes_nothing() {
    let stranger = ScheduleChange {
        idempotency_key: "somebody else's".into(),
        ..change("aic_1")
    };
    let desk = Desk::new(vec![stranger]).await;
    for (path, signature, status) in [
        ("/airline", "forged", 401),
        ("/airline", "down", 503),
        ("/another", "genuine", 404),
        ("/airline", "genuine", 200),
    ] {
        assert_eq!(desk.post(path, signature).await, status, "{path} {signature}");
    }
    assert_eq!(desk.facts().await, []);
}
