//! One request to Duffel: its headers, its limits, and what an answer means.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use jiff::Timestamp;
use lambda_host::Clock;
use lambda_host::http::HttpClient;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::answers;
use super::secret::Secret;
use super::wire::{Data, Page};
use crate::effect::Effect;
use crate::error::SupplierError;

/// The version of the API that `wire` describes.
const VERSION: &str = "v2";

pub struct Api {
    pub base: Uri,
    pub http: Arc<dyn HttpClient>,
    pub limit: Duration,
    pub clock: Arc<dyn Clock>,
    pub token: Secret,
    /// The rate limit was met: not asked again before.
    pub not_before: Mutex<Option<Timestamp>>,
}

impl Api {
    pub async fn get<Answer: DeserializeOwned>(&self, path: &str) -> Result<Answer, SupplierError> {
        let answer: Data<Answer> = self.send(Effect::None, Method::GET, path, Bytes::new()).await?;
        Ok(answer.data)
    }

    /// One page of a list. Pages are had by their cursor: the last has none.
    pub async fn page<Answer: DeserializeOwned>(&self, path: &str) -> Result<Page<Answer>, SupplierError> {
        self.send(Effect::None, Method::GET, path, Bytes::new()).await
    }

    pub async fn post<Answer: DeserializeOwned>(
        &self,
        effect: Effect,
        path: &str,
        data: &impl Serialize,
    ) -> Result<Answer, SupplierError> {
        let answer: Data<Answer> = self.send(effect, Method::POST, path, json(data)?).await?;
        Ok(answer.data)
    }

    pub async fn patch<Answer: DeserializeOwned>(
        &self,
        path: &str,
        data: &impl Serialize,
    ) -> Result<Answer, SupplierError> {
        let answer: Data<Answer> = self.send(Effect::None, Method::PATCH, path, json(data)?).await?;
        Ok(answer.data)
    }

    async fn send<Answer: DeserializeOwned>(
        &self,
        effect: Effect,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Answer, SupplierError> {
        let now = self.clock.now();
        if let Some(until) = self.not_before().filter(|until| *until > now) {
            return Err(SupplierError::asked_too_often(until));
        }
        let token = self.bearer(now).await?;
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base.to_string().trim_end_matches('/')))
            .header(http::header::AUTHORIZATION, token)
            .header("Duffel-Version", VERSION)
            .header(http::header::ACCEPT, "application/json")
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(body)
            .map_err(|error| SupplierError::Rejected {
                reason: error.to_string(),
            })?;
        let answer = effect.send(self.http.as_ref(), self.limit, request).await?;
        if let Some(until) = answers::patience(&answer, now) {
            *self.not_before.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
        }
        if answer.status() == StatusCode::UNAUTHORIZED {
            self.token.forget();
        }
        answers::read(effect, &answer, now)
    }

    /// Marked so that nothing prints it.
    async fn bearer(&self, now: Timestamp) -> Result<HeaderValue, SupplierError> {
        let token = self.token.read(now).await.map_err(SupplierError::unavailable)?;
        let mut header =
            HeaderValue::try_from(format!("Bearer {token}")).map_err(SupplierError::unavailable)?;
        header.set_sensitive(true);
        Ok(header)
    }

    fn not_before(&self) -> Option<Timestamp> {
        *self.not_before.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn json(data: &impl Serialize) -> Result<Bytes, SupplierError> {
    serde_json::to_vec(&Data { data })
        .map(Bytes::from)
        .map_err(|error| SupplierError::Rejected {
            reason: error.to_string(),
        })
}
