//! Duffel's documented wire format, spoken by a server in this folder: what it has for sale is made up, what it takes,
//! answers and refuses is as documented. It shows that both sides read the documentation the same way, not that Duffel
//! does; no account of Duffel has been asked.

mod air;
mod secrets;
mod stand_in;
mod stays;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use events_schema::ids::SupplierId;
use events_schema::trip::{LegContent, Offer};
use hmac::{Hmac, KeyInit, Mac};
use lambda_host::http::HttpClient;
use lambda_host::{Live, Runtime};
use serde_json::json;
use sha2::Sha256;
use suppliers::{BookRequest, Notice, Registry, Supplier, SupplierError};

use crate::network::{Network, Nobody, runtime, serve};
use crate::suite::{Adapter, Day, OtherSide, book, check, flight_wish, passengers, stay_wish};
use stand_in::{StandIn, TOKEN};

struct DuffelApi;

#[async_trait]
impl Adapter for DuffelApi {
    fn kind(&self) -> &'static str {
        "duffel"
    }

    fn does_not_apply(&self) -> &'static [&'static str] {
        &[]
    }

    fn holds(&self) -> &'static [&'static str] {
        &["flight"]
    }

    async fn fresh(&self) -> (Arc<dyn Supplier>, Box<dyn OtherSide>) {
        let bench = Bench::new().await;
        (bench.supplier.clone(), Box::new(bench))
    }

    async fn unreachable(&self) -> Option<Arc<dyn Supplier>> {
        let secrets = secrets::holding(TOKEN).await;
        Some(configured("http://nobody.test", Arc::new(Nobody), &secrets))
    }
}

/// The adapter, the stand-in, and what is between them.
struct Bench {
    supplier: Arc<dyn Supplier>,
    stand_in: Arc<StandIn>,
    network: Arc<Network>,
    secrets: secrets::Secrets,
}

impl Bench {
    async fn new() -> Self {
        let stand_in = StandIn::new();
        let url = serve(stand_in::router(stand_in.clone())).await;
        let network = Network::new();
        let secrets = secrets::holding(TOKEN).await;
        Self {
            supplier: configured(&url, network.clone(), &secrets),
            stand_in,
            network,
            secrets,
        }
    }

    async fn flight(&self) -> Offer {
        let found = self.supplier.search_flights(&flight_wish(), 2).await;
        found.expect("an answer").remove(0)
    }
}

fn configured(url: &str, http: Arc<dyn HttpClient>, secrets: &secrets::Secrets) -> Arc<dyn Supplier> {
    let entry = json!([{
        "name": "duffel", "kind": "duffel", "url": url,
        "token_secret": "sojourn/duffel-token", "webhook_secret": "sojourn/duffel-webhook",
    }]);
    let runtime = Runtime {
        aws: secrets.sdk_config(),
        ..runtime(http)
    };
    let registry = Registry::parse(&entry.to_string(), &runtime).expect("well configured");
    let live = Live::of(&serde_json::Value::Null).expect("no replay");
    registry.get(&live, &SupplierId::new("duffel")).expect("there")
}

impl OtherSide for Bench {
    fn brings(&self, day: Day) -> bool {
        match day {
            Day::AnswerLost => {
                self.network.lose_next_purchase();
                self.stand_in.set_day(Day::Good);
            }
            other => self.stand_in.set_day(other),
        }
        true
    }

    fn live_orders(&self) -> usize {
        self.stand_in.live_orders()
    }

    fn asked_to_sell(&self) -> Option<usize> {
        Some(self.stand_in.asked_to_sell())
    }
}

#[tokio::test]
async fn duffel_keeps_the_contract() {
    check(&DuffelApi).await;
}

