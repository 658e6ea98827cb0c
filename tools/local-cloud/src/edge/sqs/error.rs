//! Refusals as SQS words them. Current SDKs match the shape in the body's `__type`; those that still expect the
//! older names read them from the `x-amzn-query-error` header.

use bytes::Bytes;
use http::{HeaderValue, Response};
use serde_json::json;

use crate::edge::reply;

#[derive(Debug, thiserror::Error)]
pub enum SqsError {
    #[error("The specified queue does not exist.")]
    NonExistentQueue,
    #[error("The input receipt handle is invalid.")]
    ReceiptHandleIsInvalid,
    #[error("The message referred to is not in flight.")]
    MessageNotInflight,
    #[error("{0}")]
    InvalidParameterValue(String),
    #[error("The request must contain the parameter {0}.")]
    MissingParameter(&'static str),
    #[error("There should be at least one entry in the request.")]
    EmptyBatch,
    #[error("Maximum number of entries per request are 10. You have sent {0}.")]
    TooManyEntries(usize),
    #[error("Id {0} repeated.")]
    BatchIdsNotDistinct(String),
    #[error(
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores, at most 80 of them."
    )]
    InvalidBatchEntryId,
    #[error("Batch requests cannot be longer than {limit} bytes. You have sent {sent} bytes.")]
    BatchTooLong { limit: usize, sent: usize },
    #[error("{0}")]
    ResourceNotFound(String),
    #[error("the local cloud does not offer sqs:{0}")]
    NotOffered(String),
    #[error("the queue's storage failed")]
    Storage(#[from] rusqlite::Error),
    #[error("a stored message is unreadable")]
    Corrupt(#[from] serde_json::Error),
}

impl SqsError {
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::InvalidParameterValue(message.into())
    }

    /// The name older SDKs and the Query protocol know this error by.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NonExistentQueue => "AWS.SimpleQueueService.NonExistentQueue",
            Self::ReceiptHandleIsInvalid => "ReceiptHandleIsInvalid",
            Self::MessageNotInflight => "AWS.SimpleQueueService.MessageNotInflight",
            Self::InvalidParameterValue(_) => "InvalidParameterValue",
            Self::MissingParameter(_) => "MissingParameter",
            Self::EmptyBatch => "AWS.SimpleQueueService.EmptyBatchRequest",
            Self::TooManyEntries(_) => "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            Self::BatchIdsNotDistinct(_) => "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            Self::InvalidBatchEntryId => "AWS.SimpleQueueService.InvalidBatchEntryId",
            Self::BatchTooLong { .. } => "AWS.SimpleQueueService.BatchRequestTooLong",
            Self::ResourceNotFound(_) => "ResourceNotFoundException",
            Self::NotOffered(_) => "AWS.SimpleQueueService.UnsupportedOperation",
            Self::Storage(_) | Self::Corrupt(_) => "InternalError",
        }
    }

    fn shape(&self) -> &'static str {
        match self {
            Self::NonExistentQueue => "com.amazonaws.sqs#QueueDoesNotExist",
            Self::ReceiptHandleIsInvalid => "com.amazonaws.sqs#ReceiptHandleIsInvalid",
            Self::MessageNotInflight => "com.amazonaws.sqs#MessageNotInflight",
            Self::InvalidParameterValue(_) => "com.amazon.coral.service#InvalidParameterValueException",
            Self::MissingParameter(_) => "com.amazon.coral.service#MissingRequiredParameterException",
            Self::EmptyBatch => "com.amazonaws.sqs#EmptyBatchRequest",
            Self::TooManyEntries(_) => "com.amazonaws.sqs#TooManyEntriesInBatchRequest",
            Self::BatchIdsNotDistinct(_) => "com.amazonaws.sqs#BatchEntryIdsNotDistinct",
            Self::InvalidBatchEntryId => "com.amazonaws.sqs#InvalidBatchEntryId",
            Self::BatchTooLong { .. } => "com.amazonaws.sqs#BatchRequestTooLong",
            Self::ResourceNotFound(_) => "com.amazonaws.sqs#ResourceNotFoundException",
            Self::NotOffered(_) => "com.amazonaws.sqs#UnsupportedOperation",
            Self::Storage(_) | Self::Corrupt(_) => "com.amazonaws.sqs#InternalError",
        }
    }

    pub(super) fn is_senders_fault(&self) -> bool {
        !matches!(self, Self::Storage(_) | Self::Corrupt(_))
    }

    pub(super) fn response(&self) -> Response<Bytes> {
        let (status, fault) = if self.is_senders_fault() {
            (400, "Sender")
        } else {
            (500, "Receiver")
        };
        let body = json!({ "__type": self.shape(), "message": self.to_string() });
        let mut response = reply::with_body(status, "application/x-amz-json-1.0", body.to_string());
        if let Ok(value) = HeaderValue::from_str(&format!("{};{fault}", self.code())) {
            response.headers_mut().insert("x-amzn-query-error", value);
        }
        response
    }
}
