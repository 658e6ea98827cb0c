//! Who must not know whom.

use super::source::{nowhere, sources};
use crate::repository::{Manifest, entries, services};

/// Crates below `services/` that are no services: what several of them must do alike. `browser` stands apart from
/// `suppliers`, so that the protocol it drives is compiled and linked only where pages are visited. `replay` is for the
/// command line and for whoever shows replays on a page. `embedding` is compiled with optimisation in every build.
const SHARED: &[&str] = &[
    "lambda-host", "suppliers", "places", "browser", "replay", "embedding",
];

#[test]
fn no_service_depends_on_another() {
    let names: Vec<_> = services().into_iter().map(|service| service.name).collect();
    let mut places = Vec::new();
    for service in services() {
        for dependency in &service.dependencies {
            if names.contains(dependency) && !SHARED.contains(&dependency.as_str()) {
                places.push(format!("{} depends on {dependency}", service.name));
            }
        }
    }
    nowhere("services talk through events", places);
}

#[test]
fn no_service_knows_the_tools() {
    let tools: Vec<_> = entries("tools")
        .iter()
        .filter_map(|name| package(&format!("tools/{name}")))
        .collect();
    let places = services()
        .iter()
        .flat_map(|service| {
            let known = service
                .normal_dependencies
                .iter()
                .filter(|name| tools.contains(name));
            known
                .map(|name| format!("{} depends on {name}", service.name))
                .collect::<Vec<_>>()
        })
        .collect();
    nowhere("what deploys does not know what never does", places);
}

/// A folder of tools may hold pages and scripts that are no crate.
fn package(folder: &str) -> Option<String> {
    entries(folder)
        .contains(&"Cargo.toml".into())
        .then(|| Manifest::read(folder).name)
}

/// The stand-in hosts any template: it must not learn what a booking is.
#[test]
fn the_local_cloud_knows_no_service() {
    let names: Vec<_> = services().into_iter().map(|service| service.name).collect();
    let local_cloud = Manifest::read("tools/local-cloud");
    let ours = |name: &&String| names.contains(name) || name.as_str() == "events-schema";
    let places = local_cloud.dependencies.iter().filter(ours).cloned().collect();
    nowhere("local-cloud depends on", places);
}

#[test]
fn the_events_know_no_aws_and_no_crate_of_ours() {
    let ours: Vec<_> = services().into_iter().map(|service| service.name).collect();
    let schema = Manifest::read("events-schema");
    let outside = ["aws", "lambda", "tokio", "hyper", "axum", "serde_dynamo"];
    let places = schema
        .dependencies
        .iter()
        .filter(|name| ours.contains(name) || outside.iter().any(|start| name.starts_with(start)))
        .cloned()
        .collect();
    nowhere("events-schema depends on", places);
}

/// A decision is a function of what it is given: it can be tested with a table and repeated in a replay.
#[test]
fn decisions_do_no_io_and_read_no_clock() {
    let decisions: Vec<_> = sources(&["services"])
        .into_iter()
        .filter(|source| source.path.ends_with("/decide.rs") || source.path.contains("/decide/"))
        .collect();
    assert!(decisions.len() >= 4, "{} decisions found", decisions.len());
    for forbidden in [
        "aws_", "tokio", "Clock", "async ", ".await", "Runtime", "HttpClient", "std::fs", "std::net",
    ] {
        let places = decisions
            .iter()
            .flat_map(|source| source.places_of(forbidden))
            .collect();
        nowhere(&format!("a decision uses `{forbidden}`"), places);
    }
}

#[test]
fn only_lambda_host_and_mains_know_the_lambda_runtime() {
    let is_main = |path: &str| path.ends_with("src/main.rs") || path.contains("/src/bin/");
    let places = sources(&["services", "events-schema"])
        .iter()
        .filter(|source| !source.path.starts_with("services/lambda-host/src/") && !is_main(&source.path))
        .flat_map(|source| source.places_of("lambda_runtime"))
        .collect();
    nowhere("lambda_runtime is named", places);
}

/// A `main` that does more than wire cannot be tested.
#[test]
fn mains_of_functions_only_wire() {
    let mains = sources(&["services"]);
    let mains = mains
        .iter()
        .filter(|source| source.path.ends_with("src/main.rs") || source.path.contains("/src/bin/"));
    for main in mains {
        let lines = main.text.lines().count();
        assert!(lines <= 30, "{} has {lines} lines", main.path);
        assert!(
            main.text.contains("lambda_host::run("),
            "{} runs a function",
            main.path
        );
    }
}

/// The Lambda runtime and TLS are paid for by the binaries that deploy, not by `cargo run`.
#[test]
fn binaries_of_functions_need_the_lambda_feature() {
    for service in services() {
        let text = crate::repository::read(&format!("{}/Cargo.toml", service.folder));
        let required = text.matches("required-features = [\"lambda\"]").count();
        assert_eq!(required, service.binaries.len(), "{}", service.name);
    }
}
