//! ministack 1.5.33 from PyPI, in a virtual environment of its own below the target directory.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tokio::process::Command;

use crate::BenchError;
use crate::process::Started;
use crate::wire::{Client, DYNAMODB, EVENTS, REGION, SQS, STATES};

const VERSION: &str = "1.5.33";
const ACCOUNT: &str = "000000000000";

pub struct Ministack {
    program: PathBuf,
}

impl Ministack {
    /// The one installed before, or a new one. Needs `python3` with `venv`, and PyPI the first time.
    pub async fn install() -> Result<Self, BenchError> {
        let venv = directory()?;
        let program = venv.join("bin/ministack");
        // Written last: an installation that was cut off is begun again.
        let complete = venv.join("complete");
        if !complete.exists() {
            eprintln!("installing ministack {VERSION} in {}", venv.display());
            let venv_text = venv.to_string_lossy().into_owned();
            succeed("python3", &["-m", "venv", "--clear", &venv_text]).await?;
            let pip = venv.join("bin/pip").to_string_lossy().into_owned();
            let package = format!("ministack=={VERSION}");
            succeed(
                &pip,
                &["install", "--quiet", "--disable-pip-version-check", &package],
            )
            .await?;
            std::fs::write(&complete, VERSION)?;
        }
        Ok(Self { program })
    }

    pub fn start(&self, port: u16, data: &Path) -> Result<Started, BenchError> {
        let mut command = Command::new(&self.program);
        command
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("MINISTACK_REGION", REGION)
            // Nothing but what is wrong: writing a line per request is not what is measured.
            .env("LOG_LEVEL", "WARNING")
            .current_dir(data);
        Started::spawn(command, port, data)
    }
}

/// Beside the binary's profile directory: `target/bench/ministack-VERSION`.
fn directory() -> Result<PathBuf, BenchError> {
    let binary = std::env::current_exe()?;
    let target = binary
        .parent()
        .and_then(Path::parent)
        .ok_or("the binary is in no target directory")?;
    Ok(target.join("bench").join(format!("ministack-{VERSION}")))
}

async fn succeed(program: &str, arguments: &[&str]) -> Result<(), BenchError> {
    let run = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output();
    let Output { status, stderr, .. } = run.await.map_err(|error| format!("{program}: {error}"))?;
    if status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&stderr);
    let last = said.trim().lines().last().unwrap_or("no message").to_owned();
    Err(format!("{program} {} ended with {status}: {last}", arguments.join(" ")).into())
}

/// The resources that `hosted/template.yaml` declares, made through the API.
pub async fn furnish(client: &Client) -> Result<(), BenchError> {
    let mut connection = client.connect().await?;
    let pattern = json!({ "source": ["bench"] }).to_string();
    let queue = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:bench");
    let definition = include_str!("../../hosted/pass.asl.json");
    let role = format!("arn:aws:iam::{ACCOUNT}:role/bench");
    let calls: [(_, _, Value); 6] = [
        (SQS, "CreateQueue", json!({ "QueueName": "bench" })),
        (EVENTS, "CreateEventBus", json!({ "Name": "bench" })),
        (
            EVENTS,
            "PutRule",
            json!({ "Name": "bench", "EventBusName": "bench", "EventPattern": pattern }),
        ),
        (
            EVENTS,
            "PutTargets",
            json!({ "Rule": "bench", "EventBusName": "bench", "Targets": [{ "Id": "queue", "Arn": queue }] }),
        ),
        (
            DYNAMODB,
            "CreateTable",
            json!({ "TableName": "bench", "BillingMode": "PAY_PER_REQUEST",
                    "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
                    "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }] }),
        ),
        (
            STATES,
            "CreateStateMachine",
            json!({ "name": "bench", "roleArn": role, "definition": definition }),
        ),
    ];
    for (service, operation, body) in calls {
        connection.call(service, operation, &body).await?;
    }
    Ok(())
}
