//! KMS, as far as envelope encryption needs it: GenerateDataKey, Encrypt, Decrypt and DescribeKey under the template's
//! keys. What it wraps is really wrapped: the root of all keys is a file in the data directory, and whoever has
//! the stored data without that file can read nothing of it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use aes_gcm_siv::aead::{Aead, Payload};
use aes_gcm_siv::{Aes256GcmSiv, KeyInit, Nonce};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::reply;
use crate::clock::Clock;
use crate::wire::{Access, AwsError, AwsService, Call, Protocol};

const FILE: &str = "kms-root.key";
const NONCE_BYTES: usize = 12;

pub struct Kms {
    root: [u8; 32],
    clock: Clock,
    /// ARNs of the keys there are.
    keys: BTreeSet<String>,
    made: AtomicU64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request {
    key_id: Option<String>,
    plaintext: Option<String>,
    ciphertext_blob: Option<String>,
    #[serde(default)]
    encryption_context: BTreeMap<String, String>,
    key_spec: Option<String>,
    number_of_bytes: Option<usize>,
}

impl Kms {
    /// Takes the root from `data_dir`, or makes one on first use.
    pub fn open(data_dir: &Path, clock: Clock, keys: BTreeSet<String>) -> io::Result<Self> {
        let path = data_dir.join(FILE);
        let root = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let fresh = fresh_root();
                std::fs::write(&path, fresh)?;
                fresh.to_vec()
            }
            Err(error) => return Err(error),
        };
        let wrong = |_| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{FILE} does not hold 32 bytes"),
            )
        };
        Ok(Self {
            root: root.try_into().map_err(wrong)?,
            clock,
            keys,
            made: AtomicU64::new(0),
        })
    }

    fn cipher(&self, arn: &str) -> Result<Aes256GcmSiv, AwsError> {
        let key = digest(&[&self.root, b"key", arn.as_bytes()]);
        Aes256GcmSiv::new_from_slice(&key).map_err(|_| internal())
    }

    /// ARN, nonce and ciphertext: like AWS's, it says by itself which key it takes.
    fn wrap(&self, arn: &str, plain: &[u8], context: &BTreeMap<String, String>) -> Result<Vec<u8>, AwsError> {
        let aad = json!(context).to_string();
        let seed = digest(&[&self.root, b"nonce", plain, aad.as_bytes()]);
        let mut nonce = Nonce::default();
        nonce.copy_from_slice(&seed[..NONCE_BYTES]);
        let payload = Payload {
            msg: plain,
            aad: aad.as_bytes(),
        };
        let sealed = self
            .cipher(arn)?
            .encrypt(&nonce, payload)
            .map_err(|_| internal())?;
        let mut blob = arn.as_bytes().to_vec();
        blob.push(0);
        blob.extend_from_slice(&seed[..NONCE_BYTES]);
        blob.extend(sealed);
        Ok(blob)
    }

    fn unwrap(&self, blob: &[u8], context: &BTreeMap<String, String>) -> Result<(String, Vec<u8>), AwsError> {
        let (arn, rest) = split(blob).ok_or_else(invalid)?;
        let (nonce_bytes, sealed) = rest.split_at_checked(NONCE_BYTES).ok_or_else(invalid)?;
        let mut nonce = Nonce::default();
        nonce.copy_from_slice(nonce_bytes);
        let aad = json!(context).to_string();
        let payload = Payload {
            msg: sealed,
            aad: aad.as_bytes(),
        };
        let plain = self
            .cipher(&arn)?
            .decrypt(&nonce, payload)
            .map_err(|_| invalid())?;
        Ok((arn, plain))
    }

    fn key(&self, request: &Request) -> Result<String, AwsError> {
        let id = request.key_id.as_deref().unwrap_or_default();
        let found = self
            .keys
            .iter()
            .find(|arn| *arn == id || arn.ends_with(&format!("/{id}")));
        let missing = || AwsError::new("NotFoundException", format!("Key '{id}' does not exist"));
        found.cloned().ok_or_else(missing)
    }

    fn data_key(&self, request: &Request) -> Result<Value, AwsError> {
        let arn = self.key(request)?;
        let bytes = match (request.key_spec.as_deref(), request.number_of_bytes) {
            (Some("AES_256"), None) => 32,
            (Some("AES_128"), None) => 16,
            (None, Some(bytes @ 1..=32)) => bytes,
            _ => {
                return Err(AwsError::new(
                    "ValidationException",
                    "give KeySpec, or NumberOfBytes of at most 32",
                ));
            }
        };
        // Nobody guesses it without the root, and no two are alike.
        let count = self.made.fetch_add(1, Ordering::Relaxed);
        let moment = format!(
            "{}#{count}#{}",
            self.clock.now().as_nanosecond(),
            json!(request.encryption_context)
        );
        let plain = &digest(&[&self.root, b"data", moment.as_bytes()])[..bytes];
        let wrapped = self.wrap(&arn, plain, &request.encryption_context)?;
        Ok(json!({
            "KeyId": arn,
            "Plaintext": STANDARD.encode(plain),
            "CiphertextBlob": STANDARD.encode(wrapped),
        }))
    }
}

fn split(blob: &[u8]) -> Option<(String, &[u8])> {
    let end = blob.iter().position(|byte| *byte == 0)?;
    let arn = String::from_utf8(blob[..end].to_vec()).ok()?;
    Some((arn, &blob[end + 1..]))
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

#[allow(
    clippy::disallowed_methods,
    reason = "a secret must not follow from a seed; made once per data directory"
)]
fn fresh_root() -> [u8; 32] {
    let (one, other) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
    digest(&[one.as_bytes(), other.as_bytes()])
}

