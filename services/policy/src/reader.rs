//! The port through which uploads are read. In process, the document's own parser does it; on AWS, Bedrock Data Automation
//! reads what has pages. Both give the same [`Document`].

use std::time::Duration;

use async_trait::async_trait;
use lambda_host::HandlerError;

use crate::parser::{Document, Unreadable, parser_for};

/// A document in the bucket.
#[derive(Clone, Copy, Debug)]
pub struct Upload<'a> {
    pub bucket: &'a str,
    pub key: &'a str,
    pub bytes: &'a [u8],
    /// Names this reading: the same upload read again continues what was begun.
    pub reading: &'a str,
}

#[derive(Debug)]
pub enum ReadError {
    /// It is the document's fault: reading it again would say the same.
    Unreadable(Unreadable),
    Failed(HandlerError),
}

impl From<Unreadable> for ReadError {
    fn from(unreadable: Unreadable) -> Self {
        Self::Unreadable(unreadable)
    }
}

#[async_trait]
pub trait Reader: Send + Sync {
    async fn read(&self, upload: &Upload<'_>, time_left: Duration) -> Result<Document, ReadError>;
}

/// Reads without asking anybody.
pub struct InProcess;

#[async_trait]
impl Reader for InProcess {
    async fn read(&self, upload: &Upload<'_>, _time_left: Duration) -> Result<Document, ReadError> {
        Ok(parser_for(upload.key)?.parse(upload.bytes)?)
    }
}
