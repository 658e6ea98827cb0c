//! The template as the tools that deploy it read it, without an account.

use super::python::{Tools, words};

#[test]
fn cfn_lint_finds_nothing() {
    check(&["cfn-lint", "template.yaml"]);
}

#[test]
fn sam_accepts_the_template() {
    check(&["sam", "validate", "--lint", "--template-file", "template.yaml"]);
}

/// The tools look, and their complaint reaches whoever reads the test's message.
#[test]
fn a_misspelt_property_is_found() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("template.yaml");
    let queue = "Resources: { Letters: { Type: AWS::SQS::Queue, Properties: { MessageRetention: 60 } } }\n";
    std::fs::write(&path, queue).expect("a file");
    let output = Tools::ready()
        .program("cfn-lint")
        .arg(&path)
        .output()
        .expect("cfn-lint starts");
    assert!(!output.status.success());
    assert!(words(&output).contains("MessageRetention"), "{}", words(&output));
}

fn check(command: &[&str]) {
    let output = Tools::ready().program(command[0]).args(&command[1..]).output();
    let output = output.unwrap_or_else(|error| panic!("{} does not start: {error}", command[0]));
    assert!(
        output.status.success(),
        "{}:\n{}",
        command.join(" "),
        words(&output)
    );
}
