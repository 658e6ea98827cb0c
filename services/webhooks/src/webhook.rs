//! Table Webhooks: who is told, and the secrets that only KMS can open.

use aws_sdk_dynamodb::Client;
use aws_sdk_kms::primitives::Blob;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{Timestamp, ToSpan};
use lambda_host::HandlerError;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::signature::{NoSecret, Secret};

/// In the encryption context: a secret opens for its webhook only.
const CONTEXT: &str = "webhookId";

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    pub webhook_id: String,
    pub address: String,
    /// By their names.
    pub events: Vec<String>,
    /// The newest first.
    pub secrets: Vec<Sealed>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sealed {
    /// What KMS made of it, in base64.
    pub secret: String,
    /// Set once a newer one took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("KMS refused or could not be reached")]
    Kms(#[source] Box<aws_sdk_kms::Error>),
    #[error("what is kept of the secret is not what KMS made of one")]
    Damaged,
}

impl From<NoSecret> for SecretError {
    fn from(_: NoSecret) -> Self {
        Self::Damaged
    }
}

impl Webhook {
    /// The new secret signs from now on, the ones before it for `hours` more.
    pub fn rotate(&mut self, new: Sealed, now: Timestamp, hours: i64) {
        let until = now.checked_add(hours.hours()).unwrap_or(Timestamp::MAX);
        self.secrets
            .retain(|secret| secret.until.is_none_or(|until| now < until));
        for secret in &mut self.secrets {
            secret.until = Some(secret.until.map_or(until, |earlier| earlier.min(until)));
        }
        self.secrets.insert(0, new);
        // Two are active while one is replaced, never more.
        self.secrets.truncate(2);
    }
}

/// Seals and opens secrets.
pub struct Secrets {
    kms: aws_sdk_kms::Client,
    key: String,
}

impl Secrets {
    /// `key`: its ARN.
    pub fn new(kms: aws_sdk_kms::Client, key: impl Into<String>) -> Self {
        Self { kms, key: key.into() }
    }

    pub async fn seal(&self, webhook: &str, secret: &str) -> Result<Sealed, SecretError> {
        let made = self
            .kms
            .encrypt()
            .key_id(&self.key)
            .plaintext(Blob::new(secret))
            .encryption_context(CONTEXT, webhook);
        let made = made
            .send()
            .await
            .map_err(|error| SecretError::Kms(Box::new(error.into())))?;
        let made = made.ciphertext_blob.ok_or(SecretError::Damaged)?;
        Ok(Sealed {
            secret: STANDARD.encode(made),
            until: None,
        })
    }

    pub async fn open(&self, webhook: &str, sealed: &Sealed) -> Result<Secret, SecretError> {
        let sealed = STANDARD
            .decode(&sealed.secret)
            .map_err(|_| SecretError::Damaged)?;
        let opened = self
            .kms
            .decrypt()
            .key_id(&self.key)
            .ciphertext_blob(Blob::new(sealed))
            .encryption_context(CONTEXT, webhook);
        let opened = opened
            .send()
            .await
            .map_err(|error| SecretError::Kms(Box::new(error.into())))?;
        let text = Zeroizing::new(opened.plaintext.ok_or(SecretError::Damaged)?.into_inner());
        let text = std::str::from_utf8(&text).map_err(|_| SecretError::Damaged)?;
        Ok(Secret::parse(text)?)
    }
}

pub struct Webhooks {
    dynamo: Client,
    table: String,
}

impl Webhooks {
    pub fn new(dynamo: Client, table: impl Into<String>) -> Self {
        Self {
            dynamo,
            table: table.into(),
        }
    }

    /// All of them: there are few.
    pub async fn all(&self) -> Result<Vec<Webhook>, HandlerError> {
        let mut all = Vec::new();
        let mut from = None;
        loop {
            let page = self
                .dynamo
                .scan()
                .table_name(&self.table)
                .set_exclusive_start_key(from)
                .send()
                .await?;
            for item in page.items.unwrap_or_default() {
                all.push(serde_dynamo::from_item(item)?);
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(all);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_secrets_are_active_while_one_is_replaced_and_never_more() {
        let now: Timestamp = "2026-11-26T12:00:00Z".parse().unwrap();
        let sealed = |secret: &str| Sealed {
            secret: secret.into(),
            until: None,
        };
        let mut webhook = Webhook {
            webhook_id: "w".into(),
            address: String::new(),
            events: Vec::new(),
            secrets: vec![sealed("first")],
        };
        webhook.rotate(sealed("second"), now, 24);
        webhook.rotate(sealed("third"), now, 24);
        let left: Vec<_> = webhook
            .secrets
            .iter()
            .map(|s| (s.secret.as_str(), s.until.is_some()))
            .collect();
        assert_eq!(left, [("third", false), ("second", true)]);
        webhook.rotate(sealed("fourth"), now + 25.hours(), 24);
        let left: Vec<_> = webhook.secrets.iter().map(|s| s.secret.as_str()).collect();
        assert_eq!(left, ["fourth", "third"]);
    }
}
