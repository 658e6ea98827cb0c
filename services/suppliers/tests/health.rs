//! Suppliers' health over the real table of the template, shared by two copies of one function.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use events_schema::ids::SupplierId;
use events_schema::rows::PassengerRow;
use events_schema::samples;
use events_schema::trip::{FlightWish, Offer, StayWish};
use jiff::Timestamp;
use lambda_host::{Live, Runtime};
use local_cloud::clock::Clock;
use local_cloud::cloud::{LocalCloud, Options};
use local_cloud::functions::FunctionSpec;
use local_cloud::ports::{FunctionCode, FunctionError, Invocation};
use serde_json::Value;
use suppliers::{
    Admission, BookRequest, Cancellation, Health, Order, Outcome, Registry, Supplier, SupplierError,
};

struct Nobody;

#[async_trait]
impl FunctionCode for Nobody {
    async fn invoke(&self, _: Invocation) -> Result<Value, FunctionError> {
        Ok(Value::Null)
    }
}

#[async_trait]
impl lambda_host::http::HttpClient for Nobody {
    async fn send(
        &self,
        _: http::Request<bytes::Bytes>,
    ) -> Result<http::Response<bytes::Bytes>, lambda_host::http::HttpError> {
        unreachable!("suppliers here are fakes")
    }
}

struct CloudClock(Clock);

impl lambda_host::Clock for CloudClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

struct Tables {
    cloud: LocalCloud,
    spec: FunctionSpec,
    clock: Clock,
    _directory: tempfile::TempDir,
}

impl Tables {
    async fn new() -> Self {
        let directory = tempfile::tempdir().expect("a folder");
        let clock = Clock::starting_at(samples::now());
        let template = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
        let options = Options::new(template, directory.path(), clock, 7);
        let specs: Arc<Mutex<Vec<FunctionSpec>>> = Arc::default();
        let code = {
            let specs = specs.clone();
            move |spec: &FunctionSpec| {
                specs.lock().expect("a list").push(spec.clone());
                Ok(Arc::new(Nobody) as Arc<dyn FunctionCode>)
            }
        };
        let cloud = LocalCloud::start(options, &code).await.expect("started");
        let specs = specs.lock().expect("a list").clone();
        let spec = specs.into_iter().find(|spec| spec.logical_id == "SearchFunction");
        Self {
            cloud,
            spec: spec.expect("in the template"),
            clock,
            _directory: directory,
        }
    }

    /// As the search function's own copy has it, with its own permissions.
    fn runtime(&self) -> Runtime {
        Runtime {
            aws: self.spec.sdk_config.clone(),
            settings: self.spec.environment.clone(),
            clock: Arc::new(CloudClock(self.clock)),
            http: Arc::new(Nobody),
        }
    }

    fn copy(&self) -> Health {
        Health::from_runtime(&self.runtime()).expect("configured")
    }
}

async fn fails(health: &Health, supplier: &SupplierId, times: u32) {
    for _ in 0..times {
        let admission = health.admit(supplier).await;
        health.record(supplier, admission, Outcome::Failed).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_one_copy_learns_the_others_know() {
    let tables = Tables::new().await;
    let (one, other) = (tables.copy(), tables.copy());
    let (ill, well) = (SupplierId::new("ill"), SupplierId::new("well"));
    fails(&one, &ill, 2).await;
    assert_eq!(other.admit(&ill).await, Admission::Pass);
    fails(&other, &ill, 1).await;
    for copy in [&one, &other] {
        assert!(matches!(copy.admit(&ill).await, Admission::Refused { .. }));
        assert_eq!(copy.admit(&well).await, Admission::Pass);
    }
    let rows = aws_sdk_dynamodb::Client::new(&tables.cloud.sdk_config("a-test"))
        .scan()
        .table_name(&tables.spec.environment["SUPPLIER_HEALTH_TABLE"])
        .send()
        .await
        .expect("readable");
    assert_eq!(rows.count(), 1, "a healthy supplier has no row");
}

/// Both find the breaker half open at the same moment, again and again: one probes.
#[tokio::test(start_paused = true)]
async fn of_two_copies_one_takes_the_probe() {
    let tables = Tables::new().await;
    let (one, other) = (tables.copy(), tables.copy());
    let supplier = SupplierId::new("s");
    fails(&one, &supplier, 3).await;
    for round in 0..8 {
        tokio::time::sleep(Duration::from_secs(61)).await;
        let asked = [one.admit(&supplier), other.admit(&supplier), one.admit(&supplier)];
        let told = futures_util::future::join_all(asked).await;
        let probes: Vec<_> = told
            .iter()
            .filter(|admission| matches!(admission, Admission::Probe { .. }))
            .collect();
        assert_eq!(probes.len(), 1, "round {round}: {told:?}");
        one.record(&supplier, *probes[0], Outcome::Failed).await;
    }
    tokio::time::sleep(Duration::from_secs(61)).await;
    let probe = other.admit(&supplier).await;
    other.record(&supplier, probe, Outcome::Worked).await;
    assert_eq!(one.admit(&supplier).await, Admission::Pass);
}

/// A copy that died while probing is waited for a minute, no longer.
#[tokio::test(start_paused = true)]
async fn a_probe_that_never_comes_back_is_taken_over() {
    let tables = Tables::new().await;
    let supplier = SupplierId::new("s");
    let health = tables.copy();
    fails(&health, &supplier, 3).await;
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert!(matches!(health.admit(&supplier).await, Admission::Probe { .. }));
    assert!(matches!(health.admit(&supplier).await, Admission::Refused { .. }));
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert!(matches!(health.admit(&supplier).await, Admission::Probe { .. }));
}

/// Fails at everything, and counts how often it is asked.
struct Broken {
    id: SupplierId,
    asked: AtomicUsize,
}

impl Broken {
    fn fail<T>(&self) -> Result<T, SupplierError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Err(SupplierError::unavailable("broken"))
    }

    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::Relaxed)
    }
}

