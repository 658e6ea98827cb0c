//! Reading uploaded documents from S3.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;

/// A policy is a few dozen pages of text, as PDF with pictures.
pub const MOST_BYTES: usize = 10 * 1024 * 1024;
/// The object's metadata that names a second object: typed rules for a document that cannot hold them itself.
const RULES_KEY: &str = "rules-key";

#[derive(Clone)]
pub struct Documents {
    s3: Client,
}

#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    #[error("the document {key} could not be read from {bucket}")]
    Read {
        bucket: String,
        key: String,
        source: Box<aws_sdk_s3::Error>,
    },
    #[error("{0:?} is no address of an object")]
    Address(String),
    #[error("the document {key} broke off while it was read")]
    Body {
        key: String,
        source: aws_sdk_s3::primitives::ByteStreamError,
    },
}

/// What an upload turned out to be.
pub enum Content {
    Bytes {
        document: Vec<u8>,
        /// JSON with the `policy` block and the `rules`.
        rules: Option<Vec<u8>>,
    },
    TooLarge(i64),
}

impl Documents {
    pub fn new(s3: Client) -> Self {
        Self { s3 }
    }

    pub async fn read(&self, bucket: &str, key: &str) -> Result<Content, DocumentError> {
        let object = self.object(bucket, key).await?;
        // Asked before the body is: a mistaken upload of a video must not fill the function's memory.
        let bytes = object.content_length().unwrap_or_default();
        if usize::try_from(bytes).is_ok_and(|bytes| bytes > MOST_BYTES) {
            return Ok(Content::TooLarge(bytes));
        }
        let rules_key = object
            .metadata()
            .and_then(|metadata| metadata.get(RULES_KEY))
            .cloned();
        let document = body(object, key).await?;
        let rules = match rules_key {
            None => None,
            Some(key) => Some(body(self.object(bucket, &key).await?, &key).await?),
        };
        Ok(Content::Bytes { document, rules })
    }

    /// What lies at `s3://bucket/key`.
    pub async fn at(&self, uri: &str) -> Result<Vec<u8>, DocumentError> {
        let place = uri.strip_prefix("s3://").and_then(|rest| rest.split_once('/'));
        let (bucket, key) = place.ok_or_else(|| DocumentError::Address(uri.into()))?;
        body(self.object(bucket, key).await?, key).await
    }

    async fn object(&self, bucket: &str, key: &str) -> Result<GetObjectOutput, DocumentError> {
        let asked = self.s3.get_object().bucket(bucket).key(key).send().await;
        asked.map_err(|error| DocumentError::Read {
            bucket: bucket.into(),
            key: key.into(),
            source: Box::new(error.into()),
        })
    }
}

async fn body(object: GetObjectOutput, key: &str) -> Result<Vec<u8>, DocumentError> {
    let body = object.body.collect().await;
    let body = body.map_err(|source| DocumentError::Body {
        key: key.into(),
        source,
    })?;
    Ok(body.into_bytes().to_vec())
}
