//! Functions that are not ours: consumers in Rust, TypeScript and Python, as processes that speak Lambda's Runtime API.
//! They are given what Lambda gives them: the template's settings, credentials of their own, one event at a time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use local_cloud::clock::Clock;
use local_cloud::cloud::Beside;
use local_cloud::functions::FunctionSpec;
use local_cloud::functions::process::{BootstrapProcess, Program};
use local_cloud::ports::FunctionCode;

const PYTHON: &str = include_str!("runtime.py");
const NODE: &str = include_str!("runtime.mjs");

/// What interpreters need of our own environment to find themselves and their packages.
const PASSED_ON: &[&str] = &["PATH", "HOME", "LANG", "PYTHONPATH", "VIRTUAL_ENV", "NODE_PATH"];

/// A consumer's folder as a stack beside ours, named by its `consumer.json`, else as the folder is.
pub fn beside(folder: &Path, bus: &str) -> Result<Beside, String> {
    let template = folder.join("template.yaml");
    if !template.exists() {
        return Err(format!("{} has no template.yaml", folder.display()));
    }
    let declared = std::fs::read_to_string(folder.join("consumer.json")).ok();
    let declared = declared.and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
    let name = declared.and_then(|consumer| consumer["name"].as_str().map(str::to_owned));
    let named_by_folder = || folder.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(Beside {
        template,
        stack_name: name.or_else(named_by_folder).unwrap_or_else(|| "consumer".into()),
        parameters: BTreeMap::from([("BusName".to_owned(), bus.to_owned())]),
    })
}

/// The function's code as a process, or why there is none.
pub fn process(
    spec: &FunctionSpec,
    endpoint_url: &str,
    clock: Clock,
) -> Result<Arc<dyn FunctionCode>, String> {
    let program = program(spec)?;
    Ok(Arc::new(BootstrapProcess::new(
        program, spec, endpoint_url, clock,
    )))
}

fn program(spec: &FunctionSpec) -> Result<Program, String> {
    let runtime = spec.runtime.as_deref().unwrap_or_default();
    let (path, arguments) = match runtime {
        _ if runtime.starts_with("python") => (python(&spec.code), vec!["-c".into(), PYTHON.into()]),
        _ if runtime.starts_with("nodejs") => (
            "node".into(),
            vec!["--input-type=module".into(), "-e".into(), NODE.into()],
        ),
        _ if runtime.starts_with("provided") => (built(spec)?, Vec::new()),
        _ => {
            return Err(format!(
                "functions of the runtime {runtime:?} are not hosted here"
            ));
        }
    };
    let code = spec.code.canonicalize();
    let folder =
        code.map_err(|error| format!("its code in {}: {error}: build it first", spec.code.display()))?;
    Ok(Program {
        path,
        arguments,
        folder: Some(folder),
        environment: passed_on(),
    })
}

/// The folder's own environment, if it has one.
fn python(code: &Path) -> PathBuf {
    let own = code.join(".venv/bin/python");
    let own = own.exists().then(|| std::path::absolute(own).ok()).flatten();
    own.unwrap_or_else(|| "python3".into())
}

/// What `cargo build` left in the function's folder.
fn built(spec: &FunctionSpec) -> Result<PathBuf, String> {
    let mut targets = vec![spec.code.join("target")];
    targets.extend(environment("CARGO_TARGET_DIR").map(PathBuf::from));
    let found = targets
        .iter()
        .map(|target| target.join("debug").join(&spec.binary))
        .find(|path| path.exists());
    let found = found.and_then(|path| path.canonicalize().ok());
    found.ok_or_else(|| {
        format!(
            "there is no target/debug/{} in {}: `cargo build` there first",
            spec.binary,
            spec.code.display()
        )
    })
}

fn passed_on() -> BTreeMap<String, String> {
    PASSED_ON
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), environment(name)?)))
        .collect()
}

#[allow(
    clippy::disallowed_methods,
    reason = "main's share: programs are found as this one's user would find them"
)]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
