//! AgentCore's side, as documented: sessions over a signed REST API, and an automation stream that wants signed headers
//! and speaks the DevTools protocol. Every signature is made again from what arrived and compared. The browser behind it
//! is a real Chromium of this machine. What it cannot tell: TLS, and what AWS does beyond its documentation.

mod stand_in;

use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;
use aws_types::region::Region;
use browser::{AgentCore, Allowed, Browser, Driver, Limits};
use events_schema::ids::SupplierId;
use events_schema::trip::Offer;
use lambda_host::{Live, Runtime};
use serde_json::{Value, json};
use suppliers::{Registry, SampleWeb, Supplier, SupplierError};

use crate::network::{Network, Stopped, runtime, serve};
use crate::sample_web::{Album, OtherEnd, text_of};
use crate::suite::{OtherSide, book, flight_wish};
use stand_in::{BROWSER, ID, REGION, StandIn, credentials};

fn agentcore(endpoint: &str, credentials: Credentials) -> AgentCore {
    AgentCore::new(
        endpoint.parse().expect("an address"),
        REGION,
        BROWSER,
        SharedCredentialsProvider::new(credentials),
        Network::new(),
        Arc::new(Stopped),
        std::time::Duration::from_secs(60),
    )
}

fn driven(sessions: AgentCore, pages: &str) -> Driver {
    let limits = Limits::within(std::time::Duration::from_secs(60));
    Driver::new(Arc::new(sessions), Allowed::only([pages]), limits, 1)
}

/// The adapter over the stand-in, and the supplier's pages.
struct OnAws {
    supplier: SampleWeb,
    other_end: OtherEnd,
    aws: StandIn,
    album: Arc<Album>,
}

impl OnAws {
    async fn new() -> Self {
        let other_end = OtherEnd::start().await;
        let aws = StandIn::new(Allowed::only([other_end.url.as_str()]));
        let endpoint = serve(aws.router()).await;
        let driver = driven(agentcore(&endpoint, credentials()), &other_end.url);
        let album = Arc::new(Album::default());
        Self {
            supplier: SampleWeb::new(
                SupplierId::new("sample-web"),
                &other_end.url,
                Arc::new(driver),
                Some(album.clone()),
            ),
            other_end,
            aws,
            album,
        }
    }

    async fn flight(&self) -> Offer {
        let found = self.supplier.search_flights(&flight_wish(), 2).await;
        found.expect("offers").remove(0)
    }

    /// A session for each task, and each stopped.
    fn each_had_its_session(&self, tasks: usize) {
        assert_eq!(self.aws.calls(), sessions(tasks));
    }
}

fn sessions(tasks: usize) -> Vec<(String, u16)> {
    let each = [("start", 200), ("automate", 101), ("stop", 200)];
    let calls = std::iter::repeat_n(each, tasks).flatten();
    calls.map(|(call, status)| (call.to_owned(), status)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_is_made_found_and_undone_through_signed_sessions_and_the_relay() {
    let on_aws = OnAws::new().await;
    let supplier = &on_aws.supplier;
    let offer = on_aws.flight().await;
    let order = book(supplier, "by agentcore", &offer).await.expect("an order");
    let found = supplier.look_up("by agentcore").await.expect("an answer");
    assert_eq!(found, Some(order.clone()));
    assert_eq!(on_aws.other_end.live_orders(), 1);

    let terms = supplier
        .cancellation_terms(&order.reference)
        .await
        .expect("conditions");
    assert_eq!((terms.paid, on_aws.other_end.live_orders()), (order.total, 1));
    for _ in 0..2 {
        let cancelled = supplier
            .cancel(&order.reference)
            .await
            .expect("undone, again too");
        assert_eq!(cancelled.refund, terms.refund);
    }
    assert_eq!(on_aws.other_end.live_orders(), 0);
    let found = supplier.look_up("by agentcore").await.expect("an answer");
    assert!(found.is_some_and(|order| order.cancelled));
    on_aws.each_had_its_session(7);
}

/// Its picture comes through the relay, whole, and its session is stopped like any other.
#[tokio::test(flavor = "multi_thread")]
async fn a_redesigned_page_is_handed_over_from_a_session_that_is_stopped() {
    let on_aws = OnAws::new().await;
    let offer = on_aws.flight().await;
    let day = "passengers-redesigned".parse().expect("a scenario");
    on_aws.other_end.supplier.set_scenario(day);
    let error = book(&on_aws.supplier, "redesigned", &offer)
        .await
        .expect_err("another page");
    let text = text_of(&error);
    assert!(matches!(error, SupplierError::OutcomeUnknown { .. }), "{text}");
    for part in [
        &*on_aws.other_end.url, "/passengers (page \"who\"", "open the passengers' form",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(on_aws.other_end.live_orders(), 0);
    let kept = on_aws.supplier.evidence("redesigned").await.expect("a list");
    let [stuck] = kept.as_slice() else {
        panic!("one picture: {kept:?}")
    };
    assert!(
        stuck.reference.ends_with("/stuck") && text.contains(&stuck.reference),
        "{text}"
    );
    assert!(on_aws.album.is_png(&stuck.reference));
    on_aws.each_had_its_session(2);
}

/// As configured for a deployment: region and credentials are the function's own.
#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_names_agentcore_is_visited_by_it() {
    let other_end = OtherEnd::start().await;
    let aws = StandIn::new(Allowed::only([other_end.url.as_str()]));
    let endpoint = serve(aws.router()).await;
    let own = SdkConfig::builder()
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials()));
    let runtime = Runtime {
        aws: own.build(),
        ..runtime(Network::new())
    };
    let entries = json!([{"name": "sample-web", "kind": "sample-web", "url": other_end.url, "timeout_s": 60,
        "browser": {"kind": "agentcore", "endpoint": endpoint}}]);
    let registry = Registry::parse(&entries.to_string(), &runtime).expect("well configured");
    let live = Live::of(&Value::Null).expect("no replay");
    let supplier = registry
        .get(&live, &SupplierId::new("sample-web"))
        .expect("there");
    let offers = supplier.search_flights(&flight_wish(), 2).await.expect("offers");
    assert!(offers.len() >= 3, "{}", offers.len());
    assert_eq!(aws.calls(), sessions(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_signature_opens_nothing() {
    let aws = StandIn::new(Allowed::only(["http://pages.test"]));
    let endpoint = serve(aws.router()).await;
    let wrong = Credentials::new(
        "AKIDEXAMPLE",
        "another-secret",
        Some("a-session-token".into()),
        None,
        "test",
    );
    let refused = driven(agentcore(&endpoint, wrong), "http://pages.test")
        .open()
        .await;
    let Err(error) = refused else { panic!("it opened") };
    let source = std::error::Error::source(&error).expect("a reason").to_string();
    assert!(source.contains("403"), "{source}");
    assert_eq!(aws.calls(), [("start".to_owned(), 403_u16)]);
}

/// What the check itself is worth: a signature for one request is none for another.
#[tokio::test(flavor = "multi_thread")]
async fn a_signature_is_for_its_own_request_only() {
    let aws = StandIn::new(Allowed::only(["http://pages.test"]));
    let endpoint = serve(aws.router()).await;
    let unsigned = tokio_tungstenite::connect_async(format!(
        "ws{}/browser-streams/{BROWSER}/sessions/{ID}/automation",
        endpoint.strip_prefix("http").expect("http")
    ));
    assert!(unsigned.await.is_err(), "a stream without headers is refused");
    assert_eq!(aws.calls(), [("automate".to_owned(), 403_u16)]);
}
