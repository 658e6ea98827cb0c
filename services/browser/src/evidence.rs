//! Pictures of what a browser saw, kept for the audit: in a bucket whose objects expire, known by reference and hash.
//! Events and rows carry the reference only.

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use events_schema::evidence::Evidence;
use sha2::{Digest, Sha256};

#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    #[error("a picture could not be stored in {bucket}")]
    Write {
        bucket: String,
        source: Box<aws_sdk_s3::Error>,
    },
    #[error("the pictures in {bucket} could not be listed")]
    List {
        bucket: String,
        source: Box<aws_sdk_s3::Error>,
    },
}

/// Keeps pictures under names that say nothing about people.
#[async_trait]
pub trait Pictures: Send + Sync {
    async fn keep(&self, folder: &str, name: &str, png: Vec<u8>) -> Result<Evidence, EvidenceError>;

    /// All that are kept in a folder, in the order of their names.
    async fn of(&self, folder: &str) -> Result<Vec<Evidence>, EvidenceError>;
}

/// A prefix in a bucket. How long its objects stay is the bucket's lifecycle rule.
pub struct Bucket {
    pub s3: Client,
    pub name: String,
    /// With the slash at its end.
    pub prefix: String,
}

impl Bucket {
    fn evidence(&self, key: &str) -> Option<Evidence> {
        let sha256 = key.strip_suffix(".png")?.rsplit('-').next()?;
        Some(Evidence {
            reference: format!("s3://{}/{key}", self.name),
            sha256: sha256.into(),
        })
    }
}

#[async_trait]
impl Pictures for Bucket {
    /// The name holds the hash: the same picture kept twice is one object, and a list says what each must hash to.
    async fn keep(&self, folder: &str, name: &str, png: Vec<u8>) -> Result<Evidence, EvidenceError> {
        let sha256 = hex::encode(Sha256::digest(&png));
        let key = format!("{}{folder}/{name}-{sha256}.png", self.prefix);
        let put = self.s3.put_object().bucket(&self.name).key(&key);
        let put = put
            .content_type("image/png")
            .body(ByteStream::from(png))
            .send()
            .await;
        put.map_err(|error| EvidenceError::Write {
            bucket: self.name.clone(),
            source: Box::new(error.into()),
        })?;
        Ok(Evidence {
            reference: format!("s3://{}/{key}", self.name),
            sha256,
        })
    }

    /// At most a thousand, which is more than any task takes.
    async fn of(&self, folder: &str) -> Result<Vec<Evidence>, EvidenceError> {
        let list = self.s3.list_objects_v2().bucket(&self.name);
        let list = list.prefix(format!("{}{folder}/", self.prefix)).send().await;
        let list = list.map_err(|error| EvidenceError::List {
            bucket: self.name.clone(),
            source: Box::new(error.into()),
        })?;
        let keys = list.contents().iter().filter_map(|object| object.key());
        Ok(keys.filter_map(|key| self.evidence(key)).collect())
    }
}
