//! A Chromium of this machine: one process and one profile for each task, both gone with it.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::allowed::Allowed;
use crate::error::BrowserError;
use crate::sessions::{Ending, Session, Sessions};

/// Names that Chromium goes by, the first one found is taken.
const NAMES: &[&str] = &[
    "chromium", "chromium-browser", "google-chrome-stable", "google-chrome",
];
/// A cold start on a busy machine.
const START: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// For closing by itself, before it is ended.
const GOODBYE: Duration = Duration::from_secs(3);

pub struct Chromium {
    program: String,
}

#[derive(Debug, thiserror::Error)]
#[error("no Chromium was found as {0}: apt-get install chromium (macOS: brew install --cask chromium)")]
pub struct NotInstalled(String);

#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("it ended at once")]
    Ended,
    #[error("it did not say where it listens within {START:?}")]
    Silent,
}

impl Chromium {
    /// Looks for one: `program` if named, else under its usual names. Asks it for its version, which takes a moment.
    pub fn find(program: Option<&str>) -> Result<Self, NotInstalled> {
        let names: Vec<&str> = program.map_or_else(|| NAMES.to_vec(), |program| vec![program]);
        let answers = |name: &&&str| {
            let asked = std::process::Command::new(name)
                .arg("--version")
                .stdin(Stdio::null())
                .output();
            asked.is_ok_and(|output| output.status.success())
        };
        match names.iter().find(answers) {
            Some(name) => Ok(Self {
                program: (*name).into(),
            }),
            None => Err(NotInstalled(names.join(", "))),
        }
    }

    fn launch(&self, profile: &Path, allowed: &Allowed) -> std::io::Result<Child> {
        let mut command = Command::new(&self.program);
        command
            .args([
                "--headless=new",
                "--remote-debugging-port=0",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-default-apps",
                "--disable-dev-shm-usage",
                "--disable-extensions",
                "--disable-sync",
                "--hide-scrollbars",
                "--mute-audio",
                "--no-default-browser-check",
                "--no-first-run",
                "--window-size=1280,1000",
            ])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(format!("--host-resolver-rules={}", resolver_rules(allowed)))
            .arg("about:blank")
            // Nothing of the machine's own configuration or caches.
            .env("HOME", profile)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        if is_root() {
            // Chromium refuses its sandbox to root.
            command.arg("--no-sandbox");
        }
        command.spawn()
    }
}

/// The second lock: names of other hosts are not even resolved, whatever asks for them.
fn resolver_rules(allowed: &Allowed) -> String {
    let hosts = allowed.hosts().map(|host| format!(", EXCLUDE {host}"));
    format!("MAP * ~NOTFOUND{}", hosts.collect::<String>())
}

#[cfg(target_os = "linux")]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

#[cfg(not(target_os = "linux"))]
fn is_root() -> bool {
    false
}

#[async_trait]
impl Sessions for Chromium {
    async fn start(&self, allowed: &Allowed) -> Result<Session, BrowserError> {
        let profile = TempDir::with_prefix("sojourn-browser-").map_err(BrowserError::not_started)?;
        let mut process = self
            .launch(profile.path(), allowed)
            .map_err(BrowserError::not_started)?;
        let address = address(profile.path(), &mut process).await?;
        Ok(Session {
            address,
            ending: Box::new(Running { process, profile }),
        })
    }
}

/// Chromium writes port and path of its socket into its profile.
async fn address(profile: &Path, process: &mut Child) -> Result<String, BrowserError> {
    let file = profile.join("DevToolsActivePort");
    let until = Instant::now() + START;
    while Instant::now() < until {
        if let Ok(text) = std::fs::read_to_string(&file)
            && let Some((port, path)) = text.trim().split_once('\n')
        {
            return Ok(format!("ws://127.0.0.1:{port}{path}"));
        }
        if !matches!(process.try_wait(), Ok(None)) {
            return Err(BrowserError::not_started(StartError::Ended));
        }
        sleep(LOOK_AGAIN).await;
    }
    Err(BrowserError::not_started(StartError::Silent))
}

struct Running {
    process: Child,
    profile: TempDir,
}

#[async_trait]
impl Ending for Running {
    async fn end(mut self: Box<Self>) {
        // It was told to close; what does not is ended, and its profile goes either way.
        if timeout(GOODBYE, self.process.wait()).await.is_err()
            && let Err(error) = self.process.kill().await
        {
            tracing::warn!(%error, "a browser could not be ended");
        }
        if let Err(error) = self.profile.close() {
            tracing::warn!(%error, "a browser's profile could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_hosts_are_not_resolved() {
        let allowed = Allowed::only(["https://supplier.example/web", "http://127.0.0.1:8790"]);
        assert_eq!(
            resolver_rules(&allowed),
            "MAP * ~NOTFOUND, EXCLUDE supplier.example, EXCLUDE 127.0.0.1"
        );
    }

    #[test]
    fn without_chromium_it_is_said_what_to_install() {
        let Err(missing) = Chromium::find(Some("no-such-browser")) else {
            panic!("found one");
        };
        assert!(
            missing.to_string().contains("apt-get install chromium"),
            "{missing}"
        );
    }
}
