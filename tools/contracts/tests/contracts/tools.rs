//! Node and Python with what these tests need, each in a folder of its own below `target`: made once, made anew when
//! the versions asked for change.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PACKAGES: &str = include_str!("package.json");
const REQUIREMENTS: &str = include_str!("requirements.txt");
const NO_NODE: &str =
    "these tests need Node 20 or newer with npm: apt-get install nodejs npm (macOS: brew install node)";
const NO_PYTHON: &str = "these tests need Python 3.11 or newer with its venv module: apt-get install python3 python3-venv \
     (macOS: brew install python)";

/// `events-schema/`.
pub fn events_schema() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events-schema")
}

/// The folder with `node_modules`.
pub fn node() -> PathBuf {
    made("contract-node", PACKAGES, |folder| {
        std::fs::write(folder.join("package.json"), PACKAGES).expect("a file below target");
        let arguments = [
            "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund",
        ];
        run(Command::new("npm").args(arguments).current_dir(folder), NO_NODE);
    })
}

/// The folder of a virtual environment.
pub fn python() -> PathBuf {
    made("contract-python", REQUIREMENTS, |folder| {
        run(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(folder),
            NO_PYTHON,
        );
        let requirements = folder.join("requirements.txt");
        std::fs::write(&requirements, REQUIREMENTS).expect("a file below target");
        let pip = [
            "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement",
        ];
        run(
            Command::new(folder.join("bin/python"))
                .args(pip)
                .arg(requirements),
            NO_PYTHON,
        );
    })
}

/// A scratch folder below `target`, emptied.
pub fn scratch(name: &str) -> PathBuf {
    let folder = target().join("contract-scratch").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder below target");
    folder
}

pub fn run(command: &mut Command, otherwise: &str) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{otherwise}\n{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{otherwise}\n{command:?}:\n{}",
        words(&output)
    );
    words(&output)
}

/// What a program wrote, on both channels.
pub fn words(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn target() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    test.ancestors()
        .nth(3)
        .expect("a test below target/debug/deps")
        .to_path_buf()
}

/// Tests may run as processes of their own: one installs, the others wait.
fn made(name: &str, versions: &str, install: impl Fn(&Path)) -> PathBuf {
    std::fs::create_dir_all(target()).expect("a target folder");
    let lock = File::create(target().join(format!("{name}.lock"))).expect("a file below target");
    lock.lock().expect("a lock");
    let folder = target().join(name);
    let stamp = target().join(format!("{name}.installed"));
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == versions) {
        return folder;
    }
    std::fs::create_dir_all(&folder).expect("a folder below target");
    install(&folder);
    std::fs::write(stamp, versions).expect("a file below target");
    folder
}
