//! What is built once need not be built again: `cargo run`, the tests and the binaries the tests start ask the same
//! features of every crate that is not ours. One that differs is built twice, and so is everything above it: minutes on
//! a machine of two cores.

use std::collections::BTreeSet;
use std::process::Command;

use super::source::nowhere;
use crate::repository::root;

#[test]
fn the_tests_build_no_crate_a_second_time() {
    let tests = crates(&["--workspace", "--edges", "normal,build,dev"]);
    let run = crates(&["--package", "sojourn", "--edges", "normal,build"]);
    let twice = run.difference(&tests).map(|differs| {
        let name = differs.split(' ').next().unwrap_or_default();
        let mut here = tests.iter().filter(|other| other.split(' ').next() == Some(name));
        format!(
            "{differs}, which the tests build as {}",
            here.next().map_or("none", String::as_str)
        )
    });
    nowhere("give tools/sojourn the same features of", twice.collect());
}

/// Every foreign crate with its version and features, as cargo would build it for `selection`.
fn crates(selection: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["tree", "--locked", "--prefix", "none", "--format", "{p}|{f}"])
        .args(selection)
        // As people run it, whatever runs the tests.
        .env_remove("CARGO_RESOLVER_FEATURE_UNIFICATION")
        .output()
        .expect("cargo starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let printed = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    let foreign = printed.lines().filter(|line| !line.contains(" (/"));
    let named = foreign.map(|line| line.trim_end_matches(" (*)").replace(" (proc-macro)", ""));
    named
        .filter(|line| !line.is_empty())
        .map(|line| line.replacen('|', " with ", 1))
        .collect()
}
