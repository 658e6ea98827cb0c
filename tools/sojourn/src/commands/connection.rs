//! A cloud to talk to: the running one, or one of our own for the length of a command.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;

use super::up::Server;
use super::{CommandError, UpArgs};
use crate::running::{Running, default_data_dir};
use crate::traveller::Traveller;

/// How long a cloud may take to let somebody in. A stopped process takes connections and never answers.
const LETTING_IN: Duration = Duration::from_secs(30);

pub(super) struct Connection {
    pub running: Running,
    /// Where a cloud that is started again says what it is reached at.
    data: Option<PathBuf>,
    /// Set for a cloud of our own; it ends with the command.
    own: Option<(Server, Option<tempfile::TempDir>)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignedIn {
    token: String,
}

#[derive(Deserialize)]
struct Refused {
    message: String,
}

impl Connection {
    /// The cloud running on `data`, or here.
    pub async fn running(data: Option<PathBuf>) -> Result<Self, CommandError> {
        let data = data.unwrap_or_else(default_data_dir);
        match Running::find(&data).await {
            Some(running) => Ok(Self::found(running, data)),
            None => Err(format!(
                "no cloud is running on {}: start one with `cargo run`",
                data.display()
            )
            .into()),
        }
    }

    /// The running one, else a throwaway.
    pub async fn any(data: Option<PathBuf>) -> Result<Self, CommandError> {
        let data = data.unwrap_or_else(default_data_dir);
        if let Some(running) = Running::find(&data).await {
            return Ok(Self::found(running, data));
        }
        let directory = tempfile::tempdir()?;
        let server = Server::start(&throwaway(), directory.path()).await?;
        Ok(Self {
            running: server.running.clone(),
            data: None,
            own: Some((server, Some(directory))),
        })
    }

    /// The cloud running on `data`, or here; else, if a directory is named, one of our own on it.
    pub async fn on(data: Option<PathBuf>) -> Result<Self, CommandError> {
        let Some(directory) = data else {
            return Self::running(None).await;
        };
        if let Some(running) = Running::find(&directory).await {
            return Ok(Self::found(running, directory));
        }
        let server = Server::start(&throwaway(), &directory).await?;
        Ok(Self {
            running: server.running.clone(),
            data: None,
            own: Some((server, None)),
        })
    }

    /// One that is known to run.
    #[cfg(test)]
    pub fn to(running: Running) -> Self {
        Self {
            running,
            data: None,
            own: None,
        }
    }

    fn found(running: Running, data: PathBuf) -> Self {
        Self {
            running,
            data: Some(data),
            own: None,
        }
    }

    pub fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Signs in as a sample person and opens a socket; at another address than before where the cloud was started again
    /// at one.
    pub async fn connect(&self, person: &str) -> Result<Traveller, CommandError> {
        let again = match &self.data {
            Some(data) => Running::find(data).await,
            None => None,
        };
        let running = again.as_ref().unwrap_or(&self.running);
        let entered = tokio::time::timeout(LETTING_IN, enter(running, person)).await;
        entered.unwrap_or_else(|_| {
            Err(format!(
                "{} took longer than {} s to answer",
                running.web,
                LETTING_IN.as_secs()
            )
            .into())
        })
    }
}

async fn enter(running: &Running, person: &str) -> Result<Traveller, CommandError> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let body = serde_json::json!({"name": person}).to_string();
    let request = http::Request::post(format!("{}/local/sign-in", running.web))
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body)))?;
    let response = client.request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    if !status.is_success() {
        let refused: Refused = serde_json::from_slice(&body)?;
        return Err(refused.message.into());
    }
    let SignedIn { token } = serde_json::from_slice(&body)?;
    Ok(Traveller::connect(&running.socket, &token).await?)
}

pub(super) fn throwaway() -> UpArgs {
    UpArgs {
        port: 0,
        web_port: 0,
        data: None,
        ephemeral: true,
        template: None,
        with: Vec::new(),
        repository: None,
        model_url: None,
        model: None,
        embedding_model: None,
        sample_web: false,
    }
}
