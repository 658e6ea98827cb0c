//! How far a browser goes, and no further: so many steps, so much time, so many at once. Driven over a real Chromium
//! against the sample supplier's pages. Every time limit here is met by a page that never comes, so that no machine is
//! too slow or too fast for it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use browser::{Allowed, Browser, BrowserError, Driver, Ending, Limits, Session, Sessions};
use events_schema::ids::SupplierId;
use events_schema::trip::Offer;
use futures_util::future::join_all;
use sample_supplier::scenario::{OrderingFault, Scenario};
use suppliers::{SampleWeb, Supplier, SupplierError};

use crate::sample_web::{OtherEnd, installed, text_of};
use crate::suite::{OtherSide, book, stay_wish};

/// Longer than any test waits.
const NEVER_MS: u64 = 600_000;
/// What a step that never ends may take, and much more than one that does.
const STEP: Duration = Duration::from_secs(10);

fn patient() -> Limits {
    Limits::within(Duration::from_secs(60))
}

/// What became of the browsers that were started.
#[derive(Default)]
struct Watched {
    running: AtomicUsize,
    most: AtomicUsize,
    addresses: Mutex<Vec<String>>,
}

impl Watched {
    fn most(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }

    /// So many were started, every one was ended, and none of them listens any more.
    async fn all_ended(&self, started: usize) {
        let addresses = self.addresses.lock().expect("a list").clone();
        assert_eq!(addresses.len(), started, "{addresses:?}");
        assert_eq!(
            self.running.load(Ordering::Relaxed),
            0,
            "of {started} some were never ended"
        );
        for address in addresses {
            let reached = tokio_tungstenite::connect_async(&address).await;
            assert!(reached.is_err(), "{address} still answers");
        }
    }
}

/// Chromiums of this machine, one eye on each.
struct Watching(Arc<Watched>);

#[async_trait]
impl Sessions for Watching {
    async fn start(&self, allowed: &Allowed) -> Result<Session, BrowserError> {
        let running = self.0.running.fetch_add(1, Ordering::Relaxed) + 1;
        self.0.most.fetch_max(running, Ordering::Relaxed);
        let session = installed().start(allowed).await?;
        self.0
            .addresses
            .lock()
            .expect("a list")
            .push(session.address.clone());
        Ok(Session {
            address: session.address,
            ending: Box::new(Watchful {
                ending: session.ending,
                watched: self.0.clone(),
            }),
        })
    }
}

struct Watchful {
    ending: Box<dyn Ending>,
    watched: Arc<Watched>,
}

#[async_trait]
impl Ending for Watchful {
    async fn end(self: Box<Self>) {
        self.ending.end().await;
        self.watched.running.fetch_sub(1, Ordering::Relaxed);
    }
}

fn driver(url: &str, limits: Limits, at_once: usize) -> (Driver, Arc<Watched>) {
    let watched = Arc::new(Watched::default());
    let sessions = Arc::new(Watching(watched.clone()));
    (
        Driver::new(sessions, Allowed::only([url]), limits, at_once),
        watched,
    )
}

fn supplier(url: &str, limits: Limits) -> (SampleWeb, Arc<Watched>) {
    let (driver, watched) = driver(url, limits, 1);
    let supplier = SampleWeb::new(SupplierId::new("sample-web"), url, Arc::new(driver), None);
    (supplier, watched)
}

/// Of somebody who has all the time there is.
async fn a_stay(supplier: &SampleWeb) -> Offer {
    let found = supplier.search_stays(&stay_wish(), 1).await;
    found.expect("offers").remove(0)
}

