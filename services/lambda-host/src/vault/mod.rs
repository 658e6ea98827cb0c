//! # The vault: personal data, sealed
//!
//! Names, birth dates, contacts and people's own words are stored encrypted, under a key of the person they are about.
//! That key is itself stored only wrapped by a key that never leaves KMS. Destroying a person's wrapped key makes
//! everything sealed with it unreadable at once, wherever copies of it lie; what remains is a tombstone, which says
//! that and when it was done.
//!
//! The cipher is AES-256-GCM-SIV: authenticated, and safe where a nonce comes twice, so that it can follow from the
//! place the data is kept at. The place is authenticated too: a row moved elsewhere does not open.
//!
//! Nothing is remembered between calls: a key that was destroyed elsewhere must not live on in a warm process.

mod keys;

use std::sync::Arc;

use aes_gcm_siv::aead::{Aead, Payload};
use aes_gcm_siv::{Aes256GcmSiv, KeyInit, Nonce};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use events_schema::ids::EmployeeId;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

pub use keys::{DataKey, KeyError, KmsKeys, WrappingKeys};

use crate::condition::held;
use crate::runtime::{ConfigError, Runtime};

/// Begins every sealed text: what it is, and how it was made.
const VERSION: &str = "sealed:1:";

#[derive(Clone)]
pub struct Vault {
    keys: Arc<dyn WrappingKeys>,
    dynamo: Client,
    table: String,
}

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("the table of people's keys could not be read or written")]
    Table(#[source] Box<aws_sdk_dynamodb::Error>),
    #[error("a person's key could not be wrapped or unwrapped")]
    Key(#[from] KeyError),
    #[error("the row of {0}'s key does not have its shape")]
    Row(EmployeeId),
    #[error("the person was erased: nothing more is kept of them")]
    Erased,
    #[error("what is kept at {0} was not sealed there, or not with this person's key")]
    NotOpened(String),
    #[error("the data could not be sealed")]
    NotSealed,
    #[error("the write of a key is malformed")]
    Build(#[from] BuildError),
}

/// What the table says of a person's key.
enum Kept {
    Key(DataKey),
    Erased,
    None,
}

impl Vault {
    /// Settings: `PERSON_KEYS_TABLE`, and `PERSONAL_DATA_KEY`, the ARN of the KMS key.
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        let client = aws_sdk_kms::Client::new(&runtime.aws);
        Ok(Self {
            keys: Arc::new(KmsKeys::new(client, runtime.setting("PERSONAL_DATA_KEY")?)),
            dynamo: Client::new(&runtime.aws),
            table: runtime.setting("PERSON_KEYS_TABLE")?.into(),
        })
    }

    /// Seals `text`, which is about `person`, to be kept at `place` (table and key). Makes the person's key if there is
    /// none yet; fails with [`VaultError::Erased`] once the person was erased.
    pub async fn seal(&self, person: &EmployeeId, place: &str, text: &str) -> Result<String, VaultError> {
        let key = self.key_for_sealing(person).await?;
        let payload = Payload {
            msg: text.as_bytes(),
            aad: place.as_bytes(),
        };
        let sealed = cipher(&key)?
            .encrypt(&nonce(place), payload)
            .map_err(|_| VaultError::NotSealed)?;
        Ok(format!("{VERSION}{}", STANDARD.encode(sealed)))
    }

    /// What was sealed at `place`; `None` once the person was erased.
    pub async fn open(
        &self,
        person: &EmployeeId,
        place: &str,
        sealed: &str,
    ) -> Result<Option<Zeroizing<String>>, VaultError> {
        let opened = self.open_all(person, [(place, sealed)]).await?;
        Ok(opened.and_then(|mut texts| texts.pop()))
    }

    /// What was sealed with this person's key, each by its place, in the order given: the key is asked for once.
    /// `None` once the person was erased.
    pub async fn open_all<'a>(
        &self,
        person: &EmployeeId,
        sealed: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Option<Vec<Zeroizing<String>>>, VaultError> {
        let kept = self.kept(person).await?;
        if matches!(kept, Kept::Erased) {
            return Ok(None);
        }
        let mut opened = Vec::new();
        for (place, sealed) in sealed {
            let Kept::Key(key) = &kept else {
                return Err(VaultError::NotOpened(place.into()));
            };
            opened.push(unsealed(key, place, sealed)?);
        }
        Ok(Some(opened))
    }

    /// Puts a tombstone in the place of the person's key, as part of the transaction that says so. Nothing undoes it.
    pub fn destroy(&self, person: &EmployeeId, at: Timestamp) -> Result<TransactWriteItem, VaultError> {
        let put = Put::builder()
            .table_name(&self.table)
            .item("employeeId", AttributeValue::S(person.to_string()))
            .item("erasedAt", AttributeValue::S(at.to_string()))
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Whether the person was erased: their id is never used for somebody again.
    pub async fn is_erased(&self, person: &EmployeeId) -> Result<bool, VaultError> {
        let item = self.item(person).await?;
        Ok(item.is_some_and(|item| item.contains_key("erasedAt")))
    }

    async fn key_for_sealing(&self, person: &EmployeeId) -> Result<DataKey, VaultError> {
        // Of two who make a person's first key at once, the first to save it wins, and the other takes that one.
        for _ in 0..2 {
            match self.kept(person).await? {
                Kept::Key(key) => return Ok(key),
                Kept::Erased => return Err(VaultError::Erased),
                Kept::None => {
                    let (key, wrapped) = self.keys.generate(person).await?;
                    if self.save(person, wrapped).await? {
                        return Ok(key);
                    }
                }
            }
        }
        Err(VaultError::Row(person.clone()))
    }

    async fn kept(&self, person: &EmployeeId) -> Result<Kept, VaultError> {
        let Some(item) = self.item(person).await? else {
            return Ok(Kept::None);
        };
        if item.contains_key("erasedAt") {
            return Ok(Kept::Erased);
        }
        let wrapped = item.get("wrappedKey").and_then(|value| value.as_b().ok());
        let wrapped = wrapped.ok_or_else(|| VaultError::Row(person.clone()))?;
        Ok(Kept::Key(self.keys.unwrap(person, wrapped.as_ref()).await?))
    }

    async fn item(
        &self,
        person: &EmployeeId,
    ) -> Result<Option<std::collections::HashMap<String, AttributeValue>>, VaultError> {
        let answer = self
            .dynamo
            .get_item()
            .table_name(&self.table)
            .key("employeeId", AttributeValue::S(person.to_string()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| VaultError::Table(Box::new(error.into())))?;
        Ok(answer.item)
    }

    async fn save(&self, person: &EmployeeId, wrapped: Vec<u8>) -> Result<bool, VaultError> {
        let outcome = self
            .dynamo
            .put_item()
            .table_name(&self.table)
            .item("employeeId", AttributeValue::S(person.to_string()))
            .item("wrappedKey", AttributeValue::B(Blob::new(wrapped)))
            .condition_expression("attribute_not_exists(employeeId)")
            .send()
            .await;
        held(outcome).map_err(|error| VaultError::Table(Box::new(error.into())))
    }
}

fn unsealed(key: &DataKey, place: &str, sealed: &str) -> Result<Zeroizing<String>, VaultError> {
    let not_opened = || VaultError::NotOpened(place.into());
    let sealed = sealed.strip_prefix(VERSION).ok_or_else(not_opened)?;
    let sealed = STANDARD.decode(sealed).map_err(|_| not_opened())?;
    let payload = Payload {
        msg: &sealed,
        aad: place.as_bytes(),
    };
    let opened = cipher(key)?
        .decrypt(&nonce(place), payload)
        .map_err(|_| not_opened())?;
    let text = String::from_utf8(opened).map_err(|_| not_opened())?;
    Ok(Zeroizing::new(text))
}

fn cipher(key: &DataKey) -> Result<Aes256GcmSiv, VaultError> {
    Aes256GcmSiv::new_from_slice(key.as_slice()).map_err(|_| VaultError::NotSealed)
}

/// Follows from the place. The same place sealed twice shows, at most, whether it holds the same.
fn nonce(place: &str) -> Nonce {
    let digest = Sha256::digest(place.as_bytes());
    let mut nonce = Nonce::default();
    nonce.copy_from_slice(&digest[..12]);
    nonce
}
