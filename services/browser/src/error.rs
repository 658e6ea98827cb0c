//! Why a browser could not go on.

use std::time::Duration;

type Source = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// Nothing was opened.
    #[error("no browser could be started")]
    NotStarted(#[source] Source),
    #[error("the page leads to {url}, which is on no list of allowed hosts")]
    NotAllowed { url: String },
    #[error("the page {url} has no {what}")]
    Missing { url: String, what: String },
    #[error("more than {0} steps")]
    TooManySteps(u32),
    #[error("{step} took longer than {limit:?}")]
    TookTooLong { step: String, limit: Duration },
    #[error("the browser failed to {step}")]
    Failed { step: String, source: Source },
}

impl BrowserError {
    pub fn not_started(source: impl Into<Source>) -> Self {
        Self::NotStarted(source.into())
    }

    pub fn failed(step: &str, source: impl Into<Source>) -> Self {
        Self::Failed {
            step: step.into(),
            source: source.into(),
        }
    }

    /// Whether the page itself was not what was expected: a person may find the way, the same steps never will.
    pub fn needs_a_person(&self) -> bool {
        matches!(
            self,
            Self::NotAllowed { .. } | Self::Missing { .. } | Self::TooManySteps(_)
        )
    }
}
