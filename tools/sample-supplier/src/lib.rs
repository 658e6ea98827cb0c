//! # A sample supplier of flights and hotel stays. Everything it sells is fictional.
//!
//! A server of its own, as far from Sojourn as any real supplier: it knows nothing of bookings, policies or events, and
//! what it says goes over HTTP in a format of its own ([`wire`]). Airports, distances and time zones are real;
//! carriers, hotels, schedules and fares follow from a seed, for any pair of airports and any date up to a year out,
//! the same ones every time. Orders are kept in SQLite and outlive a restart. [`scenario`] makes it misbehave.
//!
//! Read [`router`] for the API, `web` for the pages on the same order book, `desk` for what both do, [`inventory`] for
//! what is on offer, `orders` for what was sold.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

mod catalogue;
mod desk;
mod failure;
mod http;
pub mod inventory;
mod orders;
pub mod scenario;
mod web;
pub mod wire;

pub use http::router;
pub use orders::StoreError;
pub use scenario::Scenario;

use inventory::Inventory;
use orders::Orders;

/// Where the supplier reads the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

#[derive(Clone, Debug)]
pub struct Config {
    /// Two suppliers with the same seed sell the same things.
    pub seed: u64,
    /// Where orders are kept; in memory, and lost with the process, if absent.
    pub store: Option<PathBuf>,
    /// How long a price stands after a search or a quote.
    pub offer_lifetime: SignedDuration,
    pub hold_lifetime: SignedDuration,
    /// How it misbehaves from the start; `POST /scenario` changes it.
    pub scenario: Scenario,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 20_261_121,
            store: None,
            offer_lifetime: SignedDuration::from_hours(6),
            hold_lifetime: SignedDuration::from_hours(72),
            scenario: Scenario::default(),
        }
    }
}

/// The supplier itself: cheap to clone, every clone the same supplier.
#[derive(Clone)]
pub struct Supplier {
    inner: Arc<Inner>,
}

struct Inner {
    inventory: Inventory,
    orders: Orders,
    scenario: Mutex<Scenario>,
    clock: Clock,
    config: Config,
}

impl Supplier {
    pub fn new(config: Config, clock: Clock) -> Result<Self, StoreError> {
        let inner = Inner {
            inventory: Inventory { seed: config.seed },
            orders: Orders::open(config.store.as_deref())?,
            scenario: Mutex::new(config.scenario.clone()),
            clock,
            config,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    pub fn scenario(&self) -> Scenario {
        self.inner
            .scenario
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub fn set_scenario(&self, scenario: Scenario) {
        *self.inner.scenario.lock().unwrap_or_else(PoisonError::into_inner) = scenario;
    }

    /// The offers that are held now, by their ids: what a client that went another way should have given back.
    pub fn holds(&self) -> Result<Vec<String>, StoreError> {
        self.inner.orders.holds(self.now())
    }

    /// Every order ever made, cancelled ones too.
    pub fn orders(&self) -> Result<Vec<wire::Order>, StoreError> {
        self.inner.orders.all()
    }

    fn now(&self) -> Timestamp {
        (self.inner.clock)()
    }
}
