//! One task in one browser: from page to page, each of which must be the one expected.

use std::sync::Arc;

use browser::{Browser, BrowserError, Document, Pictures, Tab};

use super::stuck::{Done, HandOver, Stuck};
use crate::error::SupplierError;

/// The supplier's pages, and what they are visited with.
pub struct Site {
    pub base: String,
    pub browser: Arc<dyn Browser>,
    /// Where pictures are kept; without one, none are taken.
    pub pictures: Option<Arc<dyn Pictures>>,
}

pub struct Walk<'a> {
    site: &'a Site,
    tab: Box<dyn Tab>,
    folder: String,
    done: Done,
    /// The page read last, for whoever has to go on from there.
    seen: Document,
}

impl Site {
    /// `folder` is where the walk's pictures go.
    pub async fn begin(&self, folder: &str) -> Result<Walk<'_>, SupplierError> {
        let tab = self.browser.open().await.map_err(SupplierError::unavailable)?;
        Ok(Walk {
            site: self,
            tab,
            folder: folder.into(),
            done: Done::Nothing,
            seen: Document::default(),
        })
    }
}

impl Walk<'_> {
    pub fn is_for_a_purchase(&mut self) {
        self.done = Done::NothingYet;
    }

    /// To be said before the form that buys or cancels is sent, not after: its answer may never come.
    pub fn may_be_bought_from_now_on(&mut self) {
        self.done = Done::Perhaps;
    }

    /// Opens a page of the site, which must be one of `expected`.
    pub async fn open(&mut self, step: &str, path: &str, expected: &[&str]) -> Result<Document, Stuck> {
        let url = format!("{}{path}", self.site.base);
        self.seen = Document {
            url: url.clone(),
            ..Document::default()
        };
        let opened = self.tab.go_to(&url).await;
        self.look(step, opened, expected).await
    }

    /// Fills a form and sends it; what follows must be one of `expected`.
    pub async fn send(
        &mut self,
        step: &str,
        form: &str,
        fields: &[(String, String)],
        expected: &[&str],
    ) -> Result<Document, Stuck> {
        let sent = self.tab.send(form, fields).await;
        self.look(step, sent, expected).await
    }

    async fn look(
        &mut self,
        step: &str,
        arrived: Result<(), BrowserError>,
        expected: &[&str],
    ) -> Result<Document, Stuck> {
        let page = match arrived {
            Ok(()) => self.tab.read().await,
            Err(error) => Err(error),
        };
        let page = page.map_err(|error| {
            if error.needs_a_person() {
                self.not_understood(step, error)
            } else {
                Stuck::Browser(error)
            }
        })?;
        self.seen = page;
        if expected.contains(&self.seen.page.as_str()) {
            return Ok(self.seen.clone());
        }
        if self.seen.page == "refused"
            && let Ok(problem) = self.seen.item("problem")
        {
            let text = |name: &str| problem.text(name).unwrap_or_default().to_owned();
            return Err(Stuck::Refused {
                code: text("code"),
                message: text("message"),
            });
        }
        Err(self.not_understood(step, format!("expected the page {}", expected.join(" or "))))
    }

    /// A person has to go on from the page that was read last.
    pub fn not_understood(&self, step: &str, reason: impl ToString) -> Stuck {
        Stuck::NotUnderstood(HandOver {
            url: self.seen.url.clone(),
            page: self.seen.page.clone(),
            step: step.into(),
            reason: reason.to_string(),
            picture: None,
        })
    }

    /// Its reference, if it could be kept. A purchase does not fail for want of a picture.
    pub async fn picture(&mut self, name: &str) -> Option<String> {
        let pictures = self.site.pictures.as_ref()?;
        let kept = match self.tab.picture().await {
            Ok(png) => pictures
                .keep(&self.folder, name, png)
                .await
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match kept {
            Ok(evidence) => Some(evidence.reference),
            Err(error) => {
                tracing::warn!(%error, name, "there will be no picture of a supplier's page");
                None
            }
        }
    }

    /// Closes the browser; an end on a page that nobody understood leaves a picture of it.
    pub async fn finish<T>(mut self, outcome: Result<T, Stuck>) -> Result<T, SupplierError> {
        let outcome = match outcome {
            Err(Stuck::NotUnderstood(hand_over)) => {
                let picture = self.picture("stuck").await;
                Err(Stuck::NotUnderstood(HandOver { picture, ..hand_over }))
            }
            other => other,
        };
        let done = self.done;
        self.tab.close().await;
        outcome.map_err(|stuck| stuck.meaning(done))
    }
}
