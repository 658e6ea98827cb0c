//! Drives a browser over its DevTools protocol, wherever the browser runs.
//!
//! Every request of a page is stopped until it was looked at, redirects included: what the browser has not been allowed,
//! it does not send. Requests of windows that pages open are never let go.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chromiumoxide::Page;
use chromiumoxide::browser::Browser as Connected;
use chromiumoxide::cdp::browser_protocol::fetch::{
    ContinueRequestParams, EventRequestPaused, FailRequestParams,
};
use chromiumoxide::cdp::browser_protocol::network::{ErrorReason, ResourceType};
use chromiumoxide::cdp::js_protocol::runtime::EvaluateParams;
use chromiumoxide::handler::{Handler, HandlerConfig};
use chromiumoxide::page::ScreenshotParams;
use futures_util::{Stream, StreamExt};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::allowed::Allowed;
use crate::document::Document;
use crate::error::BrowserError;
use crate::limits::Limits;
use crate::port::{Browser, Tab};
use crate::sessions::{Ending, Session, Sessions};

const READER: &str = include_str!("reader.js");
const SENDER: &str = include_str!("sender.js");
/// A page is done when it is loaded and is not the one that was left.
const ARRIVED: &str = "document.readyState === 'complete' && !window.sojournLeft";
/// A picture shows no passenger: neither what was typed in nor what a page marks as personal.
const HIDE: &str = "document.head.insertAdjacentHTML('beforeend', '<style id=sojourn-hide>input,textarea,select,\
     [data-personal]{color:transparent!important;background:#d5d9de!important;text-shadow:none!important}</style>')";
const SHOW: &str = "document.getElementById('sojourn-hide')?.remove()";
const LOOK_AGAIN: Duration = Duration::from_millis(15);
const GOODBYE: Duration = Duration::from_secs(2);

pub struct Driver {
    sessions: Arc<dyn Sessions>,
    allowed: Allowed,
    limits: Limits,
    /// A browser takes a few hundred megabytes: so many at once, the others wait their turn.
    places: Arc<Semaphore>,
}

impl Driver {
    pub fn new(sessions: Arc<dyn Sessions>, allowed: Allowed, limits: Limits, at_once: usize) -> Self {
        Self {
            sessions,
            allowed,
            limits,
            places: Arc::new(Semaphore::new(at_once)),
        }
    }

    async fn in_time<T>(
        &self,
        ends_at: Instant,
        work: impl Future<Output = Result<T, BrowserError>>,
    ) -> Result<T, BrowserError> {
        timeout_at(ends_at, work).await.unwrap_or_else(|_| {
            let limit = self.limits.time;
            Err(BrowserError::not_started(format!("not within {limit:?}")))
        })
    }

    async fn connect(
        &self,
        session: &Session,
    ) -> Result<(Connected, Page, Vec<Task>, Strayed), BrowserError> {
        let config = HandlerConfig {
            ignore_https_errors: false,
            request_intercept: true,
            cache_enabled: false,
            request_timeout: self.limits.step_time,
            viewport: None,
            ..HandlerConfig::default()
        };
        let (browser, handler) = Connected::connect_with_config(&session.address, config)
            .await
            .map_err(BrowserError::not_started)?;
        let handling = Task(tokio::spawn(handle(handler)));
        let page = browser
            .new_page("about:blank")
            .await
            .map_err(BrowserError::not_started)?;
        let paused = page
            .event_listener::<EventRequestPaused>()
            .await
            .map_err(BrowserError::not_started)?;
        let strayed = Strayed::default();
        let gate = Gate {
            page: page.clone(),
            allowed: self.allowed.clone(),
            strayed: strayed.clone(),
        };
        let watching = Task(tokio::spawn(gate.watch(paused)));
        Ok((browser, page, vec![handling, watching], strayed))
    }
}

