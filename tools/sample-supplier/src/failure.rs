//! How a request can fail, and what the client is told: `{"error": {"code", "message"}}`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::StoreError;
use crate::inventory::Refused;
use crate::wire::{ErrorBody, ErrorDetail};

/// Every way a request can fail.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{0}")]
    BadRequest(String),
    #[error("no such {0}")]
    NotFound(&'static str),
    #[error("sold out")]
    SoldOut,
    #[error("this price has expired: ask for a quote")]
    OfferExpired,
    #[error("the price has changed: ask for a quote")]
    PriceChanged,
    #[error("this idempotency key was used for a different order")]
    KeyTaken,
    #[error("too late to cancel: travel has begun")]
    TooLate,
    #[error("declined")]
    Rejected,
    #[error("temporarily unavailable")]
    Unavailable,
    #[error("internal error")]
    Broken,
    #[error("the answer took too long")]
    Lost,
    #[error("internal error")]
    Store(#[from] StoreError),
}

impl Failure {
    pub fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, "bad_request"),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
            Self::SoldOut => (StatusCode::GONE, "sold_out"),
            Self::OfferExpired => (StatusCode::GONE, "offer_expired"),
            Self::PriceChanged => (StatusCode::CONFLICT, "price_changed"),
            Self::KeyTaken => (StatusCode::CONFLICT, "idempotency_conflict"),
            Self::TooLate => (StatusCode::CONFLICT, "too_late"),
            Self::Rejected => (StatusCode::UNPROCESSABLE_ENTITY, "rejected"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::Broken | Self::Store(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            Self::Lost => (StatusCode::GATEWAY_TIMEOUT, "timeout"),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, code) = self.status_and_code();
        let error = ErrorDetail {
            code: code.into(),
            message: self.to_string(),
        };
        (status, Json(ErrorBody { error })).into_response()
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::BadRequest(refused.to_string())
    }
}
