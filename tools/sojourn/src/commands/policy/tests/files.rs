//! Covers: files that were never uploaded: asked without a cloud, whether or not there are rules to judge by. Does not
//! cover which clause is found, nor which rules are drafted: `policy` does.

use std::process::ExitCode;

use super::*;

/// Without rules anybody wrote, and with none that patterns could draft.
pub(super) const PROSE: &str = "# Rules of the house\n\n## Pets\n\n1.1 Dogs travel in the hold.\n";
/// Without rules anybody wrote, and with one that patterns draft.
const WORDED: &str =
    "# Rules of the house\n\n## Hotels\n\n4.1 A hotel in Rome costs at most 150 EUR a night.\n";

fn asked(path: &Path, question: &str, json: bool) -> (String, ExitCode) {
    let mut out = Vec::new();
    let exit = ask::ask_file(&mut out, question, path, json).expect("asked");
    (String::from_utf8(out).expect("text"), exit)
}

#[test]
fn a_file_answers_with_its_clauses_whether_or_not_it_has_rules() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let silent = ExitCode::from(5);
    for (name, text, has_rules, question, clause) in [
        (
            "prose.md",
            PROSE,
            false,
            "May dogs travel in the hold?",
            ("1.1", "Pets", "Dogs travel in the hold."),
        ),
        (
            "worded.md",
            WORDED,
            true,
            "What does a hotel in Rome cost at most a night?",
            ("4.1", "Hotels", "A hotel in Rome costs at most 150 EUR a night."),
        ),
    ] {
        let path = file(directory.path(), name, text);
        let version = desk::from_file(&path, None).expect("readable");
        assert_eq!(version.rules.is_some(), has_rules, "{name}");
        assert!(version.draft.is_some(), "{name}: nobody wrote rules");

        let (id, section, words) = clause;
        let (said, exit) = asked(&path, question, false);
        assert_eq!(exit, ExitCode::SUCCESS, "{said}");
        assert!(
            said.starts_with("The policy says:") && said.contains(&format!("Clause {id} ({section}")),
            "{said}"
        );
        let (said, exit) = asked(&path, question, true);
        assert_eq!(exit, ExitCode::SUCCESS, "{said}");
        let document: serde_json::Value = serde_json::from_str(&said).expect("one JSON document");
        assert_eq!(document["version"], name);
        assert!(document["code"].is_null(), "{said}");
        let quoted = &document["clauses"][0];
        assert_eq!(
            (&quoted["clause"], quoted["text"].as_str().map(str::trim)),
            (&serde_json::json!(id), Some(words))
        );
        assert!(
            quoted["section"]
                .as_str()
                .is_some_and(|told| told.contains(section)),
            "{said}"
        );

        let (said, exit) = asked(&path, "may I charter a helicopter", true);
        assert_eq!(exit, silent, "{said}");
        let document: serde_json::Value = serde_json::from_str(&said).expect("one JSON document");
        assert_eq!(document["code"], "POLICY_SILENT");
        let (said, exit) = asked(&path, "may I charter a helicopter", false);
        assert_eq!(exit, silent);
        // Whether anything comes near is the sentence model's to tell.
        let unanswered = [
            "It is not certain that the policy says this.",
            "The policy does not seem to say.",
        ];
        assert!(unanswered.iter().any(|begin| said.starts_with(begin)), "{said}");
    }
}

#[test]
fn a_file_that_is_not_there_says_which() {
    let missing = Path::new("not-there.md");
    let failed = ask::ask_file(&mut Vec::new(), "anything", missing, false).expect_err("no such file");
    assert!(
        failed.to_string().starts_with("not-there.md cannot be read"),
        "{failed}"
    );
}
