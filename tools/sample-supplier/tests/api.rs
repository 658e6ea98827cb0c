//! The API as a client sees it, in process. Covers what is sold, ordering once, and every scenario; it cannot cover
//! sockets, which `main` adds.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use jiff::Timestamp;
use sample_supplier::{Clock, Config, Supplier, router};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Saturday 21 November 2026, 9:00 UTC.
static NOW: LazyLock<Timestamp> = LazyLock::new(|| "2026-11-21T09:00:00Z".parse().unwrap());

struct Client {
    supplier: Supplier,
    ahead_s: Arc<AtomicI64>,
}

impl Client {
    fn new(config: Config) -> Self {
        let ahead_s = Arc::new(AtomicI64::new(0));
        let reader = ahead_s.clone();
        let clock: Clock =
            Arc::new(move || *NOW + jiff::SignedDuration::from_secs(reader.load(Ordering::Relaxed)));
        Self {
            supplier: Supplier::new(config, clock).unwrap(),
            ahead_s,
        }
    }

    fn hours_pass(&self, hours: i64) {
        self.ahead_s.fetch_add(hours * 3_600, Ordering::Relaxed);
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            Body::from(body.to_string())
        };
        let answer = router(self.supplier.clone())
            .oneshot(request.body(body).unwrap())
            .await
            .unwrap();
        let status = answer.status();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.send("POST", path, &[], body).await
    }

    async fn flights(&self, changes: Value) -> Vec<Value> {
        let (status, answer) = self.post("/flights/search", flight_search(changes)).await;
        assert_eq!(status, 200, "{answer}");
        answer["offers"].as_array().unwrap().clone()
    }

    async fn stays(&self) -> Vec<Value> {
        let search = json!({"city": "LIS", "check_in": "2026-12-03", "check_out": "2026-12-05", "rooms": 1});
        self.post("/stays/search", search).await.1["offers"]
            .as_array()
            .unwrap()
            .clone()
    }

    async fn scenario(&self, name: &str) {
        assert_eq!(self.post("/scenario", json!({"scenario": name})).await.0, 200);
    }

    async fn order(&self, key: &str, offer: &Value) -> (StatusCode, Value) {
        self.send("POST", "/orders", &[("idempotency-key", key)], order_of(offer))
            .await
    }
}

fn flight_search(changes: Value) -> Value {
    let mut search = json!({
        "origins": ["BER"], "destinations": ["LIS"], "depart_on": "2026-12-03", "return_on": "2026-12-05",
        "cabin": "economy", "travellers": 1,
    });
    search
        .as_object_mut()
        .unwrap()
        .extend(changes.as_object().unwrap().clone());
    search
}

fn order_of(offer: &Value) -> Value {
    let passenger = json!({"given_name": "Sam", "family_name": "Sample", "born_on": "1990-01-01", "email": "sam@example.com"});
    let passengers = vec![passenger; offer["travellers"].as_u64().unwrap_or(1) as usize];
    json!({"offer": offer["id"], "total": offer["total"], "passengers": passengers})
}

fn amount(money: &Value) -> f64 {
    money["amount"].as_str().unwrap().parse().unwrap()
}

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn flights_are_plausible_and_the_same_every_time() {
    let client = Client::new(Config::default());
    let offers = client.flights(json!({})).await;
    assert!(offers.len() >= 6, "{}", offers.len());
    let again = Client::new(Config::default()).flights(json!({})).await;
    assert_eq!(offers, again);
    for offer in &offers {
        let first = &offer["outbound"][0];
        assert_eq!(
            (&first["from"], &offer["inbound"][0]["from"]),
            (&json!("BER"), &json!("LIS"))
        );
        assert!(
            first["departs"].as_str().unwrap().starts_with("2026-12-03"),
            "{first}"
        );
        assert!(
            (120.0..1_500.0).contains(&amount(&offer["total"])),
            "{}",
            offer["total"]
        );
        assert!(amount(&offer["taxes"]) < amount(&offer["total"]));
    }
    // BER-LIS takes airlines about 3 h 50 min.
    let direct = offers
        .iter()
        .find(|offer| offer["outbound"].as_array().unwrap().len() == 1)
        .unwrap();
    let minutes = direct["outbound"][0]["duration_minutes"].as_u64().unwrap();
    assert!((190..260).contains(&minutes), "{minutes}");
    assert!(offers.iter().any(|offer| offer["refundable"] == true));
}

