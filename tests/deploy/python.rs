//! The Python tools, in an environment of their own below `target`: made once, made anew when `requirements.txt`
//! changes.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Output};

use super::binaries::target_dir;
use crate::repository::root;

const REQUIREMENTS: &str = "tests/deploy/requirements.txt";
const MISSING: &str = "the tests of the deployment need Python with its venv module: apt-get install python3 python3-venv \
     (macOS: brew install python)";

pub struct Tools(PathBuf);

impl Tools {
    /// Installs what is missing. Fails with what a person has to install, or with pip's own words.
    pub fn ready() -> Self {
        let folder = target_dir().join("deploy-tools");
        std::fs::create_dir_all(&folder).expect("a folder below target");
        // Tests may run as processes of their own: one installs, the others wait.
        let lock = File::create(folder.join("lock")).expect("a file below target");
        lock.lock().expect("a lock");
        let requirements = crate::repository::read(REQUIREMENTS);
        let stamp = folder.join("installed.txt");
        let tools = Self(folder.join("venv"));
        if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == requirements) {
            return tools;
        }
        tools.install();
        std::fs::write(stamp, requirements).expect("a file below target");
        tools
    }

    /// A program of the environment; it reads no AWS configuration of whoever runs the tests.
    pub fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.0.join("bin").join(name));
        command.current_dir(root());
        command.envs([
            ("SAM_CLI_TELEMETRY", "0"),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "not-verified"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ]);
        command.env_remove("AWS_PROFILE");
        command
    }

    /// The environment itself.
    pub fn folder(&self) -> &std::path::Path {
        &self.0
    }

    fn install(&self) {
        let made = Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&self.0)
            .output();
        match made {
            Ok(output) if output.status.success() => {}
            Ok(output) => panic!("{MISSING}\n{}", words(&output)),
            Err(error) => panic!("{MISSING}\npython3: {error}"),
        }
        let pip = [
            "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement",
        ];
        let installed = self
            .program("python")
            .args(pip)
            .arg(root().join(REQUIREMENTS))
            .output();
        let installed = installed.expect("the environment's own python");
        assert!(
            installed.status.success(),
            "{REQUIREMENTS} cannot be installed:\n{}",
            words(&installed)
        );
    }
}

/// What a program wrote, on both channels.
pub fn words(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn versions_are_pinned() {
    let requirements = crate::repository::read(REQUIREMENTS);
    let lines = requirements.lines().filter(|line| !line.starts_with('#'));
    for line in lines {
        assert!(
            line.contains("=="),
            "{line}: another run would check by another version"
        );
    }
}
