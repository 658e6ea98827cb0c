//! A secret of ours, the access token or the key of webhooks: in Secrets Manager, read when it is first needed. It is in
//! no setting and no log.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// A secret that was changed is noticed after this long at the latest, and as soon as Duffel refuses the old one.
const KEPT: SignedDuration = SignedDuration::from_mins(15);

pub struct Secret {
    secrets: aws_sdk_secretsmanager::Client,
    /// Name or ARN.
    name: String,
    known: Mutex<Option<(Arc<str>, Timestamp)>>,
}

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the secret {name} cannot be read")]
    Read {
        name: String,
        source: Box<aws_sdk_secretsmanager::Error>,
    },
    #[error("the secret {0} holds nothing to use: one line of plain text is wanted")]
    Unusable(String),
}

impl Secret {
    pub fn new(secrets: aws_sdk_secretsmanager::Client, name: String) -> Self {
        Self {
            secrets,
            name,
            known: Mutex::default(),
        }
    }

    pub async fn read(&self, now: Timestamp) -> Result<Arc<str>, SecretError> {
        if let Some(known) = self.known(now) {
            return Ok(known);
        }
        let answer = self.secrets.get_secret_value().secret_id(&self.name).send().await;
        let answer = answer.map_err(|error| SecretError::Read {
            name: self.name.clone(),
            source: Box::new(error.into()),
        })?;
        let text = answer.secret_string().unwrap_or_default().trim();
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err(SecretError::Unusable(self.name.clone()));
        }
        let text: Arc<str> = text.into();
        *self.lock() = Some((text.clone(), now + KEPT));
        Ok(text)
    }

    /// It was refused: read again next time.
    pub fn forget(&self) {
        *self.lock() = None;
    }

    fn known(&self, now: Timestamp) -> Option<Arc<str>> {
        let known = self.lock();
        let fresh = known.as_ref().filter(|(_, until)| *until > now);
        fresh.map(|(text, _)| text.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Arc<str>, Timestamp)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
