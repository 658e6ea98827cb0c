//! A server as a process: started, asked until it answers, its memory read, stopped.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::process::{Child, Command};
use tokio::time::Instant;

use crate::BenchError;
use crate::wire::{Client, DYNAMODB};

/// How long a server may take to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks whether it answers.
const LOOK: Duration = Duration::from_millis(2);

pub struct Started {
    pub port: u16,
    child: Child,
    at: Instant,
    /// What it said; shown if it ends by itself.
    log: PathBuf,
}

/// A port nobody listens on. Another process could take it before the server does; the server then says so.
pub fn free_port() -> Result<u16, BenchError> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// `sojourn up` over `data`, in this very binary.
pub fn sojourn(port: u16, data: &Path, template: Option<&str>) -> Result<Started, BenchError> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["sojourn", "up", "--web-port", "0", "--port"]);
    command.arg(port.to_string()).arg("--data").arg(data);
    if let Some(template) = template {
        command.args(["--template", template]);
    }
    // The note of a running cloud is left in the working directory's data directory only: none but `data`.
    Started::spawn(command, port, data)
}

impl Started {
    /// `command`'s output goes to a file in `data`.
    pub fn spawn(mut command: Command, port: u16, data: &Path) -> Result<Self, BenchError> {
        let log = data.join("log");
        let file = std::fs::File::create(&log)?;
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        let program = command.as_std().get_program().to_owned();
        let child = command
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| cannot_start(&program, &error))?;
        Ok(Self {
            port,
            child,
            at: Instant::now(),
            log,
        })
    }

    /// How long it took from its start to an answer to ListTables.
    pub async fn first_answer(&mut self) -> Result<Duration, BenchError> {
        let client = Client::new(self.port);
        while self.at.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                let said = std::fs::read_to_string(&self.log)?;
                return Err(format!("the server ended with {status}: {said}").into());
            }
            if let Ok(mut connection) = client.connect().await
                && connection.call(DYNAMODB, "ListTables", &json!({})).await.is_ok()
            {
                return Ok(self.at.elapsed());
            }
            tokio::time::sleep(LOOK).await;
        }
        let said = std::fs::read_to_string(&self.log)?;
        Err(format!(
            "the server did not answer within {} s: {said}",
            PATIENCE.as_secs()
        )
        .into())
    }

    /// Resident memory in MB (2^20 bytes), from `/proc`: Linux only.
    pub fn resident_mb(&self) -> Result<f64, BenchError> {
        let process = self.child.id().ok_or("the server has ended")?;
        let path = format!("/proc/{process}/status");
        let status = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
        Ok(kilobytes.ok_or_else(|| format!("{path} names no VmRSS"))? / 1024.0)
    }

    pub async fn stop(mut self) -> Result<(), BenchError> {
        Ok(self.child.kill().await?)
    }
}

fn cannot_start(program: &OsStr, error: &std::io::Error) -> String {
    format!("{} cannot be started: {error}", program.to_string_lossy())
}
