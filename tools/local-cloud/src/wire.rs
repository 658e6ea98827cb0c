//! What every emulated AWS service has in common: a signed call in, an answer or an AWS-shaped error out.

use async_trait::async_trait;
use bytes::Bytes;

/// Who signed a call: a function or state machine of the template by its logical id (our clients sign with an
/// access key id of that name), or an outside client, which may do anything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// A logical id of the template; its policies are enforced.
    Resource(String),
    Outside,
}

/// One call to one AWS service, the protocol already unwrapped as far as the operation's name.
#[derive(Clone, Debug)]
pub struct Call {
    pub caller: Caller,
    /// For JSON protocols the part of `X-Amz-Target` behind the dot; for REST protocols the service derives it.
    pub operation: String,
    pub method: http::Method,
    pub uri: http::Uri,
    pub headers: http::HeaderMap,
    pub body: Bytes,
}

/// What a call needs to be allowed: an IAM action on a resource ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// As IAM writes it: `dynamodb:PutItem`.
    pub action: String,
    pub resource: String,
}

/// How a service writes its errors on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    AwsJson10,
    AwsJson11,
    RestJson,
    RestXml,
    Query,
}

#[derive(Clone, Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub struct AwsError {
    pub status: u16,
    pub code: String,
    pub message: String,
    /// Further members of the error's JSON body (`CancellationReasons` and the like); rare, so boxed.
    pub members: Box<serde_json::Map<String, serde_json::Value>>,
}

impl AwsError {
    /// A client error (HTTP 400) with AWS's code.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            code: code.into(),
            message: message.into(),
            members: Default::default(),
        }
    }

    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub fn with_member(mut self, name: &str, value: serde_json::Value) -> Self {
        self.members.insert(name.into(), value);
        self
    }

    /// The local cloud does not offer this operation; AWS does.
    pub fn not_offered(service: &str, operation: &str) -> Self {
        Self::new(
            "UnknownOperationException",
            format!("the local cloud does not offer {service}:{operation}"),
        )
    }
}

/// One emulated service, reached through the endpoint by SDK clients, the AWS CLI and boto3 alike.
#[async_trait]
pub trait AwsService: Send + Sync {
    /// The name in the credential scope: `events`, `dynamodb`, `states`, `sqs`, `s3`, `lambda`, `execute-api` …
    fn signing_name(&self) -> &'static str;
    fn protocol(&self) -> Protocol;
    /// The largest request body taken, in bytes; more is refused before the service sees it. What a service limits
    /// within that (an item, a message, a payload) it refuses by its own code.
    fn max_body_bytes(&self) -> usize {
        16 * 1024 * 1024
    }
    /// The error for more than that.
    fn body_too_large(&self) -> AwsError {
        let message = format!("the request's body is over {} bytes", self.max_body_bytes());
        AwsError::new("RequestEntityTooLargeException", message).with_status(413)
    }
    /// Everything this call needs permission for; the endpoint checks it before `call`.
    fn access(&self, call: &Call) -> Result<Vec<Access>, AwsError>;
    async fn call(&self, call: Call) -> Result<http::Response<Bytes>, AwsError>;
}
