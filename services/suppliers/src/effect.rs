//! Whether a request that got no clear answer may have changed something at the supplier.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use lambda_host::http::{HttpClient, HttpError};

use crate::error::{SupplierError, TookTooLong};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    None,
    Buys,
}

impl Effect {
    /// No answer, or none that says what happened: only for a purchase does it matter that something may have.
    pub fn lost(self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> SupplierError {
        match self {
            Self::None => SupplierError::unavailable(source),
            Self::Buys => SupplierError::unknown(source),
        }
    }

    /// One request, answered within `limit`; an answer is given as it came, whatever its status.
    pub async fn send(
        self,
        http: &dyn HttpClient,
        limit: Duration,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, SupplierError> {
        match tokio::time::timeout(limit, http.send(request)).await {
            Ok(Ok(answer)) => Ok(answer),
            // Nothing arrived there, so nothing was bought.
            Ok(Err(error @ HttpError::Connect { .. })) => Err(SupplierError::unavailable(error)),
            Ok(Err(error)) => Err(self.lost(error)),
            Err(_) => Err(self.lost(TookTooLong(limit))),
        }
    }
}
