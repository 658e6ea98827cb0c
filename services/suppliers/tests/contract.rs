//! The contract every adapter keeps, and what the sample supplier's bad days look like through the port. Runs the
//! sample supplier's own router in process. What it cannot cover: a real supplier's inventory, sockets, TLS.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use bytes::Bytes;
use events_schema::ids::SupplierId;
use events_schema::rows::PassengerRow;
use events_schema::samples;
use events_schema::trip::{Cabin, FlightWish, LegContent, Offer, StayWish};
use http_body_util::BodyExt;
use jiff::civil::date;
use lambda_host::Live;
use lambda_host::http::{HttpClient, HttpError};
use sample_supplier::{Config, Scenario};
use suppliers::{BookRequest, Registry, RegistryError, SampleApi, Supplier, SupplierError};
use tower::ServiceExt;

/// The sample supplier without a socket.
struct InProcess(axum::Router);

#[async_trait]
impl HttpClient for InProcess {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let answer = self.0.clone().oneshot(request.map(Body::from)).await.unwrap();
        let (parts, body) = answer.into_parts();
        Ok(http::Response::from_parts(
            parts,
            body.collect().await.unwrap().to_bytes(),
        ))
    }
}

/// A network on which nobody answers.
struct Nobody;

#[async_trait]
impl HttpClient for Nobody {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        Err(HttpError::Connect {
            host,
            source: "refused".into(),
        })
    }
}

fn sample() -> (SampleApi, sample_supplier::Supplier) {
    let supplier = sample_supplier::Supplier::new(Config::default(), Arc::new(samples::now)).unwrap();
    let http = Arc::new(InProcess(sample_supplier::router(supplier.clone())));
    let base = "http://sample.test".parse().unwrap();
    (
        SampleApi::new(SupplierId::new("sample-api"), base, http, Duration::from_secs(20)),
        supplier,
    )
}

fn flight_wish() -> FlightWish {
    samples::plan().flight.unwrap()
}

fn stay_wish() -> StayWish {
    samples::plan().stay.unwrap()
}

fn passengers(number: u8) -> Vec<PassengerRow> {
    let sample = PassengerRow {
        given_name: "Sam".into(),
        family_name: "Sample".into(),
        born_on: date(1990, 1, 1),
        email: "sam@example.com".into(),
        phone: "+4930000000".into(),
    };
    vec![sample; usize::from(number)]
}

async fn book(supplier: &dyn Supplier, key: &str, offer: &Offer) -> Result<suppliers::Order, SupplierError> {
    let number = match offer.content {
        LegContent::Flight { travellers, .. } => travellers,
        LegContent::Stay { rooms, .. } => rooms,
    };
    supplier
        .book(BookRequest {
            offer,
            idempotency_key: key,
            passengers: &passengers(number),
        })
        .await
}

/// What every supplier must do, whichever adapter speaks to it.
async fn keeps_the_contract(supplier: &dyn Supplier) {
    let flights = supplier.search_flights(&flight_wish(), 2).await.unwrap();
    let stays = supplier.search_stays(&stay_wish(), 2).await.unwrap();
    answers_the_wish(supplier, &flights, &stays).await;
    for (kind, offer) in [("flight", &flights[0]), ("stay", &stays[0])] {
        sells_once(supplier, kind, offer).await;
    }
}

