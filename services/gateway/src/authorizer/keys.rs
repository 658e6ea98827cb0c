//! The issuer's published keys: fetched once, kept, and fetched again when a token names a key we do not have, but
//! not more often than [`BETWEEN_FETCHES`]: tokens with made-up key ids must not make us hammer the issuer.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Uri};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use lambda_host::ConfigError;
use lambda_host::http::{HttpClient, HttpError};
use tokio::sync::Mutex;

const FRESH: SignedDuration = SignedDuration::from_hours(1);
const BETWEEN_FETCHES: SignedDuration = SignedDuration::from_mins(1);
const LIMIT: Duration = Duration::from_secs(3);

pub(super) struct Keys {
    http: Arc<dyn HttpClient>,
    url: Uri,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    keys: Option<JwkSet>,
    fetched_at: Option<Timestamp>,
    tried_at: Option<Timestamp>,
}

#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("the issuer's keys could not be fetched")]
    Fetch(#[from] HttpError),
    #[error("the issuer's keys took longer than {LIMIT:?}")]
    Slow,
    #[error("the issuer answered {0} instead of its keys")]
    Status(http::StatusCode),
    #[error("the issuer's answer is no key set")]
    Malformed(#[from] serde_json::Error),
    #[error("the request for the issuer's keys is malformed")]
    Request(#[from] http::Error),
    #[error("the issuer's keys could not be fetched a moment ago")]
    TriedJustNow,
}

impl Keys {
    pub fn new(http: Arc<dyn HttpClient>, url: &str) -> Result<Self, ConfigError> {
        let url = url
            .parse()
            .map_err(|error: http::uri::InvalidUri| ConfigError::Invalid {
                name: "JWT_JWKS_URL".into(),
                wanted: "a URL",
                reason: error.to_string(),
            })?;
        Ok(Self {
            http,
            url,
            cache: Mutex::default(),
        })
    }

    /// `None`: the issuer does not publish such a key.
    pub async fn find(&self, key_id: &str, now: Timestamp) -> Result<Option<Jwk>, KeysError> {
        // Held while fetching: those who wait would fetch the same.
        let mut cache = self.cache.lock().await;
        if cache.is_old(now) && cache.may_try(now) {
            let fetched = self.refresh(&mut cache, now).await;
            // Old keys are better than none while the issuer is away.
            if let (Err(error), None) = (fetched, &cache.keys) {
                return Err(error);
            }
        }
        let keys = cache.keys.as_ref().ok_or(KeysError::TriedJustNow)?;
        if let Some(key) = keys.find(key_id) {
            return Ok(Some(key.clone()));
        }
        if !cache.may_try(now) {
            return Ok(None);
        }
        self.refresh(&mut cache, now).await?;
        Ok(cache.keys.as_ref().and_then(|keys| keys.find(key_id)).cloned())
    }

    async fn refresh(&self, cache: &mut Cache, now: Timestamp) -> Result<(), KeysError> {
        cache.tried_at = Some(now);
        let request = Request::get(self.url.clone()).body(Bytes::new())?;
        let response = tokio::time::timeout(LIMIT, self.http.send(request))
            .await
            .map_err(|_| KeysError::Slow)??;
        if !response.status().is_success() {
            return Err(KeysError::Status(response.status()));
        }
        cache.keys = Some(serde_json::from_slice(response.body())?);
        cache.fetched_at = Some(now);
        Ok(())
    }
}

impl Cache {
    fn is_old(&self, now: Timestamp) -> bool {
        self.fetched_at.is_none_or(|at| now.duration_since(at) > FRESH)
    }

    fn may_try(&self, now: Timestamp) -> bool {
        // Without any keys nobody gets in: worth trying again soon.
        let pause = match self.keys {
            Some(_) => BETWEEN_FETCHES,
            None => SignedDuration::from_secs(1),
        };
        self.tried_at.is_none_or(|at| now.duration_since(at) >= pause)
    }
}
