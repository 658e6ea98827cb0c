//! The client, the same for both: AWS's JSON protocol over keep-alive connections, without an SDK.
//!
//! An SDK would spend more on signing and retrying than the servers spend on answering, and would measure itself.
//! Neither server verifies signatures: the header says who calls what, which is what both read in it.

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::BenchError;

pub const REGION: &str = "eu-west-1";

/// `X-Amz-Target`'s prefix, the signing name and the protocol's version of a service.
#[derive(Clone, Copy)]
pub struct Service {
    target: &'static str,
    signing_name: &'static str,
    content_type: &'static str,
}

pub const DYNAMODB: Service = Service::new("DynamoDB_20120810", "dynamodb", "application/x-amz-json-1.0");
pub const EVENTS: Service = Service::new("AWSEvents", "events", "application/x-amz-json-1.1");
pub const SQS: Service = Service::new("AmazonSQS", "sqs", "application/x-amz-json-1.0");
pub const STATES: Service = Service::new("AWSStepFunctions", "states", "application/x-amz-json-1.0");

impl Service {
    const fn new(target: &'static str, signing_name: &'static str, content_type: &'static str) -> Self {
        Self {
            target,
            signing_name,
            content_type,
        }
    }
}

/// Where a server listens.
#[derive(Clone)]
pub struct Client {
    pub port: u16,
}

/// One connection, used by one task at a time.
pub struct Connection {
    port: u16,
    sender: SendRequest<Full<Bytes>>,
}

#[derive(Debug, thiserror::Error)]
#[error("{operation} was answered with {status}: {body}")]
pub struct Refused {
    operation: &'static str,
    status: http::StatusCode,
    body: String,
}

impl Client {
    pub fn new(port: u16) -> Self {
        Self { port }
    }

    pub async fn connect(&self) -> Result<Connection, BenchError> {
        let sender = dial(self.port).await?;
        Ok(Connection {
            port: self.port,
            sender,
        })
    }
}

async fn dial(port: u16) -> Result<SendRequest<Full<Bytes>>, BenchError> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    // Both ends would otherwise wait for more to send.
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // Ends with its sender; what goes wrong is seen by whoever sends.
    tokio::spawn(connection);
    Ok(sender)
}

impl Connection {
    pub async fn call(
        &mut self,
        service: Service,
        operation: &'static str,
        body: &Value,
    ) -> Result<Value, BenchError> {
        let scope = format!(
            "Credential=bench/20261121/{REGION}/{}/aws4_request",
            service.signing_name
        );
        let request = Request::post("/")
            .header("host", format!("127.0.0.1:{}", self.port))
            .header("content-type", service.content_type)
            .header("x-amz-target", format!("{}.{operation}", service.target))
            .header("x-amz-date", "20261121T000000Z")
            .header(
                "authorization",
                format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host;x-amz-date;x-amz-target, Signature=00"),
            )
            .body(Full::new(Bytes::from(body.to_string())))?;
        // A server may end a connection between two requests; ministack does after a thousand.
        if self.sender.ready().await.is_err() {
            self.sender = dial(self.port).await?;
        }
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        if !status.is_success() {
            let body = String::from_utf8_lossy(&body).into_owned();
            return Err(Box::new(Refused {
                operation,
                status,
                body,
            }));
        }
        match body.is_empty() {
            true => Ok(Value::Null),
            false => Ok(serde_json::from_slice(&body)?),
        }
    }
}
