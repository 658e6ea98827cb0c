//! Consumers as `consumer new` makes them, in folders below `target`, built. What was installed or built stays there
//! between runs.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::str::FromStr;
use std::sync::{Mutex, OnceLock, PoisonError};

use contracts::scaffold::Language;
use sojourn::commands::consumer::new::{NewArgs, make};

use crate::deploy::binaries::target_dir;
use crate::deploy::python::{Tools, words};
use crate::repository::root;

/// What is left in the folder when its files are made anew.
const KEPT: &[&str] = &["node_modules", "target", ".venv"];
const NO_NODE: &str = "the consumers' tests need Node 20 or newer with npm: apt-get install nodejs npm (macOS: brew install node)";

/// A consumer of that language, built once per run; the folder it is in.
pub fn made(language: &str, events: &[&str]) -> PathBuf {
    // Another run of the tests over the same folders would make them anew, under the feet of those that use them: it waits
    // until this process ends. One lock for all: two would each wait for the other's.
    static ALONE: OnceLock<File> = OnceLock::new();
    static MADE: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(folder) = made.get(language) {
        return folder.clone();
    }
    let parent = target_dir().join("consumers");
    ALONE.get_or_init(|| {
        std::fs::create_dir_all(&parent).expect("a folder below target");
        let lock = File::create(parent.join("lock")).expect("a file below target");
        lock.lock().expect("a lock");
        lock
    });
    let folder = make_and_build(language, events, &parent);
    made.insert(language.to_owned(), folder.clone());
    folder
}

fn make_and_build(language: &str, events: &[&str], parent: &Path) -> PathBuf {
    let (folder, fresh) = (parent.join(language), parent.join(format!("{language}.new")));
    let _ = std::fs::remove_dir_all(&fresh);
    let args = NewArgs {
        name: format!("{language}-expenses"),
        events: events.iter().map(|event| (*event).to_owned()).collect(),
        lang: Language::from_str(language).expect("a language"),
        replayed: true,
        into: None,
    };
    make(root(), &args, &fresh).unwrap_or_else(|error| panic!("{language}: {error}"));
    replace(&fresh, &folder);
    match args.lang {
        Language::Python => python(&folder),
        Language::TypeScript => typescript(&folder),
        Language::Rust => rust(&folder),
    }
    folder
}

fn replace(fresh: &Path, folder: &Path) {
    std::fs::create_dir_all(folder).expect("a folder below target");
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if !KEPT.contains(&entry.file_name().to_string_lossy().as_ref()) {
            let path = entry.path();
            let removed = if path.is_dir() {
                std::fs::remove_dir_all(path)
            } else {
                std::fs::remove_file(path)
            };
            removed.expect("what an earlier run left can be removed");
        }
    }
    for entry in std::fs::read_dir(fresh).expect("a folder").flatten() {
        std::fs::rename(entry.path(), folder.join(entry.file_name())).expect("on the same disk");
    }
    let _ = std::fs::remove_dir_all(fresh);
}

/// boto3 is in the environment of the deployment's tools.
fn python(folder: &Path) {
    let tools = Tools::ready();
    let environment = tools.folder();
    if !folder.join(".venv").exists() {
        std::os::unix::fs::symlink(environment, folder.join(".venv")).expect("a link below target");
    }
    run(
        Command::new(folder.join(".venv/bin/python"))
            .args(["-B", "-m", "unittest"])
            .current_dir(folder),
        "python",
    );
}

fn typescript(folder: &Path) {
    let packages = std::fs::read_to_string(folder.join("package.json")).expect("a file");
    let stamp = folder.join("node_modules/installed.json");
    if !std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == packages) {
        let npm = [
            "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund",
        ];
        run(Command::new("npm").args(npm).current_dir(folder), NO_NODE);
        std::fs::write(&stamp, packages).expect("a file below target");
    }
    run(Command::new("npm").arg("test").current_dir(folder), NO_NODE);
}

/// Into our own target folder: what both are made of is compiled once.
fn rust(folder: &Path) {
    if !folder.join("target").exists() {
        std::os::unix::fs::symlink(target_dir(), folder.join("target")).expect("a link below target");
    }
    for command in ["build", "test"] {
        run(
            Command::new(env!("CARGO"))
                .args([command, "--offline", "--quiet"])
                .current_dir(folder),
            "rust",
        );
    }
}

pub fn run(command: &mut Command, otherwise: &str) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{otherwise}\n{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{otherwise}\n{command:?}:\n{}",
        words(&output)
    );
    output
}
