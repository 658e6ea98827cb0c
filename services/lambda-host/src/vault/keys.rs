//! Making, wrapping and unwrapping people's keys.

use async_trait::async_trait;
use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use events_schema::ids::EmployeeId;
use zeroize::Zeroizing;

/// 32 bytes, wiped when dropped.
pub type DataKey = Zeroizing<Vec<u8>>;

/// Whoever holds the key that wraps people's keys.
#[async_trait]
pub trait WrappingKeys: Send + Sync {
    /// A fresh key for `person`, and the same one wrapped.
    async fn generate(&self, person: &EmployeeId) -> Result<(DataKey, Vec<u8>), KeyError>;

    /// Fails for a key that was wrapped for somebody else.
    async fn unwrap(&self, person: &EmployeeId, wrapped: &[u8]) -> Result<DataKey, KeyError>;
}

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("KMS refused or could not be reached")]
    Kms(#[source] Box<aws_sdk_kms::Error>),
    #[error("KMS answered without {0}")]
    Incomplete(&'static str),
}

/// KMS; locally the local cloud answers in its place.
pub struct KmsKeys {
    kms: Client,
    key: String,
}

/// In the encryption context, so that a wrapped key unwraps for its person only, and KMS's own log says whose it was.
const CONTEXT: &str = "employeeId";

impl KmsKeys {
    /// `key`: its ARN.
    pub fn new(kms: Client, key: &str) -> Self {
        Self { kms, key: key.into() }
    }
}

#[async_trait]
impl WrappingKeys for KmsKeys {
    async fn generate(&self, person: &EmployeeId) -> Result<(DataKey, Vec<u8>), KeyError> {
        let made = self
            .kms
            .generate_data_key()
            .key_id(&self.key)
            .key_spec(DataKeySpec::Aes256)
            .encryption_context(CONTEXT, person.as_str())
            .send()
            .await
            .map_err(|error| KeyError::Kms(Box::new(error.into())))?;
        let plain = made.plaintext.ok_or(KeyError::Incomplete("the key"))?;
        let wrapped = made
            .ciphertext_blob
            .ok_or(KeyError::Incomplete("the wrapped key"))?;
        Ok((Zeroizing::new(plain.into_inner()), wrapped.into_inner()))
    }

    async fn unwrap(&self, person: &EmployeeId, wrapped: &[u8]) -> Result<DataKey, KeyError> {
        let opened = self
            .kms
            .decrypt()
            .key_id(&self.key)
            .ciphertext_blob(Blob::new(wrapped))
            .encryption_context(CONTEXT, person.as_str())
            .send()
            .await
            .map_err(|error| KeyError::Kms(Box::new(error.into())))?;
        let plain = opened.plaintext.ok_or(KeyError::Incomplete("the key"))?;
        Ok(Zeroizing::new(plain.into_inner()))
    }
}
