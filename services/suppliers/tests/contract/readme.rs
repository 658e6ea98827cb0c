//! The README's steps for adding an adapter are those that the adapters here have gone through.

use std::path::Path;

fn read(path: &str) -> String {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&full).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Step 1: a folder, named after the kind. Step 2: a line in `kinds.rs`. Step 3: held to the contract.
#[test]
fn every_kind_has_its_folder_its_line_and_its_contract() {
    let (lines, main) = (read("src/kinds.rs"), read("tests/contract/main.rs"));
    for kind in suppliers::kinds() {
        let folder = kind.replace('-', "_");
        let source = read(&format!("src/{folder}/mod.rs"));
        assert!(source.contains("impl Supplier for"), "{folder} is no adapter");
        assert!(lines.contains(&format!("\"{kind}\", {folder}::make")), "{kind}");
        assert!(
            main.contains(&format!("mod {folder};")),
            "{kind} is held to no contract"
        );
        let test = read(&format!("tests/contract/{folder}.rs"));
        assert!(
            test.contains(&format!("\"{kind}\"")) && test.contains("check(&"),
            "{kind}"
        );
    }
}

/// The table of kinds lists what there is, and nothing else.
#[test]
fn the_readme_lists_the_kinds() {
    let readme = read("README.md");
    let listed: Vec<_> = readme
        .lines()
        .filter_map(|line| {
            line.strip_prefix("| `")?
                .split_once("` | {")
                .map(|(kind, _)| kind)
        })
        .collect();
    assert_eq!(
        listed,
        suppliers::kinds(),
        "one row for each, in the order of kinds.rs"
    );
}

/// Folders that are adapters are kinds: none is forgotten.
#[test]
fn every_adapter_is_a_kind() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut adapters: Vec<_> = std::fs::read_dir(source)
        .expect("a folder")
        .filter_map(|entry| {
            let name = entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned();
            let module = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("src")
                .join(&name)
                .join("mod.rs");
            let text = std::fs::read_to_string(module).ok()?;
            text.contains("pub(crate) fn make(")
                .then(|| name.replace('_', "-"))
        })
        .collect();
    adapters.sort();
    let mut kinds = suppliers::kinds();
    kinds.sort();
    assert_eq!(adapters, kinds);
}