/// A 500 or 502 on an order is looked up, and asked again by nobody.
#[tokio::test]
async fn an_order_that_was_made_behind_a_failure_is_found() {
    let bench = Bench::new().await;
    let flight = bench.flight().await;
    for (nth, status) in [500, 502, 202].into_iter().enumerate() {
        bench.stand_in.fail_after_selling(status);
        let key = format!("made#{nth}");
        let request = |passengers| BookRequest {
            offer: &flight,
            idempotency_key: &key,
            passengers,
        };
        let before = bench.stand_in.asked_to_sell();
        let order = bench.supplier.book(request(&passengers(2))).await;
        let order = order.unwrap_or_else(|error| panic!("{status}: {error:?}"));
        assert_eq!(bench.stand_in.asked_to_sell(), before + 1, "{status}");
        assert_eq!(
            bench.supplier.look_up(&key).await.expect("an answer"),
            Some(order)
        );
    }
}

/// An order paid for later: the payment, too, is looked up and never sent twice.
#[tokio::test]
async fn a_held_order_is_paid_for_once() {
    let bench = Bench::new().await;
    let flight = bench.flight().await;
    let everybody = passengers(2);
    let held = bench.supplier.hold(&flight, &everybody).await.expect("held");
    assert!(held.supplier_offer.starts_with("ord_"));
    assert_eq!(
        bench.supplier.look_up("paid#0").await.expect("an answer"),
        None,
        "held is not bought"
    );
    let request = BookRequest {
        offer: &held,
        idempotency_key: "paid#0",
        passengers: &everybody,
    };
    bench.stand_in.fail_after_selling(502);
    let order = bench
        .supplier
        .book(request)
        .await
        .expect("paid, behind a failure");
    assert_eq!(bench.supplier.book(request).await.expect("again"), order);
    assert_eq!((bench.stand_in.payments(), bench.stand_in.live_orders()), (1, 1));
    bench.supplier.release(&held).await.expect("harmless");
    assert_eq!(
        bench.stand_in.live_orders(),
        1,
        "what is paid for is not given back"
    );
}

/// The token is read from the secret when it is needed, again when it is refused, and printed by nothing.
#[tokio::test]
async fn the_token_is_a_secret() {
    let bench = Bench::new().await;
    bench.flight().await;
    bench.flight().await;
    assert_eq!(bench.secrets.asked(), 1, "kept for a while");
    bench.stand_in.set_token("another token");
    let error = bench.supplier.look_up("key").await.expect_err("refused");
    assert!(error.retryable(), "{error:?}");
    assert!(!format!("{error:?} {error}").contains(TOKEN));
    bench.secrets.change("another token");
    bench.flight().await;
    assert_eq!(bench.secrets.asked(), 2);
    for broken in ["", "two\nlines"] {
        let bench = Bench::new().await;
        bench.secrets.change(broken);
        let error = bench.supplier.look_up("key").await.expect_err("no token");
        assert!(format!("{error:?}").contains("sojourn/duffel-token"), "{error:?}");
    }
}

/// After a 429, and when the last answer said that nothing is left, nothing is asked until the window ends.
#[tokio::test]
async fn the_rate_limit_is_honoured() {
    let bench = Bench::new().await;
    let flight = bench.flight().await;
    bench.stand_in.set_day(Day::TooOften);
    let error = bench.supplier.quote(&flight).await.expect_err("too often");
    assert!(error.retryable() && !error.is_outage(), "{error:?}");
    let asked = bench.stand_in.asked();
    bench.stand_in.set_day(Day::Good);
    assert!(
        bench.supplier.quote(&flight).await.is_err(),
        "its own clock has not moved on"
    );
    assert_eq!(bench.stand_in.asked(), asked, "not asked");
}

/// What an airline needs and nobody gave is said before anything is sent.
#[tokio::test]
async fn missing_details_are_named_and_nothing_is_sold() {
    let bench = Bench::new().await;
    let flight = bench.flight().await;
    let mut nameless = passengers(2);
    nameless[1].ticket = None;
    for result in [
        bench.supplier.hold(&flight, &nameless).await.map(drop),
        bench
            .supplier
            .book(BookRequest {
                offer: &flight,
                idempotency_key: "k",
                passengers: &nameless,
            })
            .await
            .map(drop),
    ] {
        let Err(SupplierError::Rejected { reason }) = result else {
            panic!("{result:?}")
        };
        assert!(reason.contains("passenger 2's title and gender"), "{reason}");
    }
    assert_eq!(
        (bench.stand_in.asked_to_sell(), bench.stand_in.live_orders()),
        (0, 0)
    );
}

