//! A Lambda function: JSON in, JSON out.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;

use crate::error::HandlerError;

#[async_trait]
pub trait Function: Send + Sync {
    async fn call(&self, payload: Value, invocation: &Invocation) -> Result<Value, HandlerError>;
}

#[derive(Clone, Debug)]
pub struct Invocation {
    pub request_id: String,
    /// When Lambda will end this invocation.
    pub deadline: Timestamp,
}
