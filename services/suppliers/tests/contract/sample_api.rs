//! The sample supplier's API, served by its own code.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;

use async_trait::async_trait;
use axum::extract::Request;
use axum::middleware::Next;
use events_schema::ids::SupplierId;
use events_schema::samples;
use events_schema::trip::LegContent;
use lambda_host::Live;
use sample_supplier::Config;
use sample_supplier::scenario::Scenario;
use sample_supplier::wire::{Kind, OrderStatus};
use suppliers::{Registry, Supplier};

use crate::network::{Network, Nobody, runtime, serve};
use crate::suite::{Adapter, Day, OtherSide, check, flight_wish};

struct Sample;

#[async_trait]
impl Adapter for Sample {
    fn kind(&self) -> &'static str {
        "sample-api"
    }

    fn does_not_apply(&self) -> &'static [&'static str] {
        &["one_that_asks_for_patience_is_not_broken_and_is_left_alone"]
    }

    fn holds(&self) -> &'static [&'static str] {
        &["flight", "stay"]
    }

    async fn fresh(&self) -> (Arc<dyn Supplier>, Box<dyn OtherSide>) {
        let (supplier, other_end) = sample().await;
        (supplier, Box::new(other_end))
    }

    async fn unreachable(&self) -> Option<Arc<dyn Supplier>> {
        Some(at("http://nobody.test", Arc::new(Nobody)))
    }
}

fn at(url: &str, http: Arc<dyn lambda_host::http::HttpClient>) -> Arc<dyn Supplier> {
    let json = format!(r#"[{{"name": "sample-api", "kind": "sample-api", "url": "{url}"}}]"#);
    let registry = Registry::parse(&json, &runtime(http)).expect("well configured");
    let live = Live::of(&serde_json::Value::Null).expect("no replay");
    registry
        .get(&live, &SupplierId::new("sample-api"))
        .expect("there")
}

struct OtherEnd {
    supplier: sample_supplier::Supplier,
    network: Arc<Network>,
    asked_to_sell: Arc<Mutex<usize>>,
}

impl OtherSide for OtherEnd {
    fn brings(&self, day: Day) -> bool {
        let name = match day {
            Day::Good => "none",
            Day::Empty => "empty",
            Day::SoldOut => "sold-out",
            Day::Dearer => "price-up",
            Day::Declines => "order-rejected",
            Day::FailsToSell => "order-fails",
            Day::Down => "unavailable",
            Day::TooOften => return false,
            Day::AnswerLost => {
                self.network.lose_next_purchase();
                "none"
            }
        };
        self.supplier.set_scenario(name.parse().expect("a scenario"));
        true
    }

    fn live_orders(&self) -> usize {
        let orders = self.supplier.orders().expect("readable").into_iter();
        orders
            .filter(|order| order.status != OrderStatus::Cancelled)
            .count()
    }

    fn asked_to_sell(&self) -> Option<usize> {
        Some(*self.asked_to_sell.lock().expect("a number"))
    }
}

async fn sample() -> (Arc<dyn Supplier>, OtherEnd) {
    let supplier =
        sample_supplier::Supplier::new(Config::default(), Arc::new(samples::now)).expect("a store");
    let asked_to_sell = Arc::new(Mutex::new(0));
    let counted = asked_to_sell.clone();
    let count = move |request: Request, next: Next| {
        if request.method() == http::Method::POST && request.uri().path() == "/orders" {
            *counted.lock().expect("a number") += 1;
        }
        next.run(request)
    };
    let router = sample_supplier::router(supplier.clone()).layer(axum::middleware::from_fn(count));
    let network = Network::new();
    let other_end = OtherEnd {
        supplier,
        network: network.clone(),
        asked_to_sell,
    };
    (at(&serve(router).await, network), other_end)
}

#[tokio::test]
async fn the_sample_api_keeps_the_contract() {
    check(&Sample).await;
}

/// The sample as it would be if it sold no stays any more.
struct WithoutStays;

#[async_trait]
impl Adapter for WithoutStays {
    fn kind(&self) -> &'static str {
        "without stays"
    }

    fn does_not_apply(&self) -> &'static [&'static str] {
        Sample.does_not_apply()
    }

    fn holds(&self) -> &'static [&'static str] {
        Sample.holds()
    }

    async fn fresh(&self) -> (Arc<dyn Supplier>, Box<dyn OtherSide>) {
        let (supplier, other_end) = sample().await;
        other_end.supplier.set_scenario(Scenario {
            empty: true,
            only: Some(Kind::Stays),
            ..Scenario::default()
        });
        (supplier, Box::new(other_end))
    }

    async fn unreachable(&self) -> Option<Arc<dyn Supplier>> {
        None
    }
}

/// What the contract itself is worth: nothing falls out of it unsaid.
#[tokio::test]
#[should_panic(expected = "without stays does not keep: stays fit what was asked")]
async fn one_that_sells_less_than_it_did_does_not_keep_the_contract() {
    check(&WithoutStays).await;
}

#[tokio::test]
async fn a_city_is_searched_at_all_its_airports() {
    let (supplier, _other_end) = sample().await;
    let places::Resolved::One(london) = places::resolve("London") else {
        panic!("one London")
    };
    let wish = events_schema::trip::FlightWish {
        destination: london,
        ..flight_wish()
    };
    let offers = supplier.search_flights(&wish, 1).await.expect("an answer");
    let arrivals: BTreeSet<_> = offers
        .iter()
        .filter_map(|offer| match &offer.content {
            LegContent::Flight { outbound, .. } => outbound.last().map(|segment| segment.to),
            LegContent::Stay { .. } => None,
        })
        .collect();
    assert!(arrivals.len() >= 2, "{arrivals:?}");
}
