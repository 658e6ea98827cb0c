//! What `SUPPLIERS` may say.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use events_schema::ids::SupplierId;
use futures_util::future::join_all;
use http::{Request, Response};
use lambda_host::Live;
use lambda_host::http::{HttpClient, HttpError};
use suppliers::{Registry, RegistryError};

use crate::network::{Nobody, runtime};
use crate::suite::stay_wish;

const ENTRY: &str = r#"{"name": "sample-api", "kind": "sample-api", "url": "http://127.0.0.1:8790/"}"#;

fn parse(json: &str) -> Result<Registry, RegistryError> {
    Registry::parse(json, &runtime(Arc::new(Nobody)))
}

#[test]
fn the_configured_suppliers_are_had_by_name() {
    let live = Live::of(&serde_json::Value::Null).expect("no replay");
    let registry = parse(&format!("[{ENTRY}]")).expect("well configured");
    assert_eq!(registry.all(&live).len(), 1);
    assert!(registry.get(&live, &SupplierId::new("sample-api")).is_ok());
    assert!(matches!(
        registry.get(&live, &SupplierId::new("other")),
        Err(RegistryError::Unknown(_))
    ));
}

/// Answers after a second, and remembers how many waited at once.
#[derive(Default)]
struct Slow {
    asked: AtomicUsize,
    now: AtomicUsize,
    most: AtomicUsize,
}

#[async_trait]
impl HttpClient for Slow {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(now, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_secs(1)).await;
        self.now.fetch_sub(1, Ordering::Relaxed);
        Ok(Response::new(Bytes::from_static(b"[]")))
    }
}

#[tokio::test(start_paused = true)]
async fn an_entry_says_how_many_requests_are_under_way_at_once() {
    let live = Live::of(&serde_json::Value::Null).expect("no replay");
    for (own, at_once) in [
        ("", 8),
        (r#", "concurrency": 1"#, 1),
        (r#", "concurrency": 3"#, 3),
        (r#", "concurrency": 100"#, 12),
    ] {
        let slow = Arc::new(Slow::default());
        let entries = format!("[{}]", ENTRY.replace('}', &format!("{own}}}")));
        let registry = Registry::parse(&entries, &runtime(slow.clone())).expect("well configured");
        let wish = stay_wish();
        let searches = (0..12).map(|_| {
            let supplier = registry.get(&live, &SupplierId::new("sample-api"));
            let supplier = supplier.expect("there");
            let wish = &wish;
            async move { supplier.search_stays(wish, 1).await.map(drop) }
        });
        join_all(searches).await;
        assert_eq!(
            slow.asked.load(Ordering::Relaxed),
            12,
            "{own:?}: nobody is left out"
        );
        assert_eq!(slow.most.load(Ordering::Relaxed), at_once, "{own:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_entry_says_how_long_a_request_may_take() {
    let live = Live::of(&serde_json::Value::Null).expect("no replay");
    for (own, seconds) in [("", 20), (r#", "timeout_s": 5"#, 5)] {
        let entries = format!("[{}]", ENTRY.replace('}', &format!("{own}}}")));
        let registry = Registry::parse(&entries, &runtime(Arc::new(Silent))).expect("well configured");
        let supplier = registry
            .get(&live, &SupplierId::new("sample-api"))
            .expect("there");
        let started = tokio::time::Instant::now();
        let error = supplier
            .search_stays(&stay_wish(), 1)
            .await
            .expect_err("no answer");
        assert!(error.is_timeout() && error.retryable(), "{own:?}: {error:?}");
        assert_eq!(started.elapsed().as_secs(), seconds, "{own:?}");
    }
}

/// Takes a request and never answers.
struct Silent;

#[async_trait]
impl HttpClient for Silent {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        std::future::pending().await
    }
}

#[test]
fn what_cannot_be_used_is_refused_by_name() {
    let cases = [
        (
            format!("[{ENTRY},{ENTRY}]"),
            "two suppliers are called sample-api",
        ),
        (ENTRY.into(), "SUPPLIERS is not a list"),
        (r#"[{"name": "a"}]"#.into(), "SUPPLIERS is not a list"),
        (
            r#"[{"name": "a", "kind": "b"}]"#.into(),
            "the supplier a is of a kind that does not exist, b",
        ),
        (
            r#"[{"name": "a", "kind": "sample-api"}]"#.into(),
            "the supplier a is not described",
        ),
        (
            format!("[{}]", ENTRY.replace('}', r#", "token": "hidden"}"#)),
            "the supplier sample-api is not described",
        ),
        (
            format!("[{}]", ENTRY.replace("http://127.0.0.1:8790/", "/nowhere")),
            "the supplier sample-api has no usable url",
        ),
    ];
    for (json, expected) in cases {
        let error = parse(&json).err().expect("refused");
        assert!(error.to_string().starts_with(expected), "{error}");
        let source = error.source().map(ToString::to_string).unwrap_or_default();
        assert!(
            !format!("{error} {source}").contains("hidden"),
            "{error} {source}"
        );
    }
}