fn slow() -> Scenario {
    Scenario {
        slow_ms: NEVER_MS,
        ..Scenario::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_step_is_taken_beyond_the_last_one() {
    let other_end = OtherEnd::start().await;
    let limits = Limits {
        steps: 2,
        ..patient()
    };
    let (driver, watched) = driver(&other_end.url, limits, 1);
    let mut tab = driver.open().await.expect("a browser");
    let home = format!("{}/", other_end.url);
    tab.go_to(&home).await.expect("the first step");
    assert_eq!(tab.read().await.expect("the second").page, "search");
    for (step, refused) in [
        ("open", tab.go_to(&home).await.err()),
        ("send", tab.send("find-order", &[]).await.err()),
        ("read", tab.read().await.err()),
        ("picture", tab.picture().await.err()),
    ] {
        assert!(
            matches!(refused, Some(BrowserError::TooManySteps(2))),
            "{step}: {refused:?}"
        );
    }
    tab.close().await;
    watched.all_ended(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_never_comes_is_given_up_by_the_steps_limit_or_by_the_tasks() {
    let other_end = OtherEnd::start().await;
    other_end.supplier.set_scenario(slow());
    let (home, never) = (
        format!("{}/", other_end.url),
        format!("{}/orders/ANY", other_end.url),
    );

    let one_step = Limits {
        step_time: STEP,
        ..patient()
    };
    let (by_step, watched) = driver(&other_end.url, one_step, 1);
    let mut tab = by_step.open().await.expect("a browser");
    tab.go_to(&home).await.expect("it comes");
    let error = tab.go_to(&never).await.expect_err("it never comes");
    assert!(
        matches!(error, BrowserError::TookTooLong { limit, .. } if limit == STEP),
        "{error:?}"
    );
    tab.close().await;
    watched.all_ended(1).await;

    let task = Limits {
        time: STEP,
        ..patient()
    };
    let (by_task, watched) = driver(&other_end.url, task, 1);
    let mut tab = by_task.open().await.expect("a browser");
    tab.go_to(&home).await.expect("it comes");
    let error = tab.go_to(&never).await.expect_err("it never comes");
    assert!(
        matches!(error, BrowserError::TookTooLong { limit, .. } if limit < STEP),
        "{error:?}"
    );
    // No step is begun any more, not even one that would be quick.
    for late in [tab.read().await.err(), tab.send("find-order", &[]).await.err()] {
        let Some(BrowserError::TookTooLong { step, limit }) = late else {
            panic!("{late:?}")
        };
        assert_eq!((step.as_str(), limit), ("the task", STEP));
    }
    tab.close().await;
    watched.all_ended(1).await;
}

/// Two steps end on the way to the last form, four before it is sent, five after: only then is there an order, and the
/// browser cannot know.
#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_cut_by_the_number_of_steps_is_an_unknown_outcome() {
    let other_end = OtherEnd::start().await;
    let (everyday, _) = supplier(&other_end.url, patient());
    let offer = a_stay(&everyday).await;
    for (steps, bought) in [(2, false), (4, false), (5, true)] {
        let (hasty, watched) = supplier(&other_end.url, Limits { steps, ..patient() });
        let key = format!("cut#{steps}");
        let error = book(&hasty, &key, &offer).await.expect_err("cut");
        let text = text_of(&error);
        assert!(
            matches!(error, SupplierError::OutcomeUnknown { .. }),
            "{steps}: {text}"
        );
        assert!(text.contains(&format!("more than {steps} steps")), "{text}");
        assert!(text.contains("go on by hand at"), "{text}");
        watched.all_ended(1).await;
        let found = everyday.look_up(&key).await.expect("an answer");
        assert_eq!(found.is_some(), bought, "{steps}: the key settles it");
        assert_eq!(other_end.live_orders(), usize::from(bought), "{steps}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_cut_by_time_is_an_unknown_outcome_and_a_search_may_be_repeated() {
    let other_end = OtherEnd::start().await;
    let (everyday, _) = supplier(&other_end.url, patient());
    let offer = a_stay(&everyday).await;
    let (hasty, watched) = supplier(
        &other_end.url,
        Limits {
            step_time: STEP,
            ..patient()
        },
    );
    let bought_unseen = Scenario {
        ordering: OrderingFault::AnswerLost,
        ..Scenario::default()
    };
    for (key, day, bought) in [("slow", slow(), false), ("unseen", bought_unseen, true)] {
        other_end.supplier.set_scenario(day);
        let error = book(&hasty, key, &offer).await.expect_err("cut");
        let text = text_of(&error);
        assert!(
            matches!(error, SupplierError::OutcomeUnknown { .. }),
            "{key}: {text}"
        );
        assert!(error.is_timeout() && !error.retryable(), "{key}: {text}");
        other_end.supplier.set_scenario(Scenario::default());
        let found = everyday.look_up(key).await.expect("an answer");
        assert_eq!(found.is_some(), bought, "{key}: the key settles it");
        assert_eq!(other_end.live_orders(), usize::from(bought), "{key}");
    }

    other_end.supplier.set_scenario(slow());
    let error = hasty.search_stays(&stay_wish(), 1).await.expect_err("cut");
    assert!(error.is_timeout() && error.retryable(), "{}", text_of(&error));
    watched.all_ended(3).await;
}

/// The place of a browser is free once it is gone, and not before.
#[tokio::test(flavor = "multi_thread")]
async fn no_more_browsers_run_at_once_than_there_are_places() {
    let other_end = OtherEnd::start().await;
    for (places, tasks) in [(1, 2), (2, 4)] {
        let (driver, watched) = driver(&other_end.url, patient(), places);
        let home = format!("{}/", other_end.url);
        let task = || async {
            let mut tab = driver.open().await.expect("a browser, in its turn");
            tab.go_to(&home).await.expect("a page");
            tab.close().await;
        };
        join_all((0..tasks).map(|_| task())).await;
        assert_eq!(watched.most(), places);
        watched.all_ended(tasks).await;
    }
}

/// A browser that was started and cannot be spoken with is ended all the same: on AWS it would go on costing.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_does_not_answer_is_ended() {
    struct Deaf(String, Arc<AtomicUsize>);
    struct Counted(Arc<AtomicUsize>);

    #[async_trait]
    impl Sessions for Deaf {
        async fn start(&self, _: &Allowed) -> Result<Session, BrowserError> {
            let ending = Box::new(Counted(self.1.clone()));
            Ok(Session {
                address: self.0.clone(),
                ending,
            })
        }
    }

    #[async_trait]
    impl Ending for Counted {
        async fn end(self: Box<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    // It takes a connection, and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let silent_at = silent.local_addr().expect("an address");
    for address in ["ws://127.0.0.1:9/".to_owned(), format!("ws://{silent_at}/")] {
        let ended = Arc::new(AtomicUsize::new(0));
        let sessions = Deaf(address.clone(), ended.clone());
        let limits = Limits::within(Duration::from_millis(300));
        let driver = Driver::new(
            Arc::new(sessions),
            Allowed::only(["http://pages.test"]),
            limits,
            1,
        );
        let error = driver.open().await.err().expect("nobody speaks");
        assert!(
            matches!(error, BrowserError::NotStarted(_)),
            "{address}: {error:?}"
        );
        assert_eq!(ended.load(Ordering::Relaxed), 1, "{address}");
    }
}
