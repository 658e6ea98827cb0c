//! The sample supplier, in the test's own process: as a real one would, it outlives the process that is killed, has a
//! bad day when chosen bookings come to buy, and remembers what it was asked.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use events_schema::ids::BookingId;
use http::{HeaderValue, Method};
use sample_supplier::wire::{Order, OrderStatus};
use sample_supplier::{Config, Supplier};
use serde_json::json;
use tokio::net::TcpListener;

use super::journey::now;
use crate::repository::root;

pub struct Outside {
    supplier: Supplier,
    url: String,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    /// By booking, the name of the scenario.
    bad_days: BTreeMap<String, &'static str>,
    asked: Asked,
}

/// Whatever became of it: refused, answered into the void, or done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// The keys under which each leg (`bookingId#leg`) was to be bought.
    pub to_buy: BTreeMap<String, BTreeSet<String>>,
    /// The keys of the orders that were to be cancelled.
    pub to_cancel: BTreeSet<String>,
}

impl Outside {
    /// Answers for as long as the test runs.
    pub fn start() -> Arc<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let supplier = Supplier::new(Config::default(), Arc::new(now)).expect("a supplier");
        let outside = Arc::new(Self {
            supplier: supplier.clone(),
            url: format!("http://{address}"),
            memory: Mutex::default(),
        });
        let noting = middleware::from_fn_with_state(outside.clone(), note);
        let router = sample_supplier::router(supplier).layer(noting);
        // A thread of its own: what travellers compute must not hold up who has seconds to answer.
        std::thread::spawn(move || serve(listener, router));
        outside
    }

    /// What deploys, with this for the only supplier, and with patience: on a busy machine its debug build is slow.
    pub fn template(&self, folder: &Path) -> PathBuf {
        for part in ["rules", "statemachine", "events-schema"] {
            symlink(root().join(part), folder.join(part)).expect("room");
        }
        let suppliers = json!([{"name": "sample-api", "kind": "sample-api", "url": self.url}]);
        let deploys = crate::repository::read("template.yaml");
        let ours = deploys.replace("SUPPLIERS: !Ref Suppliers", &format!("SUPPLIERS: '{suppliers}'"));
        assert_ne!(ours, deploys, "the template's suppliers are named otherwise");
        let patient = ours.replace(
            "SUPPLIER_TIMEOUT_S: !Ref SupplierTimeoutS",
            "SUPPLIER_TIMEOUT_S: \"25\"",
        );
        assert_ne!(patient, ours, "the template's patience is named otherwise");
        let template = folder.join("template.yaml");
        std::fs::write(&template, patient).expect("room");
        template
    }

    /// For this booking only, by a scenario of the sample supplier, whenever it buys or cancels.
    pub fn has_a_bad_day(&self, booking: BookingId, scenario: &'static str) {
        self.memory().bad_days.insert(booking.to_string(), scenario);
    }

    /// Every order ever made, cancelled ones too.
    pub fn orders(&self) -> Vec<Order> {
        self.supplier.orders().expect("the order book")
    }

    pub fn asked(&self) -> Asked {
        self.memory().asked.clone()
    }

    /// `reference` as it stands in an address, where its hyphen is escaped.
    fn key_of(&self, reference: &str) -> Option<String> {
        let reference = reference.replace("%2D", "-");
        let orders = self.orders().into_iter();
        let mut found = orders.filter(|order| order.reference == reference);
        found.next().map(|order| order.key)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn serve(listener: std::net::TcpListener, router: Router) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        listener.set_nonblocking(true).expect("a socket");
        let listener = TcpListener::from_std(listener).expect("a socket");
        axum::serve(listener, router)
            .await
            .expect("it answers to the end");
    });
}

/// Of the order: whether it is still to be honoured.
pub fn stands(order: &Order) -> bool {
    order.status == OrderStatus::Confirmed
}

async fn note(State(outside): State<Arc<Outside>>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let parts: Vec<_> = path.trim_start_matches('/').split('/').collect();
    let key = match parts.as_slice() {
        _ if request.method() != Method::POST => None,
        ["orders"] => {
            let key = request.headers().get("idempotency-key");
            let key = key.and_then(|key| key.to_str().ok()).map(str::to_owned);
            key.inspect(|key| outside.memory().asked.note_purchase(key))
        }
        ["orders", reference, "cancel"] => {
            let key = outside.key_of(reference);
            assert!(key.is_some(), "nobody ordered {reference}");
            key.inspect(|key| _ = outside.memory().asked.to_cancel.insert(key.clone()))
        }
        _ => None,
    };
    let day = key.and_then(|key| outside.memory().bad_days.get(booking_of(&key)).copied());
    if let Some(day) = day {
        let day = HeaderValue::from_static(day);
        request.headers_mut().insert("x-scenario", day);
    }
    next.run(request).await
}

impl Asked {
    fn note_purchase(&mut self, key: &str) {
        let (leg, _round) = key.rsplit_once('#').expect("bookingId#leg#round");
        self.to_buy
            .entry(leg.to_owned())
            .or_default()
            .insert(key.to_owned());
    }
}

pub fn booking_of(key: &str) -> &str {
    key.split('#').next().unwrap_or(key)
}