/// Money is what comes back, by the conditions that were shown.
#[tokio::test]
async fn a_stay_says_what_is_due_and_until_when_it_is_free() {
    let bench = Bench::new().await;
    let stays = bench
        .supplier
        .search_stays(&stay_wish(), 2)
        .await
        .expect("an answer");
    let (free, fixed): (Vec<_>, Vec<_>) = stays.iter().partition(|stay| stay.refundable);
    assert!(
        free[0].conditions.contains("back if cancelled before"),
        "{}",
        free[0].conditions
    );
    assert!(
        free[0].conditions.contains("is due at the hotel"),
        "{}",
        free[0].conditions
    );
    assert!(
        fixed[0].conditions.contains("Not refundable."),
        "{}",
        fixed[0].conditions
    );
    let LegContent::Stay {
        distance_km, stars, ..
    } = &free[0].content
    else {
        panic!("a stay")
    };
    assert!(*distance_km < rust_decimal::Decimal::from(10) && *stars >= 1);
}

fn signed(bench: &Bench, key: &str, body: &str) -> BTreeMap<String, String> {
    let time = events_schema::samples::now().as_second();
    let mut hmac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("a key");
    hmac.update(format!("{time}.{body}").as_bytes());
    let signature = hex::encode(hmac.finalize().into_bytes());
    bench.secrets.change_webhook("webhook key");
    BTreeMap::from([("x-duffel-signature".into(), format!("t={time},v1={signature}"))])
}

/// A notice says that something changed; what changed is read back.
#[tokio::test]
async fn a_schedule_change_is_believed_only_when_signed_and_read_back() {
    let bench = Bench::new().await;
    let flight = bench.flight().await;
    let order = book(bench.supplier.as_ref(), "b#0#1", &flight)
        .await
        .expect("bought");
    let id = order.reference.split('/').nth(1).expect("an id").to_owned();
    bench.stand_in.airline_moves(&id);
    let event = |kind: &str, object: serde_json::Value| {
        json!({"id": "wev_1", "api_version": "v2", "type": kind, "data": {"object": object, "changes": {}},
            "live_mode": false, "idempotency_key": "aic_1", "created_at": "2026-11-21T09:00:00Z"})
        .to_string()
    };
    let changed = "order.airline_initiated_change_detected";
    for (body, key, expected) in [
        (
            event(changed, json!({"id": "aic_1", "order_id": id})),
            "webhook key",
            Some(1),
        ),
        (event(changed, json!({"id": id})), "webhook key", Some(1)),
        (
            event(changed, json!({"id": "ord_0000Unknown"})),
            "webhook key",
            Some(0),
        ),
        (
            event(changed, json!({"id": "ord_1/../../air/offers"})),
            "webhook key",
            Some(0),
        ),
        (event("ping.triggered", json!({})), "webhook key", Some(0)),
        (event(changed, json!({"id": id})), "another key", None),
        ("not json".into(), "webhook key", None),
    ] {
        let headers = signed(&bench, key, &body);
        let notice = Notice {
            headers: &headers,
            body: body.as_bytes(),
        };
        let understood = bench.supplier.understand(&notice).await;
        assert_eq!(
            understood.as_ref().ok().map(Vec::len),
            expected,
            "{body}: {understood:?}"
        );
        if let Some(change) = understood.unwrap_or_default().first() {
            assert_eq!(
                (change.reference.as_str(), change.idempotency_key.as_str()),
                (order.reference.as_str(), "b#0#1")
            );
            assert_eq!(change.before[0].flight, change.after[0].flight);
            assert_ne!(change.before[0].departs, change.after[0].departs);
        }
    }
}
