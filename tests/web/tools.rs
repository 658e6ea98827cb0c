//! What drives the browser: Chromium and Node from the machine, the rest in a folder of its own below `target`, made
//! once and anew when `package.json` changes.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::deploy::binaries::target_dir;
use crate::deploy::python::words;
use crate::repository::read;

const PACKAGES: &str = "tests/web/package.json";
const MISSING: &str = "the browser tests need Chromium and Node 20 or newer with npm: apt-get install chromium nodejs npm \
     (macOS: brew install node, and brew install --cask chromium)";
/// Names that Chromium goes by, the first one found is taken.
const BROWSERS: &[&str] = &[
    "chromium", "chromium-browser", "google-chrome-stable", "google-chrome",
];

pub struct Tools {
    folder: PathBuf,
    chromium: PathBuf,
}

impl Tools {
    /// Installs what is missing. Fails with what a person has to install, or with npm's own words.
    pub fn ready() -> Self {
        let chromium = BROWSERS.iter().find_map(|name| on_path(name));
        let chromium = chromium.unwrap_or_else(|| panic!("{MISSING}\nno Chromium on the PATH"));
        let folder = target_dir().join("web-tools");
        std::fs::create_dir_all(&folder).expect("a folder below target");
        // Tests may run as processes of their own: one installs, the others wait.
        let lock = File::create(folder.join("lock")).expect("a file below target");
        lock.lock().expect("a lock");
        let packages = read(PACKAGES);
        let stamp = folder.join("installed.json");
        if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == packages) {
            return Self { folder, chromium };
        }
        std::fs::write(folder.join("package.json"), &packages).expect("a file below target");
        install(&folder);
        std::fs::write(stamp, packages).expect("a file below target");
        Self { folder, chromium }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn chromium(&self) -> &Path {
        &self.chromium
    }
}

fn install(folder: &Path) {
    let npm = [
        "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund",
    ];
    let installed = Command::new("npm").args(npm).current_dir(folder).output();
    let installed = installed.unwrap_or_else(|error| panic!("{MISSING}\nnpm: {error}"));
    assert!(
        installed.status.success(),
        "{PACKAGES} cannot be installed:\n{}",
        words(&installed)
    );
}

fn on_path(name: &str) -> Option<PathBuf> {
    let output = Command::new("sh")
        .args(["-c", &format!("command -v {name}")])
        .output()
        .ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    let path = path.trim();
    (output.status.success() && !path.is_empty()).then(|| path.into())
}
