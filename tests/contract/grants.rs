//! Least privilege: validators do not look into SAM's inline policies, so wildcards are looked for here, in the text,
//! where the reason stands.

use std::collections::BTreeSet;

use super::yaml;

/// One line of a policy statement, with what is written above it.
struct Grant {
    line: usize,
    text: String,
    /// Whether a comment stands right above the line or above its statement.
    explained: bool,
}

#[test]
fn a_wildcard_in_a_policy_says_why() {
    let text = yaml::template_text();
    let unexplained: Vec<_> = wildcards(&text)
        .into_iter()
        .filter(|grant| !grant.explained)
        .map(|grant| format!("template.yaml:{}: {}", grant.line, grant.text))
        .collect();
    assert!(
        unexplained.is_empty(),
        "wildcards without a comment right above:\n{}",
        unexplained.join("\n")
    );
}

/// The walk over the text finds what it is for: a template without a reason must not pass unseen.
#[test]
fn the_walk_finds_every_wildcard() {
    let found = |text: &str| wildcards(text).len();
    assert_eq!(found("Action: [dynamodb:*]\n"), 1);
    assert_eq!(found("  Action:\n    - s3:GetObject\n    - s3:Put*\n"), 1);
    assert_eq!(found("Resource: \"*\"\n"), 1);
    assert_eq!(
        found("Resource:\n  - !Sub \"arn:aws:bedrock:*::foundation-model/*\"\n"),
        1
    );
    assert_eq!(found("Resource: !Sub \"arn:aws:sqs:${AWS::Region}:*\"\n"), 1);
    // Within a resource of ours, everything: an item of a bucket, an execution of the machine.
    assert_eq!(found("Resource: !Sub \"${PolicyBucket.Arn}/*\"\n"), 0);
    assert_eq!(found("Pattern: [\"*\"]\n"), 0);
    let reason = "# A token names no resource.\n- Effect: Allow\n  Action: [states:SendTaskSuccess]\n  Resource: \"*\"\n";
    assert!(wildcards(reason).iter().all(|grant| grant.explained));
    let without = reason.lines().skip(1).collect::<Vec<_>>().join("\n");
    assert!(wildcards(&without).iter().all(|grant| !grant.explained));
}

/// SAM's ready-made policies grant more than their names say; ours are written out.
#[test]
fn policies_are_written_out() {
    let managed: BTreeSet<_> = yaml::resources("AWS::IAM::ManagedPolicy")
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    for (id, function) in yaml::resources("AWS::Serverless::Function") {
        for policy in function["Properties"]["Policies"]
            .as_array()
            .into_iter()
            .flatten()
        {
            // Alone, or where a condition holds: `!If [Condition, Name, AWS::NoValue]`.
            let name = match policy.as_array().map(Vec::as_slice) {
                Some([_, name, nothing]) if nothing == "AWS::NoValue" => name,
                _ => policy,
            };
            let ours = name.as_str().is_some_and(|name| managed.contains(name));
            assert!(ours || policy.get("Statement").is_some(), "{id}: {policy}");
        }
    }
}

fn wildcards(text: &str) -> Vec<Grant> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    // The indentation of the `Action` or `Resource` whose list is being read.
    let mut list: Option<usize> = None;
    for (index, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        let key = trimmed.trim_start_matches("- ");
        let names = ["Action:", "NotAction:", "Resource:", "NotResource:"]
            .iter()
            .any(|name| key.starts_with(name));
        if names {
            list = Some(indent);
        } else if trimmed.starts_with('#') || list.is_some_and(|at| indent <= at) {
            list = None;
        }
        if list.is_some() && is_unbounded(trimmed) {
            found.push(Grant {
                line: index + 1,
                text: trimmed.into(),
                explained: is_explained(&lines, index),
            });
        }
    }
    found
}

/// Whether a value opens more than what one resource of the template holds.
fn is_unbounded(value: &str) -> bool {
    let Some((before, _)) = value.split_once('*') else {
        return false;
    };
    let mut references = before.split("${").skip(1);
    !references.any(|reference| !reference.starts_with("AWS::"))
}

fn is_explained(lines: &[&str], index: usize) -> bool {
    let commented = |line: usize| line > 0 && lines[line - 1].trim_start().starts_with("# ");
    let statement = (0..=index)
        .rev()
        .find(|&line| lines[line].trim_start().starts_with("- Effect:"));
    commented(index) || statement.is_some_and(commented)
}
