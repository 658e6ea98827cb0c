//! The `sojourn` command as a process of its own, on a data directory that outlives it.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;

use sojourn::running::Running;
use tokio::process::{Child, Command};

use crate::deploy::binaries::target_dir;
use crate::repository::root;

/// A debug build on a busy machine, seeding included.
const PATIENCE: Duration = Duration::from_secs(180);
const LOOK: Duration = Duration::from_millis(20);
const LOG: &str = "process.log";

pub struct Process {
    child: Child,
    pub running: Running,
}

/// The executable with everything it can have, built if need be.
pub fn executable() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let built = std::process::Command::new(env!("CARGO"))
            .current_dir(root())
            .args([
                "build", "--package", "sojourn", "--bin", "sojourn", "--features", "chromium", "--target-dir",
            ])
            .arg(target_dir())
            .stdout(Stdio::null())
            .status();
        assert!(
            built.is_ok_and(|status| status.success()),
            "sojourn does not build"
        );
        target_dir().join("debug/sojourn")
    })
}

/// `sojourn up` on free ports, with further options; what it logs is added to the file beside its data.
pub fn spawn(data: &Path, more: &[&str]) -> Child {
    run(Command::new(executable()), data, more)
}

fn run(mut command: Command, data: &Path, more: &[&str]) -> Child {
    let log = OpenOptions::new().create(true).append(true).open(log_file(data));
    command
        .args(["up", "--port", "0", "--web-port", "0", "--data"])
        .arg(data)
        .args(more)
        .env("NO_COLOR", "1")
        .stdout(Stdio::null())
        .stderr(log.expect("room for a log"))
        .kill_on_drop(true)
        .spawn()
        .expect("sojourn starts")
}

impl Process {
    /// Waits until people can travel.
    pub async fn start(data: &Path) -> Self {
        Self::up(spawn(data, &[]), data).await
    }

    /// Writing beyond a limit on file sizes is an error of that write then, not the process's end.
    pub async fn start_ignoring_file_limits(data: &Path) -> Self {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
            .arg(executable());
        Self::up(run(shell, data, &[]), data).await
    }

    /// With further options.
    pub async fn start_with(data: &Path, more: &[&str]) -> Self {
        Self::up(spawn(data, more), data).await
    }

    async fn up(mut child: Child, data: &Path) -> Self {
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                if let Ok(Some(status)) = child.try_wait() {
                    panic!("sojourn ended with {status}:\n{}", log(data));
                }
                match Running::find(data).await {
                    Some(running) if Some(running.process) == child.id() => return running,
                    _ => tokio::time::sleep(LOOK).await,
                }
            }
        });
        let running = found
            .await
            .unwrap_or_else(|_| panic!("sojourn does not come up:\n{}", log(data)));
        Self { child, running }
    }

    /// `kill -9`.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("a process of ours");
    }
}

/// The end of what the processes on `data` logged.
pub fn log(data: &Path) -> String {
    let text = std::fs::read_to_string(log_file(data)).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}

fn log_file(data: &Path) -> PathBuf {
    data.with_file_name(LOG)
}
