//! Errors people see: a code, a sentence, and what to do next.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    AuthFailed,
    Forbidden,
    InvalidRequest,
    NotFound,
    Conflict,
    TooLarge,
    RateLimited,
    PolicySilent,
    PlanningFailed,
    NoOffers,
    OfferExpired,
    PriceChanged,
    SupplierUnavailable,
    BudgetExceeded,
    ApprovalDeclined,
    TooLate,
    Internal,
}

impl ErrorCode {
    /// Whether sending the same command again, unchanged, may succeed.
    pub fn retryable(self) -> bool {
        matches!(
            self,
            Self::RateLimited | Self::SupplierUnavailable | Self::Internal
        )
    }
}
