//! Reading uploaded documents from S3.

use aws_sdk_s3::Client;

/// A policy is a few dozen pages of text.
const MOST_BYTES: usize = 2 * 1024 * 1024;

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
    #[error("the document {key} broke off while it was read")]
    Body {
        key: String,
        source: aws_sdk_s3::primitives::ByteStreamError,
    },
}

/// What an upload turned out to be.
pub enum Content {
    Bytes(Vec<u8>),
    TooLarge(i64),
}

impl Documents {
    pub fn new(s3: Client) -> Self {
        Self { s3 }
    }

    pub async fn read(&self, bucket: &str, key: &str) -> Result<Content, DocumentError> {
        let object = self
            .s3
            .get_object()
            .bucket(bucket)
            .key(key)
            .send()
            .await
            .map_err(|error| DocumentError::Read {
                bucket: bucket.into(),
                key: key.into(),
                source: Box::new(error.into()),
            })?;
        // Asked before the body is: a mistaken upload of a video must not fill the function's memory.
        let bytes = object.content_length().unwrap_or_default();
        if usize::try_from(bytes).is_ok_and(|bytes| bytes > MOST_BYTES) {
            return Ok(Content::TooLarge(bytes));
        }
        let body = object
            .body
            .collect()
            .await
            .map_err(|source| DocumentError::Body {
                key: key.into(),
                source,
            })?;
        Ok(Content::Bytes(body.into_bytes().to_vec()))
    }
}
