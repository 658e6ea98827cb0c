//! The sample supplier's pages, served by its own code and visited by a real Chromium. Without one these tests fail and
//! say what to install.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use browser::{EvidenceError, Pictures};
use events_schema::evidence::Evidence;
use events_schema::ids::SupplierId;
use events_schema::samples;
use lambda_host::Live;
use sample_supplier::scenario::Scenario;
use sample_supplier::wire::OrderStatus;
use sample_supplier::{Config, Supplier as SampleSupplier};
use serde_json::json;
use sha2::{Digest, Sha256};
use suppliers::{Registry, SampleWeb, Supplier, SupplierError};

use crate::network::{Network, runtime, serve};
use crate::suite::{Adapter, Day, OtherSide, book, check, flight_wish, stay_wish};

struct Sample;

#[async_trait]
impl Adapter for Sample {
    fn kind(&self) -> &'static str {
        "sample-web"
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
        // Nothing listens on the port that asks machines for what they are good at.
        Some(at(json!({"url": "http://127.0.0.1:9/web"})))
    }
}

/// By its entry, as configured for a deployment.
pub fn at(own: serde_json::Value) -> Arc<dyn Supplier> {
    let mut entry = json!({"name": "sample-web", "kind": "sample-web", "timeout_s": 60});
    entry
        .as_object_mut()
        .expect("an object")
        .extend(own.as_object().expect("an object").clone());
    let registry =
        Registry::parse(&json!([entry]).to_string(), &runtime(Network::new())).expect("well configured");
    let live = Live::of(&serde_json::Value::Null).expect("no replay");
    registry
        .get(&live, &SupplierId::new("sample-web"))
        .expect("there")
}

/// The supplier's end: its pages, and the line to them.
pub struct OtherEnd {
    pub supplier: SampleSupplier,
    pub url: String,
    cut_next: Arc<AtomicBool>,
    asked_to_sell: Arc<AtomicUsize>,
}

impl OtherEnd {
    pub async fn start() -> Self {
        let supplier = SampleSupplier::new(Config::default(), Arc::new(samples::now)).expect("a store");
        let (cut_next, asked_to_sell) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (cut, asked) = (cut_next.clone(), asked_to_sell.clone());
        let line = move |request: Request, next: Next| {
            let buys = request.method() == http::Method::POST && request.uri().path() == "/web/orders";
            let cut = buys && cut.swap(false, Ordering::Relaxed);
            asked.fetch_add(usize::from(buys), Ordering::Relaxed);
            async move {
                let answer = next.run(request).await;
                if cut { hung_up() } else { answer }
            }
        };
        let router = sample_supplier::router(supplier.clone()).layer(axum::middleware::from_fn(line));
        Self {
            url: format!("{}/web", serve(router).await),
            supplier,
            cut_next,
            asked_to_sell,
        }
    }
}

/// An answer that ends before it began.
fn hung_up() -> Response {
    let nothing =
        futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("the line was cut")) });
    Response::new(Body::from_stream(nothing))
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
                self.cut_next.store(true, Ordering::Relaxed);
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
        Some(self.asked_to_sell.load(Ordering::Relaxed))
    }
}

async fn sample() -> (Arc<dyn Supplier>, OtherEnd) {
    installed();
    let other_end = OtherEnd::start().await;
    (at(json!({"url": other_end.url})), other_end)
}

