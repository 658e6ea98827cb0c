//! The page as it deploys: the headers are the same on a laptop and at the edge, and no file makes an exception from
//! them necessary.

use super::yaml;
use crate::repository::{files, read, root};

const SITE: &str = "services/page/site";

#[test]
fn the_security_policy_is_the_same_on_a_laptop_but_for_who_is_spoken_to() {
    let template = yaml::template();
    let headers = &template["Resources"]["PageHeaders"]["Properties"]["ResponseHeadersPolicyConfig"];
    let policy = headers["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"].as_str();
    let deployed: Vec<_> = policy
        .expect("a policy")
        .split(' ')
        .filter(|word| {
            !["${", "wss://", "https://${"]
                .iter()
                .any(|start| word.starts_with(start))
        })
        // `connect-src 'self' ${SignInOrigin} wss://…;`: the semicolon left with the last of them.
        .map(|word| word.trim_end_matches(';'))
        .collect();
    let local: Vec<_> = sojourn::web::page::SECURITY_POLICY
        .split_whitespace()
        .map(|word| word.trim_end_matches(';'))
        .collect();
    assert_eq!(deployed, local);
}

/// What is not markup cannot become markup, and what the policy forbids is not there.
#[test]
fn no_file_of_the_page_writes_markup_or_style_by_itself() {
    let banned = [
        "innerHTML", "outerHTML", "insertAdjacentHTML", "unsafeHTML", "unsafe-html", "document.write",
        "eval(", "new Function", "style=", "javascript:",
    ];
    let mut found = Vec::new();
    for path in own_files(&[".js", ".html"]) {
        let text = read(&path);
        found.extend(
            banned
                .iter()
                .filter(|word| text.contains(**word))
                .map(|word| format!("{path}: {word}")),
        );
    }
    assert!(found.is_empty(), "{found:#?}");
    let index = read(&format!("{SITE}/index.html"));
    assert!(!index.contains("<style") && !index.contains("onclick") && !index.contains("<script>"));
}

#[test]
fn everything_the_page_imports_is_in_the_folder() {
    let mut missing = Vec::new();
    for path in own_files(&[".js", ".html", ".css"]) {
        let folder = root().join(&path);
        let folder = folder.parent().expect("a file is in a folder");
        for target in references(&read(&path)) {
            if !folder.join(&target).exists() {
                missing.push(format!("{path}: {target}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Relative paths in `from "…"`, `src="…"`, `href="…"` and `url("…")`.
fn references(text: &str) -> Vec<String> {
    let starts = ["from \"", "src=\"", "href=\"", "url(\""];
    let found = starts.iter().flat_map(|start| {
        let rest = text.split(start).skip(1);
        rest.filter_map(|rest| rest.split('"').next())
    });
    // Addresses within the page, and what a template fills in, are no files.
    let is_file = |path: &&str| !path.starts_with('#') && !path.contains("${") && path.contains('.');
    found.filter(is_file).map(str::to_owned).collect()
}

fn own_files(endings: &[&str]) -> Vec<String> {
    let mut paths = files(SITE);
    paths.retain(|path| !path.contains("/vendor/") && endings.iter().any(|ending| path.ends_with(ending)));
    assert!(!paths.is_empty(), "{SITE} is empty");
    paths
}