#[async_trait]
impl Supplier for Broken {
    fn id(&self) -> &SupplierId {
        &self.id
    }

    async fn search_flights(&self, _: &FlightWish, _: u8) -> Result<Vec<Offer>, SupplierError> {
        self.fail()
    }

    async fn search_stays(&self, _: &StayWish, _: u8) -> Result<Vec<Offer>, SupplierError> {
        self.fail()
    }

    async fn quote(&self, _: &Offer) -> Result<Offer, SupplierError> {
        self.fail()
    }

    async fn hold(&self, _: &Offer, _: &[PassengerRow]) -> Result<Offer, SupplierError> {
        self.fail()
    }

    async fn release(&self, _: &Offer) -> Result<(), SupplierError> {
        self.fail()
    }

    async fn book(&self, _: BookRequest<'_>) -> Result<Order, SupplierError> {
        self.fail()
    }

    async fn cancel(&self, _: &str) -> Result<Cancellation, SupplierError> {
        self.fail()
    }

    async fn look_up(&self, _: &str) -> Result<Option<Order>, SupplierError> {
        self.fail()
    }
}

/// Who buys is not sent to one that is down; who undoes, or asks what became of a purchase, always is.
#[tokio::test(start_paused = true)]
async fn an_open_breaker_stops_buying_and_never_undoing() {
    let tables = Tables::new().await;
    let broken = Arc::new(Broken {
        id: SupplierId::new("broken"),
        asked: AtomicUsize::new(0),
    });
    let registry = Registry::new([broken.clone() as Arc<dyn Supplier>]).expect("one of a kind");
    let registry = registry.guarded(tables.copy());
    let live = Live::of(&Value::Null).expect("no replay");
    let supplier = registry.get(&live, &broken.id).expect("there");
    let offer = samples::flight_offer();
    let request = BookRequest {
        offer: &offer,
        idempotency_key: "k",
        passengers: &[],
    };
    for _ in 0..3 {
        assert!(supplier.quote(&offer).await.is_err());
    }
    assert_eq!(broken.asked(), 3);
    for error in [
        supplier.quote(&offer).await.map(drop),
        supplier.hold(&offer, &[]).await.map(drop),
        supplier.book(request).await.map(drop),
    ] {
        assert!(error.expect_err("left alone").retryable());
    }
    assert_eq!(broken.asked(), 0, "left alone");
    for error in [
        supplier.look_up("k").await.map(drop),
        supplier.look_up_purchase(request).await.map(drop),
        supplier.cancel("r").await.map(drop),
        supplier.release(&offer).await,
    ] {
        assert!(error.is_err());
    }
    assert_eq!(broken.asked(), 4, "asked however ill it is");
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert!(supplier.quote(&offer).await.is_err());
    assert!(supplier.quote(&offer).await.is_err());
    assert_eq!(broken.asked(), 1, "one probe, and it failed");
}
