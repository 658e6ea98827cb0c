//! The services at the cloud's edge: queues, buckets, sockets, keys, e-mail, and the two that tooling asks first
//! (CloudFormation and STS).
//!
//! Each takes a typed configuration and knows nothing of the template it came from, of the endpoint's sockets, or
//! of IAM policies: it names the access a call needs and leaves the verdict to the endpoint. Errors that carry
//! protocol details of their own (SQS, S3) are written here as finished responses; the rest go out as `AwsError`.

pub mod cloudformation;
mod form;
pub mod kms;
mod reply;
pub mod s3;
#[cfg(test)]
mod sdk_tests;
pub mod ses;
pub mod sqs;
pub mod sts;
pub mod websocket;
mod xml;
