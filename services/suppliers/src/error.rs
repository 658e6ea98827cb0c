//! What can go wrong with a supplier, by what the caller may do next.

use std::error::Error;
use std::time::Duration;

use jiff::Timestamp;

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

    /// Whether the supplier itself is at fault: what a circuit breaker counts. A clear "no" is a working supplier, and
    /// so is one that asks for patience.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Unavailable { source } => !source.is::<AskedTooOften>(),
            Self::OutcomeUnknown { .. } => true,
            Self::Rejected { .. } | Self::Gone { .. } | Self::PriceChanged => false,
        }
    }

    /// Whether nothing came back in time, as opposed to something that is no help.
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::Unavailable { source } | Self::OutcomeUnknown { source } => source.is::<TookTooLong>(),
            _ => false,
        }
    }

    pub fn asked_too_often(until: Timestamp) -> Self {
        Self::unavailable(AskedTooOften { until })
    }
}

/// The source of an error, where the time limit of the adapter passed.
#[derive(Debug, thiserror::Error)]
#[error("no answer within {0:?}")]
pub struct TookTooLong(pub Duration);

/// The source of an error, where the supplier's rate limit was met. Nothing was done.
#[derive(Debug, thiserror::Error)]
#[error("it was asked too often, and answers again at {until}")]
pub struct AskedTooOften {
    pub until: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_supplier_that_does_not_work_is_an_outage() {
        let reason = || "because".to_owned();
        for (error, outage, timeout, retryable) in [
            (SupplierError::unavailable("down"), true, false, true),
            (
                SupplierError::unavailable(TookTooLong(Duration::from_secs(1))),
                true,
                true,
                true,
            ),
            (
                SupplierError::asked_too_often(Timestamp::UNIX_EPOCH),
                false,
                false,
                true,
            ),
            (SupplierError::unknown("lost"), true, false, false),
            (
                SupplierError::unknown(TookTooLong(Duration::from_secs(1))),
                true,
                true,
                false,
            ),
            (SupplierError::Rejected { reason: reason() }, false, false, false),
            (SupplierError::Gone { reason: reason() }, false, false, false),
            (SupplierError::PriceChanged, false, false, false),
        ] {
            assert_eq!(
                (error.is_outage(), error.is_timeout(), error.retryable()),
                (outage, timeout, retryable),
                "{error:?}"
            );
        }
    }
}