/// The adapter answers that it is not available without a browser; a test that needs one says what is missing.
pub fn installed() -> Arc<browser::Chromium> {
    Arc::new(browser::Chromium::find(None).unwrap_or_else(|missing| panic!("{missing}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_web_keeps_the_contract() {
    check(&Sample).await;
}

/// Pictures in memory.
#[derive(Default)]
pub struct Album(Mutex<Vec<(String, Vec<u8>)>>);

#[async_trait]
impl Pictures for Album {
    async fn keep(&self, folder: &str, name: &str, png: Vec<u8>) -> Result<Evidence, EvidenceError> {
        let sha256 = hex::encode(Sha256::digest(&png));
        let reference = format!("album://{folder}/{name}");
        self.0.lock().expect("an album").push((reference.clone(), png));
        Ok(Evidence { reference, sha256 })
    }

    async fn of(&self, folder: &str) -> Result<Vec<Evidence>, EvidenceError> {
        let album = self.0.lock().expect("an album");
        let own = album.iter().filter(|(reference, _)| reference.contains(folder));
        let evidence = own.map(|(reference, png)| Evidence {
            reference: reference.clone(),
            sha256: hex::encode(Sha256::digest(png)),
        });
        Ok(evidence.collect())
    }
}

impl Album {
    pub fn is_png(&self, reference: &str) -> bool {
        let album = self.0.lock().expect("an album");
        let kept = album.iter().find(|(kept, _)| kept == reference);
        kept.is_some_and(|(_, png)| png.starts_with(b"\x89PNG"))
    }
}

/// The adapter with an album, so that its pictures can be looked at.
fn pictured(url: &str, album: Arc<Album>) -> SampleWeb {
    let limits = browser::Limits::within(std::time::Duration::from_secs(60));
    let driver = browser::Driver::new(installed(), browser::Allowed::only([url]), limits, 2);
    SampleWeb::new(SupplierId::new("sample-web"), url, Arc::new(driver), Some(album))
}

/// An error with its sources.
pub fn text_of(error: &SupplierError) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        text += &format!(": {source}");
        next = source.source();
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_leaves_pictures_that_show_the_pages_and_hash_to_what_is_said() {
    let other_end = OtherEnd::start().await;
    let album = Arc::new(Album::default());
    let supplier = pictured(&other_end.url, album.clone());
    let offer = supplier
        .search_flights(&flight_wish(), 1)
        .await
        .expect("offers")
        .remove(0);
    book(&supplier, "pictured#0#1", &offer).await.expect("an order");
    let evidence = supplier.evidence("pictured#0#1").await.expect("a list");
    let names: Vec<&str> = evidence
        .iter()
        .filter_map(|one| one.reference.rsplit('/').next())
        .collect();
    assert_eq!(names, ["1-review", "2-order"]);
    assert!(supplier.evidence("another").await.expect("a list").is_empty());
    let folder = screenshots();
    for (reference, png) in album.0.lock().expect("an album").iter() {
        assert_eq!(&png[1..4], b"PNG");
        let name = reference.rsplit('/').next().expect("a name");
        std::fs::write(folder.join(format!("browser-booking-{name}.png")), png).expect("a file");
    }
}

/// Below the target directory, where the pictures of the page are as well.
fn screenshots() -> std::path::PathBuf {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("../screenshots");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redesigned_page_is_handed_over_with_its_address_and_buys_nothing_twice() {
    let other_end = OtherEnd::start().await;
    let album = Arc::new(Album::default());
    let supplier = pictured(&other_end.url, album.clone());
    let offer = supplier
        .search_stays(&stay_wish(), 1)
        .await
        .expect("offers")
        .remove(0);
    let day = |name: &str| other_end.supplier.set_scenario(name.parse().expect("a scenario"));

    day("results-redesigned");
    let error = supplier
        .search_stays(&stay_wish(), 1)
        .await
        .expect_err("another page");
    let text = text_of(&error);
    assert!(
        error.retryable() && text.contains("/web/stays?") && text.contains("\"deals\""),
        "{text}"
    );

    day("passengers-redesigned");
    let error = book(&supplier, "redesigned", &offer)
        .await
        .expect_err("another page");
    let text = text_of(&error);
    assert!(matches!(error, SupplierError::OutcomeUnknown { .. }), "{text}");
    assert!(
        text.contains("/passengers (page \"who\"") && text.contains("open the passengers' form"),
        "{text}"
    );
    assert_eq!(other_end.live_orders(), 0);

    day("order-redesigned");
    let error = book(&supplier, "redesigned", &offer)
        .await
        .expect_err("another page");
    let text = text_of(&error);
    assert!(matches!(error, SupplierError::OutcomeUnknown { .. }), "{text}");
    assert!(
        text.contains("/web/orders/SMPL-") && text.contains("album://"),
        "{text}"
    );
    assert!(
        supplier.look_up("redesigned").await.is_err(),
        "its page is not understood either"
    );

    // Once the page is what it was, the key finds the one order there is.
    day("none");
    let found = supplier
        .look_up("redesigned")
        .await
        .expect("an answer")
        .expect("bought");
    assert_eq!(
        book(&supplier, "redesigned", &offer).await.expect("the same"),
        found
    );
    assert_eq!(other_end.live_orders(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_asked_of_a_host_that_is_not_allowed() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let stranger = Router::new().fallback(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        async { "hello" }
    });
    let elsewhere = format!("{}/elsewhere", serve(stranger).await);
    let (supplier, other_end) = sample().await;

    other_end.supplier.set_scenario(Scenario {
        embeds: Some(elsewhere.clone()),
        ..Scenario::default()
    });
    let offers = supplier
        .search_stays(&stay_wish(), 1)
        .await
        .expect("offers all the same");
    assert!(offers.len() >= 3);

    other_end.supplier.set_scenario(Scenario {
        moved_to: Some(elsewhere.clone()),
        ..Scenario::default()
    });
    let error = supplier
        .search_stays(&stay_wish(), 1)
        .await
        .expect_err("it leads away");
    let text = text_of(&error);
    assert!(
        text.contains(&elsewhere) && text.contains("no list of allowed hosts"),
        "{text}"
    );
    assert_eq!(asked.load(Ordering::Relaxed), 0, "not a single request left");
}

#[tokio::test]
async fn without_a_browser_it_says_so_and_is_not_available() {
    let supplier = at(json!({
        "url": "http://127.0.0.1:9/web",
        "browser": {"kind": "chromium", "program": "no-such-browser"},
    }));
    let error = supplier
        .search_stays(&stay_wish(), 1)
        .await
        .expect_err("no browser");
    let text = text_of(&error);
    assert!(
        error.retryable() && text.contains("apt-get install chromium"),
        "{text}"
    );
}