async fn answers_the_wish(supplier: &dyn Supplier, flights: &[Offer], stays: &[Offer]) {
    let (flight, stay) = (flight_wish(), stay_wish());
    assert!(flights.len() >= 3 && stays.len() >= 3);
    for pair in flights.windows(2).chain(stays.windows(2)) {
        assert!(pair[0].total.amount <= pair[1].total.amount, "cheapest first");
        assert_ne!(pair[0].id, pair[1].id);
    }
    for offer in flights.iter().chain(stays) {
        assert_eq!(&offer.supplier, supplier.id());
        assert!(offer.taxes.amount <= offer.total.amount && offer.taxes.amount.is_sign_positive());
        assert!(offer.expires_at > samples::now());
        assert!(!offer.conditions.is_empty());
    }
    for offer in flights {
        let LegContent::Flight {
            outbound,
            inbound,
            cabin,
            travellers,
        } = &offer.content
        else {
            panic!("{offer:?}")
        };
        assert_eq!((*cabin, *travellers), (Cabin::Economy, 2));
        assert!(flight.origin.airports.contains(&outbound[0].from));
        assert!(flight.destination.airports.contains(&outbound.last().unwrap().to));
        assert_eq!(outbound[0].departs.local.date(), flight.depart_on);
        assert_eq!(Some(inbound[0].departs.local.date()), flight.return_on);
        for segment in outbound.iter().chain(inbound) {
            let flown = segment
                .arrives
                .instant()
                .unwrap()
                .duration_since(segment.departs.instant().unwrap());
            assert_eq!(
                flown.as_mins(),
                i64::from(segment.duration_minutes),
                "{segment:?}"
            );
        }
    }
    for offer in stays {
        let LegContent::Stay {
            place,
            check_in,
            check_out,
            nights,
            rooms,
            per_night,
            ..
        } = &offer.content
        else {
            panic!("{offer:?}")
        };
        assert_eq!(
            (place, *check_in, *check_out),
            (&stay.place, stay.check_in, stay.check_out)
        );
        assert_eq!((*nights, *rooms), (stay.nights(), 2));
        assert_eq!(per_night.times(nights * u32::from(*rooms)), offer.total);
    }
    let again = supplier.search_flights(&flight_wish(), 2).await.unwrap();
    let ids = |offers: &[Offer]| offers.iter().map(|offer| offer.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(flights), "the same search has the same ids");
}

async fn sells_once(supplier: &dyn Supplier, kind: &str, offer: &Offer) {
    let key = format!("contract#{kind}");
    assert_eq!(supplier.look_up(&key).await.unwrap(), None);
    let quoted = supplier.quote(offer).await.unwrap();
    assert_eq!((&quoted.id, &quoted.content), (&offer.id, &offer.content));
    let quoted = if quoted.holdable {
        supplier.hold(&quoted).await.unwrap()
    } else {
        quoted
    };
    assert!(quoted.expires_at >= offer.expires_at);
    let order = book(supplier, &key, &quoted).await.unwrap();
    assert_eq!((order.total, order.cancelled), (quoted.total, false));
    assert_eq!(
        book(supplier, &key, &quoted).await.unwrap(),
        order,
        "the same key is the same order"
    );
    assert_eq!(supplier.look_up(&key).await.unwrap(), Some(order.clone()));
    let cancellation = supplier.cancel(&order.reference).await.unwrap();
    assert_eq!(
        supplier.cancel(&order.reference).await.unwrap(),
        cancellation,
        "undone once"
    );
    assert!(supplier.look_up(&key).await.unwrap().unwrap().cancelled);
    assert!(cancellation.refund.amount <= order.total.amount);
}

#[tokio::test]
async fn the_sample_api_keeps_the_contract() {
    keeps_the_contract(&sample().0).await;
}

#[tokio::test]
async fn nothing_on_offer_is_an_empty_answer() {
    let (supplier, other_side) = sample();
    other_side.set_scenario("empty".parse().unwrap());
    assert_eq!(supplier.search_flights(&flight_wish(), 1).await.unwrap(), []);
    assert_eq!(supplier.search_stays(&stay_wish(), 1).await.unwrap(), []);
}

#[tokio::test]
async fn what_a_purchase_met_is_told_apart() {
    for (scenario, expected) in [
        ("sold-out", "Gone"),
        ("price-up", "PriceChanged"),
        ("order-rejected", "Rejected"),
        ("order-fails", "OutcomeUnknown"),
        ("unavailable", "OutcomeUnknown"),
    ] {
        let (supplier, other_side) = sample();
        let offer = supplier
            .search_flights(&flight_wish(), 1)
            .await
            .unwrap()
            .remove(0);
        other_side.set_scenario(scenario.parse().unwrap());
        let error = book(&supplier, "k", &offer).await.unwrap_err();
        assert!(
            format!("{error:?}").starts_with(expected),
            "{scenario}: {error:?}"
        );
        other_side.set_scenario(Scenario::default());
        assert_eq!(supplier.look_up("k").await.unwrap(), None, "{scenario}");
    }
}

