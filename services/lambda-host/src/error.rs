//! The error a function ends with. To Lambda every error means: try again, then dead-letter; to the state machine
//! the name decides which `Catch` it meets.

use std::error::Error;
use std::fmt;

pub struct HandlerError {
    /// The Lambda runtime's `errorType`; state machines catch by it.
    pub error_type: String,
    source: Box<dyn Error + Send + Sync>,
}

impl HandlerError {
    /// An error that a state machine may catch by name.
    pub fn named(error_type: &str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            error_type: error_type.into(),
            source: source.into(),
        }
    }

    /// The message with those of its sources, outermost first: for the one place that logs it.
    pub fn report(&self) -> String {
        report(self.source.as_ref())
    }
}

/// An error with its causes: a log in JSON would keep the outermost alone.
pub fn report(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}

// Not an `Error` itself: that leaves room for this conversion, so that `?` works on every error.
impl<E: Error + Send + Sync + 'static> From<E> for HandlerError {
    fn from(error: E) -> Self {
        Self::named("HandlerError", error)
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error_type, self.report())
    }
}

impl fmt::Debug for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