#[tokio::test]
async fn any_two_airports_a_year_out_can_be_flown_between() {
    let client = Client::new(Config::default());
    for (from, to) in [
        ("BER", "SYD"),
        ("AAL", "ZQN"),
        ("LHR", "JFK"),
        ("EZE", "NRT"),
        ("TOS", "PPT"),
        ("HAJ", "BOI"),
    ] {
        let wish = json!({"origins": [from], "destinations": [to], "depart_on": "2027-11-10", "return_on": "2027-11-20"});
        let offers = client.flights(wish).await;
        assert!(offers.len() >= 3, "{from}-{to}: {}", offers.len());
        for offer in &offers {
            for way in ["outbound", "inbound"] {
                let segments = offer[way].as_array().unwrap();
                for pair in segments.windows(2) {
                    assert_eq!(pair[0]["to"], pair[1]["from"], "{from}-{to}");
                    assert!(
                        pair[0]["arrives"].as_str() < pair[1]["departs"].as_str(),
                        "{from}-{to}: {pair:?}"
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn wishes_are_kept() {
    let client = Client::new(Config::default());
    let business = client.flights(json!({"cabin": "business"})).await;
    let economy = client.flights(json!({})).await;
    assert!(amount(&business[0]["total"]) > 1.5 * amount(&economy[0]["total"]));
    for offer in client
        .flights(json!({"non_stop": true, "depart_after": "10:00:00"}))
        .await
    {
        assert_eq!(offer["outbound"].as_array().unwrap().len(), 1);
        assert!(offer["outbound"][0]["departs"].as_str().unwrap() >= "2026-12-03T10:00:00");
    }
    let three = client.flights(json!({"travellers": 3})).await;
    let same = economy
        .iter()
        .find(|offer| {
            offer["outbound"] == three[0]["outbound"]
                && offer["inbound"] == three[0]["inbound"]
                && offer["refundable"] == three[0]["refundable"]
        })
        .unwrap();
    assert_eq!(
        (amount(&same["total"]) * 300.0).round(),
        (amount(&three[0]["total"]) * 100.0).round()
    );
    // Two days ahead costs more than two months ahead.
    let late = client
        .flights(json!({"depart_on": "2026-11-24", "return_on": null}))
        .await;
    let early = client
        .flights(json!({"depart_on": "2027-02-02", "return_on": null}))
        .await;
    assert!(amount(&late[0]["total"]) > 1.5 * amount(&early[0]["total"]));
}

#[tokio::test]
async fn impossible_questions_are_refused() {
    let client = Client::new(Config::default());
    for changes in [
        json!({"depart_on": "2026-11-20"}),
        json!({"depart_on": "2027-11-10", "return_on": "2027-12-10"}),
        json!({"return_on": "2026-12-02"}),
        json!({"travellers": 0}),
        json!({"travellers": 10}),
        json!({"origins": ["TXL"]}),
        json!({"origins": []}),
        json!({"cabin": "jump seat"}),
        json!({"unknown": 1}),
    ] {
        let (status, answer) = client
            .post("/flights/search", flight_search(changes.clone()))
            .await;
        assert_eq!(
            (status, code(&answer)),
            (StatusCode::BAD_REQUEST, "bad_request"),
            "{changes}"
        );
    }
}

#[tokio::test]
async fn hotels_have_stars_distance_and_a_price_that_adds_up() {
    let client = Client::new(Config::default());
    let stays = client.stays().await;
    assert!(stays.len() >= 20, "{}", stays.len());
    for stay in &stays {
        assert!((2..=5).contains(&stay["stars"].as_u64().unwrap()));
        assert_eq!(
            (amount(&stay["per_night"]) * 200.0).round(),
            (amount(&stay["total"]) * 100.0).round()
        );
    }
    let cheapest = amount(&stays[0]["per_night"]);
    let dearest = amount(&stays.last().unwrap()["per_night"]);
    assert!(
        (35.0..110.0).contains(&cheapest) && (180.0..500.0).contains(&dearest),
        "{cheapest} to {dearest}"
    );
}

#[tokio::test]
async fn the_same_key_is_one_order_and_another_body_is_refused() {
    let client = Client::new(Config::default());
    let offers = client.flights(json!({})).await;
    let (status, order) = client.order("k1", &offers[0]).await;
    assert_eq!(
        (status, order["status"].as_str()),
        (StatusCode::CREATED, Some("confirmed"))
    );
    assert!(order["reference"].as_str().unwrap().starts_with("SMPL-"));
    assert_eq!(
        client.order("k1", &offers[0]).await,
        (StatusCode::OK, order.clone())
    );
    let (status, answer) = client.order("k1", &offers[1]).await;
    assert_eq!(
        (status, code(&answer)),
        (StatusCode::CONFLICT, "idempotency_conflict")
    );
    assert_ne!(
        client.order("k2", &offers[0]).await.1["reference"],
        order["reference"]
    );
    assert_eq!(
        client.send("GET", "/orders?key=k1", &[], Value::Null).await.1,
        order
    );
    assert_eq!(
        client.send("GET", "/orders?key=k9", &[], Value::Null).await.0,
        404
    );
    let (status, _) = client.post("/orders", order_of(&offers[0])).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "no key");
}

#[tokio::test]
async fn orders_outlive_a_restart_and_keep_no_names() {
    let path = std::env::temp_dir().join(format!("sample-supplier-test-{}.sqlite", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let config = Config {
        store: Some(path.clone()),
        ..Config::default()
    };
    let client = Client::new(config.clone());
    let offer = client.flights(json!({})).await.remove(0);
    let (_, order) = client.order("k1", &offer).await;
    drop(client);
    let client = Client::new(config);
    assert_eq!(client.order("k1", &offer).await, (StatusCode::OK, order));
    drop(client);
    let bytes = std::fs::read(&path).unwrap();
    assert!(
        !bytes.windows(6).any(|window| window == b"Sample"),
        "a passenger's name is stored"
    );
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn cancelling_follows_the_conditions_and_repeats_its_answer() {
    let client = Client::new(Config::default());
    let offers = client.flights(json!({})).await;
    let light = offers.iter().find(|offer| offer["refundable"] == false).unwrap();
    let flexible = offers.iter().find(|offer| offer["refundable"] == true).unwrap();
    let mut cancelled = Vec::new();
    for (key, offer, wait_h) in [
        ("at-once", light, 0),
        ("late", light, 30),
        ("flexible", flexible, 30),
    ] {
        let client = Client::new(Config::default());
        let (_, order) = client.order(key, offer).await;
        client.hours_pass(wait_h);
        let path = format!("/orders/{}/cancel", order["reference"].as_str().unwrap());
        let answer = client.post(&path, Value::Null).await;
        assert_eq!(answer.1["status"], "cancelled");
        assert_eq!(client.post(&path, Value::Null).await, answer);
        cancelled.push(answer.1["refund"].clone());
    }
    assert_eq!(
        cancelled,
        [
            light["total"].clone(),
            light["taxes"].clone(),
            flexible["total"].clone()
        ]
    );
    assert_eq!(client.post("/orders/SMPL-NONE/cancel", Value::Null).await.0, 404);
    let (_, order) = client.order("flown", light).await;
    client.hours_pass(24 * 20);
    let path = format!("/orders/{}/cancel", order["reference"].as_str().unwrap());
    assert_eq!(code(&client.post(&path, Value::Null).await.1), "too_late");
}

#[tokio::test]
async fn a_price_stands_until_it_expires_unless_held() {
    let client = Client::new(Config::default());
    let offers = client.flights(json!({})).await;
    let hold = format!("/offers/{}/hold", offers[1]["id"].as_str().unwrap());
    let (status, held) = client.post(&hold, Value::Null).await;
    assert_eq!((status, &held["total"]), (StatusCode::OK, &offers[1]["total"]));
    client.hours_pass(7);
    assert_eq!(code(&client.order("k1", &offers[0]).await.1), "offer_expired");
    let quote = format!("/offers/{}/quote", offers[0]["id"].as_str().unwrap());
    let (_, quoted) = client.post(&quote, Value::Null).await;
    assert_eq!(client.order("k1", &quoted).await.0, StatusCode::CREATED);
    client.scenario("sold-out").await;
    assert_eq!(client.order("k2", &offers[1]).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn prices_change_between_search_and_order_on_demand() {
    for (scenario, factor) in [("price-up", 1.1), ("price-down", 0.9)] {
        let client = Client::new(Config::default());
        let stay = client.stays().await.remove(0);
        client.scenario(scenario).await;
        assert_eq!(code(&client.order("k1", &stay).await.1), "price_changed");
        let (_, quoted) = client
            .post(
                &format!("/offers/{}/quote", stay["id"].as_str().unwrap()),
                Value::Null,
            )
            .await;
        let change = amount(&quoted["total"]) / amount(&stay["total"]);
        assert!((change - factor).abs() < 0.01, "{change}");
        assert_eq!(client.order("k1", &quoted).await.0, StatusCode::CREATED);
        let mut wrong = quoted.clone();
        wrong["total"]["amount"] = json!("1.00");
        assert_eq!(code(&client.order("k2", &wrong).await.1), "price_changed");
    }
}

#[tokio::test]
async fn bad_days_by_name() {
    let client = Client::new(Config::default());
    let flight = client.flights(json!({})).await.remove(0);
    let stay = client.stays().await.remove(0);
    for (scenario, expected) in [
        ("sold-out", (410, "sold_out")),
        ("unavailable", (503, "unavailable")),
        ("order-fails", (500, "internal")),
        ("order-rejected", (422, "rejected")),
    ] {
        client.scenario(scenario).await;
        let (status, answer) = client.order("k1", &flight).await;
        assert_eq!((status.as_u16(), code(&answer)), expected, "{scenario}");
        client.scenario("none").await;
        assert_eq!(
            client.send("GET", "/orders?key=k1", &[], Value::Null).await.0,
            404,
            "{scenario}"
        );
    }
    client.scenario("stay-rejected").await;
    assert_eq!(client.order("k1", &flight).await.0, StatusCode::CREATED);
    assert_eq!(
        client.order("k2", &stay).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    client.scenario("empty").await;
    assert!(client.flights(json!({})).await.is_empty());
    let (status, _) = client
        .send(
            "POST",
            "/flights/search",
            &[("x-scenario", "unavailable")],
            flight_search(json!({})),
        )
        .await;
    assert_eq!(status, 503);
    assert_eq!(
        client.post("/scenario", json!({"scenario": "nonsense"})).await.0,
        400
    );
}

#[tokio::test]
async fn a_fault_can_strike_so_often_and_no_more() {
    let client = Client::new(Config::default());
    let flight = client.flights(json!({})).await.remove(0);
    client
        .post("/scenario", json!({"ordering": "fails", "ordering_times": 1}))
        .await;
    assert_eq!(client.order("k1", &flight).await.0, 500);
    assert_eq!(client.order("k1", &flight).await.0, 201);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_leaves_an_order_that_its_key_finds() {
    let client = Client::new(Config::default());
    let flight = client.flights(json!({})).await.remove(0);
    client.scenario("order-answer-lost").await;
    let waited = tokio::time::timeout(std::time::Duration::from_secs(20), client.order("k1", &flight)).await;
    assert!(waited.is_err());
    let (status, order) = client.send("GET", "/orders?key=k1", &[], Value::Null).await;
    assert_eq!(status, 200);
    assert_eq!(client.order("k1", &flight).await, (StatusCode::OK, order));
}