#[async_trait]
impl Browser for Driver {
    async fn open(&self) -> Result<Box<dyn Tab>, BrowserError> {
        let place = self.places.clone().acquire_owned().await;
        let place = place.map_err(BrowserError::not_started)?;
        let ends_at = Instant::now() + self.limits.time;
        let session = self.in_time(ends_at, self.sessions.start(&self.allowed)).await?;
        let connected = self.in_time(ends_at, self.connect(&session)).await;
        let (browser, page, tasks, strayed) = match connected {
            Ok(connected) => connected,
            Err(error) => {
                // A session on AWS that nobody ends is paid for until its own time limit.
                session.ending.end().await;
                return Err(error);
            }
        };
        Ok(Box::new(Driven {
            browser,
            page,
            tasks,
            strayed,
            allowed: self.allowed.clone(),
            ending: session.ending,
            limits: self.limits,
            steps: 0,
            ends_at,
            _place: place,
        }))
    }
}

/// Keeps the connection going until it ends.
async fn handle(mut handler: Handler) {
    while let Some(event) = handler.next().await {
        if let Err(error) = event {
            tracing::debug!(%error, "the browser's connection ended");
            break;
        }
    }
}

/// A task that ends with whoever holds it.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Where a page tried to lead, if it was refused.
#[derive(Clone, Default)]
struct Strayed(Arc<Mutex<Option<String>>>);

impl Strayed {
    fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, url: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(url);
    }
}

/// Lets a page's requests through, or not.
struct Gate {
    page: Page,
    allowed: Allowed,
    strayed: Strayed,
}

impl Gate {
    async fn watch(self, mut paused: impl Stream<Item = Arc<EventRequestPaused>> + Unpin) {
        while let Some(event) = paused.next().await {
            let answered = if self.allowed.allows(&event.request.url) {
                let go_on = ContinueRequestParams::new(event.request_id.clone());
                self.page.execute(go_on).await.map(|_| ())
            } else {
                tracing::warn!(url = %event.request.url, "a supplier's page asks for something from another host");
                // A picture or a frame from elsewhere is only missing; a page elsewhere is where the task would have gone.
                let is_the_page = event.frame_id.inner() == self.page.target_id().inner();
                if event.resource_type == ResourceType::Document && is_the_page {
                    self.strayed.set(event.request.url.clone());
                }
                let refuse = FailRequestParams::new(event.request_id.clone(), ErrorReason::BlockedByClient);
                self.page.execute(refuse).await.map(|_| ())
            };
            // Requests are also given up by the page itself; what matters is that none went out unseen.
            if let Err(error) = answered {
                tracing::debug!(%error, "a stopped request was gone before it was answered");
            }
        }
    }
}

struct Driven {
    browser: Connected,
    page: Page,
    tasks: Vec<Task>,
    strayed: Strayed,
    allowed: Allowed,
    ending: Box<dyn Ending>,
    limits: Limits,
    steps: u32,
    ends_at: Instant,
    _place: OwnedSemaphorePermit,
}

/// What `sender.js` answers.
#[derive(Deserialize)]
struct Sent {
    missing: Option<String>,
}

impl Driven {
    /// Counts a step, and says how long it may take.
    fn begin(&mut self) -> Result<Duration, BrowserError> {
        self.steps += 1;
        if self.steps > self.limits.steps {
            return Err(BrowserError::TooManySteps(self.limits.steps));
        }
        let left = self.ends_at.saturating_duration_since(Instant::now());
        // A step is begun before its limit is looked at: one without any time left would still send its form.
        if left.is_zero() {
            return Err(BrowserError::TookTooLong {
                step: "the task".into(),
                limit: self.limits.time,
            });
        }
        Ok(left.min(self.limits.step_time))
    }

    async fn evaluate<Answer: DeserializeOwned>(
        &self,
        step: &str,
        expression: &str,
    ) -> Result<Answer, BrowserError> {
        let mut params = EvaluateParams::new(expression);
        params.return_by_value = Some(true);
        let answer = self
            .page
            .execute(params)
            .await
            .map_err(|error| BrowserError::failed(step, error))?
            .result;
        if let Some(exception) = answer.exception_details {
            return Err(BrowserError::failed(step, exception.text));
        }
        let value = answer.result.value.unwrap_or(Value::Null);
        serde_json::from_value(value).map_err(|error| BrowserError::failed(step, error))
    }

