//! What can go wrong with a supplier, by what the caller may do next.

use std::error::Error;

type Source = Box<dyn Error + Send + Sync>;

#[derive(Debug, thiserror::Error)]
pub enum SupplierError {
    /// Nothing was done, and asking again may work.
    #[error("the supplier is not available")]
    Unavailable { source: Source },
    /// The supplier says no, and will say it again.
    #[error("the supplier declined: {reason}")]
    Rejected { reason: String },
    /// Sold out, or the price ran out of time: search or quote again.
    #[error("the offer is gone: {reason}")]
    Gone { reason: String },
    /// Not bought, because it costs something else by now: quote again.
    #[error("the price has changed")]
    PriceChanged,
    /// The supplier may or may not have booked or cancelled. Never repeated blindly: look the key up, and if that does
    /// not settle it, a person does.
    #[error("the supplier's answer did not arrive")]
    OutcomeUnknown { source: Source },
}

impl SupplierError {
    pub fn unavailable(source: impl Into<Source>) -> Self {
        Self::Unavailable {
            source: source.into(),
        }
    }

    pub fn unknown(source: impl Into<Source>) -> Self {
        Self::OutcomeUnknown {
            source: source.into(),
        }
    }

    /// Whether the same question may be asked again without harm. An unknown outcome may not.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// Whether the supplier itself is at fault: what a circuit breaker counts. A clear "no" is a working supplier.
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::OutcomeUnknown { .. })
    }
}
