//! The working tree as these tests read it.

use std::path::{Path, PathBuf};

/// What tools leave behind; none of it is committed.
const LEFT_BEHIND: &[&str] = &["target", "data", "node_modules", "__pycache__"];

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("a member of the workspace")
}

pub fn read(path: &str) -> String {
    let full = root().join(path);
    std::fs::read_to_string(&full).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Names of the entries of `folder`, sorted; dotfiles included.
pub fn entries(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut names: Vec<_> = entries
        .map(|entry| {
            entry
                .expect("a readable entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

/// Every file below `folder` as a path from the root, sorted; hidden folders and build output left out.
pub fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    let mut paths: Vec<_> = found
        .iter()
        .map(|path| {
            path.strip_prefix(root())
                .expect("below the root")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    paths.sort();
    paths
}

pub fn files_ending(folder: &str, ending: &str) -> Vec<String> {
    let mut paths = files(folder);
    paths.retain(|path| path.ends_with(ending));
    paths
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let entry = entry.expect("a readable entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().expect("a known kind of entry");
        if kind.is_file() {
            found.push(entry.path());
        } else if kind.is_dir() && !name.starts_with('.') && !LEFT_BEHIND.contains(&name.as_str()) {
            walk(&entry.path(), found);
        }
    }
}

/// A crate's manifest, as far as these tests ask.
pub struct Manifest {
    pub folder: String,
    pub name: String,
    /// Names under `[dependencies]`, `[dev-dependencies]` and `[build-dependencies]`.
    pub dependencies: Vec<String>,
    /// Names under `[dependencies]` alone.
    pub normal_dependencies: Vec<String>,
    pub binaries: Vec<String>,
}

impl Manifest {
    pub fn read(folder: &str) -> Self {
        let text = read(&format!("{folder}/Cargo.toml"));
        let mut manifest = Self {
            folder: folder.into(),
            name: String::new(),
            dependencies: Vec::new(),
            normal_dependencies: Vec::new(),
            binaries: Vec::new(),
        };
        let mut section = "";
        for line in text.lines() {
            if line.starts_with('[') {
                section = line.trim_end();
                continue;
            }
            let Some((key, value)) = line.split_once('=') else {
                continue;
            };
            // A line within a list or table of several lines is indented.
            if key.starts_with([' ', '"', '#']) {
                continue;
            }
            let key = key.split('.').next().unwrap_or_default().trim();
            let text = || value.trim().trim_matches('"').to_owned();
            match section {
                "[package]" if key == "name" => manifest.name = text(),
                "[[bin]]" if key == "name" => manifest.binaries.push(text()),
                _ if section.ends_with("dependencies]") => {
                    manifest.dependencies.push(key.into());
                    if section == "[dependencies]" {
                        manifest.normal_dependencies.push(key.into());
                    }
                }
                _ => {}
            }
        }
        assert!(!manifest.name.is_empty(), "{folder}/Cargo.toml names no package");
        manifest
    }
}

/// The manifests of all crates below `services/`; the page is none.
pub fn services() -> Vec<Manifest> {
    entries("services")
        .iter()
        .filter(|name| root().join(format!("services/{name}/Cargo.toml")).exists())
        .map(|name| Manifest::read(&format!("services/{name}")))
        .collect()
}