    /// Waits until another page is there, or until it turns out to be one of another host.
    async fn arrive(&self) -> Result<(), BrowserError> {
        loop {
            if let Some(url) = self.strayed.take() {
                return Err(BrowserError::NotAllowed { url });
            }
            // Between two pages there is nothing to ask, which is no failure.
            if matches!(self.evaluate("look at the page", ARRIVED).await, Ok(true)) {
                return match self.strayed.take() {
                    Some(url) => Err(BrowserError::NotAllowed { url }),
                    None => Ok(()),
                };
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    /// As a link would: what the browser shows then, its own page for an unreachable host included, is looked at like
    /// any other.
    async fn navigate(&self, url: &str) -> Result<(), BrowserError> {
        let url = Value::from(url);
        let leave = format!("window.sojournLeft = true, location.href = {url}, null");
        let _: Value = self.evaluate("leave the page", &leave).await?;
        self.arrive().await
    }
}

async fn in_time<T>(
    limit: Duration,
    step: &str,
    work: impl Future<Output = Result<T, BrowserError>>,
) -> Result<T, BrowserError> {
    timeout(limit, work).await.unwrap_or_else(|_| {
        Err(BrowserError::TookTooLong {
            step: step.into(),
            limit,
        })
    })
}

#[async_trait]
impl Tab for Driven {
    async fn go_to(&mut self, url: &str) -> Result<(), BrowserError> {
        let limit = self.begin()?;
        if !self.allowed.allows(url) {
            return Err(BrowserError::NotAllowed { url: url.into() });
        }
        in_time(limit, "opening a page", self.navigate(url)).await
    }

    async fn send(&mut self, form: &str, fields: &[(String, String)]) -> Result<(), BrowserError> {
        let limit = self.begin()?;
        let arguments = serde_json::to_string(&(form, fields))
            .map_err(|error| BrowserError::failed("fill a form", error))?;
        let call = format!("({SENDER})(...{arguments})");
        let work = async {
            let sent: Sent = self.evaluate("fill a form", &call).await?;
            match sent.missing {
                None => self.arrive().await,
                Some(what) => {
                    let url = self.evaluate("read its address", "location.href").await?;
                    Err(BrowserError::Missing { url, what })
                }
            }
        };
        in_time(limit, "sending a form", work).await
    }

    async fn read(&mut self) -> Result<Document, BrowserError> {
        let limit = self.begin()?;
        let work = self.evaluate::<Document>("read the page", READER);
        let document = in_time(limit, "reading a page", work).await?;
        // What Chromium shows in place of a page whose host did not answer.
        if document.url.starts_with("chrome-error:") {
            return Err(BrowserError::failed("open a page", "its host did not answer"));
        }
        Ok(document)
    }

    async fn picture(&mut self) -> Result<Vec<u8>, BrowserError> {
        let limit = self.begin()?;
        let work = async {
            let _: Value = self
                .evaluate("hide what is personal", &format!("{HIDE}, null"))
                .await?;
            let taken = self
                .page
                .screenshot(ScreenshotParams::builder().full_page(true).build())
                .await;
            let _: Value = self
                .evaluate("show what was hidden", &format!("{SHOW}, null"))
                .await?;
            taken.map_err(|error| BrowserError::failed("take a picture", error))
        };
        in_time(limit, "taking a picture", work).await
    }

    async fn close(self: Box<Self>) {
        let Self {
            mut browser,
            tasks,
            ending,
            ..
        } = *self;
        if let Ok(Err(error)) = timeout(GOODBYE, browser.close()).await {
            tracing::debug!(%error, "the browser was gone before it was told to close");
        }
        drop(tasks);
        ending.end().await;
    }
}