fn invalid() -> AwsError {
    AwsError::new("InvalidCiphertextException", "")
}

fn internal() -> AwsError {
    AwsError::new("KMSInternalException", "the cipher failed").with_status(500)
}

fn bytes(text: Option<&String>, name: &str) -> Result<Vec<u8>, AwsError> {
    let wrong = || AwsError::new("ValidationException", format!("{name} is missing or not base64"));
    STANDARD.decode(text.ok_or_else(wrong)?).map_err(|_| wrong())
}

#[async_trait]
impl AwsService for Kms {
    fn signing_name(&self) -> &'static str {
        "kms"
    }

    fn protocol(&self) -> Protocol {
        Protocol::AwsJson11
    }

    fn access(&self, call: &Call) -> Result<Vec<Access>, AwsError> {
        let request = read(call)?;
        // Decrypt may leave the key to the ciphertext.
        let resource = match &request.key_id {
            Some(_) => self.key(&request)?,
            None => {
                let blob = bytes(request.ciphertext_blob.as_ref(), "CiphertextBlob")?;
                split(&blob).ok_or_else(invalid)?.0
            }
        };
        Ok(vec![Access {
            action: format!("kms:{}", call.operation),
            resource,
        }])
    }

    async fn call(&self, call: Call) -> Result<Response<Bytes>, AwsError> {
        let request = read(&call)?;
        let answer = match call.operation.as_str() {
            "GenerateDataKey" => self.data_key(&request)?,
            "Encrypt" => {
                let arn = self.key(&request)?;
                let plain = bytes(request.plaintext.as_ref(), "Plaintext")?;
                let wrapped = self.wrap(&arn, &plain, &request.encryption_context)?;
                json!({"KeyId": arn, "CiphertextBlob": STANDARD.encode(wrapped), "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"})
            }
            "Decrypt" => {
                let blob = bytes(request.ciphertext_blob.as_ref(), "CiphertextBlob")?;
                let (arn, plain) = self.unwrap(&blob, &request.encryption_context)?;
                if request.key_id.is_some() && self.key(&request)? != arn {
                    return Err(AwsError::new(
                        "IncorrectKeyException",
                        "the ciphertext takes another key",
                    ));
                }
                json!({"KeyId": arn, "Plaintext": STANDARD.encode(plain), "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"})
            }
            "DescribeKey" => {
                let arn = self.key(&request)?;
                json!({"KeyMetadata": {
                    "Arn": arn, "KeyId": arn.rsplit('/').next(), "Enabled": true, "KeyState": "Enabled",
                    "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT", "KeyManager": "CUSTOMER",
                }})
            }
            other => return Err(AwsError::not_offered("kms", other)),
        };
        Ok(reply::with_body(
            200,
            "application/x-amz-json-1.1",
            answer.to_string(),
        ))
    }
}

fn read(call: &Call) -> Result<Request, AwsError> {
    serde_json::from_slice(&call.body)
        .map_err(|error| AwsError::new("ValidationException", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:kms:eu-west-1:000000000000:key/personal";

    fn open(folder: &Path) -> Kms {
        let clock = Clock::starting_at(jiff::Timestamp::UNIX_EPOCH);
        Kms::open(folder, clock, BTreeSet::from([ARN.to_owned()])).unwrap()
    }

    async fn ask(kms: &Kms, operation: &str, body: Value) -> Result<Value, String> {
        let call = Call {
            caller: crate::wire::Caller::Outside,
            operation: operation.into(),
            method: http::Method::POST,
            uri: "/".parse().unwrap(),
            headers: http::HeaderMap::new(),
            body: Bytes::from(body.to_string()),
        };
        match kms.call(call).await {
            Ok(response) => Ok(serde_json::from_slice(response.body()).unwrap()),
            Err(error) => Err(error.code),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_data_key_opens_with_its_context_and_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let kms = open(folder.path());
        let wish = json!({"KeyId": ARN, "KeySpec": "AES_256", "EncryptionContext": {"employeeId": "e-1"}});
        let made = ask(&kms, "GenerateDataKey", wish.clone()).await.unwrap();
        let other = ask(&kms, "GenerateDataKey", wish).await.unwrap();
        assert_ne!(made["Plaintext"], other["Plaintext"]);
        let kms = open(folder.path());
        let open =
            |context: Value| json!({"CiphertextBlob": made["CiphertextBlob"], "EncryptionContext": context});
        let opened = ask(&kms, "Decrypt", open(json!({"employeeId": "e-1"})))
            .await
            .unwrap();
        assert_eq!(
            (&opened["Plaintext"], &opened["KeyId"]),
            (&made["Plaintext"], &json!(ARN))
        );
        for wrong in [json!({"employeeId": "e-2"}), json!({})] {
            let refused = ask(&kms, "Decrypt", open(wrong)).await;
            assert_eq!(refused, Err("InvalidCiphertextException".into()));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_its_root_nothing_opens() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let wish = json!({"KeyId": "personal", "Plaintext": STANDARD.encode("secret")});
        let wrapped = ask(&open(folder.path()), "Encrypt", wish).await.unwrap();
        let wish = json!({"CiphertextBlob": wrapped["CiphertextBlob"]});
        let refused = ask(&open(elsewhere.path()), "Decrypt", wish).await;
        assert_eq!(refused, Err("InvalidCiphertextException".into()));
        let unknown = json!({"KeyId": "other", "KeySpec": "AES_256"});
        assert_eq!(
            ask(&open(folder.path()), "GenerateDataKey", unknown).await,
            Err("NotFoundException".into())
        );
    }
}
