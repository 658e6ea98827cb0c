//! The shape of the repository: names, sizes, and what is not left lying about.

use super::source::nowhere;
use crate::repository::{entries, files, files_ending, read, services};

const TOP_LEVEL: &[&str] = &[
    "Cargo.lock", "Cargo.toml", "LICENSE", "README.md", "events-schema", "rules", "services", "statemachine",
    "template.yaml", "tests", "tools",
];

#[test]
fn the_top_level_holds_what_its_owner_fixed() {
    let places = entries(".")
        .into_iter()
        .filter(|name| !name.starts_with('.') && !TOP_LEVEL.contains(&name.as_str()))
        // Build output and the local cloud's data, both ignored by git.
        .filter(|name| name != "target" && name != "data")
        .collect();
    nowhere("at the top level", places);
}

/// A name that says nothing attracts everything.
#[test]
fn names_say_what_is_inside() {
    let vague = ["common", "utils", "util", "shared", "helpers", "helper", "misc"];
    let says_nothing =
        |part: &str| vague.contains(&part.split('.').next().unwrap_or_default().to_lowercase().as_str());
    let places = files(".")
        .into_iter()
        .filter(|path| path.split('/').any(says_nothing))
        .collect();
    nowhere("names that say nothing", places);
}

#[test]
fn files_can_be_read_in_one_go() {
    const LIMIT: usize = 500;
    let mut places = Vec::new();
    for ending in [".rs", ".js", ".ts", ".css", ".html", ".py", ".sh"] {
        for path in files_ending(".", ending) {
            let text = read(&path);
            let excused = text
                .lines()
                .take(15)
                .any(|line| line.to_lowercase().contains("long because"));
            let lines = text.lines().count();
            if lines > LIMIT && !excused {
                places.push(format!("{path}: {lines} lines"));
            }
        }
    }
    nowhere(
        &format!("over {LIMIT} lines without a \"long because\" in the first 15"),
        places,
    );
}

#[test]
fn every_service_says_what_it_does() {
    let mut places = Vec::new();
    for service in services()
        .into_iter()
        .filter(|service| !service.binaries.is_empty())
    {
        if !entries(&service.folder).contains(&"README.md".into()) {
            places.push(format!("{} has no README.md", service.folder));
            continue;
        }
        let text = read(&format!("{}/README.md", service.folder));
        for topic in ["Reacts to", "Emits", "Stores", "On failure"] {
            let starts = |line: &str| {
                line.trim_start_matches(['#', '*', '-', '|', ' '])
                    .starts_with(topic)
            };
            if !text
                .lines()
                .any(|line| line.starts_with(['#', '*', '-', '|']) && starts(line))
            {
                places.push(format!("{}/README.md: nothing under \"{topic}\"", service.folder));
            }
        }
    }
    nowhere("services without their four topics", places);
}

/// Every service of the flow is there: an empty folder would satisfy all other tests.
#[test]
fn every_service_is_one() {
    let expected = [
        "audit", "booking", "compliance", "gateway", "heartbeat", "insights", "notices", "people", "planner",
        "policy", "progress", "schedules", "search", "sweeper", "webhooks",
    ];
    let found: Vec<_> = services()
        .into_iter()
        .filter(|service| !service.binaries.is_empty())
        .map(|service| service.name)
        .collect();
    assert_eq!(found, expected, "crates with a function");
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file is not among the findings.
    let words = [
        ["TO", "DO"],
        ["FIX", "ME"],
        ["unimplemented", "!("],
        ["to", "do!("],
        ["#[ign", "ore"],
        ["dbg", "!("],
    ];
    let mut places = Vec::new();
    for path in texts() {
        let text = read(&path);
        for (index, line) in text.lines().enumerate() {
            if words.iter().any(|word| line.contains(&word.concat())) {
                places.push(format!("{path}:{}: {}", index + 1, line.trim()));
            }
        }
    }
    nowhere("left for later", places);
}

#[test]
fn no_path_of_somebodys_machine_is_committed() {
    let roots = [
        ["/wo", "rk/"],
        ["/ro", "ot/"],
        ["/ho", "me/"],
        ["/Us", "ers/"],
        ["C:\\", "Users"],
        ["/tmp/", "bash"],
    ];
    let mut places = Vec::new();
    for path in texts() {
        let text = read(&path);
        for (index, line) in text.lines().enumerate() {
            if roots.iter().any(|root| line.contains(&root.concat())) {
                places.push(format!("{path}:{}: {}", index + 1, line.trim()));
            }
        }
    }
    nowhere("paths of one machine", places);
}

/// Everything that people write and read.
fn texts() -> Vec<String> {
    let endings = [
        ".rs", ".toml", ".md", ".yaml", ".yml", ".json", ".js", ".css", ".html", ".py", ".sh",
    ];
    let mut paths = files(".");
    paths.retain(|path| endings.iter().any(|ending| path.ends_with(ending)));
    paths
}
