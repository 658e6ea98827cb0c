//! Which Sojourn: the one running here, or a deployed one. Everything behind this is the same for both.

use std::path::PathBuf;
use std::sync::Arc;

use ::replay::rules::Selects;
use ::replay::{Replays, Stack};
use clap::Args;
use local_cloud::pattern::Pattern;
use serde_json::Value;

use crate::commands::connection::Connection;
use crate::commands::functions::Functions;
use crate::commands::{CommandError, outside, up};

/// As the local cloud calls the stack.
const LOCAL_STACK: &str = "sojourn";

#[derive(Args)]
pub struct Place {
    /// The data directory of the running cloud (default: .sojourn here).
    #[arg(long, value_name = "DIR", global = true, conflicts_with = "aws")]
    data: Option<PathBuf>,
    /// A deployed Sojourn instead, by its stack; region and credentials come from the environment as for the AWS CLI.
    /// Needs `cargo run --features aws`.
    #[arg(long, value_name = "STACK", global = true)]
    aws: Option<String>,
}

/// What every action needs.
pub struct Desk {
    pub replays: Replays,
    pub(in crate::commands) functions: Functions,
    /// For a cloud of our own, kept for as long as the command runs.
    _connection: Option<Connection>,
}

impl Place {
    /// For what only a cloud of this machine can be asked.
    pub(super) fn here(self) -> Result<Option<PathBuf>, CommandError> {
        match self.aws {
            Some(_) => Err("history of a deployed Sojourn is not run again from here".into()),
            None => Ok(self.data),
        }
    }

    pub(super) async fn desk(self) -> Result<Desk, CommandError> {
        if let Some(stack) = &self.aws {
            return deployed(stack).await;
        }
        let connection = Connection::running(self.data).await?;
        let config = outside::sdk_config(&connection.running);
        Ok(Desk {
            replays: replays(local(&connection).await?),
            functions: Functions::new(&config, outside::connector()),
            _connection: Some(connection),
        })
    }
}

pub(super) async fn local(connection: &Connection) -> Result<Stack, CommandError> {
    let config = outside::sdk_config(&connection.running);
    Ok(Stack::find(&config, LOCAL_STACK).await?)
}

fn replays(stack: Stack) -> Replays {
    Replays {
        stack,
        clock: Arc::new(up::WallClock),
        patterns,
    }
}

/// EventBridge's whole language.
pub fn patterns(pattern: &Value) -> Result<Selects, String> {
    let pattern = Pattern::parse(pattern).map_err(|error| error.to_string())?;
    Ok(Arc::new(move |event| pattern.matches(event)))
}

#[cfg(feature = "aws")]
async fn deployed(stack: &str) -> Result<Desk, CommandError> {
    use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
    use aws_smithy_runtime_api::client::http::HttpConnectorSettings;

    let config = aws_config::load_from_env().await;
    let sleep = SharedAsyncSleep::new(TokioSleep::new());
    let connector = aws_smithy_http_client::default_connector(&HttpConnectorSettings::default(), Some(sleep));
    Ok(Desk {
        replays: replays(Stack::find(&config, stack).await?),
        functions: Functions::new(
            &config,
            connector.ok_or("the HTTP connector was built without TLS")?,
        ),
        _connection: None,
    })
}

#[cfg(not(feature = "aws"))]
async fn deployed(_stack: &str) -> Result<Desk, CommandError> {
    Err("built without credentials and TLS: cargo run --features aws -- replay …".into())
}
