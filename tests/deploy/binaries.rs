//! The `bootstrap` binaries, built next to this test as `sam build` builds them for Lambda, but for profile and
//! processor.
//!
//! `sam build` runs `cargo lambda build --bin NAME` at the root and can pass nothing else; what else is needed stands
//! in the root's `Cargo.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::contract::template::with_suppliers;
use crate::repository::{root, services};

const FEATURE: &str = "lambda";

/// Cargo's `target` directory, wherever this run keeps it: `target/debug/deps/all-…` is running.
pub fn target_dir() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    test.ancestors()
        .nth(3)
        .expect("a test below target/debug/deps")
        .to_path_buf()
}

/// Every function's executable by the name of its binary. Builds them at the first call.
pub fn bootstraps() -> &'static BTreeMap<String, PathBuf> {
    static BUILT: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    BUILT.get_or_init(build)
}

fn build() -> BTreeMap<String, PathBuf> {
    let binaries: Vec<_> = services()
        .into_iter()
        .flat_map(|service| service.binaries)
        .collect();
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args([
            "build", "--workspace", "--features", FEATURE, "--message-format", "json-render-diagnostics",
        ])
        .arg("--target-dir")
        .arg(target_dir())
        .args(binaries.iter().flat_map(|name| ["--bin", name]))
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|error| panic!("{} does not start: {error}", env!("CARGO")));
    assert!(
        output.status.success(),
        "the bootstrap binaries do not build: {}",
        output.status
    );
    let messages = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    messages.lines().filter_map(executable).collect()
}

/// Name and path, if this line of cargo's output announces a binary.
fn executable(line: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(line).ok()?;
    let path = message["executable"].as_str()?;
    Some((message["target"]["name"].as_str()?.into(), Path::new(path).into()))
}

#[test]
fn every_function_of_the_template_has_its_binary_and_every_binary_its_function() {
    let template = with_suppliers();
    let named: BTreeSet<_> = template
        .functions
        .iter()
        .map(|function| function.binary.as_str())
        .collect();
    let built: BTreeSet<_> = bootstraps().keys().map(String::as_str).collect();
    assert_eq!(named, built);
}

#[test]
fn sam_build_is_told_what_these_binaries_are_built_with() {
    let asked = ["metadata", "--no-deps", "--format-version", "1"];
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(asked)
        .output()
        .expect("cargo starts");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let never_deploys = packages.iter().filter(|package| {
        let manifest = Path::new(package["manifest_path"].as_str().expect("a path"));
        manifest.starts_with(root().join("tools")) || manifest.starts_with(root().join("tests"))
    });
    let mut excluded: Vec<_> = never_deploys.map(|package| package["name"].clone()).collect();
    excluded.sort_by_key(Value::to_string);
    assert_eq!(
        metadata["metadata"]["lambda"]["build"],
        json!({ "workspace": true, "exclude": excluded, "features": [FEATURE] })
    );
}