#[tokio::test]
async fn a_quote_brings_the_new_price_and_can_be_booked() {
    let (supplier, other_side) = sample();
    let offer = supplier.search_stays(&stay_wish(), 1).await.unwrap().remove(0);
    other_side.set_scenario("price-up".parse().unwrap());
    let quoted = supplier.quote(&offer).await.unwrap();
    assert!(quoted.total.amount > offer.total.amount);
    assert_eq!(quoted.id, offer.id);
    assert_eq!(book(&supplier, "k", &quoted).await.unwrap().total, quoted.total);
    other_side.set_scenario("sold-out".parse().unwrap());
    assert!(matches!(
        supplier.quote(&offer).await,
        Err(SupplierError::Gone { .. })
    ));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_an_unknown_outcome_that_its_key_settles() {
    let (supplier, other_side) = sample();
    let offer = supplier
        .search_flights(&flight_wish(), 1)
        .await
        .unwrap()
        .remove(0);
    other_side.set_scenario("order-answer-lost".parse().unwrap());
    let error = book(&supplier, "k", &offer).await.unwrap_err();
    assert!(
        matches!(error, SupplierError::OutcomeUnknown { .. }) && !error.retryable(),
        "{error:?}"
    );
    assert_eq!(supplier.look_up("k").await.unwrap().unwrap().total, offer.total);
}

#[tokio::test(start_paused = true)]
async fn nobody_there_means_that_nothing_was_bought() {
    let offer = sample()
        .0
        .search_flights(&flight_wish(), 1)
        .await
        .unwrap()
        .remove(0);
    let base = "http://sample.test".parse().unwrap();
    let supplier = SampleApi::new(
        SupplierId::new("gone"),
        base,
        Arc::new(Nobody),
        Duration::from_secs(1),
    );
    let error = book(&supplier, "k", &offer).await.unwrap_err();
    assert!(error.retryable(), "{error:?}");
}

#[tokio::test]
async fn one_way_non_stop_business_is_what_comes_back() {
    let (supplier, _) = sample();
    let wish = FlightWish {
        return_on: None,
        cabin: Some(Cabin::Business),
        non_stop: true,
        ..flight_wish()
    };
    let offers = supplier.search_flights(&wish, 2).await.unwrap();
    assert!(!offers.is_empty());
    for offer in offers {
        let LegContent::Flight {
            outbound,
            inbound,
            cabin,
            ..
        } = offer.content
        else {
            panic!()
        };
        assert_eq!((outbound.len(), inbound.len(), cabin), (1, 0, Cabin::Business));
    }
}

#[tokio::test]
async fn a_city_is_searched_at_all_its_airports() {
    let (supplier, _) = sample();
    let places::Resolved::One(london) = places::resolve("London") else {
        panic!()
    };
    let wish = FlightWish {
        destination: london,
        ..flight_wish()
    };
    let offers = supplier.search_flights(&wish, 1).await.unwrap();
    let arrivals: std::collections::BTreeSet<_> = offers
        .iter()
        .filter_map(|offer| match &offer.content {
            LegContent::Flight { outbound, .. } => outbound.last().map(|segment| segment.to),
            LegContent::Stay { .. } => None,
        })
        .collect();
    assert!(arrivals.len() >= 2, "{arrivals:?}");
}

#[test]
fn the_registry_reads_its_setting_and_refuses_what_it_cannot_use() {
    let http: Arc<dyn HttpClient> = Arc::new(Nobody);
    let live = Live::of(&serde_json::Value::Null).unwrap();
    let entry = r#"{"name": "sample-api", "kind": "sample-api", "url": "http://127.0.0.1:8790/"}"#;
    let registry = Registry::parse(&format!("[{entry}]"), &http).unwrap();
    assert_eq!(registry.all(&live).len(), 1);
    assert!(registry.get(&live, &SupplierId::new("sample-api")).is_ok());
    assert!(matches!(
        registry.get(&live, &SupplierId::new("other")),
        Err(RegistryError::Unknown(_))
    ));
    assert!(matches!(
        Registry::parse(&format!("[{entry},{entry}]"), &http),
        Err(RegistryError::Twice(_))
    ));
    for wrong in [
        r#"{"name": "a", "kind": "b", "url": "http://c"}"#,
        r#"{"name": "a"}"#,
    ] {
        assert!(
            matches!(
                Registry::parse(&format!("[{wrong}]"), &http),
                Err(RegistryError::Malformed(_))
            ),
            "{wrong}"
        );
    }
    let no_host = entry.replace("http://127.0.0.1:8790/", "/nowhere");
    assert!(matches!(
        Registry::parse(&format!("[{no_host}]"), &http),
        Err(RegistryError::Url { .. })
    ));
}
