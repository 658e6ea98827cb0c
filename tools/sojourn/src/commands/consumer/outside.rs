//! Consumers we know nothing of: a command that reads lines, an address that is posted to.

use std::process::Stdio;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::commands::CommandError;

pub(super) struct Program {
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    rows: Vec<Value>,
    _process: Child,
}

/// A line of the command's answer.
#[derive(Deserialize)]
struct Answer {
    error: Option<String>,
    state: Option<Vec<Value>>,
}

impl Program {
    pub fn start(command: &str) -> Result<Self, CommandError> {
        let mut process = Command::new("sh")
            .args(["-c", command])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let piped = process.stdin.take().zip(process.stdout.take());
        let (input, output) = piped.ok_or("the command has no input or output")?;
        Ok(Self {
            input,
            output: BufReader::new(output).lines(),
            rows: Vec::new(),
            _process: process,
        })
    }

    pub async fn deliver(&mut self, event: &Value) -> Result<Result<(), String>, CommandError> {
        self.input.write_all(format!("{event}\n").as_bytes()).await?;
        self.input.flush().await?;
        let line = self.output.next_line().await?;
        let line = line.ok_or("the command ended before it answered")?;
        let answer: Answer =
            serde_json::from_str(&line).map_err(|error| format!("the command answered {line:?}: {error}"))?;
        if let Some(state) = answer.state {
            self.rows = state;
        }
        Ok(answer.error.map_or(Ok(()), Err))
    }

    pub fn rows(&self) -> Vec<Value> {
        self.rows.clone()
    }
}

pub(super) struct Address {
    url: http::Uri,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Address {
    pub fn new(url: &str) -> Result<Self, CommandError> {
        let url = url
            .parse::<http::Uri>()
            .map_err(|error| format!("{url} is no address: {error}"))?;
        Ok(Self {
            url,
            client: Client::builder(TokioExecutor::new()).build_http(),
        })
    }

    pub async fn deliver(&self, event: &Value) -> Result<Result<(), String>, CommandError> {
        let (status, body) = self.send(Method::POST, event.to_string()).await?;
        Ok(match status.is_success() {
            true => Ok(()),
            false => Err(format!("{status}: {}", String::from_utf8_lossy(&body))),
        })
    }

    pub async fn rows(&self) -> Result<Vec<Value>, CommandError> {
        let (_, body) = self.send(Method::GET, String::new()).await?;
        Ok(serde_json::from_slice(&body)
            .map_err(|error| format!("{} gives no JSON list of rows: {error}", self.url))?)
    }

    async fn send(&self, method: Method, body: String) -> Result<(http::StatusCode, Bytes), CommandError> {
        let request = Request::builder()
            .method(method)
            .uri(self.url.clone())
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(Full::from(body))?;
        let response = self.client.request(request).await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}
